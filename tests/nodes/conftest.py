"""The users of the stories, spread over two nodes."""

from tests.journeys.conftest import ada, bob, cast, cleo, http, muster
from tests.journeys.conftest import two_nodes as service

__all__ = ["ada", "bob", "cast", "cleo", "http", "muster", "service"]
