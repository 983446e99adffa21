"""A repository with a database of the test's own, and users for rooms."""

from collections.abc import AsyncIterator

import pytest

from matchmaker.domain.clock import ManualClock
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Town


@pytest.fixture
async def ledger(pool: Pool) -> AsyncIterator[PostgresRoomRepository]:
    ledger = PostgresRoomRepository(pool)
    yield ledger
    await ledger.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def town(pool: Pool, clock: ManualClock) -> Town:
    """People who have signed up."""
    town = Town(pool, clock)
    await town.settle("ada", "bob", "cat", "dan")
    return town
