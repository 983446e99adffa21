"""PostgreSQL, ours or the operator's: reachable, new enough, at our schema, at our time."""

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
"""Connections that two nodes use during a deploy, and a few for administrators."""


async def examine(settings: Settings, service: clock_skew.ClockReading | None = None) -> list[Finding]:
    """Look at the database, its migrations and its clock, against that of *service*; nothing is changed."""
    if settings.database_url is None and not _is_made(settings):
        return [
            Finding("database", "ok", "none yet: the first start makes one in the data directory"),
            Finding("migrations", "skip", "the first start brings them"),
        ]
    try:
        async with address(settings, make=False) as dsn:
            seen = await health_check(dsn, read(assets.migrations()), rollback=settings.rollback)
    except StartupError as error:
        return [
            Finding("database", "fail", str(error), _remedy(settings)),
            Finding("migrations", "skip", "the database has to be reached first"),
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
    """Return what to think of what was seen."""
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
    """Return what to think of where users come from; a service without a public URL may well be for one house."""
    if settings.public_url is None or seen.users_without_network < USERS_MIN:
        return []
    found = f"all {seen.users_without_network} users of the last day come from addresses that are no network"
    remedy = "set RONDO_TRUSTED_PROXIES to the count of proxies in front, or RONDO_REAL_IP_FROM to their networks"
    return [Finding("proxies", "fail", found, remedy)]


def _judge_server(seen: DatabaseHealth, round_trip_ms: float, *, embedded: bool) -> Finding:
    found = f"PostgreSQL {seen.version}{', embedded' if embedded else ''}, answers in {round_trip_ms:.1f} ms"
    if seen.is_replica:
        return Finding(
            "database", "fail", f"{found}: a replica", "let DATABASE_URL name the primary, which takes writes"
        )
    if not seen.is_durable:
        return Finding(
            "database",
            "warn",
            f"{found}; a power cut loses what it has confirmed",
            "turn fsync and synchronous_commit on: people were told that their messages are kept",
        )
    if not embedded and seen.free < FEW:
        return Finding(
            "database",
            "warn",
            f"{found}; {seen.free} connections are left",
            f"raise max_connections: during a deploy two nodes want {FEW} between them",
        )
    return Finding("database", "ok", found)


def _judge_schema(seen: DatabaseHealth) -> Finding:
    if seen.mismatch:
        return Finding("migrations", "fail", seen.mismatch, "run the version of rondo that the database belongs to")
    if not seen.pending:
        return Finding("migrations", "ok", "none is missing, none unknown")
    count = len(seen.pending)
    found = f"{count} missing, from {seen.pending[0]} on" if count > 1 else f"{seen.pending[0]} is missing"
    # Where there are none at all the first start is yet to come.
    state: State = "ok" if seen.is_empty else "warn"
    return Finding("migrations", state, found, "rondo migrate brings what is missing; so does the next start")


def _is_made(settings: Settings) -> bool:
    return (settings.data_dir / "postgres" / "PG_VERSION").exists()


def _remedy(settings: Settings) -> str:
    if settings.database_url is None:
        return f"see {settings.data_dir / 'postgres.log'}"
    return "check that it runs, that this machine may reach it, and user, password and name in DATABASE_URL"
