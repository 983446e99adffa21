"""Honest users beside a flood: how long an answer to a frame and to a small HTTP request takes."""

import asyncio
import time
from typing import Final

import msgspec

from server.drill.clients.websocket_client import WebSocketClient, dial
from server.drill.floods.attackers import SIGN_UP, request

HONEST: Final = 5
ANSWER_S: Final = 10.0
"""Time after which an answer counts as missing."""
PING_EVERY_S: Final = 0.01
REQUEST_EVERY_S: Final = 0.02
HOST: Final = "127.0.0.1"
REQUESTERS: Final = tuple(f"127.0.0.{number}" for number in range(2, 8))
"""Number of addresses of honest requests, so that each stays below its rate."""

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Bystanders:
    """Honest users of one server: sockets after hello, and HTTP connections that are kept alive."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._answered: asyncio.Queue[float] = asyncio.Queue()
        self._wires: list[WebSocketClient] = []
        self._streams: list[Stream | None] = [None] * len(REQUESTERS)
        self.closes: list[int] = []
        """Close codes of lost sockets."""

    async def enter(self) -> None:
        """Sign up and connect."""
        for _ in range(HONEST):
            token = await sign_up(self._port, HOST)
            wire = await dial(f"http://{HOST}:{self._port}/v1/ws", self._take, self.closes.append)
            wire.send(msgspec.json.encode({"type": "hello", "token": token}))
            await self._answered.get()
            self._wires.append(wire)

    def leave(self) -> None:
        """Drop every connection."""
        for wire in self._wires:
            wire.abort()
        self._cut()

    async def open(self) -> None:
        """Reopen the HTTP connections: idle ones are closed between two floods."""
        self._cut()
        self._streams = [await connect(self._port, address) for address in REQUESTERS]

    async def measure(self, seconds: float) -> tuple[list[float], list[float]]:
        """Return what answers within *seconds* took: to frames, to requests. No answer counts as `ANSWER_S`."""
        until = time.monotonic() + seconds
        return await asyncio.gather(self._ping(until), self._request(until))

    async def _ping(self, until: float) -> list[float]:
        waits: list[float] = []
        while (began := time.monotonic()) < until:
            while not self._answered.empty():
                self._answered.get_nowait()
            self._wires[len(waits) % len(self._wires)].send(b'{"type":"ping"}')
            try:
                async with asyncio.timeout(ANSWER_S):
                    waits.append(await self._answered.get() - began)
            except TimeoutError:
                waits.append(ANSWER_S)
            await asyncio.sleep(PING_EVERY_S)
        return waits

    async def _request(self, until: float) -> list[float]:
        waits: list[float] = []
        while (began := time.monotonic()) < until:
            turn = len(waits) % len(REQUESTERS)
            try:
                async with asyncio.timeout(ANSWER_S):
                    stream = self._streams[turn] or await connect(self._port, REQUESTERS[turn])
                    self._streams[turn] = stream
                    status, _ = await ask(stream, request("GET", "/v1/access"))
                waits.append(time.monotonic() - began if status == 200 else ANSWER_S)
            except (OSError, EOFError, TimeoutError):
                waits.append(ANSWER_S)
                self._streams[turn] = None
            await asyncio.sleep(REQUEST_EVERY_S)
        return waits

    def _cut(self) -> None:
        for stream in self._streams:
            if stream is not None:
                stream[1].transport.abort()

    def _take(self, data: bytes) -> None:
        if data.startswith((b'{"type":"pong"', b'{"type":"welcome"')):
            self._answered.put_nowait(time.monotonic())


async def connect(port: int, address: str) -> Stream:
    """Return a connection to the server on this machine, from *address*."""
    return await asyncio.open_connection(HOST, port, local_addr=(address, 0))


async def ask(stream: Stream, sent: bytes) -> tuple[int, bytes]:
    """Send one request; return status and body of its answer, which has a Content-Length."""
    reader, writer = stream
    writer.write(sent)
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    size = next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)
    return int(lines[0].split()[1]), await reader.readexactly(size)


async def sign_up(port: int, address: str) -> str:
    """Return the token of a new guest who signs up from *address*.

    Raises:
        OSError: the server refuses.
    """
    stream = await connect(port, address)
    try:
        status, body = await ask(stream, request("POST", "/v1/auth/guest", SIGN_UP))
    finally:
        stream[1].transport.abort()
    if status != 201:
        raise ConnectionRefusedError(f"sign-up from {address}: {status} {body[:200]!r}")
    token: str = msgspec.json.decode(body)["token"]
    return token
