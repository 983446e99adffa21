"""The stories of one node, told on two: all nodes are killed, or deployed, at once."""

import asyncio

import pytest

from tests.journeys.person import Person, meet
from tests.journeys.test_restart import *  # noqa: F403 - the very same stories
from tests.journeys.test_restart import restart
from tests.nodes.fleet import Fleet

# The graces run from when the first node is ready; the second may be as late as a busy machine makes it.
pytestmark = pytest.mark.settings(RONDO_GRACE_S=5, RONDO_TEXT_GRACE_S=5)

del test_a_burning_torch_goes_on_from_where_it_was  # noqa: F821 - it wants a word that may be on its way at the kill
del test_a_stop_without_a_successor_does_not_wait_for_clients  # noqa: F821 - it reads the log of one node
del test_nobody_returns_and_the_room_ends  # noqa: F821 - it counts on a grace of one second
del test_one_returns_and_waits_for_the_other  # noqa: F821 - the same


async def test_one_of_two_returns_to_another_node_and_waits(service: Fleet, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await restart(service, ada, bob)  # type: ignore[arg-type]
    ada.base = bob.base
    grace = (await ada.connect())["state"]["room"]["grace"]
    assert 0 < grace["ends_in_ms"] <= 5_000
    await ada.hear("room.ended", room_id=room, reason="grace_expired", by=bob.user_id)


async def test_nobody_of_any_node_returns(service: Fleet, ada: Person, bob: Person) -> None:
    await meet(ada, bob, "video")
    await restart(service, ada, bob)  # type: ignore[arg-type]
    await asyncio.sleep(5.2)  # the grace passes with nobody there
    ada.base = bob.base
    assert (await ada.connect())["state"]["phase"] == "idle"
    cooldowns = (await ada.call("GET", "/v1/cooldowns"))["cooldowns"]
    assert [cooldown["user_id"] for cooldown in cooldowns] == [bob.user_id]
