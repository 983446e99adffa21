"""Hello: authentication, the first events, and resuming a session."""

import asyncio
import json

import pytest

from matchmaker.domain.timing import Timing
from signaling.connection.settings import SignalingSettings
from tests.support.socket_harness import Line, Person, Serve, Stage, in_room, staged, until


async def test_welcome_fields(stage: Stage) -> None:
    person = await stage.person("Ada")
    line = await stage.dial()
    await line.say("hello", token=person.token, id="h")
    welcome = await line.hear()
    assert welcome["type"] == "welcome"
    assert welcome["id"] == "h"
    assert "seq" not in welcome
    assert welcome["user"]["user_id"] == person.user_id
    assert welcome["user"]["display_name"] == "Ada"
    assert welcome["resumed"] is False
    assert welcome["heartbeat_s"] == 20
    assert len(welcome["resume_key"]) >= 22
    assert welcome["state"] == {"phase": "idle", "queue": None, "invite": None, "room": None}
    assert await line.silent()


async def test_no_frame_is_answered_before_hello(stage: Stage) -> None:
    person = await stage.person()
    line = await stage.dial()
    await line.say("ping", id=1)
    await line.say("queue.join", id=2, mode="video")
    await line.say("nonsense", id=3)
    await line.ws.send_str("{")
    await line.say("hello", token=person.token)
    assert (await line.hear())["type"] == "welcome"
    assert await line.silent()


async def test_frames_after_hello_are_handled_after_it(stage: Stage) -> None:
    person = await stage.person()
    line = await stage.dial()
    await line.say("hello", token=person.token)
    await line.say("queue.join", id=1, mode="video")
    await line.say("ping", data=5)
    heard = [await line.hear() for _ in range(3)]
    assert [frame["type"] for frame in heard] == ["welcome", "reply", "pong"]
    assert heard[1]["queue"]["mode"] == "video"


async def test_bad_token(stage: Stage) -> None:
    line = await stage.dial()
    await line.say("hello", token="x" * 43, id=1)
    refused = await line.hear()
    assert (refused["type"], refused["id"], refused["code"]) == ("error", 1, "unauthenticated")
    assert await line.closed() == 4401


async def test_malformed_hello_can_be_repeated(stage: Stage) -> None:
    person = await stage.person()
    line = await stage.dial()
    await line.say("hello", id=1)
    refused = await line.hear()
    assert (refused["id"], refused["code"], refused["field"]) == (1, "bad_frame", "token")
    await line.say("hello", token=person.token)
    assert (await line.hear())["type"] == "welcome"


async def test_second_hello_is_refused(stage: Stage) -> None:
    person = await (await stage.person()).come()
    assert (await person.line.ask("hello", token=person.token))["code"] == "conflict"
    assert await person.line.silent()


async def test_socket_without_hello_is_closed(serve: Serve) -> None:
    async with staged(serve, settings=SignalingSettings(hello_ms=300)) as stage:
        line = await stage.dial()
        assert (await line.hear())["code"] == "unauthenticated"
        assert await line.closed() == 4010


async def test_socket_with_hello_in_time_stays(serve: Serve) -> None:
    async with staged(serve, settings=SignalingSettings(hello_ms=300)) as stage:
        person = await (await stage.person()).come()
        await asyncio.sleep(0.8)
        assert await person.line.silent()


async def test_hello_can_be_repeated_after_unavailable(serve: Serve) -> None:
    async with staged(serve) as stage:
        person = await stage.person()
        line = await stage.dial()
        doors = stage.speaker.authenticator
        stage.speaker.authenticator = _ClosedForNow()
        await line.say("hello", token=person.token, id=1)
        assert (await line.hear())["code"] == "unavailable"
        stage.speaker.authenticator = doors
        await line.say("hello", token=person.token, id=2)
        assert (await line.hear())["type"] == "welcome"


