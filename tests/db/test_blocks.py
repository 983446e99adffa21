"""Blocks: immediate, both ways, idempotent."""

import pytest

from matchmaker.domain.errors import Invalid, NotFound
from matchmaker.domain.ids import UserId, new_id
from matchmaker.domain.timing import FOREVER
from server.db.people.blocks import BlockedUser
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Town


async def test_block_holds_both_ways_until_removed(ledger: PostgresRoomRepository, town: Town) -> None:
    ada, bob = town["ada"], town["bob"]
    for _ in range(2):
        await ledger.block(ada, bob, now=1_000)
    assert await ledger.avoided([ada, bob], now=0) == {ada: {bob: FOREVER}, bob: {ada: FOREVER}}
    assert await ledger.blocks(ada) == [BlockedUser(user_id=bob, display_name="bob", since_at=1_000)]
    assert await ledger.blocks(bob) == []
    for _ in range(2):
        await ledger.unblock(bob, ada)  # not theirs to take back
        await ledger.unblock(ada, bob)
        assert await ledger.avoided([ada, bob], now=0) == {ada: {}, bob: {}}


async def test_latest_block_comes_first(ledger: PostgresRoomRepository, town: Town) -> None:
    for at, name in enumerate(("bob", "dan", "cat")):
        await ledger.block(town["ada"], town[name], now=at)
    assert [block.display_name for block in await ledger.blocks(town["ada"])] == ["cat", "dan", "bob"]


async def test_only_another_existing_user_can_be_blocked(ledger: PostgresRoomRepository, town: Town) -> None:
    with pytest.raises(NotFound):
        await ledger.block(town["ada"], UserId(new_id(0)), now=0)
    with pytest.raises(Invalid):
        await ledger.block(town["ada"], town["ada"], now=0)
