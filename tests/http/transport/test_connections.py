"""TCP connections are bounded in number and in time; over real sockets."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from server.app import App
from server.http.transport.connections import Connections
from tests.http.conftest import Caller, SignUp, serving

SHORT = {"keep_alive_s": 1, "proxy_keep_alive_s": 60, "header_timeout_s": 1, "body_timeout_s": 1}
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /v1/auth/guest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 64\r\n\r\n"
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def opened(base: str, many: int = 1, *, source: str = "127.0.0.1") -> AsyncIterator[list[Stream]]:
    """Open *many* connections to *base* from the address *source*."""
    port = int(base.rpartition(":")[2])
    streams = [await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0)) for _ in range(many)]
    try:
        yield streams
    finally:
        for _, writer in streams:
            writer.close()


async def ended(stream: Stream, *, patience_s: float = 10) -> float:
    """Return after how many seconds the server has closed *stream*."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(patience_s):
            while await stream[0].read(65_536):
                pass
    except ConnectionError:
        pass
    return time.monotonic() - began


def connections(app: App) -> Connections:
    return app.listeners.connections


@pytest.mark.settings(**SHORT, rate_limits=False)
async def test_1500_idle_connections_are_closed(app: App, base: str, anonymous: Caller) -> None:
    async with opened(base, 1_500) as streams:
        assert (await anonymous.get("/readyz")).status == 200
        await asyncio.gather(*(ended(stream, patience_s=30) for stream in streams))
        assert (await anonymous.get("/readyz")).status == 200
    assert connections(app).open <= 1
    assert connections(app).timed_out["idle"] >= 1_500


@pytest.mark.settings(**SHORT)
async def test_100_connections_per_address(app: App, base: str) -> None:
    async with opened(base, 130) as streams, opened(base, source="127.0.0.2") as [other]:
        gone = await asyncio.gather(*(ended(stream) for stream in streams[100:]))
        assert len(gone) == 30
        assert connections(app).refused == {"address": 30}
        other[1].write(GET)
        assert await other[0].readline() == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.settings(trusted_proxies=1, **SHORT)
async def test_proxy_connections_are_unlimited_and_longer(app: App, base: str) -> None:
    async with opened(base, 130) as streams:
        streams[129][1].write(GET)
        assert await streams[129][0].readline() == b"HTTP/1.1 200 OK\r\n"
        with pytest.raises(TimeoutError):
            await ended(streams[0], patience_s=4)
        assert connections(app).open == 130
    assert not connections(app).refused


@pytest.mark.settings(real_ip_from=("127.0.0.1/32",), **SHORT)
async def test_only_the_edge_counts_as_proxy(base: str) -> None:
    async with opened(base) as [edge], opened(base, source="127.0.0.2") as [other]:
        await ended(other)
        edge[1].write(GET)
        assert await edge[0].readline() == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.settings(**SHORT)
async def test_slow_header_times_out(app: App, base: str) -> None:
    async with opened(base) as [stream]:
        drip = asyncio.create_task(_drip(stream[1], GET[:-2] + b"X-Slow: " + b"x" * 1_000))
        assert await ended(stream) < 5
        drip.cancel()
    assert connections(app).timed_out["header"] == 1


@pytest.mark.settings(**SHORT)
async def test_slow_second_request_times_out(app: App, base: str) -> None:
    async with opened(base) as [stream]:
        stream[1].write(GET)
        assert await stream[0].readline() == b"HTTP/1.1 200 OK\r\n"
        drip = asyncio.create_task(_drip(stream[1], GET[:-2] + b"X-Slow: " + b"x" * 1_000))
        assert await ended(stream) < 5
        drip.cancel()
    assert connections(app).timed_out["header"] == 1


@pytest.mark.settings(**SHORT)
async def test_slow_body_gets_408(base: str) -> None:
    async with opened(base) as [stream]:
        stream[1].write(POST)
        drip = asyncio.create_task(_drip(stream[1], b" " * 64))
        assert await stream[0].readline() == b"HTTP/1.1 408 Request Timeout\r\n"
        assert await ended(stream) < 5
        drip.cancel()


@pytest.mark.settings(**SHORT)
async def test_unread_answer_is_cut(app: App, base: str) -> None:
    async with opened(base) as [stream]:
        stream[0]._transport.pause_reading()  # type: ignore[attr-defined]
        stream[1].write(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)
        await until(lambda: connections(app).timed_out["answer"] == 1)


@pytest.mark.settings(**SHORT)
async def test_websocket_counts_until_closed(app: App, sign_up: SignUp) -> None:
    ada = await sign_up("Ada")
    socket = await ada.connect()
    with_socket = connections(app).open
    await asyncio.sleep(3)  # three times as long as an idle connection is kept
    assert (await socket.send_json({"type": "ping"}), (await socket.receive_json())["type"])[1] == "pong"
    await socket.close()
    await until(lambda: connections(app).open < with_socket)
    await until(lambda: connections(app).open == 0)


@pytest.mark.settings(keep_alive_s=60)
async def test_operators_can_connect_when_the_service_is_full(app: App) -> None:
    app.listeners.connections.bounds = msgspec.structs.replace(connections(app).bounds, total=5)
    async with (
        serving(app, app.web) as base,
        serving(app, app.ops) as ops,
        opened(base, 5),
        opened(base) as [refused],
        opened(ops) as [operator],
    ):
        await ended(refused)
        assert connections(app).refused == {"process": 1}
        operator[1].write(GET)
        assert await operator[0].readline() == b"HTTP/1.1 200 OK\r\n"


async def until(is_so: Callable[[], bool]) -> None:
    """Return once *is_so*."""
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


async def _drip(writer: asyncio.StreamWriter, text: bytes) -> None:
    for byte in text:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.05)
