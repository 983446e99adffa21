"""What opens a socket without aiohttp's server: the same bytes get the same answer as with it."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from server.app import App
from server.http.transport import websocket_upgrade
from server.runtime.listener import listen
from tests.http.conftest import Caller
from tests.support.raw_socket import TEXT, Wire, frame

KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
VERSION = b"Sec-WebSocket-Version: 13"
UPGRADE = b"Upgrade: websocket"
CONNECTION = b"Connection: Upgrade"
HOST = b"Host: localhost"
NEXT = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
"""To a socket it is a broken frame, which ends the connection as well."""


def request(*headers: bytes, line: bytes = b"GET /v1/ws HTTP/1.1", host: bytes = HOST, end: bytes = b"\r\n") -> bytes:
    """Return a request for a socket; *headers* in place of the usual four, if there are any."""
    return end.join([line, host, *(headers or (UPGRADE, CONNECTION, KEY, VERSION)), b"", b""])


USUAL = (UPGRADE, CONNECTION, KEY, VERSION)
SPLIT = [header.partition(b":") for header in USUAL]
REQUESTS = {
    "as browsers send it": request(),
    "in small letters": request(*(b":".join((name.lower(), value)) for name, _, value in SPLIT)),
    "a subprotocol": request(*USUAL, b"Sec-WebSocket-Protocol: chat, rondo.v1"),
    "another subprotocol": request(*USUAL, b"Sec-WebSocket-Protocol: chat"),
    "extensions": request(*USUAL, b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"),
    "keep-alive too": request(UPGRADE, b"Connection: keep-alive, Upgrade", KEY, VERSION),
    "a query": request(line=b"GET /v1/ws?x=1 HTTP/1.1"),
    "an absolute target": request(line=b"GET http://localhost/v1/ws HTTP/1.1"),
    "HTTP/1.0": request(line=b"GET /v1/ws HTTP/1.0"),
    "HTTP/1.0 and keep-alive": request(*USUAL, b"Connection: keep-alive", line=b"GET /v1/ws HTTP/1.0"),
    "HTTP/0.9": request(line=b"GET /v1/ws"),
    "HTTP/1.2": request(line=b"GET /v1/ws HTTP/1.2"),
    "POST": request(line=b"POST /v1/ws HTTP/1.1"),
    "HEAD": request(line=b"HEAD /v1/ws HTTP/1.1"),
    "no upgrade": request(b"Accept: */*"),
    "an upgrade list": request(b"Upgrade: h2c, websocket", CONNECTION, KEY, VERSION),
    "an upgrade to something else": request(b"Upgrade: h2c", CONNECTION, KEY, VERSION),
    "an upgrade list with ours first": request(b"Upgrade: websocket, h2c", CONNECTION, KEY, VERSION),
    "an upgrade with a version": request(b"Upgrade: websocket/13", CONNECTION, KEY, VERSION),
    "an empty upgrade": request(b"Upgrade:", CONNECTION, KEY, VERSION),
    "two upgrades": request(UPGRADE, *USUAL),
    "two connection headers": request(UPGRADE, b"Connection: keep-alive", CONNECTION, KEY, VERSION),
    "close and upgrade": request(UPGRADE, b"Connection: close, Upgrade", KEY, VERSION),
    "no connection header": request(UPGRADE, KEY, VERSION),
    "close": request(UPGRADE, b"Connection: close", KEY, VERSION),
    "no key": request(UPGRADE, CONNECTION, VERSION),
    "a short key": request(UPGRADE, CONNECTION, b"Sec-WebSocket-Key: c2hvcnQ=", VERSION),
    "a key that is no base64": request(UPGRADE, CONNECTION, b"Sec-WebSocket-Key: ====", VERSION),
    "two keys": request(KEY, *USUAL),
    "no version": request(UPGRADE, CONNECTION, KEY),
    "version 8": request(UPGRADE, CONNECTION, KEY, b"Sec-WebSocket-Version: 8"),
    "version 12": request(UPGRADE, CONNECTION, KEY, b"Sec-WebSocket-Version: 12"),
    "no host": request(host=b"X-Host: none"),
    "two hosts": request(HOST, *USUAL),
    "an empty body": request(*USUAL, b"Content-Length: 0"),
    "a body": request(*USUAL, b"Content-Length: 4") + b"body",
    "a body and what looks like a request": request(*USUAL, b"Content-Length: %d" % len(NEXT)) + NEXT,
    "two lengths": request(*USUAL, b"Content-Length: 4", b"Content-Length: 0") + b"body",
    "two equal lengths": request(*USUAL, b"Content-Length: 4", b"Content-Length: 4") + b"body",
    "a length with a sign": request(*USUAL, b"Content-Length: +4") + b"body",
    "a length that is a list": request(*USUAL, b"Content-Length: 4, 4") + b"body",
    "a length in hexadecimal": request(*USUAL, b"Content-Length: 0x4") + b"body",
    "a length that is none": request(*USUAL, b"Content-Length: -1"),
    "chunks": request(*USUAL, b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + NEXT,
    "chunks and a length": request(*USUAL, b"Transfer-Encoding: chunked", b"Content-Length: 4") + b"0\r\n\r\n" + NEXT,
    "chunks, in capitals": request(*USUAL, b"TRANSFER-ENCODING: CHUNKED") + b"0\r\n\r\n" + NEXT,
    "chunks that are not last": request(*USUAL, b"Transfer-Encoding: chunked, gzip") + b"0\r\n\r\n" + NEXT,
    "chunks behind a tab": request(*USUAL, b"Transfer-Encoding:\tchunked") + b"0\r\n\r\n" + NEXT,
    "chunks that are none": request(*USUAL, b"Transfer-Encoding: xchunked") + b"0\r\n\r\n" + NEXT,
    "two encodings": request(*USUAL, b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "unknown encoding": request(*USUAL, b"Transfer-Encoding: gzip"),
    "expect": request(*USUAL, b"Expect: 100-continue"),
    "expect, with a body": request(*USUAL, b"Expect: 100-continue", b"Content-Length: 4") + b"body",
    "unknown expectation": request(*USUAL, b"Expect: wonders"),
    "a header without a colon": request(*USUAL, b"no colon"),
    "a space before the colon": request(*USUAL, b"X-Space : 1"),
    "a folded header": request(*USUAL, b"X-Fold: 1\r\n 2"),
    "a carriage return in a header": request(*USUAL, b"X-Return: 1\rX-More: 2"),
    "a zero byte": request(*USUAL, b"X-Zero: \x00"),
    "bare line feeds": request(end=b"\n"),
    "a line before": b"\r\n" + request(),
    "bytes that are no UTF-8": request(*USUAL, b"X-Bytes: \xff"),
    "UTF-8": request(*USUAL, "X-Text: ä".encode()),
    "a header of 9 KB": request(*USUAL, b"X-Long: " + b"x" * 9_000),
    "a header name of 9 KB": request(*USUAL, b"x" * 9_000 + b": 1"),
    "a target of 9 KB": request(line=b"GET /v1/ws?" + b"x" * 9_000 + b" HTTP/1.1"),
    "100 headers of 4 KB": request(*USUAL, *(b"X-%d: " % number + b"x" * 4_000 for number in range(100))),
    "200 headers": request(*USUAL, *(b"X-%d: 1" % number for number in range(200))),
    "our own page": request(*USUAL, b"Origin: http://localhost"),
    "a page of a stranger": request(*USUAL, b"Origin: https://evil.example"),
    "another path first": NEXT + request(),
    "a refused one first": request(UPGRADE, CONNECTION, KEY) + request(),
    "a frame behind it": request() + frame(b'{"type":"ping"}'),
    "another socket behind it": request() + request(),
    "a path that is not decoded": request(line=b"GET /v1/%77s HTTP/1.1"),
}  # fmt: skip
LAST_WORDS = {
    "an upgrade list", "an upgrade list with ours first", "an upgrade to something else", "an upgrade with a version",
}  # fmt: skip
"""After these aiohttp takes what follows for the other protocol, and reads no request any more."""
IN_PIECES = (
    "a subprotocol", "HTTP/1.0", "no upgrade", "an upgrade list", "two upgrades", "a body",
    "a body and what looks like a request", "chunks", "expect, with a body", "100 headers of 4 KB",
    "another path first", "a refused one first", "a frame behind it", "another socket behind it",
)  # fmt: skip
"""None of which is refused before its end: the answer would be lost when the rest arrives."""


@pytest.fixture
async def ports(app: App) -> AsyncIterator[tuple[int, int]]:
    """One application at two ports: with and without what is tested here."""
    runner = web.AppRunner(app.web, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    listeners = [listen("127.0.0.1", 0) for _ in range(2)]
    servers = [
        await app.listeners.listen(runner, listener, upgrades=upgrades)
        for listener, upgrades in zip(listeners, (app.upgrades, None), strict=True)
    ]
    first, second = (listener.getsockname()[1] for listener in listeners)
    yield first, second
    for server in servers:
        server.close()
    await runner.cleanup()
    app.listeners.connections.stop()


async def answer(port: int, *parts: bytes, is_last: bool = False) -> list[bytes]:
    """Send *parts* one after the other and a last request; return the lines of all answers but their dates.

    *is_last*: nothing follows a refusal.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    *first, last = parts
    for part in first:
        writer.write(part)
        await asyncio.sleep(0.01)  # so that they are read apart
    # In one segment: what is unread when the server closes would reset the connection, and the answer be lost.
    writer.write(last + LAST)
    async with asyncio.timeout(10):
        heard = await (reader.readuntil(b"}}") if is_last else reader.read())
    writer.close()
    return [line for line in heard.split(b"\r\n") if not line.startswith(b"Date:")]


