"""Migrating a database to the schema of this code: each migration once, as a whole, by one server at a time."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from server.config.errors import StartupError
from server.db.connect import connect_or_explain, one_line, require_usable
from server.db.maintenance.migration import Migration, read

LOCK = 0x726F6E646F
"""Advisory lock of a migration: "rondo" in ASCII."""
LOCK_WAIT = "15s"
"""A migration that waits longer for a table would delay every statement that queues behind it."""
TABLE = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version    integer     PRIMARY KEY,
        name       text        NOT NULL,
        checksum   text        NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now(),
        contracts  boolean     NOT NULL DEFAULT false     -- takes something away: releases before it cannot come back
    )"""
# Checked first: ADD COLUMN waits for every reader of the table, including a backup, even if the column exists.
HAS_CONTRACTS = """
    SELECT count(*) FROM pg_attribute WHERE attrelid = 'schema_migrations'::regclass AND attname = 'contracts'"""
ADD_CONTRACTS = "ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS contracts boolean NOT NULL DEFAULT false"


async def migrate(dsn: str, folder: Path, *, rollback: bool = False) -> tuple[str, ...]:
    """Migrate the database at *dsn* to the last migration in *folder*; return the names of the applied ones.

    *rollback*: a newer database is accepted, if nothing was removed since.

    Raises:
        StartupError: the files break the grammar, the database cannot be reached or used or is newer than the code, an
            applied file was changed, or a statement failed; a failed file leaves nothing.
    """
    migrations = read(folder)
    connection = await connect_or_explain(dsn)
    try:
        await require_usable(connection, dsn)
        # Of several servers that start together, one migrates; the others wait, and find nothing left to do.
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        await connection.execute(TABLE)
        if not await connection.fetchval(HAS_CONTRACTS):
            await connection.execute(ADD_CONTRACTS)
        applied = await connection.fetch("SELECT version, name, checksum, contracts FROM schema_migrations")
        if rollback:
            applied = shared(migrations, applied)
        missing = pending(migrations, applied)
        for migration in missing:
            await _apply(connection, migration)
        return tuple(migration.name for migration in missing)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise StartupError(f"the database could not be migrated: {one_line(error)}") from None
    finally:
        # Releases the lock as well, even if the connection is broken.
        await connection.close(timeout=5)


def pending(migrations: Sequence[Migration], applied: Sequence[asyncpg.Record]) -> list[Migration]:
    """Return the migrations to apply.

    Raises:
        StartupError: the applied migrations are not those of these files.
    """
    by_version = {migration.version: migration for migration in migrations}
    for row in sorted(applied, key=lambda row: int(row["version"])):
        migration = by_version.get(row["version"])
        if migration is None:
            raise StartupError(
                f"the database is newer than this code: it has migration {row['name']}, the code ends at "
                f"{migrations[-1].name if migrations else 'none'}; start a newer rondo; "
                "to go back to this one on purpose, set RONDO_ROLLBACK=on (docs/migrations.md)"
            )
        if row["checksum"] != migration.checksum:
            raise StartupError(
                f"migration {migration.name} was changed after it was applied (as {row['name']}): "
                "put the old text back, and write the change as a new migration"
            )
    done = {row["version"] for row in applied}
    return [migration for migration in migrations if migration.version not in done]


def shared(migrations: Sequence[Migration], applied: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
    """Return the applied migrations, without those that a newer release has added.

    Raises:
        StartupError: a newer release has removed something.
    """
    last = migrations[-1].version if migrations else 0
    for row in applied:
        if row["version"] > last and row["contracts"]:
            raise StartupError(
                f"there is no way back to this code: migration {row['name']} took away what it reads; "
                "start a newer rondo, or restore an older backup"
            )
    return [row for row in applied if row["version"] <= last]


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    """Run one migration and record that it ran.

    Raises:
        StartupError: it failed.
    """
    try:
        if migration.is_alone:
            await connection.execute(migration.sql)
            await _note(connection, migration)
            return
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
            await connection.execute(migration.sql)
            await _note(connection, migration)
    except asyncpg.PostgresError as error:
        position = getattr(error, "position", None)
        line = f" line {migration.sql.count(chr(10), 0, int(position)) + 1}" if position else ""
        raise StartupError(f"migration {migration.name}{line} failed: {one_line(error)}") from None


async def _note(connection: asyncpg.Connection, migration: Migration) -> None:
    """Record that a migration ran."""
    await connection.execute(
        "INSERT INTO schema_migrations (version, name, checksum, contracts) VALUES ($1, $2, $3, $4)",
        migration.version,
        migration.name,
        migration.checksum,
        migration.unread_since is not None,
    )
