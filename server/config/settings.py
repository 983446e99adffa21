"""All settings of the server: unit, bounds and the reason for the default."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from matchmaker.domain.timing import Timing
from server.config.sections.channel_settings import ChannelSettings
from server.config.sections.setting_types import (
    Bands,
    Burst,
    Folder,
    Host,
    IcePolicy,
    Ladder,
    LogStyle,
    LongSeconds,
    Name,
    Network,
    Origin,
    Port,
    Postgres,
    Proxies,
    Redis,
    Relay,
    Reporters,
    Seconds,
    Secret,
    Sender,
    Sessions,
    Site,
    Stun,
    Switch,
    Text,
    Turn,
    Uses,
    Years,
)
from server.domain.ban_policy import ReportPolicy
from server.domain.link_terms import LinkTerms
from server.domain.retention import Retention
from signaling.wire.heartbeat import Heartbeat


class Settings(ChannelSettings, frozen=True, kw_only=True):
    """The validated settings; read from the environment by `server.config.loader.load`."""

    host: Host = "127.0.0.1"
    """Address to listen on. `::` listens on every address, IPv4 too, as a container needs."""
    port: Port = 8080
    """Port to listen on; 0 picks a free one, which the log event `listening` has."""
    take_over: Switch = False
    """Listen on a port that another process listens on already, and take over as that one stops: for a deploy on one
    machine. Off, a second server fails to start instead of accepting half of the connections."""
    database_url: Postgres | None = None
    """URL of PostgreSQL 15 or newer. Not set: an embedded one stores its data in the data directory."""
    rollback: Switch = False
    """Start although the database has a newer schema than this code, if all changes since are additive: for a rollback
    to the previous release. Off, a newer schema is an error."""
    redis_url: Redis | None = None
    """URL of Redis 7 or newer, for several nodes: one server, Sentinels or a cluster. Not set: this process is the only
    node."""
    data_dir: Folder = Path("data")
    """Directory of the embedded database and `secrets.env`; created at the first start."""
    postgres_bin: Folder | None = None
    """Folder with `postgres`, `initdb`, and for backups `pg_dump`, `pg_restore` and `psql`. Not set: those of the
    installed wheel, then the system's."""
    node: Name | None = None
    """Name of this node; unique. Not set: machine and port; on Railway, replica and deployment."""
    ops_port: Port | None = None
    """Port of a second listener, for operators: /metrics, /healthz, /readyz and the moderation desk. Not set: none. It
    serves the metrics to every client, so its network has to be private."""
    ops_host: Host = "127.0.0.1"
    """Address of that listener. A container needs `::`; its network controls who can connect."""
    dev: Switch = False
    """Serve the sources of the start page, for its development, instead of the built page."""
    page: Folder | None = None
    """A folder built by `node page_build.mjs FOLDER`, served as the start page. Not set: the one in the wheel; a
    checkout has none, and serves the sources."""
    public_metrics: Switch | None = None
    """Serve /metrics on the public listener. Not set: only if HOST is a loopback address and no proxy is configured."""
    public_admin: Switch | None = None
    """Serve the moderation desk (/admin, /v1/admin) on the public listener. Not set: only if HOST is a loopback address
    and no proxy is configured."""
    public_url: Site | None = None
    """Public URL of the service, like https://rondo.example: the base of links; with https, browsers are told to use
    only https (HSTS). Not set: links have the host of the request."""
    secret: Secret | None = None
    """Key from which the server derives others. Not set: created once and stored in `secrets.env`."""

    invite_ttl_s: Seconds = 20
    """How long an invite stays open."""
    grace_s: Seconds = 10
    """How long a disconnected user keeps their place in a video room. Covers one network handover or one deploy."""
    text_grace_s: Seconds = 60
    """The same in a text room: a phone suspends the page as soon as another app is in front."""
    cooldown_s: LongSeconds = 86_400
    """How long two users who met, or one of whom declined, are not matched again."""
    cancel_cooldown_s: LongSeconds = 3_600
    """The same after the inviter cancelled."""
    failed_cooldown_s: LongSeconds = 3_600
    """The same, from the start of a call that failed to connect, if no media flowed on either side."""
    expired_cooldown_s: LongSeconds = 3_600
    """The same after the second direct invite between two users that expired within this time."""
    torch_idle_s: Seconds = 120
    """How long a user may send nothing in a text room before the torch warning."""
    torch_warning_s: Seconds = 60
    """How long after the torch warning the room ends."""
    connect_timeout_s: Seconds = 30
    """How long two browsers may take to establish a media connection."""
    queue_hold_s: Seconds = 5
    """How long a disconnected user keeps the place in the queue and an open invite."""
    interest_wait_s: LongSeconds = 5
    """How long a shared interest takes precedence over a longer wait."""
    local_first_s: LongSeconds = 2
    """By how much longer a user on another node must have waited than the users of this node to be matched first."""
    share_after_s: LongSeconds = 0.1
    """With several nodes: how long a ticket waits for a match on its own node before it is posted to the index node."""
    resume_s: Seconds = 90
    """How long a session can be resumed after its socket was lost; its events are buffered in memory for that time."""

    ping_s: Seconds = 3
    """Interval at which a client with heartbeat sends something while invited or in a room; after the same silence of
    the server it sends a ping."""
    server_silent_s: Seconds = 5
    """Silence of the server after which such a client reconnects: two seconds after its ping."""
    client_silent_s: Seconds = 8
    """Silence of such a client after which it counts as disconnected: two lost pings and two seconds. Shorter than the
    grace."""
    sessions_max: Sessions = 20
    """Maximum number of sessions per account; with one more the oldest ends, and its socket is closed."""
    introduction_ask_s: LongSeconds = 604_800
    """How long a user can accept a request for an introduction (7 days); after that it counts as declined."""
    followers_per_day: Burst = 3
    """Maximum number of users per introduction link within 24 hours; limits links that are shared publicly."""

    rate_limits: Switch = True
    """Off disables every rate limit and limit per address: for load tests, never in public."""
    room_every_s: Seconds = 6
    """How long until a user may enter one more room, after the burst: limits bots that skip through all waiting users
    to ten rooms a minute."""
    rooms_burst: Burst = 10
    """Burst of rooms: users may skip many times in a row."""
    discover_every_s: Seconds = 1
    """How long until a user may list the waiting users once more, after the burst: allows browsing, but not copying the
    whole list."""
    discover_burst: Burst = 5
    """Burst of listings."""
    invites_per_minute: Burst = 10
    """Maximum number of direct invites of a user within any minute."""
    allowed_origins: tuple[Origin, ...] = ()
    """Other origins whose pages may connect. Empty: only the server's own page."""
    trusted_proxies: Proxies = 0
    """Number of proxies in front of the server that append to X-Forwarded-For; one too many lets clients forge their
    address."""
    real_ip_from: tuple[Network, ...] = ()
    """Networks of proxies whose X-Real-IP is trusted; X-Forwarded-For is then ignored. Not set: on Railway that of its
    edge, 100.64.0.0/10; elsewhere none."""

    autoban_reports: Reporters = 4
    """Number of different users whose reports, since the last dismissal, suspend a user until a moderator has decided;
    0: reports alone never suspend."""
    autoban_s: LongSeconds = 0
    """How long such a suspension lasts. 0: until a moderator has decided."""
    block_newcomers_s: LongSeconds = 259_200
    """How long a block also separates the blocker from accounts created after it from the blocked user's network or
    device (72 hours): a new guest account is created in seconds. 0: not at all."""
    evidence_keep_s: Annotated[
        float, Meta(ge=0, le=315_360_000, description="a number of seconds from 0 to 315360000 (ten years)")
    ] = 15_552_000
    """How long reports and their evidence are kept after a moderator's decision (180 days); undecided ones are kept."""

    guests_keep_s: LongSeconds = 2_592_000
    """How long a guest without a valid session is kept after sign-up (30 days); 0: for ever. The history of users they
    met stays, without a name."""
    history_keep_s: LongSeconds = 31_536_000
    """How long past rooms and their messages are kept (a year); 0: as long as the accounts."""
    notifications_keep_s: LongSeconds = 15_552_000
    """How long notifications are kept, read or not (180 days); 0: as long as the account."""

    access: Ladder = "open"
    """`invite_only`: new users need an invite code, or a payment, before they can be matched."""
    invite_code_uses_max: Uses = 10_000
    """Maximum number of uses of an administrator's invite code, also at the command line: limits the damage of a leaked
    code."""
    min_age: Years = 18
    """Minimum age in years, at least 18."""
    require_birth_date: Switch = False
    """Ask for the date of birth at sign-up. Off: the user confirms to be an adult."""
    age_bands: tuple[Bands, ...] = ()
    """Minimum age of each band; users of different bands are never matched, and users without a date of birth are not
    matched at all. Empty: no bands."""
    smtp_url: Relay | None = None
    """URL of the SMTP server for outgoing e-mail. Not set: no verified addresses, and no reset of
    forgotten passwords."""
    mail_from: Sender | None = None
    """Sender of e-mail."""
    payment_secret: Text | None = None
    """Key with which a payment provider signs its webhook, in Rondo's own scheme. Not set: no such webhook."""
    stripe_secret: Text | None = None
    """The signing secret of Stripe's webhook (whsec_…). Not set: no such webhook."""

    turn_urls: tuple[Turn, ...] = ()
    """URLs of TURN servers, for calls between networks that block direct connections."""
    turn_secret: Text | None = None
    """The TURN server's static-auth-secret; it signs time-limited credentials."""
    turn_ttl_s: Seconds = 7_200
    """How long such credentials are valid: far longer than any call with its ICE restarts."""
    ice_policy: IcePolicy = "all"
    """`relay`: every call goes through the TURN server, and no signal has a user's address. Costs relay traffic, and
    some latency."""
    stun_urls: tuple[Stun, ...] = ()
    """URLs of STUN servers. Empty: host candidates only, so that no address is sent to a third party by default."""

    mirror: Switch | None = None
    """A mirror joins users who have waited alone for long. Not set: on with the embedded database, to try Rondo in one
    window; off with an external database, as for a public service."""
    mirror_after_s: Seconds = 10
    """How long a user waits alone before the mirror joins."""

    log: LogStyle | None = None
    """Log format. Not set: `console` on a terminal, else `json`."""
    metrics: Switch = True
    """Serve Prometheus metrics at /metrics; on which listener: RONDO_OPS_PORT and RONDO_PUBLIC_METRICS."""

    @property
    def own_origins(self) -> tuple[str, ...]:
        """Origins that may connect, in addition to the one with the host of the request."""
        return self.allowed_origins if self.public_origin is None else (*self.allowed_origins, self.public_origin)

    @property
    def embedded(self) -> bool:
        """Whether the server runs its own PostgreSQL."""
        return self.database_url is None

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach the server: HOST is a loopback address, and no proxy is configured."""
        return _is_loopback(self.host) and not self.is_behind_proxy and self.public_url is None

    @property
    def has_private_ops(self) -> bool:
        """Whether only this machine can reach the operators' listener."""
        return _is_loopback(self.ops_host)

    @property
    def public_origin(self) -> str | None:
        """Public origin of the page, without a slash at the end; None: known only from requests."""
        return None if self.public_url is None else self.public_url.removesuffix("/")

    @property
    def sends_mail(self) -> bool:
        """Whether e-mail is configured, so that an address counts only once it is verified."""
        return self.smtp_url is not None and self.mail_from is not None

    @property
    def edges(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of proxies whose X-Real-IP is trusted."""
        return tuple(ip_network(edge) for edge in self.real_ip_from)

    @property
    def is_behind_proxy(self) -> bool:
        """Whether a proxy in front of the server is trusted."""
        return bool(self.trusted_proxies or self.real_ip_from)

    @property
    def has_mirror(self) -> bool:
        """Whether a mirror joins users who wait alone."""
        return self.embedded if self.mirror is None else self.mirror

    @property
    def policy(self) -> ReportPolicy:
        """Return the consequences of reports."""
        return ReportPolicy(
            has_channels=self.friends,
            reporters=self.autoban_reports,
            suspension_ms=_ms(self.autoban_s) or None,
            newcomers_ms=_ms(self.block_newcomers_s),
            keep_ms=_ms(self.evidence_keep_s),
        )

    @property
    def retention(self) -> Retention:
        """Return the retention times."""
        return Retention(
            guests_ms=_ms(self.guests_keep_s) or None,
            history_ms=_ms(self.history_keep_s) or None,
            notifications_ms=_ms(self.notifications_keep_s) or None,
            channels_ms=_ms(self.messages_keep_s) or None,
            emails_ms=_ms(self.email_keep_s) or None,
        )

    @property
    def heartbeat(self) -> Heartbeat:
        """Return the heartbeat terms for clients that announce one."""
        return Heartbeat(
            ping_s=_whole(self.ping_s),
            server_silent_s=_whole(self.server_silent_s),
            client_silent_s=_whole(self.client_silent_s),
        )

    @property
    def introductions(self) -> LinkTerms:
        """Return the terms of introduction links."""
        return LinkTerms(
            ask_ms=_ms(self.introduction_ask_s),
            followers_a_day=self.followers_per_day if self.rate_limits else None,
        )

    @property
    def rules(self) -> Timing:
        """Return the matchmaker's durations, in whole milliseconds."""
        return Timing(
            invite_ttl_ms=_ms(self.invite_ttl_s),
            grace_ms=_ms(self.grace_s),
            text_grace_ms=_ms(self.text_grace_s),
            cooldown_ms=_ms(self.cooldown_s),
            cancel_cooldown_ms=_ms(self.cancel_cooldown_s),
            failed_cooldown_ms=_ms(self.failed_cooldown_s),
            expired_cooldown_ms=_ms(self.expired_cooldown_s),
            rooms_burst=self.rooms_burst,
            room_every_ms=_ms(self.room_every_s) if self.rate_limits else 0,
            torch_idle_ms=_ms(self.torch_idle_s),
            torch_warning_ms=_ms(self.torch_warning_s),
            connect_timeout_ms=_ms(self.connect_timeout_s),
            queue_hold_ms=_ms(self.queue_hold_s),
            interest_wait_ms=_ms(self.interest_wait_s),
            resume_ms=_ms(self.resume_s),
            mirror_after_ms=_ms(self.mirror_after_s) if self.has_mirror else None,
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ms(seconds: float) -> int:
    return round(seconds * 1_000)


def _whole(seconds: float) -> float:
    """Return *seconds* as an integer if it is one, so that clients see 3, not 3.0."""
    return int(seconds) if seconds == int(seconds) else seconds
