"""Four rooms of half a minute: from `grace` to `verified`, and to an invite code."""

import asyncio

import pytest
from msgspec.structs import replace

from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId, new_id
from server.db.accounts import invite_codes, payments, referral_answers, referral_follows, referrals
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from server.domain.link_terms import LinkTerms
from server.domain.share_codes import new_code
from tests.db.users import Accounts, opening


async def talk(
    repository: PostgresRoomRepository, accounts: Accounts, one: str, other: str, *, live_ms: int = 30_000
) -> None:
    """Store a room of two users, long after their last one."""
    accounts.clock.advance(2 * 86_400_000)
    room = accounts.room(one, other)
    await repository.commit(opening(room))
    await repository.commit(accounts.end(replace(room, version=1), live_ms=live_ms))


async def access(pool: Pool, accounts: Accounts, name: str) -> str:
    found: str = await pool.fetchval("SELECT access FROM users WHERE user_id = $1::uuid", accounts[name])
    return found


async def let_in(pool: Pool, accounts: Accounts, *names: str, how: str = "grace") -> None:
    await pool.execute(
        "UPDATE users SET access = $2 WHERE user_id = ANY ($1::uuid[])", [accounts[n] for n in names], how
    )


async def own(pool: Pool, accounts: Accounts, name: str) -> invite_codes.InviteCode:
    return await invite_codes.own(pool, accounts[name], fresh=new_code(16), now=accounts.clock.now())


async def test_fourth_conversation_verifies(repository: PostgresRoomRepository, pool: Pool, accounts: Accounts) -> None:
    await let_in(pool, accounts, "ada", "bob")
    for _ in range(3):
        await talk(repository, accounts, "ada", "bob")
    assert await access(pool, accounts, "ada") == "grace"
    with pytest.raises(NotFound):
        await own(pool, accounts, "ada")
    await talk(repository, accounts, "ada", "bob")
    assert [await access(pool, accounts, name) for name in ("ada", "bob")] == ["verified", "verified"]
    mine = await own(pool, accounts, "ada")
    assert (mine.uses, mine.uses_left) == (4, 4)
    assert await own(pool, accounts, "ada") == mine
    await talk(repository, accounts, "ada", "bob")
    assert (await own(pool, accounts, "ada")).code == mine.code


