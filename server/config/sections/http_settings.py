"""Settings of HTTP: connections, sign-ups, requests."""

from server.config.sections.attempt_settings import AttemptSettings
from server.config.sections.setting_types import Address, Bits, Burst, Count, Seconds, SignUps, Text


class HttpSettings(AttemptSettings, frozen=True, kw_only=True):
    """How long connections are kept and how many there may be, what a sign-up needs, how often requests may come."""

    keep_alive_s: Seconds = 15
    """How long an idle HTTP connection is kept. Browsers open a new one within a round trip."""
    proxy_keep_alive_s: Seconds = 75
    """The same of a connection from a trusted proxy: longer than the 60 s after which most proxies close it themselves,
    or they would send a request into a connection that we are closing."""
    header_timeout_s: Seconds = 10
    """How long the header of a request may take, from its first byte."""
    body_timeout_s: Seconds = 15
    """How long the body of a request may take; of an upload, and of an answer, the longest pause."""
    tcp_per_address: Count = 100
    """Open TCP connections of one address; twice the WebSockets that one address may have, so that those are
    closed with 4429 before. Not for trusted proxies."""
    descriptor_reserve: Count = 128
    """How many of the descriptors that the process may have (`ulimit -n`) no connection takes: they are for database,
    Redis and files."""

    signup_gate: SignUps = "pow"
    """What further sign-ups of an address need: `pow`, proof of work, which the page does by itself; `turnstile`, a
    token of Cloudflare Turnstile; `off`: there are no further ones. RONDO_RATE_LIMITS=off lifts it."""
    signups: Burst = 6
    """How many sign-ups of an address in ten minutes are free: a family, not a farm. A /24 has 8 times as many, a /56 4
    times, a /48 16 times."""
    signups_gated: Burst = 60
    """How many there are in all with the gate: a campus behind one address is slowed, not refused."""
    signup_gate_bits: Bits = 17
    """Zero bits of the first proof of work: 130,000 hashes on average, less than a second on a phone. Each bit doubles
    it."""
    signup_gate_step: Burst = 11
    """One more bit for so many further sign-ups of the network: the 60th takes a phone some 5 seconds."""
    turnstile_site_key: Text | None = None
    """Key of the Turnstile widget, which the page shows. Not set: there is none."""
    turnstile_secret: Text | None = None
    """The secret that belongs to it. Not set: there is none."""
    turnstile_url: Address = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
    """Where tokens are verified; for tests against a stand-in."""
    http_every_s: Seconds = 0.05
    """How long until an account, and an address, may send one more request under /v1, after the burst. A /24 of IPv4
    has 8 times as many; of IPv6 a /64 as many, a /56 4 times and a /48 16 times."""
    http_burst: Burst = 60
    """Burst of requests: a page that loads, for each of a few users behind one address."""
    http_write_every_s: Seconds = 0.5
    """The same of requests that write (POST, PUT, PATCH, DELETE): faster than people press buttons."""
    http_write_burst: Burst = 20
    """Burst of writes."""
