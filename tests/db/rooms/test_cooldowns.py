"""Exclusions of pairs, read in batches."""

import asyncio

from matchmaker.domain.ids import UserId, new_id, pair_of
from matchmaker.domain.timing import FOREVER
from server.db.pool import Pool
from server.db.rooms import cooldowns
from server.db.rooms.cooldowns import Cooldown
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Accounts


async def test_cooldown_is_only_extended(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    pair = pair_of(accounts["ada"], accounts["bob"])
    assert await repository.extend_cooldown(pair, until=2_000) == 2_000
    assert await repository.extend_cooldown(pair, until=1_000) == 2_000
    assert await asyncio.gather(*(repository.extend_cooldown(pair, until=2_000 + n) for n in range(5))) == [
        2_000, 2_001, 2_002, 2_003, 2_004
    ]  # fmt: skip


async def test_instants_are_exact_to_the_millisecond(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    pair = pair_of(accounts["ada"], accounts["bob"])
    for until in range(1_763_712_000_000, 1_763_712_002_000, 7):
        assert await repository.extend_cooldown(pair, until=until) == until


async def test_deleted_users_have_no_cooldown(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    pair = pair_of(accounts["ada"], accounts["bob"])
    other = pair_of(accounts["cat"], accounts["dan"])
    await accounts.delete("bob")
    assert await asyncio.gather(
        repository.extend_cooldown(pair, until=9), repository.extend_cooldown(other, until=9)
    ) == [9, 9]
    assert len(await pool.fetch("SELECT FROM cooldowns")) == 1


async def test_exclusions_of_a_user(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    ada, bob, cat, dan = (accounts[name] for name in ("ada", "bob", "cat", "dan"))
    await repository.extend_cooldown(pair_of(ada, bob), until=2_000)
    await repository.extend_cooldown(pair_of(ada, cat), until=1_000)
    await repository.block(dan, ada, now=0)
    # A blocked user is never matched, whatever the cooldown is.
    await repository.extend_cooldown(pair_of(ada, dan), until=3_000)
    assert await repository.avoided([ada], now=1_000) == {ada: {bob: 2_000, dan: FOREVER}}
    assert await repository.avoided([ada], now=999) == {ada: {bob: 2_000, cat: 1_000, dan: FOREVER}}
    assert await repository.avoided([dan, cat], now=0) == {dan: {ada: FOREVER}, cat: {ada: 1_000}}
    assert await repository.avoided([], now=0) == {}
    await repository.unblock(dan, ada)
    assert await repository.avoided([dan], now=5_000) == {dan: {}}


async def test_concurrent_reads_share_a_query(pool: Pool, accounts: Accounts) -> None:
    commits: list[tuple[str, int]] = []
    repository = PostgresRoomRepository(pool, on_commit=lambda name, size, seconds: commits.append((name, size)))
    ada, bob = accounts["ada"], accounts["bob"]
    await repository.extend_cooldown(pair_of(ada, bob), until=2_000)
    users = [ada, bob, accounts["cat"], UserId(new_id(0))] * 25
    answers = await asyncio.gather(
        *(repository.avoided([user], now=now % 4_000) for now, user in enumerate(users, 1_950))
    )
    assert commits == [("cooldown", 1), ("avoided", 100)]
    for now, user, answer in zip(range(1_950, 2_050), users, answers, strict=True):
        met = {ada: bob, bob: ada}.get(user)
        assert answer == {user: {met: 2_000} if met and now < 2_000 else {}}


async def test_list_for_its_owner(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    ada, bob, cat, dan = (accounts[name] for name in ("ada", "bob", "cat", "dan"))
    for peer, until in ((bob, 3_000), (cat, 2_000), (dan, 1_000)):
        await repository.extend_cooldown(pair_of(ada, peer), until=until)
    assert await repository.cooldowns(ada, now=1_000) == [
        Cooldown(user_id=cat, until_at=2_000), Cooldown(user_id=bob, until_at=3_000)
    ]  # fmt: skip
    assert await repository.cooldowns(bob, now=0) == [Cooldown(user_id=ada, until_at=3_000)]


async def test_expired_cooldowns_are_deleted(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    ada, bob, cat, dan = (accounts[name] for name in ("ada", "bob", "cat", "dan"))
    for peer, until in ((bob, 3_000), (cat, 2_000), (dan, 1_000)):
        await repository.extend_cooldown(pair_of(ada, peer), until=until)
    assert await cooldowns.forget_ended(pool, now=2_000, limit=1) == 1
    assert await repository.sweep(now=2_000) == 1
    assert await repository.sweep(now=2_000) == 0
    assert [one.user_id for one in await repository.cooldowns(ada, now=0)] == [bob]
