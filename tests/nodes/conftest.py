"""The users of the stories, spread over two nodes."""

from tests.journeys.conftest import ada, bob, cleo, connect_user, http, start_cluster
from tests.journeys.conftest import two_nodes as service

__all__ = ["ada", "bob", "cleo", "connect_user", "http", "service", "start_cluster"]
