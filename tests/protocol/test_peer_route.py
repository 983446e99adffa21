"""The route of a signal is cached; it must not lead to a former session of the peer."""

from tests.support.socket_harness import Stage, in_room


async def test_signal_follows_the_peer_to_a_new_session(stage: Stage) -> None:
    ada, bob, room = await in_room(stage, "video")
    await ada.line.ask("signal", room_id=room, candidate={"n": 1})
    await bob.come()
    await ada.line.ask("signal", room_id=room, candidate={"n": 2})
    assert (await bob.line.until("signal"))["candidate"] == {"n": 2}
    bob.line.cut()
    await ada.line.until("room.peer_away")
    await ada.line.ask("signal", room_id=room, candidate={"n": 3})
    assert len(stage.hub.signal_buffer) == 1
    await bob.come()
    assert (await bob.line.until("signal"))["candidate"] == {"n": 3}


async def test_released_peer_is_found_again(stage: Stage) -> None:
    ada, bob, room = await in_room(stage, "video")
    await ada.line.ask("signal", room_id=room, candidate={"n": 1})
    bob.line.cut()
    await ada.line.until("room.peer_away")
    stage.hub.sweep(stage.clock.now() + 3_600_000)
    assert stage.hub.connected_user(bob.user_id) is None
    await bob.come()
    await ada.line.ask("signal", room_id=room, candidate={"n": 2})
    assert (await bob.line.until("signal"))["candidate"] == {"n": 2}


async def test_route_of_an_ended_room_is_invalid(stage: Stage) -> None:
    ada, bob, room = await in_room(stage, "video")
    await ada.line.ask("signal", room_id=room, candidate={"n": 1})
    await bob.line.ask("room.leave", room_id=room)
    assert (await ada.line.ask("signal", room_id=room, candidate={"n": 2}))["code"] == "not_in_room"
    assert len(stage.hub.signal_buffer) == 0
