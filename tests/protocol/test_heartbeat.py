"""Clients with a heartbeat: what `welcome` promises, and when the server closes silent ones."""

import asyncio
import json

import pytest

from matchmaker.domain.timing import Timing
from signaling.connection.frame_queue import BACKLOG_MAX
from signaling.connection.heartbeat import STALL_MS, silent_at
from signaling.connection.settings import SignalingSettings
from signaling.wire.close_codes import CloseCode
from signaling.wire.heartbeat import Heartbeat
from tests.protocol.node import ADA, BOB, Node
from tests.support.builders import NOW
from tests.support.raw_socket import PONG, Wire, frame
from tests.support.socket_harness import Serve, SocketServer, in_room, running_server

SILENT_MS = 8_000
SHORT = Heartbeat(ping_s=0.3, server_silent_s=0.5, client_silent_s=0.8)


@pytest.mark.parametrize("newest", ["heard_at", "watched_since", "excused_at"])
def test_silence_counts_from_the_newest_of_three_instants(newest: str) -> None:
    instants = {"heard_at": NOW, "watched_since": NOW, "excused_at": NOW} | {newest: NOW + 5}
    assert silent_at(**instants, silent_ms=SILENT_MS) == NOW + 5 + SILENT_MS


async def test_welcome_repeats_the_three_numbers_only_for_clients_that_ask() -> None:
    node = Node()
    asked, silent = await node.connect(ADA), await node.connect(BOB, heartbeat=False)
    assert asked.heard("welcome")[0]["heartbeat"] == {"ping_s": 3, "server_silent_s": 5, "client_silent_s": 8}
    assert "heartbeat" not in silent.heard("welcome")[0]


async def test_client_in_a_room_is_lost_at_the_deadline_and_not_1_ms_before() -> None:
    node = Node()
    ada, bob = await node.meet()
    await node.advance(SILENT_MS - 1, bob)
    assert ada.socket.code is None
    assert not bob.heard("room.peer_away")
    await node.advance(1, bob)
    assert ada.socket.code == CloseCode.GOING_AWAY
    away = await bob.until("room.peer_away")
    assert away["ends_at"] == node.clock.at + Timing().text_grace_ms
    assert bob.socket.code is None
    assert node.signaling.stats.silent == 1


async def test_any_frame_is_a_sign_of_life_also_one_that_is_refused() -> None:
    node = Node()
    ada, bob = await node.meet()
    for frame_of in (lambda: ada.connection.on_text("not JSON"), ada.connection.on_binary, lambda: ada.send("ping")):
        await node.advance(SILENT_MS - 1, bob)
        frame_of()
    await node.advance(SILENT_MS - 1, bob)
    assert ada.socket.code is None
    await node.advance(1, bob)
    assert ada.socket.code == CloseCode.GOING_AWAY


async def test_frames_over_the_rate_limit_are_signs_of_life() -> None:
    node = Node(rate_limits=True)
    ada, bob = await node.meet()
    await node.advance(SILENT_MS - 1, bob)
    for _ in range(80):
        ada.send("ping")
    assert ada.heard("error")[-1]["code"] == "rate_limited"
    assert ada.connection.heard_at == node.clock.at
    await node.advance(SILENT_MS - 1, bob)
    assert ada.socket.code is None


async def test_client_that_did_not_announce_a_heartbeat_may_be_silent() -> None:
    node = Node()
    ada, bob = await node.meet(heartbeat=False)
    await node.advance(5 * SILENT_MS)
    assert (ada.socket.code, bob.socket.code) == (None, None)


async def test_idle_and_queued_clients_may_be_silent() -> None:
    node = Node()
    idle, queued = await node.connect(ADA), await node.connect(BOB)
    queued.send("queue.join", mode="video")
    await queued.node.run_due()
    await node.advance(5 * SILENT_MS)
    assert (idle.socket.code, queued.socket.code) == (None, None)


async def test_silence_before_a_room_does_not_count() -> None:
    node = Node()
    ada = await node.connect(ADA)
    ada.send("queue.join", mode="text", auto_accept=True)
    await node.advance(3 * SILENT_MS)
    bob = await node.connect(BOB)
    bob.send("queue.join", mode="text", auto_accept=True)
    await ada.until("room.started")
    await node.advance(SILENT_MS - 1, bob)
    assert ada.socket.code is None
    await node.advance(1, bob)
    assert ada.socket.code == CloseCode.GOING_AWAY


async def test_silence_after_a_room_does_not_count() -> None:
    node = Node()
    ada, bob = await node.meet()
    room = ada.heard("room.started")[0]["room"]["room_id"]
    ada.send("room.leave", room_id=room)
    await bob.until("room.ended")
    await node.advance(5 * SILENT_MS)
    assert (ada.socket.code, bob.socket.code) == (None, None)


