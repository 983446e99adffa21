"""The people of the stories, shared out over two nodes."""

from collections.abc import Iterator

import pytest

from tests.journeys.conftest import ada, bob, cast, cleo, http, muster
from tests.journeys.conftest import two_nodes as service
from tests.valkey import Valkey

__all__ = ["ada", "bob", "cast", "cleo", "http", "muster", "service"]


@pytest.fixture
def bad_redis() -> Iterator[Valkey]:
    """A Redis that may be treated badly. Made outside the loop: it ends with the thread that made it."""
    server = Valkey().start()
    yield server
    server.stop()
