"""A snapshot of the database, held for as long as it takes to copy it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from msgspec import Struct

from server.config.errors import StartupError
from server.db.connect import connect_or_explain, one_line

KEY_TABLE = "installation_keys"
"""Left out of dumps and counts: the key is a secret, and is copied separately."""
TABLES = """
SELECT c.relname::text AS name, format('%I.%I', n.nspname, c.relname) AS quoted
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> $2 ORDER BY 1
"""


class Applied(Struct, frozen=True):
    """A migration that the database has."""

    version: int
    name: str
    checksum: str


class Snapshot(Struct, frozen=True, kw_only=True):
    """The contents of the database at one instant."""

    name: str
    """With it `pg_dump` sees the same instant, while the snapshot is held."""
    server: str
    major: int
    schema: str
    migrations: tuple[Applied, ...]
    rows: dict[str, int]
    key: bytes | None
    """The key of the installation, if it is stored in the database."""


@asynccontextmanager
async def take(dsn: str) -> AsyncIterator[Snapshot]:
    """Hold a snapshot of the database at *dsn*, with its row counts; the service keeps writing.

    Raises:
        StartupError: it cannot be reached or read, or has no tables of rondo.
    """
    connection = await connect_or_explain(dsn)
    try:
        try:
            # A copy has no timeout; only locks held by other transactions are not waited for.
            for timeout in ("statement_timeout", "idle_in_transaction_session_timeout"):
                await connection.execute(f"SET {timeout} = 0")
            await connection.execute("SET lock_timeout = '15s'")
            await connection.transaction(isolation="repeatable_read", readonly=True).start()
            found = await _look(connection)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise StartupError(f"the database cannot be read: {one_line(error)}") from None
        yield found
    finally:
        # Ends the transaction as well: nothing was written in it.
        await connection.close(timeout=5)


async def rows(dsn: str, schema: str | None = None) -> dict[str, int]:
    """Return how many rows each table of *schema* has, keys aside; None: the schema in which tables are created.

    Raises:
        StartupError: the database cannot be reached or read.
    """
    connection = await connect_or_explain(dsn)
    try:
        await connection.execute("SET statement_timeout = 0")
        return await _count(connection, schema or await connection.fetchval("SELECT current_schema()::text"))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise StartupError(f"the database cannot be read: {one_line(error)}") from None
    finally:
        await connection.close(timeout=5)


async def _look(connection: asyncpg.Connection) -> Snapshot:
    schema: str | None = await connection.fetchval("SELECT current_schema()::text")
    if schema is None or not await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL"):
        raise StartupError("the database has no tables of rondo: there is nothing to back up")
    applied = await connection.fetch("SELECT version, name, checksum FROM schema_migrations ORDER BY version")
    has_keys = await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", KEY_TABLE)
    version = connection.get_server_version()
    return Snapshot(
        name=await connection.fetchval("SELECT pg_export_snapshot()"),
        server=f"{version.major}.{version.minor}",
        major=version.major,
        schema=schema,
        migrations=tuple(Applied(row["version"], row["name"], row["checksum"]) for row in applied),
        rows=await _count(connection, schema),
        key=await connection.fetchval(f"SELECT key FROM {KEY_TABLE}") if has_keys else None,  # noqa: S608 - a constant
    )


async def _count(connection: asyncpg.Connection, schema: str | None) -> dict[str, int]:
    tables = await connection.fetch(TABLES, schema, KEY_TABLE)
    return {
        table["name"]: await connection.fetchval(f"SELECT count(*) FROM {table['quoted']}")  # noqa: S608 - quoted
        for table in tables
    }
