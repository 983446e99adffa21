"""The services and users of the journeys, with mirrors that join soon."""

from tests.journeys.conftest import cast, hire, http
from tests.journeys.conftest import one_node as service

__all__ = ["cast", "hire", "http", "service"]
