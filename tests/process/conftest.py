"""A folder that the embedded database can get to, and a process that one can kill."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from server.backup.archive import SECRETS
from server.postgres import Postgres
from tests.support.command import rondo
from tests.support.databases import PEOPLE, SECRET, ask, at, others

Spawn = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session")
def pristine() -> Iterator[Path]:
    """A data directory as the first start leaves it; to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="rondo-pristine-"))

    async def make() -> None:
        async with Postgres(folder, fsync=False):
            pass

    asyncio.run(make())
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def used_dir(data_dir: Path, pristine: Path) -> Path:
    """A data directory with an empty database, stopped, and its key."""
    subprocess.run(["cp", "-a", pristine / "postgres", data_dir], check=True)
    (data_dir / SECRETS).write_text(SECRET)
    (data_dir / SECRETS).chmod(0o600)
    return data_dir


@pytest.fixture
async def server(used_dir: Path) -> AsyncIterator[Postgres]:
    async with Postgres(used_dir, fsync=False) as postgres:
        yield postgres


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Start Python with the given arguments; whatever is left of it at the end is killed."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: object, **options: Any) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
async def filled_database(database: str) -> AsyncIterator[str]:
    """The URL of a database with some users, on a separate server; its copies are dropped."""
    await ask(database, PEOPLE.format(40))
    yield database
    for name in await others(database):
        await ask(at(database, "postgres"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def taken(postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of forty users, proved."""
    folder = tmp_path_factory.mktemp("taken")
    asyncio.run(ask(postgres.dsn("postgres"), f"CREATE DATABASE forty TEMPLATE {template} STRATEGY file_copy"))
    asyncio.run(ask(postgres.dsn("forty"), PEOPLE.format(40)))
    result = rondo("backup", folder / "forty.backup", cwd=folder, DATABASE_URL=postgres.dsn("forty"))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("proved: ")
    return folder / "forty.backup"


@pytest.fixture
def backup(taken: Path, tmp_path: Path) -> Path:
    """A backup of forty users, to be damaged."""
    return Path(shutil.copy(taken, tmp_path / "town.backup"))
