"""Restoring: into a second database, which is verified and then renamed to replace the live one."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from server.backup import files, secret
from server.backup.archive import DUMP, Backup
from server.backup.backup import BackupScope
from server.backup.manifest import Content, require_known
from server.backup.transfer import load
from server.config import assets
from server.config.errors import StartupError
from server.config.secret_key import FILE
from server.config.settings import Settings
from server.db.maintenance.migrate import migrate
from server.db.maintenance.migration import read
from server.db.maintenance.restore_target import SERVER, RestoreTarget, clear, freshen, give_key, key_of
from server.db.maintenance.snapshot import rows
from server.postgres import client

CLOSING_S = 2.0
"""Timeout for closed connections that PostgreSQL still lists, in seconds."""
BOOKKEEPING = frozenset({"schema_migrations", "nodes"})
"""Tables without data of users, which may be overwritten."""


class Restored(Struct, frozen=True, kw_only=True):
    """Result of a restore."""

    migrated: tuple[str, ...] = ()
    kept: str | None = None
    """Name of the database that was replaced and kept; None: it was empty."""
    secrets: str | None = None
    """What was done with the secrets, in one line."""


def require_restorable(backup: Backup, want: BackupScope) -> str | None:
    """Check that this code can restore the selected parts of *backup*; return the secrets among them, if any.

    Raises:
        StartupError: the backup is damaged, newer, or lacks a selected part.
    """
    text = secret.wanted(backup, want)
    backup.check()
    require_known(backup.manifest, read(assets.migrations()))
    if want.database and backup.manifest.content is None:
        raise StartupError(f"{backup.name} has only secrets: restore it with --secrets-only")
    return text


async def prove(backup: Backup, settings: Settings, dsn: str) -> str | None:
    """Restore *backup* to a temporary database beside *dsn*, migrate it and drop it; return why that was not possible,
    else None.

    Raises:
        StartupError: it cannot be restored, or its row counts differ.
    """
    content = backup.manifest.content
    if content is None:
        return None
    async with RestoreTarget.beside(dsn) as databases:
        if refusal := await databases.refusal():
            return refusal
        async with _beside(backup, content, databases, settings, databases.near("proving")) as name:
            await migrate(databases.dsn(name), assets.migrations())
            await databases.drop(name)
    return None


async def restore(
    backup: Backup, settings: Settings, dsn: str, want: BackupScope, *, replace: bool, now: int
) -> Restored:
    """Replace the database at *dsn*, which no server may be using, and the secrets with the selected parts of *backup*.

    However this ends, even by SIGKILL, the database is either the former or the restored one, complete. *replace*: even
    if the database has data.

    Raises:
        StartupError: the backup is damaged, newer, or cannot be restored; a client is connected; or the database has
        data and *replace* is False. Nothing was changed.
    """
    text = require_restorable(backup, want)
    content = backup.manifest.content if want.database else None
    if content is None:
        return Restored(secrets=await secret.put(settings, text, dsn, now=now))
    async with RestoreTarget.beside(dsn) as databases:
        if refusal := await databases.refusal():
            raise StartupError(f"{refusal}: restore with a DATABASE_URL of a role that has the permission")
        exists = await databases.exists()
        if exists:
            await _require_no_clients(databases)
        found = sum(count for table, count in (await rows(dsn)).items() if table not in BOOKKEEPING) if exists else 0
        if found and not replace:
            raise StartupError(
                f"there are {found} rows in the database {databases.name}: replace them with the backup by --yes"
            )
        name = databases.near("restoring")
        async with _beside(backup, content, databases, settings, name):
            fresh = databases.dsn(name)
            migrated = await migrate(fresh, assets.migrations())
            if not settings.embedded and settings.secret is None:
                key = secret.key(text) or (await key_of(dsn) if exists else None)
                if key is not None:
                    await give_key(fresh, key)
            await freshen(fresh)
            # Before the rows, in addition to the files there: ids of files are never reused.
            folder = files.folder_of(settings)
            if folder is not None and files.UPLOADS in backup.manifest.parts:
                files.restore(backup.read(files.UPLOADS), folder)
            kept = await databases.swap(name, now=now)
        if kept is not None and not found:
            await databases.drop(kept)
            kept = None
    return Restored(migrated=migrated, kept=kept, secrets=await secret.put(settings, text, None, now=now))


async def undo(settings: Settings, dsn: str, *, now: int) -> Restored:
    """Swap back what the latest restore has replaced; what it restored is kept in turn.

    Raises:
        StartupError: no earlier state was kept, or a client is connected. Nothing was changed.
    """
    async with RestoreTarget.beside(dsn) as databases:
        if refusal := await databases.refusal():
            raise StartupError(f"{refusal}: undo with a DATABASE_URL of a role that has the permission")
        await _require_no_clients(databases)
        names = await databases.previous()
        if not names:
            raise StartupError("no earlier state is kept here")
        kept = await databases.swap(names[-1], now=now)
    file = settings.data_dir / f"{FILE}.{names[-1].removeprefix(databases.near(''))}"
    if not settings.embedded or not file.exists():
        return Restored(kept=kept)
    return Restored(kept=kept, secrets=await secret.put(settings, file.read_text(), None, now=now))


async def drop_previous(settings: Settings, dsn: str) -> list[str]:
    """Remove what earlier restores have kept; return the names."""
    async with RestoreTarget.beside(dsn) as databases:
        names = await databases.previous()
        for name in names:
            await databases.drop(name)
    if not settings.embedded:
        return names
    files: list[Path] = secret.previous(settings)
    for file in files:
        file.unlink(missing_ok=True)
    return [*names, *(file.name for file in files)]


@asynccontextmanager
async def _beside(
    backup: Backup, content: Content, databases: RestoreTarget, settings: Settings, name: str
) -> AsyncIterator[str]:
    """Yield the name of a database with the content of *backup*, its rows counted; after an error it is dropped."""
    programs = client.find(settings.postgres_bin, content.major)
    await databases.make(name)
    try:
        fresh = databases.dsn(name)
        await clear(fresh, content.tables_in)
        await load(programs, fresh, backup.read(DUMP), major=databases.major)
        _require_same(content.rows, await rows(fresh, content.tables_in))
        yield name
    except BaseException:
        await databases.drop(name)
        raise


def _require_same(wanted: Mapping[str, int], found: Mapping[str, int]) -> None:
    for table in sorted(wanted.keys() | found.keys()):
        if wanted.get(table) != found.get(table):
            raise StartupError(
                f"the restored database differs from the backup: {table} has {found.get(table, 'no')} rows, "
                f"expected {wanted.get(table, 'none')}"
            )


async def _require_no_clients(databases: RestoreTarget) -> None:
    """Return once no client is connected; PostgreSQL lists a closed connection for some milliseconds more.

    Raises:
        StartupError: a client is still connected after `CLOSING_S`.
    """
    give_up_at = time.monotonic() + CLOSING_S
    while (connected := await databases.connected()) and time.monotonic() < give_up_at:  # noqa: ASYNC110 - other processes
        await asyncio.sleep(0.05)
    if SERVER in connected:
        raise StartupError(f"rondo is running on the database {databases.name}: stop it, on every node, then restore")
    if connected:
        who = ", ".join(f"{other} ({count})" for other, count in connected.items())
        raise StartupError(f"clients are connected to the database {databases.name}: {who}; end them, then restore")
