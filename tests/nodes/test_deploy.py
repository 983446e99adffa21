"""One node of two is stopped: its users go to the other, rooms are taken over, and no call ends."""

import asyncio

import aiohttp
import asyncpg
import pytest

from tests.nodes.test_failures import come, signals_pass
from tests.support.client import Person, go_live, meet
from tests.support.cluster import TwoNodes

pytestmark = pytest.mark.settings(
    RONDO_GRACE_S=6, RONDO_TEXT_GRACE_S=6, RONDO_TORCH_IDLE_S=60, RONDO_QUEUE_HOLD_S=5, RONDO_DRAIN_NOTICE_S=1
)

NEWEST = "SELECT reaches_redis, left_at FROM nodes WHERE node_id LIKE 'node0.%' ORDER BY started_at DESC LIMIT 1"


async def reconnect(person: Person, service: TwoNodes, *, after_s: float = 0) -> None:
    """Reconnect as `server.draining` asks."""
    await person.receive("server.draining")
    await person.close()
    await asyncio.sleep(after_s)
    await come(person, service.nodes[1].base)


@pytest.mark.parametrize("after_s", [0, 1])
async def test_room_of_a_draining_owner_continues_elsewhere(
    service: TwoNodes, ada: Person, bob: Person, after_s: float
) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    live = await go_live(ada, bob, room)
    stopping = asyncio.create_task(service.nodes[0].stop())
    await asyncio.gather(reconnect(ada, service, after_s=after_s), reconnect(bob, service))
    for person in (ada, bob):
        assert (person.state["room"]["room_id"], person.state["room"]["ends_at"]) == (room, live["ends_at"])
    await signals_pass(ada, bob, room, 1)
    assert await stopping == 0
    assert not [line for line in service.nodes[0].log if line["event"] == "rooms_lost"], "that is what a deploy is for"
    for person in (ada, bob):
        await person.receive_all()
        assert not person.received("room.ended")


async def test_room_of_a_draining_edge_stays_at_its_owner(service: TwoNodes, ada: Person, bob: Person) -> None:
    ada.base, bob.base = bob.base, ada.base  # the owner is the second node, for ada waits longer
    for person in (ada, bob):
        await person.connect()
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    stopping = asyncio.create_task(service.nodes[0].stop())
    await reconnect(bob, service)
    assert bob.welcome["resumed"] is True
    await signals_pass(ada, bob, room, 1)
    assert await stopping == 0
    assert not ada.received("server.draining")


async def test_user_who_does_not_return_is_marked_away(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    stopping = asyncio.create_task(service.nodes[0].stop())
    await ada.receive("server.draining")
    await ada.close()
    await reconnect(bob, service)
    assert await stopping == 0
    await bob.receive("room.ended", reason="grace_expired", room_id=room)


async def test_user_who_ignores_the_notice_is_closed_and_resumes(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    stopping = asyncio.create_task(service.nodes[0].stop())
    connection = await asyncpg.connect(service.dsn)
    while (found := tuple(await connection.fetchrow(NEWEST) or ()))[0] and not found[1]:  # noqa: ASYNC110 - in another process
        await asyncio.sleep(0.02)
    assert found == (False, None), "while it drains a node that is cut off from Redis is the one that is ready"
    await connection.close()
    assert await ada.closed() == 1001
    assert await stopping == 0
    await come(ada, bob.base)
    assert ada.state["room"]["room_id"] == room


async def test_place_in_the_queue_moves_with_its_user(service: TwoNodes, ada: Person, bob: Person) -> None:
    joined = (await ada.ask("queue.join", mode="text", auto_accept=True))["queue"]["joined_at"]
    stopping = asyncio.create_task(service.nodes[0].stop())
    await reconnect(ada, service, after_s=1)  # the last socket of the node is closed in the meantime
    assert ada.welcome["resumed"] is True
    assert ada.state["queue"]["joined_at"] == joined
    await bob.ask("queue.join", mode="text", auto_accept=True)
    await ada.receive("room.started")
    assert await stopping == 0


async def test_open_invite_can_be_answered_during_the_drain(service: TwoNodes, ada: Person, bob: Person) -> None:
    await bob.ask("queue.join", mode="text", pairing="manual")
    await asyncio.sleep(0.3)
    invite = (await ada.ask("invite.send", user_id=bob.user_id, mode="text"))["invite"]["invite_id"]
    stopping = asyncio.create_task(service.nodes[0].stop())
    await bob.ask("invite.accept", invite_id=invite)
    await reconnect(ada, service)
    await bob.receive("room.started")
    assert ada.state["room"] or await ada.receive("room.started")
    assert await stopping == 0


async def test_new_users_are_served_until_the_notice_ends(
    service: TwoNodes, http: aiohttp.ClientSession, ada: Person
) -> None:
    leaving = service.nodes[0]
    stopping = asyncio.create_task(leaving.stop())
    while await _status(http, f"{leaving.base}/readyz") != 503:  # noqa: ASYNC110 - in another process
        await asyncio.sleep(0.01)
    ada.base = leaving.base
    await ada.connect()
    assert not ada.received("server.draining")
    await ada.receive("server.draining")
    with pytest.raises(aiohttp.ClientConnectorError):
        await _status(http, f"{leaving.base}/readyz")
    assert await stopping == 0
    await service.start()


async def _status(http: aiohttp.ClientSession, url: str) -> int:
    # A new connection: an open one does not test the listener.
    async with http.get(url, headers={"Connection": "close"}) as answer:
        return answer.status
