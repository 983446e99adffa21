"""One embedded PostgreSQL for the whole run, and a fresh database, migrated, for each test that asks; one Redis."""

import asyncio
import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from server.config import assets
from server.db.maintenance.migrate import migrate
from server.db.pool import Pool
from server.postgres import Postgres
from tests.support.databases import KeptConnection
from tests.support.valkey import Valkey

# The duration of an example depends only on the machine.
settings.register_profile("rondo", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rondo")

# Nothing here trusts a public authority, and to read them all is a fifteenth of what a start of the server takes.
os.environ["SSL_CERT_FILE"] = os.devnull

_numbers = itertools.count(1)
TESTS = Path(__file__).parent
SHORT_FILES = ("contracts", "db", "http", "properties", "protocol", "rules")
"""Folders of files that take seconds, most of them."""
ROOM_BYTES = 4 * 1024**3
"""What the databases of a whole run may take, and some more."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Run the tests of a browser in the loop of the session, as it is one browser for all of them."""
    if "browser" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files that keep a core busy among those that wait for deadlines: three run at a time on two cores.

    Files that are short come last: the end of a run must not wait for a long one.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    busy = [tests for path, tests in files.items() if path.parent.name == "browser"]
    waiting = [path for path in files if path.parent.name != "browser"]
    waiting.sort(key=lambda path: path.relative_to(TESTS).parts[0] in SHORT_FILES)
    # None of them among the last fifth.
    every = max(1, len(waiting) * 4 // 5 // max(1, len(busy)))
    ordered: list[pytest.Item] = []
    for number, path in enumerate(waiting):
        if number % every == 0 and busy:
            ordered += busy.pop(0)
        ordered += files[path]
    items[:] = ordered + [item for tests in busy for item in tests]


def pytest_collection_finish() -> None:
    """Leave what stays until the end, thousands of tests, out of every later garbage collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server, private to this run; `postgres.dsn(name)` is the URL of one of its databases."""
    # Not under pytest's own temporary folder: the database's user cannot access that.
    folder = Path(tempfile.mkdtemp(prefix="rondo-test-", dir=_memory()))
    folder.chmod(0o711)
    server = Postgres(folder, fsync=False, connections=200)
    asyncio.run(server.start())
    yield server
    asyncio.run(server.stop())
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def maintenance(postgres: Postgres) -> Iterator[KeptConnection]:
    """A connection that creates and drops the databases of the tests."""
    connection = KeptConnection(postgres.dsn("postgres"))
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def template(postgres: Postgres, maintenance: KeptConnection) -> str:
    """The name of a database that has every migration and no rows."""
    maintenance.execute("CREATE DATABASE template_rondo")
    asyncio.run(migrate(postgres.dsn("template_rondo"), assets.migrations()))
    return "template_rondo"


@pytest.fixture
def database(postgres: Postgres, template: str, maintenance: KeptConnection) -> Iterator[str]:
    """The URL of a database of this test's own, migrated and empty."""
    with _fresh(maintenance, f"TEMPLATE {template} STRATEGY file_copy") as name:
        yield postgres.dsn(name)


@pytest.fixture
def blank_database(postgres: Postgres, maintenance: KeptConnection) -> Iterator[str]:
    """The URL of a database of this test's own, without any table."""
    with _fresh(maintenance, "STRATEGY file_copy") as name:
        yield postgres.dsn(name)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """Connections to `database`."""
    pool = await Pool.open(database)
    yield pool
    await pool.close()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that the embedded database's user can access."""
    folder = Path(tempfile.mkdtemp(prefix="rondo-data-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def redis() -> Iterator[Valkey]:
    """A running Redis, private to this run. Each test has its own key prefix; a test that flushes it has another
    server.
    """
    server = Valkey().start()
    yield server
    server.stop()


@pytest.fixture
def bad_redis() -> Iterator[Valkey]:
    """A Redis of this test's own, which may be treated badly. Made outside the loop: it ends with its thread."""
    server = Valkey().start()
    yield server
    server.stop()


@pytest.fixture
def pool_name() -> str:
    """The name of a pool in Redis that no other test uses."""
    return f"{{test-{next(_numbers)}}}"


def _memory() -> Path | None:
    """Return a folder that is in memory, where there is room: a database is made ten times as fast there."""
    folder = Path("/dev/shm")
    return folder if os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM_BYTES else None


@contextmanager
def _fresh(maintenance: KeptConnection, wish: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    maintenance.execute(f"CREATE DATABASE {name} {wish}")
    yield name
    maintenance.execute(f"DROP DATABASE {name} WITH (FORCE)")
