"""Stories of the restart: every node is killed, or deployed, at the same time, and the call continues."""

import asyncio
from datetime import datetime, timedelta

import pytest

from server.draining import SOON_S, SPREAD_S
from tests.support.client import Person, go_live, meet
from tests.support.cluster import TwoNodes
from tests.support.service import Service

# The graces run from when the first node is ready; a second may be as late as a busy machine makes it.
pytestmark = pytest.mark.settings(RONDO_GRACE_S=5, RONDO_TEXT_GRACE_S=5, RONDO_DRAIN_NOTICE_S=0.2)


async def restart(service: Service | TwoNodes, *people: Person) -> None:
    """Kill the server, start it again."""
    await service.kill()
    for person in people:
        await person.close()
    await service.start()


async def test_call_survives_a_sigkill(service: Service, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video", duration_s=600))["room_id"]
    live = await go_live(ada, bob, room)
    said = (await ada.ask("chat.send", room_id=room, client_id="1", body="hold on"))["message"]
    await restart(service, ada, bob)
    welcome = await ada.connect(resume=True)
    assert welcome["resumed"] is False
    mine = welcome["state"]["room"]
    assert (mine["room_id"], mine["mode"], mine["status"]) == (room, "video", "grace")
    assert (mine["live_at"], mine["ends_at"], mine["peer_connected"]) == (live["live_at"], live["ends_at"], False)
    assert mine["messages"] == [said]
    assert (await bob.connect(resume=True))["state"]["room"]["status"] == "live"
    await ada.receive("room.peer_back", room_id=room)
    await ada.send("signal", room_id=room, candidate=None)
    await bob.receive("signal")
    await ada.ask("chat.send", room_id=room, client_id="2", body="and we talk on")
    await bob.receive("chat.message")
    again = (await ada.ask("chat.send", room_id=room, client_id="1", body="hold on"))["message"]
    assert again["message_id"] == said["message_id"]
    await ada.ask("room.leave", room_id=room, reason="next")
    await bob.receive("room.ended", reason="next")
    await ada.receive("queue.update", queued=True)


@pytest.mark.settings(RONDO_GRACE_S=1)
@pytest.mark.topology("one_node")
async def test_room_ends_if_nobody_returns(service: Service, ada: Person, bob: Person, cleo: Person) -> None:
    await meet(ada, bob, "video")
    await restart(service, ada, bob, cleo)
    await asyncio.sleep(1.2)  # the grace of one second passes while both are disconnected
    assert (await ada.connect())["state"]["phase"] == "idle"
    cooldowns = (await ada.call("GET", "/v1/cooldowns"))["cooldowns"]
    assert [cooldown["user_id"] for cooldown in cooldowns] == [bob.user_id]


@pytest.mark.settings(RONDO_GRACE_S=1)
@pytest.mark.topology("one_node")
async def test_one_user_returns_and_waits_for_the_peer(service: Service, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await restart(service, ada, bob)
    grace = (await ada.connect())["state"]["room"]["grace"]
    assert 0 < grace["ends_in_ms"] <= 1_000
    await ada.receive("room.ended", room_id=room, reason="grace_expired", by=bob.user_id)


@pytest.mark.topology("two_nodes")
async def test_one_user_returns_to_another_node_and_waits(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await restart(service, ada, bob)
    ada.base = bob.base
    grace = (await ada.connect())["state"]["room"]["grace"]
    assert 0 < grace["ends_in_ms"] <= 5_000
    await ada.receive("room.ended", room_id=room, reason="grace_expired", by=bob.user_id)


@pytest.mark.topology("two_nodes")
async def test_no_user_of_any_node_returns(service: TwoNodes, ada: Person, bob: Person) -> None:
    await meet(ada, bob, "video")
    await restart(service, ada, bob)
    await asyncio.sleep(5.2)  # the grace passes while both are disconnected
    ada.base = bob.base
    assert (await ada.connect())["state"]["phase"] == "idle"
    cooldowns = (await ada.call("GET", "/v1/cooldowns"))["cooldowns"]
    assert [cooldown["user_id"] for cooldown in cooldowns] == [bob.user_id]


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_TORCH_IDLE_S=1, RONDO_TORCH_WARNING_S=3)
async def test_running_torch_continues_from_where_it_was(service: Service, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    await ada.receive("torch.warning")
    await restart(service, ada, bob)
    torch = (await ada.connect())["state"]["room"]["torch"]
    assert set(torch["idle"]) == {ada.user_id, bob.user_id}
    assert torch["ends_in_ms"] > 1_500
    await bob.connect()
    # Bob may find it in the state of his welcome already; Ada was here before.
    again = await ada.receive("torch.warning")
    assert torch["ends_in_ms"] - 500 < again["ends_in_ms"] <= torch["ends_in_ms"], "it did not burn meanwhile"
    await ada.ask("chat.send", room_id=room, client_id="a", body="here")
    await bob.ask("chat.send", room_id=room, client_id="b", body="here")
    await ada.receive("torch.cleared")


@pytest.mark.topology("one_node")
async def test_upgraded_room_is_restored_as_video(service: Service, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    await ada.ask("room.upgrade", room_id=room)
    await bob.ask("room.upgrade", room_id=room)
    await bob.receive("room.mode_changed")
    await restart(service, ada, bob)
    back = (await ada.connect())["state"]["room"]
    assert (back["mode"], back["room_id"], back["torch"]) == ("video", room, None)
    await bob.connect()
    await go_live(ada, bob, room)


async def test_cooldowns_blocks_and_sessions_survive(service: Service, ada: Person, bob: Person, cleo: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    await ada.ask("room.leave", room_id=room)
    await ada.ask("block", user_id=cleo.user_id)
    await restart(service, ada, bob, cleo)
    for person in (bob, cleo, ada):
        await person.connect()
        await person.ask("queue.join", mode="text", auto_accept=True, want={"gender": ["unspecified"]})
    room = (await bob.receive("room.started"))["room"]
    assert room["peer"]["user_id"] == cleo.user_id
    await ada.receive_all()
    assert not ada.received("room.started", room=room)


@pytest.mark.topology("one_node")
async def test_repeated_sigkills(service: Service, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    for lap in range(3):
        await restart(service, ada, bob)
        for person in (ada, bob):
            assert (await person.connect())["state"]["room"]["room_id"] == room
        said = (await ada.ask("chat.send", room_id=room, client_id=str(lap), body=str(lap)))["message"]
        await bob.receive("chat.message", message=said)
    await service.kill()
    await service.start()


async def test_deploy_tells_clients_to_reconnect_and_ends_no_call(service: Service, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    stopping = asyncio.create_task(service.stop())
    for person in (ada, bob):
        assert (await person.receive("server.draining"))["reconnect_in_ms"] >= 0
    for person in (ada, bob):
        await person.close()
    assert await stopping == 0
    await service.start()
    for person in (ada, bob):
        assert (await person.connect(resume=True))["state"]["room"]["room_id"] == room
    await ada.receive("room.peer_back") if not ada.state["room"]["peer_connected"] else None
    assert (await ada.connect())["state"]["room"]["status"] == "live"


@pytest.mark.settings(RONDO_GRACE_S=1)
@pytest.mark.topology("one_node")
async def test_stop_without_a_successor_does_not_wait_for_clients(service: Service, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    assert await service.stop() == 0
    told_at, ended_at = (
        datetime.fromisoformat(line["at"])
        for event in ("draining", "stopped")
        for line in service.log
        if line["event"] == event
    )
    assert ended_at - told_at < timedelta(seconds=SPREAD_S), "the next one cannot serve before"
    for person in (ada, bob):
        await person.receive("server.draining", reconnect_in_ms=round(SOON_S * 1_000))
        assert await person.closed() == 1001
    await service.start()
    for person in (ada, bob):
        assert (await person.connect())["state"]["room"]["room_id"] == room


@pytest.mark.topology("one_node")
async def test_drain_closes_clients_that_stay(service: Service, ada: Person) -> None:
    code = asyncio.create_task(service.stop())
    assert await ada.closed() == 1001
    assert await code == 0
    await service.start()
