"""Stories of lost connections: who comes back in time, who does not, who was taken over."""

import asyncio

import pytest

from tests.support.client import Person, Refused, go_live, meet


async def test_reconnect_within_the_grace(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    await bob.abort()
    away = await ada.receive("room.peer_away", room_id=room)
    assert 0 < away["ends_in_ms"] <= 1_000
    welcome = await bob.connect(resume=True)
    assert welcome["resumed"] is True
    assert welcome["state"]["room"]["room_id"] == room
    assert welcome["state"]["room"]["status"] == "live"
    await ada.receive("room.peer_back", room_id=room)
    assert not ada.received("room.ended")


async def test_disconnect_longer_than_the_grace(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    await bob.abort()
    away = await ada.receive("room.peer_away")
    ended = await ada.receive("room.ended", reason="grace_expired", by=bob.user_id)
    assert ended["cooldown_until_at"] - away["ends_at"] == 86_400_000
    welcome = await bob.connect(resume=True)
    assert welcome["state"]["phase"] == "idle"
    await bob.receive("room.ended", reason="grace_expired")


async def test_present_peer_cannot_end_the_grace(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await bob.abort()
    await ada.receive("room.peer_away")
    for _ in range(3):
        await ada.connect(resume=True)
    await ada.receive("room.ended", reason="grace_expired", room_id=room)


@pytest.mark.topology("one_node")
async def test_two_absent_users_have_separate_graces(ada: Person, bob: Person, cleo: Person) -> None:
    await meet(ada, bob, "video")
    await bob.abort()
    first = await ada.receive("room.peer_away")
    await asyncio.sleep(0.4)  # Ada loses her connection later, so that her time ends later
    await ada.abort()
    welcome = await ada.connect(resume=True)
    assert welcome["state"]["room"]["grace"]["ends_at"] == first["ends_at"]
    ended = await ada.receive("room.ended", reason="grace_expired")
    assert ended["by"] == bob.user_id


@pytest.mark.topology("one_node")
async def test_second_tab_takes_over_without_a_grace(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    first = ada.reading
    assert (await ada.connect())["state"]["room"]["room_id"] == room
    assert first is not None
    await first
    await bob.receive_all()
    assert not bob.received("room.peer_away")
    await bob.send("signal", room_id=room, candidate=None)
    await ada.receive("signal")


async def test_resume_loses_and_repeats_nothing(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    for lap in range(5):
        await bob.abort()
        for i in range(10):
            await ada.ask("chat.send", room_id=room, client_id=f"{lap}-{i}", body=f"{lap}-{i}")
        assert (await bob.connect(resume=True))["resumed"] is True
    for lap in range(5):
        for i in range(10):
            assert (await bob.receive("chat.message"))["message"]["body"] == f"{lap}-{i}"
    await bob.receive_all()
    assert len(bob.received("chat.message")) == 50


async def test_incomplete_resume_is_refused(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    early = bob.seq
    for i in range(299):
        await ada.send("chat.send", room_id=room, client_id=str(i), body="x" * 400)
    # Its reply follows the commit of all of them; a pong does not.
    await ada.ask("chat.send", room_id=room, client_id="299", body="x" * 400)
    await bob.receive_all()
    await bob.abort()
    bob.seq = early  # as if it had received none of them
    welcome = await bob.connect(resume=True)
    assert welcome["resumed"] is False
    messages = welcome["state"]["room"]["messages"]
    assert [message["client_id"] for message in messages] == [str(i) for i in range(250, 300)]
    assert bob.seq == 0


@pytest.mark.topology("one_node")
async def test_wrong_resume_key_starts_a_new_session(ada: Person) -> None:
    await ada.close()
    ada.welcome["resume_key"] = "not a key of mine"
    assert (await ada.connect(resume=True))["resumed"] is False


@pytest.mark.topology("one_node")
async def test_logout_closes_the_socket(ada: Person) -> None:
    await ada.call("POST", "/v1/auth/logout", status=204)
    assert await ada.closed() == 4401
    with pytest.raises(Refused) as refused:
        await ada.connect()
    assert refused.value.code == "unauthenticated"
    ada.token = ""


async def test_peer_leaves_during_the_grace(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    await bob.abort()
    await ada.receive("room.peer_away")
    await ada.ask("room.leave", room_id=room)
    assert (await bob.connect(resume=True))["state"]["phase"] == "idle"
    await bob.receive("room.ended", reason="hangup", by=ada.user_id)
