"""The database as `rondo doctor` sees it: read-only, and nothing is migrated."""

import time
from collections.abc import Sequence

import asyncpg
import msgspec

from server.config.errors import StartupError
from server.db.accounts.login_origins import DAY_MS, USERS_WITHOUT_NETWORK
from server.db.connect import connect_or_explain, one_line, require_usable
from server.db.maintenance.migrate import pending, shared
from server.db.maintenance.migration import Migration


class DatabaseHealth(msgspec.Struct, frozen=True, kw_only=True):
    """Findings about a database; instants in Unix milliseconds."""

    version: str
    asked_at: float
    theirs_at: float
    answered_at: float
    is_replica: bool
    """Whether it accepts no writes."""
    is_durable: bool
    """Whether what is committed survives a power cut."""
    free: int
    """Connections that are still available."""
    pending: tuple[str, ...]
    """Migrations of this code that it does not have."""
    is_empty: bool
    """Whether it has no migration at all."""
    users_without_network: int = 0
    """How many users were active within a day, if no account was ever seen from a network; else 0."""
    mismatch: str
    """How its migrations differ from those of this code; blank: they do not."""


async def health_check(dsn: str, migrations: Sequence[Migration], *, rollback: bool = False) -> DatabaseHealth:
    """Check the database at *dsn*, and compare it with the *migrations* of this code; *rollback*: a newer one is
    accepted.

    Raises:
        StartupError: it cannot be reached, is too old, or does not answer the queries.
    """
    connection = await connect_or_explain(dsn)
    try:
        await require_usable(connection, dsn)
        await connection.execute("SET default_transaction_read_only = on")
        asked_at = time.time() * 1_000
        theirs_at = await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8 * 1000")
        answered_at = time.time() * 1_000
        facts = await connection.fetchrow(
            """SELECT pg_is_in_recovery(),
                   current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off',
                   current_setting('max_connections')::int - (SELECT count(*) FROM pg_stat_activity
                       WHERE backend_type = 'client backend')::int"""
        )
        assert facts is not None  # It has no FROM: there is always one row.
        is_replica, is_durable, free = facts
        rows: list[asyncpg.Record] = []
        if await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL"):
            rows = await connection.fetch("SELECT * FROM schema_migrations")
        strangers = 0
        if await connection.fetchval("SELECT to_regclass('login_origins') IS NOT NULL"):
            strangers = await connection.fetchval(USERS_WITHOUT_NETWORK, round(theirs_at) - DAY_MS)
        mismatch, missing = "", tuple(migration.name for migration in migrations)
        try:
            known = shared(migrations, rows) if rollback else rows
            missing = tuple(migration.name for migration in pending(migrations, known))
        except StartupError as error:
            mismatch = str(error)
        return DatabaseHealth(
            version=await connection.fetchval("SHOW server_version"),
            asked_at=asked_at,
            theirs_at=theirs_at,
            answered_at=answered_at,
            is_replica=is_replica,
            is_durable=is_durable,
            free=free,
            pending=missing,
            is_empty=not rows,
            mismatch=mismatch,
            users_without_network=strangers,
        )
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise StartupError(f"the database does not answer ({one_line(error)})") from None
    finally:
        await connection.close(timeout=5)
