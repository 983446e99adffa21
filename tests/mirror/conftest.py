"""The services and users of the journeys, with mirrors that join soon."""

from tests.browser.conftest import browser, chromium
from tests.journeys.conftest import connect_user, http, start_service
from tests.journeys.conftest import one_node as service

__all__ = ["browser", "chromium", "connect_user", "http", "service", "start_service"]
