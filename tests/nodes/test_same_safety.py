"""The stories of one node, told on two: what is decided here holds there."""

import asyncio

from tests.journeys.person import Person
from tests.journeys.test_safety import *  # noqa: F403 - the very same stories
from tests.journeys.test_safety import ban

# These hire a server of their own, or look at once for what comes from the other node a moment later: see test_safety.
del test_a_ban_takes_out_of_the_queue  # noqa: F821
del test_an_address_is_shut_out  # noqa: F821
del test_an_address_stays_shut_out_after_a_restart_until_its_time  # noqa: F821
del test_both_report_each_other_at_the_same_moment  # noqa: F821


async def test_a_ban_takes_a_ticket_out_of_the_lists_of_all_nodes(ada: Person, bob: Person, mod: Person) -> None:
    await bob.ask("queue.join", mode="text", pairing="manual")
    await ban(mod, bob)
    async with asyncio.timeout(8):
        while (await ada.ask("discover", include_seen=True))["people"]:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.02)
