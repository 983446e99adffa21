"""While a process is suspended no client can reconnect: the time is added to every grace."""

import asyncio

import pytest

from matchmaker.domain.ticket import MatchPreferences
from matchmaker.domain.timing import Timing
from matchmaker.domain.user_events import PeerAway, RoomEnded
from tests.support.builders import ADA, BOB
from tests.support.harness import TEXT, VIDEO, MatchmakerHarness

STALL_MS = 20_000


@pytest.mark.parametrize(("wish", "grace_ms"), [(TEXT, Timing().text_grace_ms), (VIDEO, Timing().grace_ms)])
async def test_stall_extends_grace_by_its_length(wish: MatchPreferences, grace_ms: int) -> None:
    harness = await MatchmakerHarness().begin()
    await harness.meet(wish)
    await harness.drop(ADA)
    await harness.rest()
    began = harness.clock.at
    harness.clock.advance(STALL_MS)
    await harness.mm.extend_graces(STALL_MS)
    away = harness.events_of(BOB, PeerAway)
    assert [event.ends_at - began for event in away] == [grace_ms, grace_ms + STALL_MS]
    await harness.advance(grace_ms - 1)
    assert not harness.events_of(BOB, RoomEnded)
    await harness.advance(1)
    assert [event.reason for event in harness.events_of(BOB, RoomEnded)] == ["grace_expired"]


async def test_grace_that_ended_during_the_stall_continues() -> None:
    harness = await MatchmakerHarness().begin()
    await harness.meet()
    await harness.drop(ADA)
    await harness.rest()
    harness.clock.advance(10 * Timing().text_grace_ms)
    # The timer has fired already; the grace is extended before its callback runs.
    harness.mm.context.scheduler.start_due()
    await harness.mm.extend_graces(10 * Timing().text_grace_ms)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not harness.events_of(BOB, RoomEnded)
    await harness.advance(Timing().text_grace_ms)
    assert len(harness.events_of(BOB, RoomEnded)) == 1


async def test_rooms_with_both_connected_do_not_change() -> None:
    harness = await MatchmakerHarness().begin()
    room_id = await harness.meet()
    entry = harness.mm.rooms.cached(room_id)
    assert entry is not None
    before = entry.room
    await harness.mm.extend_graces(STALL_MS)
    assert entry.room is before
    assert not harness.events_of(BOB, PeerAway)


async def test_room_with_a_running_commit_is_extended_afterwards() -> None:
    harness = await MatchmakerHarness().begin()
    await harness.meet()
    harness.repository.slow = True
    await harness.drop(ADA)
    harness.mm.context.scheduler.start_due()
    while not harness.repository.waiting:  # noqa: ASYNC110 - the gate has no event
        await asyncio.sleep(0)
    began = harness.clock.at
    harness.clock.advance(STALL_MS)
    extending = asyncio.create_task(harness.mm.extend_graces(STALL_MS))
    await asyncio.sleep(0)
    harness.repository.slow = False
    harness.repository.release(0, "done")
    await extending
    assert harness.events_of(BOB, PeerAway)[-1].ends_at == began + Timing().text_grace_ms + STALL_MS


@pytest.mark.parametrize(("left_ms", "begins_anew"), [(4_999, True), (5_000, False)])
async def test_grace_restarts_if_less_than_the_minimum_is_left(left_ms: int, begins_anew: bool) -> None:
    harness = await MatchmakerHarness().begin()
    await harness.meet(VIDEO)
    await harness.drop(ADA)
    await harness.advance(Timing().grace_ms - left_ms)
    await harness.mm.rooms.renew_graces(less_than_ms=5_000)
    away = harness.events_of(BOB, PeerAway)
    assert len(away) == 1 + begins_anew
    assert away[-1].ends_at == harness.clock.at + (Timing().grace_ms if begins_anew else left_ms)
