"""The repository of the matchmaker, while the wall clock is an hour ahead of its steady clock."""

import asyncio

import pytest

from matchmaker.domain.clock import ManualClock, WallClock
from matchmaker.domain.errors import CooldownActive
from matchmaker.domain.ids import pair_of
from matchmaker.domain.message import Message
from matchmaker.domain.transactions import RoomWrite
from matchmaker.ports.callbacks import completed
from server.db.rooms.room_repository import PostgresRoomRepository
from server.db.rooms.steady_repository import SteadyRoomRepository
from tests.db.users import Accounts, opening

HOUR_MS = 3_600_000


@pytest.fixture
def wall(clock: ManualClock) -> WallClock:
    return WallClock(clock, wall_ns=lambda: (clock.now() + HOUR_MS) * 1_000_000)


@pytest.fixture
def steady(repository: PostgresRoomRepository, wall: WallClock) -> SteadyRoomRepository:
    return SteadyRoomRepository(repository, wall)


async def test_refused_opening_has_the_end_of_the_cooldown(steady: SteadyRoomRepository, accounts: Accounts) -> None:
    room, until = accounts.room("ada", "bob"), accounts.clock.now() + 5_000
    await completed(lambda done: steady.submit_cooldown(pair_of(*room.users), done, until=until))
    with pytest.raises(CooldownActive) as refusal:
        await completed(lambda done: steady.submit(opening(room), done))
    assert refusal.value.until_at == refusal.value.details["until_at"] == until


async def test_message_keeps_its_instant_when_the_clock_is_stepped_meanwhile(
    steady: SteadyRoomRepository, wall: WallClock, accounts: Accounts
) -> None:
    await completed(lambda done: steady.submit(opening(accounts.room("ada", "bob")), done))
    ((room, _),) = await steady.rooms()
    message = accounts.message(room, "ada")
    answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
    steady.submit(RoomWrite(before=room, after=room, message=message), lambda sent, _: answer.set_result(sent))
    wall.offset_ms += HOUR_MS
    assert await answer == message