async def test_both_sides_of_an_invite_are_watched() -> None:
    node = Node()
    ada, bob = await node.connect(ADA), await node.connect(BOB)
    bob.send("queue.join", mode="text", pairing="manual")
    await node.run_due()
    ada.send("invite.send", user_id=BOB, mode="text")
    await bob.until("invite.received")
    await node.advance(SILENT_MS - 1)
    assert (ada.socket.code, bob.socket.code) == (None, None)
    await node.advance(1)
    assert (ada.socket.code, bob.socket.code) == (CloseCode.GOING_AWAY, CloseCode.GOING_AWAY)


async def test_client_that_resumes_into_a_room_is_watched_from_its_hello() -> None:
    node = Node()
    ada, bob = await node.meet()
    await node.advance(4_000, bob)
    ada.connection.on_close()
    again = await node.connect(ADA)
    await node.advance(SILENT_MS - 1, bob)
    assert again.socket.code is None
    await node.advance(1, bob)
    assert again.socket.code == CloseCode.GOING_AWAY


async def test_paused_reader_is_not_silent() -> None:
    node = Node()
    ada, bob = await node.meet()
    node.repository.slow = True
    room = ada.heard("room.started")[0]["room"]["room_id"]
    for n in range(BACKLOG_MAX + 2):
        ada.send("chat.send", client_id=str(n), body="x", room_id=room)
    assert not ada.socket.is_read
    await node.advance(3 * SILENT_MS, bob)
    assert ada.socket.code is None
    await node.answer()


async def test_stall_restarts_the_deadline_of_every_client() -> None:
    node = Node()
    ada, bob = await node.meet()
    await node.advance(SILENT_MS - 1_000, bob)
    node.clock.advance(STALL_MS + 4_000)
    node.signaling.close_silent()
    await node.advance(SILENT_MS - 1, bob)
    assert ada.socket.code is None
    await node.advance(1, bob)
    assert ada.socket.code == CloseCode.GOING_AWAY
    assert bob.socket.code is None


async def test_ping_is_answered_while_the_repository_is_away() -> None:
    node = Node()
    ada, _ = await node.meet()
    node.repository.slow = True
    ada.send("chat.send", id=1, client_id="1", body="x", room_id=ada.heard("room.started")[0]["room"]["room_id"])
    await node.run_due()
    ada.send("ping", data=7)
    assert [pong["data"] for pong in ada.heard("pong")] == [7]
    assert [reply["id"] for reply in ada.heard("reply")] == []
    await node.answer()


async def test_pings_of_clients_without_a_heartbeat_wait_for_the_frames_before_them() -> None:
    node = Node()
    ada, _ = await node.meet(heartbeat=False)
    node.repository.slow = True
    ada.send("chat.send", id=1, client_id="1", body="x", room_id=ada.heard("room.started")[0]["room"]["room_id"])
    ada.send("ping", id=2)
    await node.run_due()
    assert not ada.heard("pong")
    await node.answer()
    assert [frame["id"] for frame in ada.socket.sent if "id" in frame] == [1, 2]


async def test_websocket_pongs_do_not_count(serve: Serve) -> None:
    async with running_server(serve, settings=SignalingSettings(heartbeat=SHORT)) as server:
        ada, bob, _ = await in_room(server)
        wire = await server.wire(
            after=frame(json.dumps({"type": "hello", "token": bob.token, "heartbeat": True}).encode())
        )
        pongs = asyncio.create_task(_pong(wire))
        assert (await ada.client.until("room.peer_away"))["type"] == "room.peer_away"
        pongs.cancel()


async def test_pings_keep_a_client_in_its_room(serve: Serve) -> None:
    async with running_server(serve, settings=SignalingSettings(heartbeat=SHORT)) as server:
        ada, bob, _ = await in_room(server)
        client = await server.open_socket()
        await client.send("hello", token=bob.token, heartbeat=True)
        assert (await client.receive())["heartbeat"] == {"ping_s": 0.3, "server_silent_s": 0.5, "client_silent_s": 0.8}
        for _ in range(12):
            await asyncio.sleep(0.2)
            await client.send("ping")
        assert await ada.client.received_nothing()


async def test_non_boolean_heartbeat_is_refused(server: SocketServer) -> None:
    client = await server.open_socket()
    await client.send("hello", id=1, token="x", heartbeat="yes")
    refused = await client.receive()
    assert (refused["code"], refused["field"]) == ("bad_frame", "heartbeat")


async def _pong(wire: Wire) -> None:
    while True:
        wire.send(b"", PONG)
        await asyncio.sleep(0.1)


async def test_stall_is_detected_and_extends_every_grace() -> None:
    node = Node()
    ada, bob = await node.meet()
    ada.connection.on_close()
    first = (await bob.until("room.peer_away"))["ends_at"]
    await node.stall()
    assert STALL_MS < node.stalls[0] < 60_000
    assert len(node.stalls) == 1
    assert bob.heard("room.peer_away")[-1]["ends_at"] == first + node.stalls[0]
    assert bob.socket.code is None
    bob.connection.on_close()  # Otherwise the end waits for a closing handshake.
    await node.signaling.stop()
