"""Every socket test runs on both implementations: aiohttp's public interface, and the detached protocol."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import uvloop

from signaling.transport import aiohttp_fast_socket, aiohttp_socket
from tests.support.socket_harness import Serve, SocketServer, running_server


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Use the loop of the server: its transports are not those of the standard library."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(params=["public", "fast"])
def serve(request: pytest.FixtureRequest) -> Serve:
    """The handler of `GET /v1/ws`, in each of its implementations."""
    return {"public": aiohttp_socket.handler, "fast": aiohttp_fast_socket.handler}[request.param]


@pytest.fixture
async def server(serve: Serve) -> AsyncIterator[SocketServer]:
    """A running node with the default rules and settings."""
    async with running_server(serve) as node:
        yield node


@pytest.fixture(scope="session")
def postgres() -> None:
    """Refuse to start a store: `make quick` runs these tests, and they use `memory_ports`."""
    pytest.fail("protocol tests need no PostgreSQL")
