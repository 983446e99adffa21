"""Hello: authentication, the first events, and resuming a session."""

import asyncio
import json

import pytest

from matchmaker.domain.timing import Timing
from signaling.connection.settings import SignalingSettings
from tests.support.socket_harness import Serve, SocketClient, SocketServer, SocketUser, in_room, running_server, until


async def test_welcome_fields(server: SocketServer) -> None:
    person = await server.person("Ada")
    client = await server.open_socket()
    await client.send("hello", token=person.token, id="h")
    welcome = await client.receive()
    assert welcome["type"] == "welcome"
    assert welcome["id"] == "h"
    assert "seq" not in welcome
    assert welcome["user"]["user_id"] == person.user_id
    assert welcome["user"]["display_name"] == "Ada"
    assert welcome["resumed"] is False
    assert welcome["heartbeat_s"] == 20
    assert len(welcome["resume_key"]) >= 22
    assert welcome["state"] == {"phase": "idle", "queue": None, "invite": None, "room": None}
    assert await client.received_nothing()


async def test_no_frame_is_answered_before_hello(server: SocketServer) -> None:
    person = await server.person()
    client = await server.open_socket()
    await client.send("ping", id=1)
    await client.send("queue.join", id=2, mode="video")
    await client.send("nonsense", id=3)
    await client.ws.send_str("{")
    await client.send("hello", token=person.token)
    assert (await client.receive())["type"] == "welcome"
    assert await client.received_nothing()


async def test_frames_after_hello_are_handled_after_it(server: SocketServer) -> None:
    person = await server.person()
    client = await server.open_socket()
    await client.send("hello", token=person.token)
    await client.send("queue.join", id=1, mode="video")
    await client.send("ping", data=5)
    heard = [await client.receive() for _ in range(3)]
    assert [frame["type"] for frame in heard] == ["welcome", "reply", "pong"]
    assert heard[1]["queue"]["mode"] == "video"


async def test_refusals_of_frames_after_hello_come_after_it(server: SocketServer) -> None:
    person = await server.person()
    client = await server.open_socket()
    await client.send("hello", token=person.token)
    await client.send("nonsense", id=1)
    await client.ws.send_str("{")
    await client.ws.send_bytes(b"{}")
    await client.send("ping", id=2)
    heard = [await client.receive() for _ in range(5)]
    assert [frame.get("code", frame["type"]) for frame in heard] == [
        "welcome", "unknown_type", "bad_frame", "bad_frame", "pong",
    ]  # fmt: skip
    assert await client.received_nothing()


async def test_bad_token(server: SocketServer) -> None:
    client = await server.open_socket()
    await client.send("hello", token="x" * 43, id=1)
    refused = await client.receive()
    assert (refused["type"], refused["id"], refused["code"]) == ("error", 1, "unauthenticated")
    assert await client.closed() == 4401


async def test_malformed_hello_can_be_repeated(server: SocketServer) -> None:
    person = await server.person()
    client = await server.open_socket()
    await client.send("hello", id=1)
    refused = await client.receive()
    assert (refused["id"], refused["code"], refused["field"]) == (1, "bad_frame", "token")
    await client.send("hello", token=person.token)
    assert (await client.receive())["type"] == "welcome"


async def test_second_hello_is_refused(server: SocketServer) -> None:
    person = await (await server.person()).connect()
    assert (await person.client.ask("hello", token=person.token))["code"] == "conflict"
    assert await person.client.received_nothing()


async def test_socket_without_hello_is_closed(serve: Serve) -> None:
    async with running_server(serve, settings=SignalingSettings(hello_ms=300)) as server:
        client = await server.open_socket()
        assert (await client.receive())["code"] == "unauthenticated"
        assert await client.closed() == 4010


async def test_socket_with_hello_in_time_stays(serve: Serve) -> None:
    async with running_server(serve, settings=SignalingSettings(hello_ms=300)) as server:
        person = await (await server.person()).connect()
        await asyncio.sleep(0.8)
        assert await person.client.received_nothing()


