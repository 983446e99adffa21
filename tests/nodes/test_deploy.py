"""One node is stopped for good manners: its people go to the other, and no call notices."""

import asyncio

import aiohttp
import pytest

from tests.journeys.person import Person, go_live, meet
from tests.nodes.fleet import Fleet

pytestmark = pytest.mark.settings(
    RONDO_GRACE_S=6, RONDO_TEXT_GRACE_S=6, RONDO_TORCH_IDLE_S=60, RONDO_QUEUE_HOLD_S=5, RONDO_DRAIN_NOTICE_S=1
)


async def move(person: Person, service: Fleet, *, after_s: float = 0) -> None:
    """Do as one is told: leave, and come back where the door is open."""
    await person.hear("server.draining")
    await person.hang_up()
    await asyncio.sleep(after_s)
    person.base = service.nodes[1].base
    await person.connect(resume=True)


async def test_people_go_to_the_other_node_and_their_calls_go_on(service: Fleet, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    live = await go_live(ada, bob, room)
    stopping = asyncio.create_task(service.nodes[0].stop())
    await move(ada, service)
    mine = ada.state["room"]
    assert (mine["room_id"], mine["status"], mine["ends_at"]) == (room, "live", live["ends_at"])
    await bob.tell("signal", room_id=room, candidate={"n": 1})
    await ada.hear("signal")
    assert await stopping == 0
    await bob.settle()
    assert not bob.has_heard("room.peer_away"), "whoever moves at once is not missed"
    await service.start()


async def test_the_last_to_leave_may_take_a_second(service: Fleet, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    stopping = asyncio.create_task(service.nodes[0].stop())
    await move(ada, service, after_s=1)  # nobody is left at the node, which waits for her all the same
    assert ada.state["room"]["status"] == "live"
    assert await stopping == 0
    await bob.settle()
    assert not bob.has_heard("room.peer_away")
    await service.start()


async def test_who_does_not_come_back_is_missed(service: Fleet, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    stopping = asyncio.create_task(service.nodes[0].stop())
    await ada.hear("server.draining")
    await ada.hang_up()
    await bob.hear("room.peer_away", room_id=room)
    assert await stopping == 0
    await bob.hear("room.ended", reason="grace_expired")


async def test_who_does_not_listen_is_missed_when_the_node_has_gone(service: Fleet, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    stopping = asyncio.create_task(service.nodes[0].stop())
    assert await ada.closed() == 1001
    await bob.hear("room.peer_away", room_id=room)
    assert await stopping == 0
    ada.base = bob.base
    assert (await ada.connect())["state"]["room"]["room_id"] == room
    await bob.hear("room.peer_back")


async def test_who_waited_waits_on_the_other_node(service: Fleet, ada: Person, bob: Person) -> None:
    joined = (await ada.ask("queue.join", mode="text", auto_accept=True))["queue"]["joined_at"]
    stopping = asyncio.create_task(service.nodes[0].stop())
    await move(ada, service)
    assert ada.state["queue"]["joined_at"] == joined
    await bob.ask("queue.join", mode="text", auto_accept=True)
    await ada.hear("room.started")
    assert await stopping == 0


async def test_an_invite_can_still_be_answered(service: Fleet, ada: Person, bob: Person) -> None:
    await bob.ask("queue.join", mode="text", pairing="manual")
    invite = (await ada.ask("invite.send", user_id=bob.user_id, mode="text"))["invite"]["invite_id"]
    stopping = asyncio.create_task(service.nodes[0].stop())
    await bob.ask("invite.accept", invite_id=invite)
    await move(ada, service)
    await bob.hear("room.started")
    assert ada.state["room"] or await ada.hear("room.started")
    assert await stopping == 0


async def test_newcomers_are_served_until_the_notice_is_over(
    service: Fleet, http: aiohttp.ClientSession, ada: Person
) -> None:
    leaving = service.nodes[0]
    stopping = asyncio.create_task(leaving.stop())
    while await _status(http, f"{leaving.base}/readyz") != 503:  # noqa: ASYNC110 - in another process
        await asyncio.sleep(0.01)
    ada.base = leaving.base
    await ada.connect()
    assert not ada.has_heard("server.draining")
    await ada.hear("server.draining")
    with pytest.raises(aiohttp.ClientConnectorError):
        await _status(http, f"{leaving.base}/readyz")
    assert await stopping == 0
    await service.start()


async def _status(http: aiohttp.ClientSession, url: str) -> int:
    # A connection of its own: one that is open already says nothing about the listener.
    async with http.get(url, headers={"Connection": "close"}) as answer:
        return answer.status
