"""Databases that tests share, or with users in them, for backups and restores."""

import asyncio
import json
import subprocess
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from server.backup.archive import MANIFEST
from server.postgres import Postgres
from tests.support.command import complaint, rondo

PEOPLE = """
INSERT INTO users (user_id, display_name, adult_at)
SELECT gen_random_uuid(), repeat('Zoë ', 5) || n, now() FROM generate_series(1, {}) AS n
"""
EndOlder = Callable[[], Awaitable[None]]
SECRET = "RONDO_SECRET=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MTI="


class KeptConnection:
    """A connection for the fixtures of a whole run, outside the loops of the tests: a new one takes longer than what
    it is for.
    """

    def __init__(self, dsn: str) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._connection = self._runner.run(asyncpg.connect(dsn))

    def execute(self, statements: str) -> None:
        """Run statements."""
        self._runner.run(self._connection.execute(statements))

    def fetch(self, statement: str, *args: object) -> list[asyncpg.Record]:
        """Return the rows of a statement."""
        rows: list[asyncpg.Record] = self._runner.run(self._connection.fetch(statement, *args))
        return rows

    def close(self) -> None:
        """Close the connection and its loop."""
        self._runner.run(self._connection.close())
        self._runner.close()


def at(dsn: str, name: str) -> str:
    """Return the URL of another database of the same server."""
    return urlsplit(dsn)._replace(path=f"/{name}").geturl()


def name_in(dsn: str) -> str:
    """Return the name of the database."""
    return urlsplit(dsn).path[1:]


async def ask(dsn: str, question: str) -> Any:
    """Return the first value of the answer."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def set_read_only(owner: asyncpg.Connection, *, on: bool) -> EndOlder:
    """Make new sessions of the database read-only, or not; return what ends the servers' sessions that started before.

    It is to be called again: a session that was being opened meanwhile is not yet shown as one of this database, or by
    its name.
    """
    name = await owner.fetchval("SELECT current_database()")
    change = "SET default_transaction_read_only = on" if on else "RESET default_transaction_read_only"
    await owner.execute(f'ALTER DATABASE "{name}" {change}')
    changed_at = await owner.fetchval("SELECT clock_timestamp()")

    async def end_older() -> None:
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'rondo' AND backend_start < $1",
            changed_at,
        )

    return end_older


def copy_of(template: str, postgres: Postgres, *, name: str) -> str:
    """Create the database *name* out of *template*, and return its URL."""

    async def make() -> None:
        connection = await asyncpg.connect(postgres.dsn("postgres"))
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        await connection.close()

    asyncio.run(make())
    return postgres.dsn(name)


async def others(dsn: str) -> list[str]:
    """Return the databases beside the one of *dsn* that carry its name."""
    name = name_in(dsn)
    connection = await asyncpg.connect(at(dsn, "postgres"))
    try:
        found = await connection.fetch("SELECT datname::text FROM pg_database WHERE datname LIKE $1 || '\\_%'", name)
    finally:
        await connection.close()
    return [row[0] for row in found if not row[0].removeprefix(f"{name}_")[0].isdigit()]


async def run(*arguments: object, cwd: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(rondo, *arguments, cwd=cwd, **environ)


async def people(dsn: str) -> int:
    count: int = await ask(dsn, "SELECT count(*) FROM users")
    return count


def rewrite(path: Path, **changes: Any) -> None:
    """Rewrite a backup with changes in the manifest: fields of `content`, or of the manifest itself."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    manifest = json.loads(parts[MANIFEST])
    for name, value in changes.items():
        (manifest if name in manifest else manifest["content"])[name] = value
    parts[MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, text in parts.items():
            new.writestr(name, text)


def manifest(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read(MANIFEST))


async def tables(dsn: str) -> set[str]:
    return set(await ask(dsn, "SELECT array_agg(tablename::text) FROM pg_tables WHERE schemaname = 'public'"))


async def refused(filled_database: str, file: Path, *flags: str) -> str:
    """Return why *file* is not restored; nothing was changed."""
    before = await people(filled_database), await others(filled_database)
    [line] = complaint(await run("restore", file, *flags, cwd=file.parent, DATABASE_URL=filled_database))
    assert (await people(filled_database), await others(filled_database)) == before
    return line