class _ClosedForNow:
    async def authenticate_socket(self, token: str, *, address: str, device: str) -> object:
        from matchmaker.domain.errors import Unavailable  # noqa: PLC0415

        raise Unavailable


async def test_newer_connection_takes_over(stage: Stage) -> None:
    ada, bob, room = await in_room(stage)
    first = ada.line
    await ada.come()
    assert await first.closed() == 4001
    assert ada.welcome["state"]["room"]["room_id"] == room
    assert ada.welcome["state"]["room"]["status"] == "live"
    assert await bob.line.silent(), "a takeover is nobody's absence"
    assert stage.speaker.stats.sessions == 2


async def test_concurrent_hellos_of_one_user_leave_one_connection(stage: Stage) -> None:
    ada, bob, _ = await in_room(stage)
    tabs = [Person(stage, ada.profile, ada.token, ada.login_id) for _ in range(8)]
    await asyncio.gather(*(tab.come() for tab in tabs))
    codes = await asyncio.gather(*(_code_or_alive(tab) for tab in tabs))
    assert sorted(codes) == [0, *[4001] * 7]
    await until(lambda: stage.speaker.stats.connections == 2)
    assert await bob.line.silent()
    seat = (await stage.matchmaker.snapshot(ada.user_id)).state
    assert seat.connected


async def _code_or_alive(tab: Person) -> int:
    try:
        await tab.line.say("ping")
        return 0 if (await tab.line.until("pong"))["data"] is None else -1
    except (AssertionError, ConnectionError):
        return tab.line.ws.close_code or await tab.line.closed()


async def test_socket_lost_during_its_hello_affects_no_other(stage: Stage) -> None:
    ada, bob, _ = await in_room(stage)
    for _ in range(10):
        line = await stage.dial()
        await line.say("hello", token=ada.token)
        line.cut()
        await asyncio.sleep(0)
    await until(lambda: stage.speaker.stats.connections <= 2)
    await stage.speaker.tasks.finished()
    seat = (await stage.matchmaker.snapshot(ada.user_id)).state
    assert seat.connected == stage.hub.is_here(ada.user_id)
    await bob.line.say("chat.typing", room_id="01890000-0000-7000-8000-000000000000", id=1)
    assert (await bob.line.until("error"))["code"] == "not_in_room"


async def missed(stage: Stage) -> tuple[Person, Person, str]:
    """Return two users in a room; the first is away, and has missed three messages and two candidates."""
    ada, bob, room = await in_room(stage)
    ada.line.cut()
    await bob.line.until("room.peer_away")
    for n in range(3):
        await bob.line.ask("chat.send", room_id=room, client_id=str(n), body=f"m{n}")
        if n < 2:
            await bob.line.say("signal", room_id=room, candidate={"n": n})
    return ada, bob, room


async def test_resume_replays_missed_events(stage: Stage) -> None:
    ada, bob, room = await missed(stage)
    await ada.come(seq=1)
    assert ada.welcome["resumed"] is True
    assert [m["body"] for m in ada.welcome["state"]["room"]["messages"]] == ["m0", "m1", "m2"]
    heard = [await ada.line.hear() for _ in range(5)]
    assert [event["seq"] for event in heard] == [2, 3, 4, 5, 6]
    assert [event["message"]["body"] for event in heard[:3]] == ["m0", "m1", "m2"]
    assert [event["candidate"]["n"] for event in heard[3:]] == [0, 1]
    assert (await bob.line.until("room.peer_back"))["room_id"] == room
    assert await ada.line.silent()


async def test_second_resume_replays_the_first_and_more(stage: Stage) -> None:
    ada, bob, room = await missed(stage)
    await ada.come(seq=1)
    key = ada.welcome["resume_key"]
    ada.line.cut()
    await bob.line.until("room.peer_back")
    await bob.line.until("room.peer_away")
    await bob.line.ask("chat.send", room_id=room, client_id="x", body="again")
    await ada.come(seq=3, key=key)
    assert ada.welcome["resumed"] is True
    heard = [await ada.line.hear() for _ in range(4)]
    assert [event["seq"] for event in heard] == [4, 5, 6, 7]
    assert heard[-1]["message"]["body"] == "again"


