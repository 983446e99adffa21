"""The stories of one node, told on two."""

import asyncio

from tests.journeys.conftest import Cast
from tests.journeys.person import Person
from tests.journeys.test_introductions import *  # noqa: F403 - the very same stories
from tests.journeys.test_introductions import ADA, opened

# These want at once what reaches other nodes a moment later (RONDO_SHARE_AFTER_S), and a pairing by introduction before
# one within the node.
del test_a_friend_signs_up_and_the_two_meet_first  # noqa: F821
del test_the_target_meets_the_follower_first_too  # noqa: F821
del test_next_leads_to_an_introduction_made_during_the_call  # noqa: F821
del test_what_survives_a_restart  # noqa: F821
del test_a_question_and_its_answer_survive_a_restart  # noqa: F821


async def test_introduced_user_of_another_node_is_listed_first(
    cast: Cast, ada: Person, bob: Person, cleo: Person
) -> None:
    code = await opened(ada, bob, cast)
    eve = await cast("Eve")
    for person in (cleo, eve):
        await person.ask("queue.join", mode="text", pairing="manual")
    await eve.call("POST", f"/v1/referrals/{code}/follow")
    async with asyncio.timeout(8):
        while True:
            people = (await bob.ask("discover", include_seen=True))["people"]
            if [(one["display_name"], one["introduced_by"]) for one in people] == [("Eve", ADA), ("Cleo", None)]:
                break
            await asyncio.sleep(0.02)
