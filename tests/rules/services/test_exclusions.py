import asyncio

import pytest

from matchmaker.domain.clock import ManualClock
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import pair_of
from matchmaker.domain.timing import FOREVER
from matchmaker.services.exclusions import ExclusionCache
from tests.support.builders import ADA, BOB, CAT, NOW
from tests.support.gated_repository import GatedRoomRepository


class Gate:
    def __init__(self) -> None:
        self.repository, self.clock = GatedRoomRepository(), ManualClock(NOW)
        self.avoidance = ExclusionCache(self.repository, self.clock)

    def apart(self, until: int) -> None:
        self.repository.cooldowns[pair_of(ADA, BOB)] = until


@pytest.fixture
def gate() -> Gate:
    return Gate()


async def test_exclusions_are_loaded_once_and_updated(gate: Gate) -> None:
    gate.apart(NOW + 5)
    assert gate.avoidance.known(ADA) is None
    mine = await gate.avoidance.of(ADA)
    gate.repository.down = True
    assert await gate.avoidance.of(ADA) is mine
    gate.avoidance.extend(BOB, ADA, NOW + 9)
    gate.avoidance.extend(ADA, CAT, NOW + 1)
    gate.avoidance.extend(ADA, BOB, NOW + 7)
    assert mine == {BOB: NOW + 9, CAT: NOW + 1}


async def test_load_error_is_not_an_empty_set(gate: Gate) -> None:
    gate.repository.down = True
    with pytest.raises(Unavailable):
        await gate.avoidance.of(ADA)
    assert gate.avoidance.known(ADA) is None
    assert gate.avoidance._readings == {}


async def test_change_during_the_load_is_kept(gate: Gate) -> None:
    gate.repository.slow = True
    readings = [asyncio.ensure_future(gate.avoidance.of(ADA)) for _ in range(2)]
    await asyncio.sleep(0)
    gate.repository.release(0, "lost")
    await asyncio.sleep(0)
    gate.avoidance.extend(ADA, BOB, NOW + 9)
    gate.repository.release(0, "done")
    assert await readings[1] == {BOB: NOW + 9}
    with pytest.raises(Unavailable):
        await readings[0]


async def test_removal_during_the_load_is_kept(gate: Gate) -> None:
    gate.apart(NOW + 5)
    gate.repository.slow = True
    reading = asyncio.ensure_future(gate.avoidance.of(ADA))
    await asyncio.sleep(0)
    gate.repository.release(0, "late")
    await asyncio.sleep(0)
    gate.repository.cooldowns.clear()
    gate.avoidance.revoke(ADA, BOB, NOW + 5)
    gate.repository.slow = False
    gate.repository.release(0, "done")
    assert await reading == {}


async def test_only_the_named_cooldown_is_revoked(gate: Gate) -> None:
    gate.apart(NOW + 5)
    mine = await gate.avoidance.of(ADA)
    gate.avoidance.revoke(ADA, BOB, NOW + 4)
    assert mine == {BOB: NOW + 5}
    gate.avoidance.revoke(BOB, ADA, NOW + 5)
    assert mine == {}


async def test_unblock_keeps_exclusions_of_the_repository(gate: Gate) -> None:
    gate.apart(NOW + 5)
    gate.repository.blocks.add((ADA, BOB))
    mine = await gate.avoidance.of(ADA)
    assert mine == {BOB: FOREVER}
    gate.repository.blocks.clear()
    await gate.avoidance.refresh(ADA)
    await gate.avoidance.refresh(CAT)
    assert mine == {BOB: NOW + 5}, "the very dict that tickets carry"
    assert gate.avoidance.known(CAT) is None


async def test_expired_exclusions_are_dropped(gate: Gate) -> None:
    mine = await gate.avoidance.of(ADA)
    for n in range(1_000):
        gate.clock.advance(1)
        gate.avoidance.extend(ADA, type(ADA)(str(n)), gate.clock.now() + 1)
    assert len(mine) <= 64
    gate.avoidance.forget(ADA)
    assert gate.avoidance.known(ADA) is None
