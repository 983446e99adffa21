"""What the operator does at the command line, beside a server that runs and without one."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from server.config.data_dir import DataDir
from server.postgres import Postgres

ADD = """
INSERT INTO users (user_id, display_name, adult_at, email, password_hash, email_verified_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'Op', now(), 'op@example.org', 'sealed', now()),
       ('00000000-0000-7000-8000-000000000002', 'Eve', now(), 'eve@example.org', 'sealed', null)
"""
OP, EVE = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"


async def rondo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RONDO_", "DATABASE_"))}
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "server", *words],
        env=kept | {"RONDO_DATA_DIR": str(folder)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
async def beside(used_dir: Path, server: Postgres) -> AsyncIterator[Path]:
    """A data directory that a server holds, whose database runs."""
    folder = DataDir(used_dir)
    folder.hold()
    yield used_dir
    folder.release()


async def test_command_beside_a_running_server(beside: Path, server: Postgres) -> None:
    first = await rondo(beside, "audit", "verify")
    assert (first.returncode, first.stdout.startswith("the audit log is valid: 0 entries")) == (0, True), first.stderr
    connection = await asyncpg.connect(server.dsn())
    await connection.execute(ADD)
    granted = await rondo(beside, "admin", "grant", "Op@example.org")
    assert granted.returncode == 0, granted.stderr
    assert await connection.fetchval("SELECT role FROM users WHERE user_id = $1::text::uuid", OP) == "moderator"
    unproved = await rondo(beside, "admin", "grant", "eve@example.org")
    assert (unproved.returncode, "verified address" in unproved.stderr) == (1, True)
    granted = await rondo(beside, "admin", "grant", EVE, "--role", "admin")
    assert granted.returncode == 0, granted.stderr
    assert await connection.fetchval("SELECT role FROM users WHERE user_id = $1::text::uuid", EVE) == "admin"
    await connection.close()
    assert "2 entries" in (await rondo(beside, "audit", "verify")).stdout


async def test_command_without_a_server(used_dir: Path) -> None:
    held = await rondo(used_dir, "audit", "verify")
    assert (held.returncode, "0 entries" in held.stdout) == (0, True), held.stderr
    unknown = await rondo(used_dir, "admin", "grant", "nobody@example.org")
    assert (unknown.returncode, "nobody@example.org" in unknown.stderr) == (1, True)
    assert "Traceback" not in unknown.stderr


async def test_unknown_role(used_dir: Path) -> None:
    assert (await rondo(used_dir, "admin", "grant", "op@example.org", "--role", "king")).returncode == 2
