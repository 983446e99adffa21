"""The stories of one node, told on two."""

import asyncio

import pytest

from tests.journeys.conftest import Cast
from tests.journeys.person import Person
from tests.journeys.test_queue import *  # noqa: F403 - the very same stories
from tests.nodes.fleet import Fleet

# A ticket is listed at other nodes a moment (RONDO_SHARE_AFTER_S) after it was made: these want it at once.
del test_a_manual_person_is_listed_but_never_paired  # noqa: F821
del test_discover_repeats_nobody_unless_asked  # noqa: F821


async def test_discover_lists_manual_users_of_other_nodes(ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text", pairing="manual", auto_accept=True)
    await bob.ask("queue.join", mode="text", auto_accept=True)
    async with asyncio.timeout(8):
        while [person["user_id"] for person in (await bob.ask("discover"))["people"]] != [ada.user_id]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert not bob.has_heard("room.started")


async def test_discover_lists_all_nodes_longest_waiting_first(cast: Cast) -> None:
    ada = await cast("Ada")
    others = [await cast() for _ in range(3)]
    for other in others:
        await other.ask("queue.join", mode="text", pairing="manual")
    ids = [other.user_id for other in others]
    async with asyncio.timeout(8):
        while True:
            people = (await ada.ask("discover", include_seen=True))["people"]
            if [person["user_id"] for person in people] == ids:
                break
            await asyncio.sleep(0.02)
    assert (await ada.ask("discover"))["people"] == []


@pytest.mark.settings(RONDO_SHARE_AFTER_S=0.6, RONDO_LOCAL_FIRST_S=0.5)
async def test_user_who_waits_long_is_met_by_newcomers_of_another_node(service: Fleet, cast: Cast, ada: Person) -> None:
    await ada.ask("queue.join", mode="text", auto_accept=True)
    elsewhere = service.nodes[1].base
    async with asyncio.timeout(20):
        while not ada.has_heard("room.started"):
            pair = [await cast(connect=False), await cast(connect=False)]
            for person in pair:
                person.base = elsewhere
                await person.connect()
            # Within RONDO_SHARE_AFTER_S of each other: without Ada, who came first, the two would always meet.
            await asyncio.gather(*(person.ask("queue.join", mode="text", auto_accept=True) for person in pair))
            await asyncio.sleep(0.3)
            for person in pair:
                await person.hang_up()
