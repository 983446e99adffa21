"""The way back: into a database beside ours, which takes its place only when it has proved to be what was backed up."""

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
"""How long connections that were closed may still be listed, in seconds."""
BOOKKEEPING = frozenset({"schema_migrations", "nodes"})
"""Tables without data of users, which may be overwritten."""


class Restored(Struct, frozen=True, kw_only=True):
    """What a restore has done."""

    migrated: tuple[str, ...] = ()
    kept: str | None = None
    """The name of the database that was ours before; None: there was nothing in it."""
    secrets: str | None = None
    """What became of the secrets, in a line."""


def require_restorable(backup: Backup, want: BackupScope) -> str | None:
    """Make sure that this code can restore what is wanted of *backup*; return the secrets that are, if any.

    Raises:
        StartupError: the backup is damaged, newer, or has not what is wanted.
    """
    text = secret.wanted(backup, want)
    backup.check()
    require_known(backup.manifest, read(assets.migrations()))
    if want.database and backup.manifest.content is None:
        raise StartupError(f"{backup.name} holds secrets alone: restore it with --secrets-only")
    return text


async def prove(backup: Backup, settings: Settings, dsn: str) -> str | None:
    """Restore *backup* beside the database at *dsn*, migrate it and drop it; return why that could not be tried, if so.

    Raises:
        StartupError: it cannot be restored, or is not what was backed up.
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

    Whenever this ends, by a SIGKILL too, either the former database is in its place or the restored one, whole.
    *replace*: even if there is something in it.

    Raises:
        StartupError: the backup is damaged, newer, or cannot be restored; a client is connected; or there is something
            in the database and *replace* was not said. Nothing was changed.
    """
    text = require_restorable(backup, want)
    content = backup.manifest.content if want.database else None
    if content is None:
        return Restored(secrets=await secret.put(settings, text, dsn, now=now))
    async with RestoreTarget.beside(dsn) as databases:
        if refusal := await databases.refusal():
            raise StartupError(f"{refusal}: restore with a DATABASE_URL of a role that may")
        exists = await databases.exists()
        if exists:
            await _require_no_clients(databases)
        found = sum(count for table, count in (await rows(dsn)).items() if table not in BOOKKEEPING) if exists else 0
        if found and not replace:
            raise StartupError(
                f"there are {found} rows in the database {databases.name}: say --yes to put the backup in its place"
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
            # Before the rows, beside what is there: ids of files are never used twice.
            folder = files.folder_of(settings)
            if folder is not None and files.UPLOADS in backup.manifest.parts:
                files.restore(backup.read(files.UPLOADS), folder)
            kept = await databases.swap(name, now=now)
        if kept is not None and not found:
            await databases.drop(kept)
            kept = None
    return Restored(migrated=migrated, kept=kept, secrets=await secret.put(settings, text, None, now=now))


async def undo(settings: Settings, dsn: str, *, now: int) -> Restored:
    """Put back what the latest restore has replaced; what is there now is kept in its turn.

    Raises:
        StartupError: no earlier state was kept, or a client is connected. Nothing was changed.
    """
    async with RestoreTarget.beside(dsn) as databases:
        if refusal := await databases.refusal():
            raise StartupError(f"{refusal}: undo with a DATABASE_URL of a role that may")
        await _require_no_clients(databases)
        names = await databases.previous()
        if not names:
            raise StartupError("there is nothing here that a restore has kept")
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
    """Give the name of a database that holds what *backup* does, counted; after an error it is dropped."""
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
                f"what was restored is not what was backed up: {table} has {found.get(table, 'no')} rows, "
                f"and had {wanted.get(table, 'none')}"
            )


async def _require_no_clients(databases: RestoreTarget) -> None:
    """Pass once no client is connected; PostgreSQL lists one that has disconnected for some milliseconds more.

    Raises:
        StartupError: a client is connected after `CLOSING_S`.
    """
    give_up_at = time.monotonic() + CLOSING_S
    while (connected := await databases.connected()) and time.monotonic() < give_up_at:  # noqa: ASYNC110 - other processes
        await asyncio.sleep(0.05)
    if SERVER in connected:
        raise StartupError(f"rondo is serving on the database {databases.name}: stop it, on every node, then restore")
    if connected:
        who = ", ".join(f"{other} ({count})" for other, count in connected.items())
        raise StartupError(f"connected to the database {databases.name} is still {who}: end that, then restore")
