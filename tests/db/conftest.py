"""A repository with a database of the test's own, and users for rooms."""

from collections.abc import AsyncIterator

import pytest

from matchmaker.domain.clock import ManualClock
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Accounts


@pytest.fixture
async def repository(pool: Pool) -> AsyncIterator[PostgresRoomRepository]:
    repository = PostgresRoomRepository(pool)
    yield repository
    await repository.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def accounts(pool: Pool, clock: ManualClock) -> Accounts:
    """People who have signed up."""
    accounts = Accounts(pool, clock)
    await accounts.sign_up("ada", "bob", "cat", "dan")
    return accounts
