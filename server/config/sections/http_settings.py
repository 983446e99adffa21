"""Settings of HTTP: connections, sign-ups, requests."""

from server.config.sections.attempt_settings import AttemptSettings
from server.config.sections.setting_types import Address, Bits, Burst, Count, Seconds, SignUps, Text


class HttpSettings(AttemptSettings, frozen=True, kw_only=True):
    """Timeouts and limits of connections, requirements of sign-ups, and request rates."""

    keep_alive_s: Seconds = 15
    """How long an idle HTTP connection is kept. Browsers open a new one within a round trip."""
    proxy_keep_alive_s: Seconds = 75
    """The same for a connection from a trusted proxy: longer than the 60 s after which most proxies close it
    themselves; else they would send requests into connections that the server is closing."""
    header_timeout_s: Seconds = 10
    """Timeout for the header of a request, from its first byte."""
    body_timeout_s: Seconds = 15
    """Timeout for the body of a request; for an upload, and for an answer, the longest pause."""
    tcp_per_address: Count = 100
    """Maximum number of open TCP connections per address; twice its WebSockets, so that those are closed with 4429
    first. Not for trusted proxies."""
    descriptor_reserve: Count = 128
    """Number of the process's file descriptors (`ulimit -n`) reserved from client connections: they are for database,
    Redis and files."""

    signup_gate: SignUps = "pow"
    """What further sign-ups of an address need: `pow`, a proof of work, which the page computes; `turnstile`, a token
    of Cloudflare Turnstile; `off`: further ones are refused. RONDO_RATE_LIMITS=off disables the gate."""
    signups: Burst = 6
    """Free sign-ups per address in ten minutes: enough for a family, too few for a farm. A /24 has 8 times as many, a
    /56 4 times, a /48 16 times."""
    signups_gated: Burst = 60
    """All sign-ups per address in ten minutes, with the gate: a campus behind one address is slowed, not refused."""
    signup_gate_bits: Bits = 17
    """Zero bits of the first proof of work: 130,000 hashes on average, less than a second on a phone. Each bit doubles
    it."""
    signup_gate_step: Burst = 11
    """Number of further sign-ups of the network that raise the difficulty by one bit: the 60th takes a phone about 5
    seconds."""
    turnstile_site_key: Text | None = None
    """Site key of the Turnstile widget. Not set: none."""
    turnstile_secret: Text | None = None
    """Secret key of the Turnstile widget. Not set: none."""
    turnstile_url: Address = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
    """URL that verifies tokens; tests set another one."""
    http_every_s: Seconds = 0.05
    """How long until an account, and an address, may send one more request under /v1, after the burst. A /24 of IPv4
    has 8 times as many; of IPv6 a /64 as many, a /56 4 times and a /48 16 times."""
    http_burst: Burst = 60
    """Burst of requests: a page load of each of a few users behind one address."""
    http_write_every_s: Seconds = 0.5
    """The same for requests that write (POST, PUT, PATCH, DELETE): faster than users press buttons."""
    http_write_burst: Burst = 20
    """Burst of writes."""
