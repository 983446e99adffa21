"""A TURN server, and servers in relay-only mode."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.browser.conftest import browser, chromium
from tests.journeys.conftest import StartService, ada, bob, connect_user, http, start_service
from tests.relay.coturn import SECRET, Coturn
from tests.support.service import Service

__all__ = ["ada", "bob", "browser", "chromium", "connect_user", "http", "start_service"]


@pytest.fixture(scope="session")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    """The relay of a service, as `deploy/coturn.conf` makes it."""
    relay = Coturn(tmp_path_factory.mktemp("coturn"), f"--static-auth-secret={SECRET}")
    relay.start()
    yield relay
    relay.stop()


@pytest.fixture
async def service(start_service: StartService, coturn: Coturn) -> AsyncIterator[Service]:
    """A server in relay-only mode."""
    running = await asyncio.to_thread(
        start_service, {**coturn.settings, "RONDO_ICE_POLICY": "relay", "RONDO_RATE_LIMITS": "off"}
    )
    yield running
    assert running.faults() == []
