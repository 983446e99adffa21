"""Waiting bytes of slow and absent readers are bounded for the whole node; sockets that read nothing are closed."""

import asyncio
import json

from matchmaker.domain.ids import RoomId, UserId
from signaling.connection.settings import SignalingSettings
from signaling.routing.buffer_budget import CALM_MS, BufferBudget
from signaling.routing.replay_buffer import ReplayBuffer
from tests.protocol.test_socket import greeted
from tests.support.raw_socket import PONG, Wire, frame
from tests.support.socket_harness import Serve, SocketServer, SocketUser, in_room, running_server, until

KIB = 1024
NOW = 1_800_000_000_000


async def send(server: SocketServer, ada: SocketUser, room: str, *, kib: int) -> None:
    """Make *ada* send signals of this total size."""
    for _ in range(kib // 40):
        assert (await ada.client.ask("signal", room_id=room, candidate={"x": "x" * 40 * KIB}))["type"] == "reply"
    assert not server.faults


async def lose(server: SocketServer, person: SocketUser) -> None:
    before = server.signaling.stats.sessions
    person.client.abort()
    await until(lambda: server.signaling.stats.sessions == before - 1)


async def test_oldest_of_equally_large_sessions_is_shed(serve: Serve) -> None:
    settings = SignalingSettings(rate_limits=False, buffer_bytes=500 * KIB)
    async with running_server(serve, settings=settings) as server:
        pairs = [await in_room(server) for _ in range(2)]
        for ada, bob, room in pairs:
            await send(server, ada, room, kib=160)
            assert len([await bob.client.until("signal") for _ in range(4)]) == 4
            await lose(server, bob)
        (_, first, _), (_, second, _) = pairs
        assert server.signaling.stats.shed["replay"] == 0
        ada, third, room = await in_room(server)
        await send(server, ada, room, kib=200)
        await until(lambda: server.signaling.stats.shed["replay"] == 1)
        assert server.signaling.stats.buffered["replay"] <= 500 * KIB
        await first.connect(seq=1)
        assert not first.welcome["resumed"]
        assert first.welcome["state"]["phase"] == "in_room"
        await second.connect(seq=1)
        assert second.welcome["resumed"]
        assert (await second.client.until("signal"))["seq"] == 2
        assert (await third.client.until("signal"))["seq"] == 2


async def test_client_that_lost_signals_starts_a_new_session(serve: Serve) -> None:
    settings = SignalingSettings(rate_limits=False, buffer_bytes=100 * KIB)
    async with running_server(serve, settings=settings) as server:
        ada, bob, room = await in_room(server)
        await lose(server, bob)
        await send(server, ada, room, kib=160)
        await until(lambda: server.signaling.stats.shed["held"] == 1)
        await bob.connect(seq=1)
        assert not bob.welcome["resumed"]
        assert await bob.client.received_nothing()
        assert server.signaling.stats.signals_dropped == 4


async def fill(server: SocketServer, wire: Wire, *, kib: int) -> None:
    """Request answers, and read none of them, until *kib* wait for this socket."""
    filler = frame(b'{"type":"ping","data":"%b"}' % (b"x" * 20 * KIB))
    while server.signaling.buffers.unsent() < kib * KIB and not server.signaling.stats.shed["outbox"]:
        asked = server.signaling.stats.frames_in["ping"]
        wire.writer.write(filler)
        await until(lambda asked=asked: server.signaling.stats.frames_in["ping"] > asked or server.signaling.stats.shed)  # type: ignore[misc]


async def test_largest_backlog_of_a_socket_is_dropped_first(serve: Serve) -> None:
    settings = SignalingSettings(rate_limits=False, buffer_bytes=600 * KIB)
    async with running_server(serve, settings=settings) as server:
        ada, bob, room = await in_room(server)
        await send(server, ada, room, kib=80)
        slow = await greeted(server, receive_buffer=4096)
        await fill(server, slow, kib=700)
        await until(lambda: server.signaling.stats.shed["outbox"] == 1)
        assert await slow.code() == 4008
        await lose(server, bob)
        assert (await bob.connect(seq=1)).welcome["resumed"]


async def test_socket_that_only_answers_pings_is_closed(serve: Serve) -> None:
    settings = SignalingSettings(rate_limits=False, slow_reader_ms=1_000)
    async with running_server(serve, settings=settings) as server:
        stuck = await greeted(server, receive_buffer=4096)
        await fill(server, stuck, kib=100)
        for _ in range(400):
            if server.signaling.stats.connections == 0:
                break
            stuck.send(b"", PONG)
            await asyncio.sleep(0.02)
        await until(lambda: server.signaling.stats.closes["4008"] == 1)


async def test_slow_reader_stays_connected(serve: Serve) -> None:
    settings = SignalingSettings(rate_limits=False, slow_reader_ms=2_000)
    async with running_server(serve, settings=settings) as server:
        slow = await greeted(server, receive_buffer=4096)
        await fill(server, slow, kib=600)
        began = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() - began < 4:
            await slow.read()
            await asyncio.sleep(0.05)
        assert server.signaling.stats.connections == 1
        while server.signaling.buffers.unsent():
            await slow.read()
        slow.send(b'{"type":"ping","data":"end"}')
        while json.loads((await slow.read())[1]).get("data") != "end":
            pass


async def test_each_transition_is_reported_once(server: SocketServer) -> None:
    told: list[tuple[bool, int]] = []
    buffers = BufferBudget(server.hub, limit=100, patience_ms=1_000, on_pressure=lambda *news: told.append(news))
    relay, room, bob = server.hub.signal_buffer, RoomId("room"), UserId("bob")
    for second in range(5):
        relay.hold(room, bob, b"x" * 200, is_description=True)
        buffers.measure(NOW + second * 1_000)
        assert not relay.sizes
    assert told == [(True, 200)]
    buffers.measure(NOW + 4_000 + CALM_MS - 1)
    assert told == [(True, 200)]
    buffers.measure(NOW + 4_000 + CALM_MS)
    assert told == [(True, 200), (False, 0)]


def test_session_without_events_resumes_a_client_that_missed_none() -> None:
    session = ReplayBuffer()
    for _ in range(3):
        session.number(b'{"type":"x",', b"}")
    key = session.key
    session.forget()
    assert session.size == 0
    assert session.since(3) == []
    assert session.since(2) is None
    session.number(b'{"type":"x",', b"}")
    assert session.since(3) == [b'{"type":"x","seq":4,}']
    assert session.since(2) is None
    session.revoke()
    assert session.key != key
