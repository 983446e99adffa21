"""The database of this installation, for commands that run beside the server or without it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from matchmaker.domain.errors import Unavailable
from server.config import assets
from server.config.data_dir import DataDir
from server.config.errors import StartupError
from server.config.secret_key import make_key, secret_of
from server.config.settings import Settings
from server.db.maintenance.migrate import migrate
from server.db.pool import Pool
from server.postgres import Postgres
from server.postgres.embedded import DATABASE
from server.postgres.pidfile import Pidfile

SOCKETS_LINE = 4
"""Where postmaster.pid names the folder of the Unix socket (PostgreSQL, miscadmin.h: LOCK_FILE_LINE_SOCKET_DIR)."""


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Pool]:
    """Give a pool over the database that `rondo serve` uses, migrated; an embedded one is started if it does not run.

    Raises:
        StartupError: it cannot be reached.
    """
    async with address(settings) as dsn, _pool(settings, dsn) as pool:
        yield pool


@asynccontextmanager
async def address(settings: Settings, *, alone: bool = False, make: bool = True) -> AsyncIterator[str]:
    """Yield the URL of that database, not migrated; an embedded one runs until the context ends.

    *alone*: no other process may run it. *make*: an embedded one is made if there is none.

    Raises:
        StartupError: it cannot be started, or not under these conditions.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    folder = DataDir(settings.data_dir)
    is_new = not (folder.path / "postgres").exists()
    if not make and is_new:
        raise StartupError(f"there is no database in {folder.path}: set RONDO_DATA_DIR or DATABASE_URL to where it is")
    try:
        folder.hold()
    except StartupError:
        dsn = None if alone else _running(folder)
        if dsn is None:
            raise
        yield dsn
        return
    try:
        if is_new and not alone:
            make_key(settings)  # before the database: a database without its key counts as one whose key was lost
        async with Postgres(folder.path, programs=settings.postgres_bin) as postgres:
            yield postgres.dsn()
        if is_new:
            make_key(settings)  # a restore of a backup without secrets has brought none
    finally:
        folder.release()


@asynccontextmanager
async def _pool(settings: Settings, dsn: str) -> AsyncIterator[Pool]:
    await migrate(dsn, assets.migrations(), rollback=settings.rollback)
    secret = secret_of(settings)
    try:
        pool = await Pool.open(dsn, size=1, secret=secret)
    except Unavailable:
        raise StartupError("the database cannot be reached: check DATABASE_URL") from None
    try:
        yield pool
    except Unavailable:
        raise StartupError("the database went away: try again") from None
    finally:
        await pool.close()


def _running(folder: DataDir) -> str | None:
    """Return the URL of the embedded database that a running server holds; None: there is none yet."""
    lines = Pidfile(folder.path / "postgres").lines()
    if len(lines) <= SOCKETS_LINE or not lines[SOCKETS_LINE].strip():
        return None
    return f"postgresql://{DATABASE}@/{DATABASE}?host={quote(lines[SOCKETS_LINE].strip(), safe='')}&port=5432"
