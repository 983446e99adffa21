"""The databases of a server: one created beside ours, and swapped with it in one transaction."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Self
from urllib.parse import quote, unquote, urlsplit

import asyncpg

from server.config.errors import StartupError
from server.db.connect import connect_or_explain, one_line
from server.db.maintenance.snapshot import KEY_TABLE

LOCK = 0x726573746F7265
"""Advisory lock of creating or swapping databases: "restore" in ASCII."""
NAME_BYTES = 40
"""How much of our name is kept in the names of others, which are limited to 63 bytes."""
SERVER = "rondo"
"""The application_name of a server's connections (`Pool`)."""
DOORS = ("postgres", "template1")
"""Databases from which others can be renamed, because ours cannot rename itself."""
# The collation of ours: it decides the order of indexes, and the result of lower() for addresses.
LIKE = """
SELECT pg_encoding_to_char(encoding) AS encoding, datcollate, datctype, datlocprovider::text AS provider,
       coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale') AS locale
FROM pg_database d WHERE datname = $1
"""
MAY = """
SELECT r.rolsuper OR (r.rolcreatedb AND coalesce(
           (SELECT pg_has_role(d.datdba, 'USAGE') FROM pg_database d WHERE d.datname = $1), true)) AS may,
       current_user::text AS name
FROM pg_roles r WHERE r.rolname = current_user
"""
CONNECTED = """
SELECT coalesce(nullif(application_name, ''), 'without a name') AS name, count(*) FROM pg_stat_activity
WHERE datname = $1 AND pid <> pg_backend_pid() AND backend_type = 'client backend' GROUP BY 1 ORDER BY 1
"""
CLOSE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = $1 AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class RestoreTarget:
    """A connection to the server of our database, to another database."""

    def __init__(self, dsn: str, connection: asyncpg.Connection) -> None:
        self._dsn = dsn
        self._connection = connection
        self.name = _name(dsn)

    @classmethod
    @asynccontextmanager
    async def beside(cls, dsn: str) -> AsyncIterator[Self]:
        """Connect, with the lock on creating and swapping databases.

        Raises:
            StartupError: no connection, another process holds the lock, or the operation failed.
        """
        connection = await _enter(dsn)
        try:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
                raise StartupError("another backup or restore is at work on this server: wait for its end")
            yield cls(dsn, connection)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StartupError(f"the server of the database refuses: {one_line(error)}") from None
        finally:
            await connection.close(timeout=5)

    @property
    def major(self) -> int:
        """The major version of the server."""
        return int(self._connection.get_server_version().major)

    def dsn(self, name: str) -> str:
        """Return the URL of one of its databases."""
        return _at(self._dsn, name)

    def near(self, purpose: str) -> str:
        """Return the name of a database beside ours."""
        return f"{self.name.encode()[:NAME_BYTES].decode(errors='ignore')}_{purpose}"

    async def exists(self) -> bool:
        """Return whether our database exists."""
        return bool(await self._connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", self.name))

    async def refusal(self) -> str | None:
        """Return why this role may not create a database and swap it with ours; None: it may."""
        [found] = await self._connection.fetch(MAY, self.name)
        if found["may"]:
            return None
        return f"{found['name']} may not make a database on this server, or does not own {self.name}"

    async def connected(self) -> dict[str, int]:
        """Return the number of connections to our database, by application_name."""
        return {row["name"]: row["count"] for row in await self._connection.fetch(CONNECTED, self.name)}

    async def make(self, name: str) -> None:
        """Create an empty database with our collation; one of this name, left by a crash, is dropped first."""
        await self.drop(name)
        like = await self._connection.fetchrow(LIKE, self.name)
        await self._connection.execute(f"CREATE DATABASE {_quoted(name)} TEMPLATE template0{_wishes(like)}")

    async def drop(self, name: str) -> None:
        """Drop a database, and close its connections; idempotent."""
        # Not WITH (FORCE): it fails for an owner without superuser rights while an autovacuum worker is in the
        # database. Without it, PostgreSQL ends the worker and waits 5 s for connections to end.
        await self._connection.execute(CLOSE, name)
        await self._connection.execute(f"DROP DATABASE IF EXISTS {_quoted(name)}")

    async def swap(self, name: str, *, now: int) -> str | None:
        """Swap the database *name* with ours; return the new name of ours, None if there was none.

        One transaction: after a crash at any point, there is one complete database of our name.

        Raises:
            StartupError: a client is connected to one of them; nothing was changed.
        """
        kept = await self._free_name(now) if await self.exists() else None
        try:
            async with self._connection.transaction():
                if kept is not None:
                    await self._connection.execute(f"ALTER DATABASE {_quoted(self.name)} RENAME TO {_quoted(kept)}")
                await self._connection.execute(f"ALTER DATABASE {_quoted(name)} RENAME TO {_quoted(self.name)}")
        except asyncpg.ObjectInUseError as error:
            raise StartupError(
                f"a client is still connected ({one_line(error)}): end its connection, then restore again"
            ) from None
        return kept

    async def _free_name(self, now: int) -> str:
        """Return the name under which ours is kept: of this second, or of the first later one that is free."""
        taken = await self.previous()
        at = datetime.fromtimestamp(now / 1_000, UTC)
        while (name := self.near(f"before_{at:%Y%m%d_%H%M%S}")) in taken:
            at += timedelta(seconds=1)
        return name

    async def previous(self) -> list[str]:
        """Return the databases that were replaced by a restore, the oldest first."""
        pattern = f"^{re.escape(self.near('before_'))}[0-9]{{8}}_[0-9]{{6}}$"
        found = await self._connection.fetch(
            "SELECT datname::text FROM pg_database WHERE datname ~ $1 ORDER BY 1", pattern
        )
        return [row[0] for row in found]


async def clear(dsn: str, schema: str) -> None:
    """Drop even *schema* from a new database: the dump creates its own."""
    connection = await connect_or_explain(dsn)
    try:
        quoted = await connection.fetchval("SELECT quote_ident($1)", schema)
        await connection.execute(f"DROP SCHEMA IF EXISTS {quoted}")
    finally:
        await connection.close(timeout=5)


async def give_key(dsn: str, key: bytes) -> None:
    """Store this key of the installation, and no other, in the database at *dsn*."""
    connection = await connect_or_explain(dsn)
    try:
        await connection.execute(
            f"INSERT INTO {KEY_TABLE} (key) VALUES ($1) ON CONFLICT (only_one) DO UPDATE SET key = EXCLUDED.key",  # noqa: S608
            key,
        )
    finally:
        await connection.close(timeout=5)


async def key_of(dsn: str) -> bytes | None:
    """Return the key of the installation in the database at *dsn*, None if there is none."""
    connection = await connect_or_explain(dsn)
    try:
        if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", KEY_TABLE):
            return None
        key: bytes | None = await connection.fetchval(f"SELECT key FROM {KEY_TABLE}")  # noqa: S608
        return key
    finally:
        await connection.close(timeout=5)


async def freshen(dsn: str) -> None:
    """Update the planner statistics of the database at *dsn*."""
    connection = await connect_or_explain(dsn)
    try:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("ANALYZE")
    finally:
        await connection.close(timeout=5)


async def _enter(dsn: str) -> asyncpg.Connection:
    """Return a connection to a database from which ours can be renamed.

    Raises:
        StartupError: there is none; the reason is that of the first attempt.
    """
    reason: StartupError | None = None
    for authenticator in DOORS:
        if authenticator != _name(dsn):
            try:
                connection = await connect_or_explain(_at(dsn, authenticator))
            except StartupError as error:
                reason = reason or error
            else:
                await connection.execute("SET statement_timeout = 0")
                return connection
    raise reason or StartupError("there is no other database on this server to work from")


def _wishes(like: asyncpg.Record | None) -> str:
    """Return the options that give a database the collation of *like*."""
    if like is None:
        return " ENCODING 'UTF8'"
    words = (
        f" ENCODING {_text(like['encoding'])} LC_COLLATE {_text(like['datcollate'])} LC_CTYPE {_text(like['datctype'])}"
    )
    match like["provider"]:
        case "i":
            return f"{words} LOCALE_PROVIDER icu ICU_LOCALE {_text(like['locale'])}"
        case "b":
            return f"{words} LOCALE_PROVIDER builtin BUILTIN_LOCALE {_text(like['locale'])}"
        case _:
            return f"{words} LOCALE_PROVIDER libc"


def _name(dsn: str) -> str:
    parts = urlsplit(dsn)
    return unquote(parts.path.lstrip("/")) or unquote(parts.username or "postgres")


def _at(dsn: str, name: str) -> str:
    return urlsplit(dsn)._replace(path=f"/{quote(name, safe='')}").geturl()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
