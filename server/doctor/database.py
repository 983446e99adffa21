"""Check of PostgreSQL, embedded or external: reachable, recent enough, schema up to date, clock in agreement."""

from server.config import assets
from server.config.errors import StartupError
from server.config.settings import Settings
from server.db.maintenance.health_check import DatabaseHealth, health_check
from server.db.maintenance.migration import read
from server.doctor import clock_skew
from server.doctor.finding import Finding, State
from server.local_database import address
from server.observability.proxy_watch import USERS_MIN

FEW = 20
"""Connections that two nodes use during a deploy, and some for administrators."""


async def examine(settings: Settings, service: clock_skew.ClockReading | None = None) -> list[Finding]:
    """Check the database, its migrations and its clock, against that of *service*; read-only."""
    if settings.database_url is None and not _is_made(settings):
        return [
            Finding("database", "ok", "none yet: the first start creates one in the data directory"),
            Finding("migrations", "skip", "the first start applies them"),
        ]
    try:
        async with address(settings, make=False) as dsn:
            seen = await health_check(dsn, read(assets.migrations()), rollback=settings.rollback)
    except StartupError as error:
        return [
            Finding("database", "fail", str(error), _remedy(settings)),
            Finding("migrations", "skip", "not checked: the database is not reachable"),
        ]
    return [
        *judge(seen, embedded=settings.embedded, service=service, tolerance_ms=settings.clock_tolerance_s * 1_000),
        *_judge_networks(seen, settings),
    ]


def judge(
    seen: DatabaseHealth,
    *,
    embedded: bool,
    service: clock_skew.ClockReading | None = None,
    tolerance_ms: float = clock_skew.TOLERANCE_MS,
) -> list[Finding]:
    """Return the findings for what was read."""
    round_trip_ms = seen.answered_at - seen.asked_at
    ahead = clock_skew.ahead_ms(seen.asked_at, seen.theirs_at, seen.answered_at)
    found = [_judge_server(seen, round_trip_ms, embedded=embedded), _judge_schema(seen)]
    if not embedded:
        found.append(
            clock_skew.judge(
                "the database", ahead, round_trip_ms=round_trip_ms, service=service, tolerance_ms=tolerance_ms
            )
        )
    return found


def _judge_networks(seen: DatabaseHealth, settings: Settings) -> list[Finding]:
    """Return the finding for the networks of users; a service without a public URL may be for one household."""
    if settings.public_url is None or seen.users_without_network < USERS_MIN:
        return []
    found = f"all {seen.users_without_network} users of the last day have an address without a network"
    remedy = "set RONDO_TRUSTED_PROXIES to the number of proxies in front, or RONDO_REAL_IP_FROM to their networks"
    return [Finding("proxies", "fail", found, remedy)]


def _judge_server(seen: DatabaseHealth, round_trip_ms: float, *, embedded: bool) -> Finding:
    found = f"PostgreSQL {seen.version}{', embedded' if embedded else ''}, answers in {round_trip_ms:.1f} ms"
    if seen.is_replica:
        return Finding("database", "fail", f"{found}: a replica", "set DATABASE_URL to the primary")
    if not seen.is_durable:
        return Finding(
            "database",
            "warn",
            f"{found}; a power failure loses confirmed writes",
            "turn fsync and synchronous_commit on: acknowledged messages must be durable",
        )
    if not embedded and seen.free < FEW:
        return Finding(
            "database",
            "warn",
            f"{found}; {seen.free} connections are free",
            f"raise max_connections: during a deploy two nodes need {FEW} together",
        )
    return Finding("database", "ok", found)


def _judge_schema(seen: DatabaseHealth) -> Finding:
    if seen.mismatch:
        return Finding("migrations", "fail", seen.mismatch, "run the version of rondo that matches the database")
    if not seen.pending:
        return Finding("migrations", "ok", "all applied, none unknown")
    count = len(seen.pending)
    found = f"{count} missing, from {seen.pending[0]} on" if count > 1 else f"{seen.pending[0]} is missing"
    # Without any, the first start has not happened yet.
    state: State = "ok" if seen.is_empty else "warn"
    return Finding("migrations", state, found, "run rondo migrate; the next start does the same")


def _is_made(settings: Settings) -> bool:
    return (settings.data_dir / "postgres" / "PG_VERSION").exists()


def _remedy(settings: Settings) -> str:
    if settings.database_url is None:
        return f"see {settings.data_dir / 'postgres.log'}"
    return "check that it runs, that this machine can reach it, and user, password and name in DATABASE_URL"
