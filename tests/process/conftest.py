"""A folder that the embedded database can get to, and a process that one can kill."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from server.postgres import Postgres

Spawn = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="rondo-data-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


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
    """A data directory with an empty database, stopped."""
    subprocess.run(["cp", "-a", pristine / "postgres", data_dir], check=True)
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


async def ask(dsn: str, question: str) -> Any:
    """Return the first value of the answer."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()