async def test_hello_can_be_repeated_after_unavailable(serve: Serve) -> None:
    async with running_server(serve) as server:
        person = await server.person()
        client = await server.open_socket()
        doors = server.signaling.authenticator
        server.signaling.authenticator = _ClosedForNow()
        await client.send("hello", token=person.token, id=1)
        assert (await client.receive())["code"] == "unavailable"
        server.signaling.authenticator = doors
        await client.send("hello", token=person.token, id=2)
        assert (await client.receive())["type"] == "welcome"


class _ClosedForNow:
    async def authenticate_socket(self, token: str, *, address: str, device: str) -> object:
        from matchmaker.domain.errors import Unavailable  # noqa: PLC0415

        raise Unavailable


async def test_newer_connection_takes_over(server: SocketServer) -> None:
    ada, bob, room = await in_room(server)
    first = ada.client
    await ada.connect()
    assert await first.closed() == 4001
    assert ada.welcome["state"]["room"]["room_id"] == room
    assert ada.welcome["state"]["room"]["status"] == "live"
    assert await bob.client.received_nothing(), "a takeover is nobody's absence"
    assert server.signaling.stats.sessions == 2


async def test_concurrent_hellos_of_one_user_leave_one_connection(server: SocketServer) -> None:
    ada, bob, _ = await in_room(server)
    tabs = [SocketUser(server, ada.profile, ada.token, ada.login_id) for _ in range(8)]
    await asyncio.gather(*(tab.connect() for tab in tabs))
    codes = await asyncio.gather(*(_code_or_alive(tab) for tab in tabs))
    assert sorted(codes) == [0, *[4001] * 7]
    await until(lambda: server.signaling.stats.connections == 2)
    assert await bob.client.received_nothing()
    state = (await server.matchmaker.snapshot(ada.user_id)).state
    assert state.connected


async def _code_or_alive(tab: SocketUser) -> int:
    try:
        await tab.client.send("ping")
        return 0 if (await tab.client.until("pong"))["data"] is None else -1
    except (AssertionError, ConnectionError):
        return tab.client.ws.close_code or await tab.client.closed()


async def test_socket_lost_during_its_hello_affects_no_other(server: SocketServer) -> None:
    ada, bob, _ = await in_room(server)
    for _ in range(10):
        client = await server.open_socket()
        await client.send("hello", token=ada.token)
        client.abort()
        await asyncio.sleep(0)
    await until(lambda: server.signaling.stats.connections <= 2)
    await server.signaling.tasks.finished()
    state = (await server.matchmaker.snapshot(ada.user_id)).state
    assert state.connected == server.hub.is_here(ada.user_id)
    await bob.client.send("chat.typing", room_id="01890000-0000-7000-8000-000000000000", id=1)
    assert (await bob.client.until("error"))["code"] == "not_in_room"


async def missed(server: SocketServer) -> tuple[SocketUser, SocketUser, str]:
    """Return two users in a room; the first is away, and has missed three messages and two candidates."""
    ada, bob, room = await in_room(server)
    ada.client.abort()
    await bob.client.until("room.peer_away")
    for n in range(3):
        await bob.client.ask("chat.send", room_id=room, client_id=str(n), body=f"m{n}")
        if n < 2:
            await bob.client.send("signal", room_id=room, candidate={"n": n})
    return ada, bob, room


async def test_resume_replays_missed_events(server: SocketServer) -> None:
    ada, bob, room = await missed(server)
    await ada.connect(seq=1)
    assert ada.welcome["resumed"] is True
    assert [m["body"] for m in ada.welcome["state"]["room"]["messages"]] == ["m0", "m1", "m2"]
    heard = [await ada.client.receive() for _ in range(5)]
    assert [event["seq"] for event in heard] == [2, 3, 4, 5, 6]
    assert [event["message"]["body"] for event in heard[:3]] == ["m0", "m1", "m2"]
    assert [event["candidate"]["n"] for event in heard[3:]] == [0, 1]
    assert (await bob.client.until("room.peer_back"))["room_id"] == room
    assert await ada.client.received_nothing()


