"""Stories of the torch. The warning lasts 0.6 s, unless stated otherwise."""

import pytest

from tests.support.client import Person, Refused, meet


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_TORCH_IDLE_S=1)
async def test_silence_ends_the_room(ada: Person, bob: Person) -> None:
    room = await meet(ada, bob)
    warnings = [await ada.receive("torch.warning") for _ in range(1)]
    last = ada.received("torch.warning")[-1]
    assert set(last["idle"]) == {ada.user_id, bob.user_id}
    assert warnings[0]["ends_at"] == room["started_at"] + 1_600
    ended = await bob.receive("room.ended", reason="torch")
    assert ended["cooldown_until_at"] is not None
    assert abs(ended["live_s"] - 1.6) < 0.01


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_TORCH_IDLE_S=1, RONDO_TORCH_WARNING_S=4)
async def test_only_idle_users_can_clear_the_warning(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    for i in range(12):
        await ada.ask("chat.send", room_id=room, client_id=str(i), body="still here")
        if bob.received("torch.warning"):
            break
        await bob.receive_all()
    warning = await bob.receive("torch.warning", idle=[bob.user_id])
    await ada.ask("chat.send", room_id=room, client_id="more", body="and talking")
    await bob.receive_all()
    assert not bob.received("torch.cleared")
    await bob.send("chat.typing", room_id=room)
    await bob.receive_all()
    assert not bob.received("torch.cleared"), "typing is not a message"
    with pytest.raises(Refused) as refused:
        await bob.ask("chat.send", room_id=room, client_id="blank", body="\u3164\u2800")
    assert (refused.value.code, refused.value.frame["field"]) == ("invalid", "body")
    await bob.receive_all()
    assert not bob.received("torch.cleared"), "a message without a visible character does not count"
    await bob.ask("chat.send", room_id=room, client_id="b", body="sorry")
    for person in (ada, bob):
        await person.receive("torch.cleared")
    assert warning["ends_in_ms"] <= 4_000


@pytest.mark.settings(RONDO_TORCH_IDLE_S=0.8, RONDO_TORCH_WARNING_S=1.5, RONDO_TEXT_GRACE_S=20)
async def test_torch_is_paused_in_grace(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    first = await ada.receive("torch.warning")
    await bob.abort()
    away = await ada.receive("room.peer_away", room_id=room)
    assert away["ends_in_ms"] > 15_000
    state = (await ada.connect())["state"]
    assert state["room"]["status"] == "grace"
    left = state["room"]["torch"]["ends_in_ms"]
    assert left <= first["ends_in_ms"]
    assert (await ada.connect())["state"]["room"]["torch"]["ends_in_ms"] == left, "it does not burn"
    await bob.connect(resume=True)
    again = await ada.receive("torch.warning")
    assert again["ends_in_ms"] <= left
    assert again["ends_at"] > first["ends_at"]
    await bob.receive("room.ended", reason="torch")


@pytest.mark.topology("one_node")
async def test_torch_runs_in_text_only(ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    await ada.ask("room.upgrade", room_id=room)
    await bob.ask("room.upgrade", room_id=room)
    for person in (ada, bob):
        await person.receive("room.mode_changed")  # a client that does not know of the call cannot connect it
        await person.ask("room.ready", room_id=room)
    await ada.receive("room.live")
    state = (await ada.connect())["state"]
    assert state["room"]["torch"] is None
