"""Blocks: immediate, both ways, idempotent."""

import pytest

from matchmaker.domain.errors import Invalid, NotFound
from matchmaker.domain.ids import UserId, new_id
from matchmaker.domain.timing import FOREVER
from server.db.people.blocks import BlockedUser
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Accounts


async def test_block_holds_both_ways_until_removed(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    ada, bob = accounts["ada"], accounts["bob"]
    for _ in range(2):
        await repository.block(ada, bob, now=1_000)
    assert await repository.avoided([ada, bob], now=0) == {ada: {bob: FOREVER}, bob: {ada: FOREVER}}
    assert await repository.blocks(ada) == [BlockedUser(user_id=bob, display_name="bob", since_at=1_000)]
    assert await repository.blocks(bob) == []
    for _ in range(2):
        await repository.unblock(bob, ada)  # not theirs to take back
        await repository.unblock(ada, bob)
        assert await repository.avoided([ada, bob], now=0) == {ada: {}, bob: {}}


async def test_latest_block_comes_first(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    for at, name in enumerate(("bob", "dan", "cat")):
        await repository.block(accounts["ada"], accounts[name], now=at)
    assert [block.display_name for block in await repository.blocks(accounts["ada"])] == ["cat", "dan", "bob"]


async def test_only_another_existing_user_can_be_blocked(
    repository: PostgresRoomRepository, accounts: Accounts
) -> None:
    with pytest.raises(NotFound):
        await repository.block(accounts["ada"], UserId(new_id(0)), now=0)
    with pytest.raises(Invalid):
        await repository.block(accounts["ada"], accounts["ada"], now=0)