async def test_reload_starts_a_new_session_with_a_snapshot(stage: Stage) -> None:
    ada, bob, room = await missed(stage)
    await ada.come()
    assert ada.welcome["resumed"] is False
    assert [m["body"] for m in ada.welcome["state"]["room"]["messages"]] == ["m0", "m1", "m2"]
    held = [await ada.line.hear() for _ in range(2)]
    assert [(event["type"], event["seq"]) for event in held] == [("signal", 1), ("signal", 2)]
    await bob.line.ask("chat.send", room_id=room, client_id="x", body="new")
    said = await ada.line.hear()
    assert (said["message"]["body"], said["seq"]) == ("new", 3)


@pytest.mark.parametrize(("seq", "key"), [(2, None), (99, None), (1, "wrong"), (1, "")])
async def test_incomplete_replay_is_not_resumed(stage: Stage, seq: int, key: str | None) -> None:
    ada = await (await stage.person()).come()
    first = ada.welcome["resume_key"]
    stage.hub.notify(ada.user_id, _event())
    ada.line.cut()
    await until(lambda: not stage.hub.is_here(ada.user_id))
    await ada.come(seq=seq, key=key)
    assert ada.welcome["resumed"] is False
    assert ada.welcome["resume_key"] != first
    assert stage.speaker.stats.resumes["fresh"] == 1


def _event() -> object:
    from signaling.wire.events import QueueUpdateEvent  # noqa: PLC0415

    return QueueUpdateEvent(queued=False, reason="test")


async def test_key_of_another_user_resumes_nothing(stage: Stage) -> None:
    ada = await (await stage.person()).come()
    bob = await (await stage.person()).come(seq=0, key=ada.welcome["resume_key"])
    assert bob.welcome["resumed"] is False


async def test_overflowed_buffer_is_not_resumed(stage: Stage) -> None:
    ada = await (await stage.person()).come()
    ada.line.cut()
    await until(lambda: not stage.hub.is_here(ada.user_id))
    for _ in range(257):
        stage.hub.notify(ada.user_id, _event())
    await ada.come(seq=0)
    assert ada.welcome["resumed"] is False
    assert await ada.line.silent()


async def test_session_expires_at_its_deadline(serve: Serve) -> None:
    async with staged(serve, rules=Timing(resume_ms=400)) as stage:
        ada = await (await stage.person()).come()
        ada.line.cut()
        await until(lambda: not stage.hub._people)
        assert not stage.hub._logins
        await ada.come(seq=0)
        assert ada.welcome["resumed"] is False


async def test_resume_while_the_old_socket_seems_open(stage: Stage) -> None:
    ada, bob, room = await in_room(stage)
    old: Line = ada.line
    await bob.line.ask("chat.send", room_id=room, client_id="1", body="sent into the void")
    await ada.come(seq=1)
    assert ada.welcome["resumed"] is True
    assert (await ada.line.hear())["message"]["body"] == "sent into the void"
    assert await old.closed() == 4001
    assert await bob.line.silent()


async def test_event_during_the_hello_is_sent_once(stage: Stage) -> None:
    ada, bob, room = await in_room(stage)
    for n in range(12):
        joining = asyncio.create_task(ada.come())
        said = asyncio.create_task(bob.line.ask("chat.send", room_id=room, client_id=str(n), body=str(n)))
        await asyncio.gather(joining, said)
        if "retry_after_ms" in said.result():
            break
        bodies = [m["body"] for m in ada.welcome["state"]["room"]["messages"]]
        await ada.line.say("ping", data="end")
        seq = 1
        while (frame := await ada.line.hear())["type"] != "pong":
            assert frame["seq"] == seq, json.dumps(frame)
            seq += 1
            bodies.append(frame["message"]["body"])
        assert bodies == [str(i) for i in range(n + 1)]
