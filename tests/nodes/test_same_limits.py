"""The stories of one node, told on two."""

import pytest

from tests.journeys.person import Person, Refused
from tests.journeys.test_limits import *  # noqa: F403 - the very same stories
from tests.nodes.fleet import Fleet


@pytest.mark.settings(RONDO_RATE_LIMITS="on", RONDO_DISCOVER_EVERY_S=60, RONDO_DISCOVER_BURST=2)
async def test_limit_of_a_user_goes_along_to_another_node(service: Fleet, ada: Person) -> None:
    for _ in range(2):
        await ada.ask("discover")
    await ada.hang_up()
    ada.base = service.nodes[1].base
    await ada.connect(resume=True)
    assert ada.welcome["resumed"] is True
    with pytest.raises(Refused) as refused:
        await ada.ask("discover")
    assert refused.value.code == "rate_limited"