async def test_second_resume_replays_the_first_and_more(server: SocketServer) -> None:
    ada, bob, room = await missed(server)
    await ada.connect(seq=1)
    key = ada.welcome["resume_key"]
    ada.client.abort()
    await bob.client.until("room.peer_back")
    await bob.client.until("room.peer_away")
    await bob.client.ask("chat.send", room_id=room, client_id="x", body="again")
    await ada.connect(seq=3, key=key)
    assert ada.welcome["resumed"] is True
    heard = [await ada.client.receive() for _ in range(4)]
    assert [event["seq"] for event in heard] == [4, 5, 6, 7]
    assert heard[-1]["message"]["body"] == "again"


async def test_reload_starts_a_new_session_with_a_snapshot(server: SocketServer) -> None:
    ada, bob, room = await missed(server)
    await ada.connect()
    assert ada.welcome["resumed"] is False
    assert [m["body"] for m in ada.welcome["state"]["room"]["messages"]] == ["m0", "m1", "m2"]
    held = [await ada.client.receive() for _ in range(2)]
    assert [(event["type"], event["seq"]) for event in held] == [("signal", 1), ("signal", 2)]
    await bob.client.ask("chat.send", room_id=room, client_id="x", body="new")
    said = await ada.client.receive()
    assert (said["message"]["body"], said["seq"]) == ("new", 3)


@pytest.mark.parametrize(("seq", "key"), [(2, None), (99, None), (1, "wrong"), (1, "")])
async def test_incomplete_replay_is_not_resumed(server: SocketServer, seq: int, key: str | None) -> None:
    ada = await (await server.person()).connect()
    first = ada.welcome["resume_key"]
    server.hub.notify(ada.user_id, _event())
    ada.client.abort()
    await until(lambda: not server.hub.is_here(ada.user_id))
    await ada.connect(seq=seq, key=key)
    assert ada.welcome["resumed"] is False
    assert ada.welcome["resume_key"] != first
    assert server.signaling.stats.resumes["fresh"] == 1


def _event() -> object:
    from signaling.wire.events import QueueUpdateEvent  # noqa: PLC0415

    return QueueUpdateEvent(queued=False, reason="test")


async def test_key_of_another_user_resumes_nothing(server: SocketServer) -> None:
    ada = await (await server.person()).connect()
    bob = await (await server.person()).connect(seq=0, key=ada.welcome["resume_key"])
    assert bob.welcome["resumed"] is False


async def test_overflowed_buffer_is_not_resumed(server: SocketServer) -> None:
    ada = await (await server.person()).connect()
    ada.client.abort()
    await until(lambda: not server.hub.is_here(ada.user_id))
    for _ in range(257):
        server.hub.notify(ada.user_id, _event())
    await ada.connect(seq=0)
    assert ada.welcome["resumed"] is False
    assert await ada.client.received_nothing()


async def test_session_expires_at_its_deadline(serve: Serve) -> None:
    async with running_server(serve, rules=Timing(resume_ms=400)) as server:
        ada = await (await server.person()).connect()
        ada.client.abort()
        await until(lambda: not server.hub._people)
        assert not server.hub._logins
        await ada.connect(seq=0)
        assert ada.welcome["resumed"] is False


async def test_resume_while_the_old_socket_seems_open(server: SocketServer) -> None:
    ada, bob, room = await in_room(server)
    old: SocketClient = ada.client
    await bob.client.ask("chat.send", room_id=room, client_id="1", body="sent into the void")
    await ada.connect(seq=1)
    assert ada.welcome["resumed"] is True
    assert (await ada.client.receive())["message"]["body"] == "sent into the void"
    assert await old.closed() == 4001
    assert await bob.client.received_nothing()


async def test_event_during_the_hello_is_sent_once(server: SocketServer) -> None:
    ada, bob, room = await in_room(server)
    for n in range(12):
        joining = asyncio.create_task(ada.connect())
        said = asyncio.create_task(bob.client.ask("chat.send", room_id=room, client_id=str(n), body=str(n)))
        await asyncio.gather(joining, said)
        if "retry_after_ms" in said.result():
            break
        bodies = [m["body"] for m in ada.welcome["state"]["room"]["messages"]]
        await ada.client.send("ping", data="end")
        seq = 1
        while (frame := await ada.client.receive())["type"] != "pong":
            assert frame["seq"] == seq, json.dumps(frame)
            seq += 1
            bodies.append(frame["message"]["body"])
        assert bodies == [str(i) for i in range(n + 1)]
