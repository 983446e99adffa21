"""While a process is suspended no client can reconnect: the time is added to every grace."""

import asyncio

import pytest

from matchmaker.domain.ticket import MatchPreferences
from matchmaker.domain.timing import Timing
from matchmaker.domain.user_events import PeerAway, RoomEnded
from tests.support.builders import ADA, BOB
from tests.support.harness import TEXT, VIDEO, Place

STALL_MS = 20_000


@pytest.mark.parametrize(("wish", "grace_ms"), [(TEXT, Timing().text_grace_ms), (VIDEO, Timing().grace_ms)])
async def test_stall_extends_grace_by_its_length(wish: MatchPreferences, grace_ms: int) -> None:
    place = await Place().begin()
    await place.meet(wish)
    await place.drop(ADA)
    await place.rest()
    began = place.clock.at
    place.clock.advance(STALL_MS)
    await place.mm.extend_graces(STALL_MS)
    away = place.told(BOB, PeerAway)
    assert [news.ends_at - began for news in away] == [grace_ms, grace_ms + STALL_MS]
    await place.let_pass(grace_ms - 1)
    assert not place.told(BOB, RoomEnded)
    await place.let_pass(1)
    assert [news.reason for news in place.told(BOB, RoomEnded)] == ["grace_expired"]


async def test_grace_that_ended_during_the_stall_continues() -> None:
    place = await Place().begin()
    await place.meet()
    await place.drop(ADA)
    await place.rest()
    place.clock.advance(10 * Timing().text_grace_ms)
    # The timer has fired already; the grace is extended before its callback runs.
    place.mm.context.scheduler.start_due()
    await place.mm.extend_graces(10 * Timing().text_grace_ms)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not place.told(BOB, RoomEnded)
    await place.let_pass(Timing().text_grace_ms)
    assert len(place.told(BOB, RoomEnded)) == 1


async def test_rooms_with_both_connected_do_not_change() -> None:
    place = await Place().begin()
    room_id = await place.meet()
    entry = place.mm.rooms.cached(room_id)
    assert entry is not None
    before = entry.room
    await place.mm.extend_graces(STALL_MS)
    assert entry.room is before
    assert not place.told(BOB, PeerAway)


async def test_room_with_a_running_commit_is_extended_afterwards() -> None:
    place = await Place().begin()
    await place.meet()
    place.repository.slow = True
    await place.drop(ADA)
    place.mm.context.scheduler.start_due()
    while not place.repository.waiting:  # noqa: ASYNC110 - the gate has no event
        await asyncio.sleep(0)
    began = place.clock.at
    place.clock.advance(STALL_MS)
    extending = asyncio.create_task(place.mm.extend_graces(STALL_MS))
    await asyncio.sleep(0)
    place.repository.slow = False
    place.repository.release(0, "done")
    await extending
    assert place.told(BOB, PeerAway)[-1].ends_at == began + Timing().text_grace_ms + STALL_MS


@pytest.mark.parametrize(("left_ms", "begins_anew"), [(4_999, True), (5_000, False)])
async def test_grace_restarts_if_less_than_the_minimum_is_left(left_ms: int, begins_anew: bool) -> None:
    place = await Place().begin()
    await place.meet(VIDEO)
    await place.drop(ADA)
    await place.let_pass(Timing().grace_ms - left_ms)
    await place.mm.rooms.renew_graces(less_than_ms=5_000)
    away = place.told(BOB, PeerAway)
    assert len(away) == 1 + begins_anew
    assert away[-1].ends_at == place.clock.at + (Timing().grace_ms if begins_anew else left_ms)
