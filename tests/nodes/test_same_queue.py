"""The stories of one node, told on two."""

import asyncio

from tests.journeys.conftest import Cast
from tests.journeys.person import Person
from tests.journeys.test_queue import *  # noqa: F403 - the very same stories

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
