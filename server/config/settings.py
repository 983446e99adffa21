"""Every setting of the server: its unit, its bounds and the reason for its default."""

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
    """What the operator decided, checked; read from the environment by `server.config.loader.load`."""

    host: Host = "127.0.0.1"
    """Address to listen on. `::` listens on every address, IPv4 too; a container wants that, a laptop does not."""
    port: Port = 8080
    """Port to listen on; 0 picks a free one, which the log line `listening` names."""
    take_over: Switch = False
    """Listen beside a process that listens on the same port already, and take over what it lets go of: for a deploy on
    one machine. Off, a second server is refused, and does not quietly take half of the people."""
    database_url: Postgres | None = None
    """PostgreSQL 15 or newer. Not set: an embedded one keeps its data under the data directory."""
    rollback: Switch = False
    """Start although the database is newer than this code, if all that was done to it since is additions: to go back to
    the release before. Off, a database that is newer is refused."""
    redis_url: Redis | None = None
    """Redis 7 or newer, for several nodes. Not set: queue and invites live in this process, and it is the only one."""
    data_dir: Folder = Path("data")
    """Holds the embedded database and `secrets.env`; made at the first start."""
    postgres_bin: Folder | None = None
    """Where `postgres`, `initdb`, and for backups `pg_dump`, `pg_restore` and `psql` are. Not set: the installed wheel,
    then the system's."""
    node: Name | None = None
    """What this process is called among the nodes; no two may have the same. Not set: machine and port; on Railway,
    replica and deployment."""
    ops_port: Port | None = None
    """Port of a second listener, for operators: /metrics, /healthz, /readyz and the moderators' desk. Not set: there is
    none. It serves the metrics to every client, so its network has to be private."""
    ops_host: Host = "127.0.0.1"
    """Address of that listener. A container wants `::`, for its network decides who gets there."""
    dev: Switch = False
    """Serve the sources of the start page, for who changes them, and not the built one."""
    page: Folder | None = None
    """A folder that `node page_build.mjs FOLDER` has made, to serve as the start page. Not set: the one in the wheel; a
    checkout has none, and serves the sources."""
    public_metrics: Switch | None = None
    """Serve /metrics on the public listener. Not set: only as long as HOST is an address that no one but this
    machine reaches, and never through a proxy."""
    public_admin: Switch | None = None
    """Serve the moderation desk (/admin, /v1/admin) on the public listener. Not set: only as long as HOST is an
    address that no one but this machine reaches."""
    public_url: Site | None = None
    """Where people reach the service, like https://rondo.example: the base of links; with https, browsers are told to
    come by https only (HSTS). Not set: links have the name by which each request came."""
    secret: Secret | None = None
    """Key from which the server derives others. Not set: made once and kept in `secrets.env`."""

    invite_ttl_s: Seconds = 20
    """How long an invite stays open."""
    grace_s: Seconds = 10
    """How long a lost socket keeps its place in a video room: one network handover or one deploy, not a nap."""
    text_grace_s: Seconds = 60
    """The same in a text room: a phone suspends the page as soon as its owner looks at another one."""
    cooldown_s: LongSeconds = 86_400
    """How long two users who met, or one of whom declined, are not matched again."""
    cancel_cooldown_s: LongSeconds = 3_600
    """The same after the inviter withdrew."""
    failed_cooldown_s: LongSeconds = 3_600
    """The same, from the start of a call that failed to connect, when media had flowed on neither side."""
    expired_cooldown_s: LongSeconds = 3_600
    """The same after the second direct invite by one to the other that expired within as long."""
    torch_idle_s: Seconds = 120
    """How long one may say nothing in a text room before being idle."""
    torch_warning_s: Seconds = 60
    """How long the torch warning burns before the room ends."""
    connect_timeout_s: Seconds = 30
    """How long two browsers may take until media flows."""
    queue_hold_s: Seconds = 5
    """How long a lost socket keeps its place in the queue and in an open invite."""
    interest_wait_s: LongSeconds = 5
    """How long a shared interest goes before a longer wait."""
    local_first_s: LongSeconds = 2
    """By how much longer a user at another node must have waited than the users of this node to be paired first."""
    share_after_s: LongSeconds = 0.1
    """How long a ticket waits for a user of its own node before it is posted to the index node, of several nodes."""
    resume_s: Seconds = 90
    """How long a session can be resumed after its socket was lost; its events wait in memory that long."""

    ping_s: Seconds = 3
    """How often a client that announced a heartbeat sends something while invited or in a room; after the same silence
    of the server it asks for a sign of life."""
    server_silent_s: Seconds = 5
    """After which silence such a client leaves the server and connects again: two seconds after its ping."""
    client_silent_s: Seconds = 8
    """After which silence such a client is away: two pings that were lost, and two seconds. Shorter than the grace."""
    sessions_max: Sessions = 20
    """How many sessions an account may have; with one more the oldest ends, and its socket."""
    introduction_ask_s: LongSeconds = 604_800
    """How long a user has to answer a request for an introduction (7 days); after that it counts as no."""
    followers_per_day: Burst = 3
    """How many people may follow one introduction link within 24 hours; a link that is passed around stops working."""

    rate_limits: Switch = True
    """Off switches every rate limit and limit per address off: for load tests, never for the public."""
    room_every_s: Seconds = 6
    """How long until a user may enter one more room, after the burst: a bot that runs through everyone who waits meets
    ten a minute."""
    rooms_burst: Burst = 10
    """How many rooms in a row: a person may say `next` often."""
    discover_every_s: Seconds = 1
    """How long until a user may list once more who waits, after the burst: more often than people look, too seldom to
    copy the whole list."""
    discover_burst: Burst = 5
    """How many listings in a row."""
    invites_per_minute: Burst = 10
    """How many direct invites a user may send within any minute."""
    allowed_origins: tuple[Origin, ...] = ()
    """Pages of other origins that may connect. Empty: only the server's own page."""
    trusted_proxies: Proxies = 0
    """How many proxies in front add to X-Forwarded-For; one too many lets anyone forge their address."""
    real_ip_from: tuple[Network, ...] = ()
    """Networks of proxies whose X-Real-IP is believed, and X-Forwarded-For not looked at. Not set: on Railway that of
    its edge, 100.64.0.0/10; elsewhere none."""

    autoban_reports: Reporters = 4
    """Reports by how many different users, since the last dismissal, suspend a user until a moderator has decided;
    0: reports alone never do."""
    autoban_s: LongSeconds = 0
    """How long such a suspension holds. 0: until a moderator has looked."""
    block_newcomers_s: LongSeconds = 259_200
    """How long a block also keeps the blocker apart from accounts that are made after it from the blocked person's
    network or device (72 hours): a new guest account is made in seconds. 0: not at all."""
    evidence_keep_s: Annotated[
        float, Meta(ge=0, le=315_360_000, description="a number of seconds from 0 to 315360000 (ten years)")
    ] = 15_552_000
    """How long reports and their evidence are kept after a moderator's decision (180 days); until then they are
    held."""

    guests_keep_s: LongSeconds = 2_592_000
    """How long a guest who cannot come back any more, for want of a session, is kept after signing up (30 days); 0: for
    ever. The history of users they met stays, without a name."""
    history_keep_s: LongSeconds = 31_536_000
    """How long past conversations and what was said in them are kept (a year); 0: as long as the accounts."""
    notifications_keep_s: LongSeconds = 15_552_000
    """How long notifications are kept, read or not (180 days); 0: as long as the account."""

    access: Ladder = "open"
    """`invite_only`: who signs up needs an invite code, or a payment, before meeting people."""
    invite_code_uses_max: Uses = 10_000
    """Uses that an administrator's invite code may have at most, also at the command line: one that leaks lets in so
    many."""
    min_age: Years = 18
    """Minimum age in years, at least 18."""
    require_birth_date: Switch = False
    """Ask for the date of birth at sign-up. Off: the confirmation to be an adult is enough."""
    age_bands: tuple[Bands, ...] = ()
    """The youngest age of each band; people of different bands never meet, and whose date of birth is not known meets
    nobody. Empty: everybody may meet everybody."""
    smtp_url: Relay | None = None
    """The relay that takes our letters. Not set: no verified addresses, and no new password for who forgot theirs."""
    mail_from: Sender | None = None
    """Who our letters are from."""
    payment_secret: Text | None = None
    """Key with which a payment provider signs its webhook, in our own scheme. Not set: there is none."""
    stripe_secret: Text | None = None
    """The signing secret of Stripe's webhook (whsec_…). Not set: there is none."""

    turn_urls: tuple[Turn, ...] = ()
    """TURN relays offered to both sides of a call, for networks that let no direct path through."""
    turn_secret: Text | None = None
    """What the relay knows as static-auth-secret; time-limited credentials are signed with it."""
    turn_ttl_s: Seconds = 7_200
    """How long such a credential is valid: the longest call, and its ICE restarts, many times over."""
    ice_policy: IcePolicy = "all"
    """`relay`: every call goes through the TURN relay, and no signal tells anybody's address to the other one. It costs
    the relay's traffic, and some delay."""
    stun_urls: tuple[Stun, ...] = ()
    """STUN servers. Empty: host candidates only, so that no address goes to a third party that you did not choose."""

    mirror: Switch | None = None
    """A mirror joins users who wait alone for long. Not set: on with the embedded database, where a newcomer tries
    Rondo in one window; off with a database of your own, where strangers expect people."""
    mirror_after_s: Seconds = 10
    """How long someone waits alone before the mirror joins."""

    log: LogStyle | None = None
    """Not set: readable lines on a terminal, JSON elsewhere."""
    metrics: Switch = True
    """Serve Prometheus figures at /metrics; where: see RONDO_OPS_PORT and RONDO_PUBLIC_METRICS."""

    @property
    def own_origins(self) -> tuple[str, ...]:
        """Pages that may connect, beside the one whose host is that of the request."""
        return self.allowed_origins if self.public_origin is None else (*self.allowed_origins, self.public_origin)

    @property
    def embedded(self) -> bool:
        """Whether the server runs its own PostgreSQL."""
        return self.database_url is None

    @property
    def is_private(self) -> bool:
        """Whether only this machine reaches the server: HOST is a loopback address, and no setting names a proxy."""
        return _is_loopback(self.host) and not self.is_behind_proxy and self.public_url is None

    @property
    def has_private_ops(self) -> bool:
        """Whether only this machine reaches the operators' listener."""
        return _is_loopback(self.ops_host)

    @property
    def public_origin(self) -> str | None:
        """Where people find the page, without a slash at the end; None: only requests tell."""
        return None if self.public_url is None else self.public_url.removesuffix("/")

    @property
    def sends_mail(self) -> bool:
        """Whether letters are sent, so that an address counts only once it is verified."""
        return self.smtp_url is not None and self.mail_from is not None

    @property
    def edges(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of proxies whose X-Real-IP is believed."""
        return tuple(ip_network(edge) for edge in self.real_ip_from)

    @property
    def is_behind_proxy(self) -> bool:
        """Whether a proxy in front of us is believed."""
        return bool(self.trusted_proxies or self.real_ip_from)

    @property
    def has_mirror(self) -> bool:
        """Whether a mirror joins people who wait alone."""
        return self.embedded if self.mirror is None else self.mirror

    @property
    def policy(self) -> ReportPolicy:
        """What follows from reports."""
        return ReportPolicy(
            reporters=self.autoban_reports,
            suspension_ms=_ms(self.autoban_s) or None,
            newcomers_ms=_ms(self.block_newcomers_s),
            keep_ms=_ms(self.evidence_keep_s),
        )

    @property
    def retention(self) -> Retention:
        """What is thrown away when."""
        return Retention(
            guests_ms=_ms(self.guests_keep_s) or None,
            history_ms=_ms(self.history_keep_s) or None,
            notifications_ms=_ms(self.notifications_keep_s) or None,
            channels_ms=_ms(self.messages_keep_s) or None,
            emails_ms=_ms(self.email_keep_s) or None,
        )

    @property
    def heartbeat(self) -> Heartbeat:
        """What is agreed with clients that announce a heartbeat."""
        return Heartbeat(
            ping_s=_whole(self.ping_s),
            server_silent_s=_whole(self.server_silent_s),
            client_silent_s=_whole(self.client_silent_s),
        )

    @property
    def introductions(self) -> LinkTerms:
        """What holds for introduction links."""
        return LinkTerms(
            ask_ms=_ms(self.introduction_ask_s),
            followers_a_day=self.followers_per_day if self.rate_limits else None,
        )

    @property
    def rules(self) -> Timing:
        """The matchmaker's windows, in whole milliseconds."""
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
    """Return *seconds* as an integer where it is one: what is shown to clients reads 3, not 3.0."""
    return int(seconds) if seconds == int(seconds) else seconds
