"""Stories of rooms: signals, the clock, leaving, going from text to video."""

import asyncio

import pytest

from tests.journeys.conftest import ConnectUser
from tests.support.client import Person, Refused, go_live, meet

OFFER = {"type": "offer", "sdp": "v=0\r\n" + "a=x\r\n" * 400}


def candidate(i: int) -> dict[str, object]:
    return {
        "candidate": f"candidate:{i} 1 udp 2130706431 192.0.2.1 5{i:04} typ host",
        "sdpMid": "0",
        "sdpMLineIndex": 0,
    }


async def test_signals_reach_the_peer_once_in_order(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await ada.send("signal", room_id=room, description=OFFER)
    for i in range(20):
        await ada.send("signal", room_id=room, candidate=candidate(i))
    await ada.send("signal", room_id=room, candidate=None)
    heard = [await bob.receive("signal") for _ in range(22)]
    assert heard[0]["description"] == OFFER
    assert heard[0]["from"] == ada.user_id
    assert [event["candidate"] for event in heard[1:]] == [*(candidate(i) for i in range(20)), None]
    assert [event["seq"] for event in heard] == sorted(event["seq"] for event in heard)
    await ada.receive_all()
    assert not ada.received("signal")


async def test_signals_wait_for_an_absent_peer(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await bob.abort()
    await ada.receive("room.peer_away")
    await ada.send("signal", room_id=room, description=OFFER)
    await ada.send("signal", room_id=room, candidate=candidate(1))
    await ada.receive_all()
    await bob.connect(resume=True)
    assert (await bob.receive("signal"))["description"] == OFFER
    assert (await bob.receive("signal"))["candidate"] == candidate(1)


async def test_reloaded_page_gets_the_waiting_signals(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await bob.abort()
    await ada.receive("room.peer_away")
    await ada.send("signal", room_id=room, description=OFFER)
    await ada.receive_all()
    welcome = await bob.connect()
    assert welcome["resumed"] is False
    assert (await bob.receive("signal"))["description"] == OFFER


async def test_clock_starts_when_both_have_media(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await ada.ask("room.ready", room_id=room)
    await ada.ask("room.ready", room_id=room)
    await bob.receive_all()
    assert not bob.received("room.live")
    await bob.ask("room.ready", room_id=room)
    live = await ada.receive("room.live")
    assert live["ends_at"] - live["live_at"] == 300_000
    assert len(ada.received("room.live")) == 1


@pytest.mark.topology("one_node")
async def test_failed_call_sets_one_hour_from_its_start(ada: Person, bob: Person) -> None:
    room = await meet(ada, bob, "video")
    until = room["started_at"] + 3_600_000
    for person in (ada, bob):
        ended = await person.receive("room.ended", reason="connect_failed")
        assert ended["cooldown_until_at"] == until
        assert ended["live_s"] == 0
    assert (await ada.call("GET", "/v1/cooldowns"))["cooldowns"] == [{"user_id": bob.user_id, "until_at": until}]


@pytest.mark.topology("one_node")
async def test_connect_failed_keeps_24_hours_once_the_peer_was_ready(ada: Person, bob: Person) -> None:
    room = await meet(ada, bob, "video")
    await bob.ask("room.ready", room_id=room["room_id"])
    await ada.ask("room.leave", room_id=room["room_id"], reason="connect_failed")
    ended = await bob.receive("room.ended", reason="connect_failed")
    assert ended["cooldown_until_at"] >= room["started_at"] + 86_400_000
    cooldowns = (await bob.call("GET", "/v1/cooldowns"))["cooldowns"]
    assert cooldowns == [{"user_id": ada.user_id, "until_at": ended["cooldown_until_at"]}]


@pytest.mark.topology("one_node")
async def test_connect_failed_after_media_is_a_hangup(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    await ada.ask("room.leave", room_id=room, reason="connect_failed")
    ended = await bob.receive("room.ended")
    assert ended["reason"] == "hangup"
    assert ended["cooldown_until_at"] is not None
    cooldowns = (await bob.call("GET", "/v1/cooldowns"))["cooldowns"]
    assert cooldowns == [{"user_id": ada.user_id, "until_at": ended["cooldown_until_at"]}]


async def test_second_leave_is_no_error_and_sends_one_event(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    await asyncio.gather(*(person.ask("room.leave", room_id=room) for person in (ada, bob, ada, bob)))
    for person in (ada, bob):
        await person.receive_all()
        assert len(person.received("room.ended")) == 1


@pytest.mark.topology("one_node")
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("signal", {"candidate": None}),
        ("chat.send", {"client_id": "1", "body": "hello"}),
        ("chat.history", {}),
        ("chat.typing", {}),
        ("room.ready", {}),
        ("room.leave", {}),
        ("room.upgrade", {}),
    ],
)
async def test_other_users_are_not_in_the_room(
    ada: Person, bob: Person, cleo: Person, kind: str, fields: dict[str, object]
) -> None:
    room = (await meet(ada, bob))["room_id"]
    for key in (room, "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(Refused) as refused:
            await cleo.ask(kind, room_id=key, **fields)
        assert refused.value.code == "not_in_room"
    await ada.receive_all()
    assert [event["type"] for event in ada.events] == ["room.started"]


async def test_late_frame_of_an_ended_room_does_not_affect_the_next(connect_user: ConnectUser) -> None:
    ada, bob, cleo = await connect_user("Ada"), await connect_user("Bob"), await connect_user("Cleo")
    old = (await meet(ada, bob))["room_id"]
    await ada.ask("room.leave", room_id=old, reason="next")
    await ada.receive("queue.update", queued=True)
    await cleo.ask("queue.join", mode="text", auto_accept=True)
    new = (await cleo.receive("room.started"))["room"]["room_id"]
    await ada.receive("room.started")
    await ada.ask("room.leave", room_id=old)
    await cleo.receive_all()
    assert not cleo.received("room.ended")
    assert (await ada.connect())["state"]["room"]["room_id"] == new


async def test_text_becomes_video_when_both_agree(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    await ada.ask("room.upgrade", room_id=room)
    await bob.receive("room.upgrade_requested", by=ada.user_id)
    with pytest.raises(Refused) as refused:
        await ada.ask("room.upgrade", room_id=room)
    assert refused.value.code == "conflict"
    await bob.ask("room.upgrade", room_id=room)
    for person in (ada, bob):
        changed = (await person.receive("room.mode_changed"))["room"]
        assert (changed["mode"], changed["status"]) == ("video", "connecting")
    live = await go_live(ada, bob, room)
    assert live["ends_at"] - live["live_at"] == 300_000


@pytest.mark.topology("one_node")
async def test_video_can_be_declined_and_requested_once_a_minute(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    await ada.ask("room.upgrade", room_id=room)
    await bob.receive("room.upgrade_requested")
    await bob.ask("room.upgrade_decline", room_id=room)
    await ada.receive("room.upgrade_declined", by=bob.user_id)
    with pytest.raises(Refused) as refused:
        await ada.ask("room.upgrade", room_id=room)
    assert refused.value.code == "rate_limited"
    assert refused.value.frame["retry_after_ms"] > 50_000
    await bob.ask("room.upgrade", room_id=room)  # who declined may ask: each has a minute of their own
    await ada.receive("room.upgrade_requested", by=bob.user_id)


@pytest.mark.topology("one_node")
async def test_block_ends_the_room_and_is_not_revealed(ada: Person, bob: Person) -> None:
    await meet(ada, bob)
    await ada.ask("block", user_id=bob.user_id)
    assert (await ada.receive("room.ended"))["reason"] == "blocked"
    assert (await bob.receive("room.ended"))["reason"] == "hangup"
    await ada.call("DELETE", f"/v1/blocks/{bob.user_id}")
    assert (await ada.call("GET", "/v1/blocks"))["blocks"] == []


@pytest.mark.topology("one_node")
async def test_account_deletion_ends_the_room(ada: Person, bob: Person) -> None:
    await meet(ada, bob)
    await ada.call("DELETE", "/v1/me", status=204)
    assert (await bob.receive("room.ended"))["reason"] == "deleted"
    assert await ada.closed() == 4401
    ada.token = ""


async def test_auto_next_requeues(connect_user: ConnectUser) -> None:
    ada, bob, cleo = await connect_user("Ada"), await connect_user("Bob"), await connect_user("Cleo")
    await ada.ask("queue.join", mode="text", auto_accept=True, auto_next=True)
    await bob.ask("queue.join", mode="text", auto_accept=True)
    room = (await bob.receive("room.started"))["room"]["room_id"]
    await bob.ask("room.leave", room_id=room)
    await ada.receive("queue.update", queued=True, reason="requeued")
    await cleo.ask("queue.join", mode="text", auto_accept=True)
    assert (await cleo.receive("room.started"))["room"]["peer"]["user_id"] == ada.user_id


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_TORCH_IDLE_S=60)
async def test_conversation_of_five_seconds_is_in_both_histories(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    await ada.ask("chat.send", room_id=room, client_id="a", body="hello")
    await asyncio.sleep(5.1)  # the five seconds that make a conversation
    await ada.ask("room.leave", room_id=room)
    ended = await bob.receive("room.ended")
    assert ended["live_s"] >= 5
    for person, peer in ((ada, bob), (bob, ada)):
        calls = (await person.call("GET", "/v1/history"))["calls"]
        assert [(call["room_id"], call["peer"]["user_id"], call["end_reason"]) for call in calls] == [
            (room, peer.user_id, "hangup")
        ]
        assert calls[0]["message_count"] == 1
        said = await person.call("GET", f"/v1/history/{room}/messages")
        assert [message["body"] for message in said["messages"]] == ["hello"]
