"""The route of a signal is cached; it must not lead to a former session of the peer."""

from tests.support.socket_harness import SocketServer, in_room


async def test_signal_follows_the_peer_to_a_new_session(server: SocketServer) -> None:
    ada, bob, room = await in_room(server, "video")
    await ada.client.ask("signal", room_id=room, candidate={"n": 1})
    await bob.connect()
    await ada.client.ask("signal", room_id=room, candidate={"n": 2})
    assert (await bob.client.until("signal"))["candidate"] == {"n": 2}
    bob.client.abort()
    await ada.client.until("room.peer_away")
    await ada.client.ask("signal", room_id=room, candidate={"n": 3})
    assert len(server.hub.signal_buffer) == 1
    await bob.connect()
    assert (await bob.client.until("signal"))["candidate"] == {"n": 3}


async def test_released_peer_is_found_again(server: SocketServer) -> None:
    ada, bob, room = await in_room(server, "video")
    await ada.client.ask("signal", room_id=room, candidate={"n": 1})
    bob.client.abort()
    await ada.client.until("room.peer_away")
    server.hub.sweep(server.clock.now() + 3_600_000)
    assert server.hub.connected_user(bob.user_id) is None
    await bob.connect()
    await ada.client.ask("signal", room_id=room, candidate={"n": 2})
    assert (await bob.client.until("signal"))["candidate"] == {"n": 2}


async def test_route_of_an_ended_room_is_invalid(server: SocketServer) -> None:
    ada, bob, room = await in_room(server, "video")
    await ada.client.ask("signal", room_id=room, candidate={"n": 1})
    await bob.client.ask("room.leave", room_id=room)
    assert (await ada.client.ask("signal", room_id=room, candidate={"n": 2}))["code"] == "not_in_room"
    assert len(server.hub.signal_buffer) == 0