@pytest.mark.settings(rate_limits=False)
async def test_same_bytes_get_the_same_answer(ports: tuple[int, int]) -> None:
    for name, raw in REQUESTS.items():
        ours, aiohttps = await asyncio.gather(*(answer(port, raw, is_last=name in LAST_WORDS) for port in ports))
        assert ours == aiohttps, name
        assert ours, name


@pytest.mark.settings(rate_limits=False)
async def test_request_in_pieces_gets_the_same_answer(ports: tuple[int, int]) -> None:
    raw = request()
    for name in IN_PIECES:
        half = len(REQUESTS[name]) // 2
        pieces = REQUESTS[name][:half], REQUESTS[name][half:]
        ours, aiohttps = await asyncio.gather(*(answer(port, *pieces, is_last=name in LAST_WORDS) for port in ports))
        assert ours == aiohttps, name
    for at in (1, 10, len(websocket_upgrade.HEAD), len(websocket_upgrade.HEAD) + 5, len(raw) - 1):
        ours, aiohttps = await asyncio.gather(*(answer(port, raw[:at], raw[at:]) for port in ports))
        assert ours == aiohttps, at
        assert ours[0] == b"HTTP/1.1 101 Switching Protocols"


def test_only_simple_requests_bypass_aiohttp() -> None:
    async def taken() -> set[str]:
        return {name for name, raw in REQUESTS.items() if websocket_upgrade.Upgrades.read(None, raw, None)}  # type: ignore[arg-type]

    assert asyncio.run(taken()) == {
        "as browsers send it", "in small letters", "a subprotocol", "another subprotocol", "extensions",
        "keep-alive too", "two connection headers", "close and upgrade", "our own page", "a page of a stranger",
        "100 headers of 4 KB", "a frame behind it", "another socket behind it",
    }  # fmt: skip


@pytest.mark.settings(rate_limits=False)
async def test_concurrent_upgrades_wait_with_their_bytes(base: str) -> None:
    hello = frame(json.dumps({"type": "hello", "token": "x" * 43}).encode())
    port = int(base.rpartition(":")[2])
    for wire in await asyncio.gather(*(Wire.open(port, after=hello) for _ in range(40))):
        opcode, payload = await wire.read()
        assert (opcode, json.loads(payload)["code"]) == (TEXT, "unauthenticated")
        wire.writer.close()


async def test_client_that_disconnects_while_waiting_is_not_counted(app: App, base: str, anonymous: Caller) -> None:
    port = int(base.rpartition(":")[2])
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]
    for _, writer in streams:
        writer.write(request())
        writer.transport.abort()
    assert (await anonymous.get("/readyz")).status == 200
    for _ in range(800):
        if app.listeners.connections.open <= 1 and not app.signaling.stats.connections:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("connections are left")
