"""What the nodes on one Redis must have in common: name, database, key, rules and time.

A node that starts compares itself with those that serve, and is the one that is refused. `docs/decisions/0018`.
"""

import hmac
import secrets
from collections.abc import Mapping
from typing import Final

import msgspec

from server.config.errors import StartupError
from server.config.loader import text_of, variable
from server.config.secret_key import secret_of
from server.config.settings import Settings
from server.config.version import VERSION
from server.db.maintenance.database_identity import Offset, clock_offset, identity
from server.db.pool import Pool
from server.db.safety.installation_key import key_of_installation

KEY_BYTES: Final = 32
RULES: Final = (
    *("invite_ttl_s", "grace_s", "text_grace_s", "cooldown_s", "cancel_cooldown_s", "failed_cooldown_s"),
    *("expired_cooldown_s", "torch_idle_s", "torch_warning_s", "connect_timeout_s", "queue_hold_s", "interest_wait_s"),
    *("resume_s", "rate_limits", "room_every_s", "rooms_burst", "ping_s", "server_silent_s", "client_silent_s"),
    *("access", "age_bands", "min_age", "require_birth_date", "ice_policy"),
    *("autoban_reports", "autoban_s", "block_newcomers_s"),
)
"""Settings that two users of one room, or of one queue, must not find different."""


class NodeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a node shows the others. It holds no secret: secrets are shown as keyed digests."""

    name: str
    """What operators call the node."""
    version: str
    database: str
    key: str
    rules: Mapping[str, str]
    """The variables of settings and their values, as an operator writes them."""
    mixes_rules: bool
    """Whether the operator permits different rules for now."""
    ahead_ms: float = 0
    """How far its clock is ahead of Redis'."""
    is_draining: bool = False
    since: int = 0
    """When it began, by Redis' clock; 0: it has had one heartbeat, and may be older than any."""


async def describe(settings: Settings, pool: Pool, name: str) -> NodeRecord:
    """Return the record of this process.

    Raises:
        Unavailable: the database cannot be reached.
    """
    shared = await key_of_installation(pool, secrets.token_bytes(KEY_BYTES))
    own = secret_of(settings)
    return NodeRecord(
        name=name,
        version=VERSION,
        database=_digest(shared, f"database {await identity(pool)}"),
        key=_digest(own or shared, "key"),
        rules={variable(field): text_of(getattr(settings, field)) for field in RULES},
        mixes_rules=settings.mixed_rules,
    )


async def require_database_time(settings: Settings, pool: Pool) -> None:
    """Pass if the clock of this machine agrees with that of the database.

    Raises:
        StartupError: it does not.
        Unavailable: the database cannot be reached.
    """
    if not settings.embedded:  # ours has our clock
        require_common_time(await clock_offset(pool), "the database", tolerance_s=settings.clock_tolerance_s)


def require_common_time(offset: Offset, whose: str, *, tolerance_s: float) -> None:
    """Check that our clock differs by no more than *tolerance_s* from another one.

    Raises:
        StartupError: it differs by more.
    """
    if offset.certain_ms > tolerance_s * 1_000:
        raise StartupError(
            f"the clock of this machine is {_length(offset.ahead_ms)} that of {whose}, more than {tolerance_s:g} s "
            "(RONDO_CLOCK_TOLERANCE_S): let both machines keep time by NTP, then start again"
        )


def objection(
    own: NodeRecord, other: NodeRecord, *, tolerance_s: float, give_ms: float = 0, takes_over: bool = False
) -> str | None:
    """Return why *own* must not serve beside *other*, which came before; None: it may.

    *give_ms*: how exact our offset is. *takes_over*: both may have one name.
    """
    if other.name == own.name and not takes_over:
        return f"another process is called {own.name} and lives: stop it, or set RONDO_NODE to another name"
    if other.is_draining:
        return None
    beside = f"than node {other.name} on the same Redis"
    if own.database != other.database:
        return f"DATABASE_URL is another database {beside}: give all nodes the same one, or this one another Redis"
    if own.key != other.key:
        return f"RONDO_SECRET is another one {beside} (digests differ): give all nodes the same one, or none of them"
    apart = Offset(own.ahead_ms - other.ahead_ms, give_ms)
    if apart.certain_ms > tolerance_s * 1_000:
        return (
            f"the clock of this machine is {_length(apart.ahead_ms)} that of node {other.name}, more than "
            f"{tolerance_s:g} s (RONDO_CLOCK_TOLERANCE_S): let both machines keep time by NTP, then start again"
        )
    if (differing := differences(own, other)) and not may_differ(own, other):
        return (
            f"{', '.join(differing)}: set them alike, or start with RONDO_MIXED_RULES=on for the rolling deploy that "
            "changes them"
        )
    return None


def may_differ(own: NodeRecord, other: NodeRecord) -> bool:
    """Return whether two nodes may have different rules for now: during the rollout of a release or a setting."""
    return own.version != other.version or own.mixes_rules or other.mixes_rules


def differences(own: NodeRecord, other: NodeRecord) -> list[str]:
    """Return each rule that both nodes know and have set differently, with both values."""
    return [
        f"{name} is {own.rules[name] or 'empty'} here and {value or 'empty'} at node {other.name}"
        for name, value in other.rules.items()
        if name in own.rules and own.rules[name] != value
    ]


def _digest(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()[:32]


def _length(ahead_ms: float) -> str:
    return f"{abs(ahead_ms) / 1_000:,.1f} s {'ahead of' if ahead_ms > 0 else 'behind'}"
