"""No room ends by what its users could not do while the repository was away: none of it could be stored."""

import msgspec
import pytest

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ticket import MatchPreferences
from matchmaker.domain.timing import Timing
from matchmaker.domain.user_events import PeerBack, RoomEnded, RoomLive, TorchWarning
from tests.support.builders import ADA, BOB, profile
from tests.support.harness import TEXT, VIDEO, MatchmakerHarness

RULES = Timing()
RETRIED_MS = 250
"""Until what could not be stored is stored, once the repository is back."""


def reasons(harness: MatchmakerHarness) -> list[str]:
    return [event.reason for event in harness.events_of(BOB, RoomEnded)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("wish", "grace_ms"), [(TEXT, RULES.text_grace_ms), (VIDEO, RULES.grace_ms)])
async def test_return_during_an_outage_that_is_longer_than_the_grace_continues_the_room(
    wish: MatchPreferences, grace_ms: int
) -> None:
    harness = await MatchmakerHarness().begin()
    await harness.meet(wish)
    await harness.drop(ADA)
    await harness.advance(1_000)
    harness.repository.down = True
    await harness.mm.connect(profile(ADA), resumed=True)
    await harness.advance(2 * grace_ms)
    harness.repository.down = False
    await harness.advance(RETRIED_MS)
    assert len(harness.events_of(BOB, PeerBack)) == 1
    await harness.advance(grace_ms)
    assert not reasons(harness)


async def test_return_that_was_stored_unheard_and_undone_is_stored_again() -> None:
    harness = await MatchmakerHarness().begin()
    room_id = await harness.meet(VIDEO)
    await harness.drop(ADA)
    await harness.rest()
    harness.repository.down = True
    await harness.mm.connect(profile(ADA), resumed=True)
    await harness.advance(RULES.grace_ms + 1_000)
    harness.repository.down = False
    stored = harness.repository.open[room_id]
    harness.repository.open[room_id] = msgspec.structs.replace(stored, version=stored.version + 2)
    await harness.advance(2 * RETRIED_MS)
    assert len(harness.events_of(BOB, PeerBack)) == 1
    await harness.advance(RULES.grace_ms)
    assert not reasons(harness)


async def test_user_who_stays_away_has_one_more_grace_after_an_outage() -> None:
    harness = await MatchmakerHarness().begin()
    await harness.meet(VIDEO)
    await harness.drop(ADA)
    await harness.advance(RULES.grace_ms - 1)
    harness.repository.down = True
    await harness.advance(5_000)
    harness.repository.down = False
    await harness.advance(RULES.grace_ms)
    assert not reasons(harness)
    await harness.advance(RETRIED_MS)
    assert reasons(harness) == ["grace_expired"]


async def test_media_that_flows_during_an_outage_is_no_failed_connect() -> None:
    harness = await MatchmakerHarness().begin()
    room_id = await harness.meet(VIDEO)
    harness.repository.down = True
    for user in (ADA, BOB):
        with pytest.raises(Unavailable):
            await harness.mm.ready(user, room_id)
    await harness.advance(RULES.connect_timeout_ms)
    harness.repository.down = False
    for user in (ADA, BOB):
        await harness.mm.ready(user, room_id)
    assert harness.events_of(BOB, RoomLive)
    await harness.advance(RULES.connect_timeout_ms)
    assert not reasons(harness)


@pytest.mark.parametrize("warned", [False, True])
async def test_torch_warning_runs_for_its_whole_time_after_an_outage(*, warned: bool) -> None:
    harness = await MatchmakerHarness().begin()
    await harness.meet(TEXT)
    await harness.advance(RULES.torch_idle_ms - 1 + warned)
    assert len(harness.events_of(BOB, TorchWarning)) == warned
    harness.repository.down = True
    await harness.advance(RULES.torch_warning_ms + 1_000)
    harness.repository.down = False
    await harness.advance(RETRIED_MS)
    told = harness.events_of(BOB, TorchWarning)[-1]
    left_ms = told.ends_at - harness.clock.at  # type: ignore[attr-defined]
    assert RULES.torch_warning_ms - 1_000 - RETRIED_MS <= left_ms <= RULES.torch_warning_ms
    await harness.advance(left_ms - 1)
    assert not reasons(harness)
    await harness.advance(1)
    assert reasons(harness) == ["torch"]


async def test_call_clock_goes_on_during_an_outage() -> None:
    harness = await MatchmakerHarness().begin()
    room_id = await harness.meet(VIDEO)
    for user in (ADA, BOB):
        await harness.mm.ready(user, room_id)
    harness.repository.down = True
    await harness.advance(301_000)
    assert not reasons(harness)
    harness.repository.down = False
    await harness.advance(RETRIED_MS)
    assert reasons(harness) == ["time_up"]
