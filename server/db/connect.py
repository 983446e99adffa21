"""Connecting to the database, with one line that says why it fails; and checks whether it can be used at all."""

import asyncio
from urllib.parse import urlsplit

import asyncpg
import structlog

from server.config.errors import StartupError
from server.config.loader import redact

PATIENCE_S = 10.0
RETRY_S = 1.0
"""Delay after a failed attempt of a start."""
OLDEST = 15
"""The first major version that our SQL supports."""

log = structlog.get_logger()

# 08: the connection; 57: starting up, or shutting down; 53: no connection is free. Temporary.
_PASSING = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)


class DatabaseUnreachable(StartupError):
    """The database does not answer now; it may later, without a change of settings."""


async def connect_or_explain(dsn: str) -> asyncpg.Connection:
    """Return a connection to the database at *dsn*, which is new enough.

    Raises:
        DatabaseUnreachable: it does not answer, or has no connection left.
        StartupError: it refuses the log-in, or is too old.
    """
    shown = redact("database_url", dsn)
    try:
        connection = await asyncpg.connect(dsn, timeout=PATIENCE_S)
    except TimeoutError:
        raise DatabaseUnreachable(
            f"database {shown} did not answer within {PATIENCE_S:.0f} s: check DATABASE_URL"
        ) from None
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # The errors quote what is wrong with a URL.
        why = "the URL is not understood" if isinstance(error, ValueError) else one_line(error)
        kind = DatabaseUnreachable if isinstance(error, _PASSING) else StartupError
        raise kind(f"database {shown} cannot be reached ({why}): check DATABASE_URL") from None
    version = connection.get_server_version()
    if version.major < OLDEST:
        await connection.close()
        raise StartupError(f"database {shown} is PostgreSQL {version.major}: {OLDEST} or newer is needed")
    return connection


async def wait_for_database(dsn: str, *, seconds: float) -> None:
    """Return once the database at *dsn* answers, retrying for *seconds*; one log line says that it is awaited.

    Raises:
        DatabaseUnreachable: it did not answer in that time.
        StartupError: waiting would not help.
    """
    loop = asyncio.get_running_loop()
    until, is_told = loop.time() + seconds, False
    while True:
        try:
            connection = await connect_or_explain(dsn)
        except DatabaseUnreachable as error:
            if loop.time() + RETRY_S > until:
                raise
            if not is_told:
                is_told = True
                log.warning("waiting_for_database", reason=str(error), wait_s=seconds)
            await asyncio.sleep(RETRY_S)
        else:
            await connection.close(timeout=5)
            return


async def require_usable(connection: asyncpg.Connection, dsn: str) -> None:
    """Check that the database can store every text, and that *connection* has a session of its own.

    Raises:
        StartupError: its encoding is not UTF8, or there is a pooler in transaction mode in front of it.
    """
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise StartupError(
            f"the database has the encoding {encoding}, which cannot hold every name and message: make another with "
            f"CREATE DATABASE {urlsplit(dsn).path.lstrip('/') or 'rondo'} TEMPLATE template0 ENCODING 'UTF8'"
        )
    if await _shares_sessions(connection, dsn):
        raise StartupError(
            "a pooler in transaction mode is before the database (PgBouncer: pool_mode = transaction): rondo needs "
            "sessions of its own for locks and prepared statements; set pool_mode = session for it, or connect directly"
        )


async def _shares_sessions(connection: asyncpg.Connection, dsn: str) -> bool:
    """Return whether another client is given the same server process that answers *connection*, which is still open."""
    ours = await connection.fetchval("SELECT pg_backend_pid()")
    try:
        other = await asyncpg.connect(dsn, timeout=PATIENCE_S, statement_cache_size=0)
    except (*_PASSING, asyncpg.InterfaceError):
        return False  # No second session is available: the first one is not shared.
    try:
        async with other.transaction():
            return bool(await other.fetchval("SELECT pg_backend_pid()") == ours)
    except asyncpg.PostgresError:  # A pooler in statement mode allows no transaction.
        return True
    finally:
        await other.close(timeout=5)


def one_line(error: BaseException) -> str:
    """Return the text of *error*, without its line breaks and hints."""
    return " ".join(str(error).split("\n")[0].split()) or type(error).__name__
