"""Frames of every opcode count, a paused socket handles none, and no socket gets more than its portion per
iteration."""

import asyncio
import itertools
import json
import time

import pytest

from signaling.connection.bounded_reader import READ_MAX_BYTES
from signaling.connection.read_throttle import REST_S
from signaling.connection.settings import SignalingSettings
from signaling.transport.aiohttp_socket import UNSEEN_MAX_BYTES
from tests.protocol.test_socket import greeted
from tests.support.raw_socket import BINARY, CLOSE, PING, PONG, TEXT, Wire, frame
from tests.support.socket_harness import Serve, SocketServer, running_server, until

BURST = 60
CONTINUATION = 0x0

FILLERS = {
    "text": frame(b'{"type":"ping"}'),
    "binary": frame(b"", BINARY) + frame(b'{"type":"ping"}'),
    "ping": frame(b"", PING),
    "pong": frame(b"", PONG),
}


def ping(number: int) -> bytes:
    return frame(b'{"type":"ping","id":%d}' % number)


async def answer(wire: Wire) -> dict[str, object]:
    """Return the next text frame."""
    while True:
        opcode, payload = await wire.read()
        if opcode == TEXT:
            heard: dict[str, object] = json.loads(payload)
            return heard


@pytest.mark.parametrize("filler", FILLERS.values(), ids=FILLERS)
async def test_frames_of_every_opcode_count_after_hello(server: SocketServer, filler: bytes) -> None:
    wire = await greeted(server)
    began = time.monotonic()
    wire.writer.write(filler * (BURST + 1) + ping(1))
    while (await answer(wire)).get("id") != 1:
        pass
    assert time.monotonic() - began > REST_S * 0.9


async def test_pongs_count_that_are_read_one_by_one(server: SocketServer) -> None:
    wire = await greeted(server)
    began = time.monotonic()
    for _ in range(2 * BURST):
        wire.send(b"", PONG)
        await asyncio.sleep(0)
    wire.writer.write(ping(1))
    assert (await answer(wire))["id"] == 1
    assert time.monotonic() - began > REST_S * 0.9


@pytest.mark.parametrize("filler", FILLERS.values(), ids=FILLERS)
async def test_frames_of_every_opcode_count_before_hello(server: SocketServer, filler: bytes) -> None:
    person = await server.person()
    hello = frame(json.dumps({"type": "hello", "token": person.token, "id": 1}).encode())
    wire = await server.wire()
    wire.writer.write(filler * (BURST if filler != FILLERS["binary"] else BURST // 2) + hello)
    heard = await answer(wire)
    assert (heard["type"], heard["code"], heard["id"]) == ("error", "rate_limited", 1)
    wire.writer.write(hello)
    assert (await answer(wire))["type"] == "welcome"


# aiohttp's parser does not report fragments: see the next test.
@pytest.mark.parametrize("serve", ["fast"], indirect=True)
async def test_every_fragment_counts(server: SocketServer, serve: Serve) -> None:
    person = await server.person()
    wire = await server.wire()
    wire.writer.write(frame(b"", fin=False) + frame(b"", CONTINUATION, fin=False) * (BURST - 1))
    wire.writer.write(frame(json.dumps({"type": "hello", "token": person.token, "id": 1}).encode(), CONTINUATION))
    heard = await answer(wire)
    assert (heard["code"], heard["id"]) == ("rate_limited", 1)


@pytest.mark.parametrize("serve", ["public"], indirect=True)
async def test_endless_fragments_pause_reads(server: SocketServer, serve: Serve) -> None:
    wire = await greeted(server)
    empty = frame(b"", CONTINUATION, fin=False)
    wire.writer.write(frame(b"", fin=False))
    flood = empty * (UNSEEN_MAX_BYTES * 2 * BURST // len(empty))
    wire.writer.write(flood)
    wire.writer.write(frame(b'{"type":"ping","id":1}', CONTINUATION))
    began = time.monotonic()
    assert (await answer(wire)).get("id") == 1
    assert time.monotonic() - began > REST_S


async def test_only_the_last_ping_of_an_iteration_is_answered(server: SocketServer) -> None:
    wire = await greeted(server)
    wire.writer.write(b"".join(frame(b"%d" % number, PING) for number in range(40)) + ping(1))
    heard = [await wire.read() for _ in range(2)]
    assert (PONG, b"39") in heard
    wire.send(b"again", PING)
    assert await wire.read() == (PONG, b"again")


async def test_every_json_ping_is_answered(server: SocketServer) -> None:
    wire = await greeted(server)
    wire.writer.write(b"".join(map(ping, range(40))))
    assert [(await answer(wire))["id"] for _ in range(40)] == list(range(40))


async def test_paused_socket_handles_no_buffered_frame_and_loses_none(server: SocketServer) -> None:
    wire = await greeted(server)
    wire.writer.write(b"".join(map(ping, range(100))) + frame((3999).to_bytes(2, "big"), CLOSE))
    answers, rests, last = [], 0, time.monotonic()
    for _ in range(100):
        heard = await answer(wire)
        now, since = time.monotonic(), last
        if answers and answers[-1] == "error":
            assert now - since > REST_S * 0.9
            rests += 1
        answers.append(heard["type"])
        assert heard["id"] == len(answers) - 1
        last = now
    assert answers.count("error") >= 2
    assert rests >= 2
    assert await wire.code() == 3999


async def test_one_socket_gets_64_kib_per_iteration(serve: Serve) -> None:
    async with running_server(serve, settings=SignalingSettings(rate_limits=False, hello_ms=60_000)) as server:
        # Before hello, so that nothing is answered: this is about reading.
        wires = [await server.wire() for _ in range(2)]
        one = frame(b'{"type":"ping"}')
        count = 16 * READ_MAX_BYTES // len(one)
        before = server.signaling.stats.frames_in["ping"]
        taken: list[int] = []

        def look() -> None:
            taken.append(server.signaling.stats.frames_in["ping"])
            asyncio.get_running_loop().call_soon(look)

        look()
        for wire in wires:
            wire.writer.write(one * count)
            wire.writer.write(frame((1000).to_bytes(2, "big"), CLOSE))
        for wire in wires:
            assert await wire.code() == 1000
        assert server.signaling.stats.frames_in["ping"] - before == 2 * count
        most = max(later - earlier for earlier, later in itertools.pairwise(taken))
        assert most <= 2 * (READ_MAX_BYTES // len(one) + 1)


async def test_refused_connection_is_throttled(server: SocketServer) -> None:
    clients = [await server.open_socket() for _ in range(50)]
    refused = await server.wire()
    assert await refused.code() == 4429
    began = time.monotonic()
    refused.writer.write(FILLERS["pong"] * (BURST + 20) + frame((4429).to_bytes(2, "big"), CLOSE))
    await refused.ended()
    assert time.monotonic() - began > REST_S * 0.9
    assert all(not client.ws.closed for client in clients)


async def test_connection_is_cut_while_paused(serve: Serve) -> None:
    async with running_server(serve, settings=SignalingSettings(heartbeat_ms=500)) as server:
        wire = await greeted(server)
        wire.writer.write(FILLERS["pong"] * 1_000)
        await asyncio.sleep(0)
        wire.writer.transport.abort()
        await until(lambda: server.signaling.stats.connections == 0)