async def test_conversation_one_ms_too_short_does_not_count(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    await let_in(pool, accounts, "ada")
    for live_ms in (30_000, 30_000, 30_000, 29_999, 29_999):
        await talk(repository, accounts, "ada", "bob", live_ms=live_ms)
    assert await access(pool, accounts, "ada") == "grace"
    await talk(repository, accounts, "ada", "bob", live_ms=30_000)
    assert await access(pool, accounts, "ada") == "verified"


@pytest.mark.parametrize("how", ["unpaid", "verified", "paid"])
async def test_conversations_change_no_other_level(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts, how: str
) -> None:
    await let_in(pool, accounts, "ada", how=how)
    for _ in range(5):
        await talk(repository, accounts, "ada", "bob")
    assert await access(pool, accounts, "ada") == how


async def test_paid_user_earns_a_code(repository: PostgresRoomRepository, pool: Pool, accounts: Accounts) -> None:
    await let_in(pool, accounts, "ada", how="paid")
    for _ in range(4):
        await talk(repository, accounts, "ada", "bob")
    assert (await own(pool, accounts, "ada")).uses_left == 4
    with pytest.raises(NotFound):
        await own(pool, accounts, "bob")


async def test_four_rooms_end_concurrently(repository: PostgresRoomRepository, pool: Pool, accounts: Accounts) -> None:
    """Ends of one person's rooms never share a statement; the fourth is the fourth in whatever order."""
    await let_in(pool, accounts, "ada", "bob", "cat", "dan")
    for one, other in (("ada", "bob"), ("cat", "dan")) * 3:
        await talk(repository, accounts, one, other)
    rooms = [accounts.room("ada", "cat"), accounts.room("bob", "dan")]
    for room in rooms:
        await repository.commit(opening(room))
    await asyncio.gather(*(repository.commit(accounts.end(replace(room, version=1), live_ms=30_000)) for room in rooms))
    assert {await access(pool, accounts, name) for name in ("ada", "bob", "cat", "dan")} == {"verified"}


async def test_payment_while_a_room_ends(repository: PostgresRoomRepository, pool: Pool, accounts: Accounts) -> None:
    """In either order: no user ends below the level of either change."""
    for n in range(8):
        await accounts.sign_up(f"eve {n}")
        await let_in(pool, accounts, f"eve {n}")
        for _ in range(3):
            await talk(repository, accounts, f"eve {n}", "bob")
        room = accounts.room(f"eve {n}", "cat")
        await repository.commit(opening(room))
        await asyncio.gather(
            repository.commit(accounts.end(replace(room, version=1), live_ms=30_000)),
            payments.take(pool, "generic", f"{n}", user=accounts[f"eve {n}"], now=accounts.clock.now()),
        )
        assert await access(pool, accounts, f"eve {n}") in ("verified", "paid")
        assert (await own(pool, accounts, f"eve {n}")).uses_left == 4


async def test_code_is_deleted_with_its_owner_and_its_users_keep_access(pool: Pool, accounts: Accounts) -> None:
    await pool.execute(
        "UPDATE users SET access = 'verified', completions = 4 WHERE user_id = $1::uuid", accounts["ada"]
    )
    code = (await own(pool, accounts, "ada")).code
    assert await invite_codes.redeem(pool, accounts["bob"], code, now=accounts.clock.now()) == "grace"
    await accounts.delete("ada")
    with pytest.raises(NotFound):
        await invite_codes.redeem(pool, accounts["cat"], code, now=accounts.clock.now())
    assert await access(pool, accounts, "bob") == "grace"


async def test_payment_outlives_the_account(pool: Pool, accounts: Accounts) -> None:
    now = accounts.clock.now()
    user = accounts["ada"]
    assert await payments.take(pool, "generic", "1", user=user, now=now) == "paid"
    await accounts.delete("ada")
    assert await payments.take(pool, "generic", "1", user=user, now=now) == "repeated"


async def test_account_deleted_during_its_payment(pool: Pool, accounts: Accounts) -> None:
    for n in range(8):
        await accounts.sign_up(f"eve {n}")
        outcome, _ = await asyncio.gather(
            payments.take(pool, "generic", f"{n}", user=accounts[f"eve {n}"], now=accounts.clock.now()),
            accounts.delete(f"eve {n}"),
        )
        assert outcome in ("paid", "unknown_user")
    assert await pool.fetchval("SELECT count(*) FROM payments WHERE user_id IS NULL") == 8


async def introduce(pool: Pool, code: str, follower: UserId, target: UserId, *, now: int) -> None:
    """*follower* follows the link, and *target* accepts the first."""
    async with pool.transaction() as connection:
        done = await referral_follows.follow(
            connection, code, follower, notification_id=new_id(now), terms=LinkTerms(followers_a_day=None), now=now
        )
    if not done.is_introduced and done.notification_id is not None:
        await referral_answers.answer(pool, target, done.notification_id, accept=True, now=now)


async def test_latest_hundred_introductions(repository: PostgresRoomRepository, pool: Pool, accounts: Accounts) -> None:
    names = [f"friend {n}" for n in range(105)]
    await accounts.sign_up(*names)
    await talk(repository, accounts, "ada", "bob")
    code = await referrals.create(
        pool, accounts["ada"], accounts["bob"], code=new_code(10), now=int(await pool.fetchval("SELECT unix_ms(now())"))
    )
    start = int(await pool.fetchval("SELECT unix_ms(now())"))
    for n, name in enumerate(names):
        await introduce(pool, code, accounts[name], accounts["bob"], now=start + n)
    assert set(await repository.introduced(accounts["bob"])) == {accounts[name] for name in names[5:]}
    assert await repository.introduced(accounts["friend 104"]) == {accounts["bob"]: "ada"}
    assert await repository.introduced(accounts["ada"]) == {}


async def test_introduction_by_two_names_the_first(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    now = int(await pool.fetchval("SELECT unix_ms(now())"))
    for n, name in enumerate(("ada", "cat")):
        await talk(repository, accounts, name, "bob")
        code = await referrals.create(pool, accounts[name], accounts["bob"], code=new_code(10), now=now)
        await introduce(pool, code, accounts["dan"], accounts["bob"], now=now + n)
    assert await repository.introduced(accounts["dan"]) == {accounts["bob"]: "ada"}
    await accounts.delete("ada")
    assert await repository.introduced(accounts["bob"]) == {accounts["dan"]: None}, (
        "the introduction outlives who made it"
    )


async def test_introduction_expires_after_90_days(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    now = int(await pool.fetchval("SELECT unix_ms(now())"))
    await talk(repository, accounts, "ada", "bob")
    code = await referrals.create(pool, accounts["ada"], accounts["bob"], code=new_code(10), now=now)
    await introduce(pool, code, accounts["cat"], accounts["bob"], now=now - referrals.LINK_MS)
    assert await repository.introduced(accounts["cat"]) == {}
    assert await referrals.forget_ended(pool, now=now + referrals.LINK_MS - 1) == 1
    assert await referrals.forget_ended(pool, now=now + referrals.LINK_MS) == 1
