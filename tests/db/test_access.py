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
from tests.db.users import Town, opening


async def talk(ledger: PostgresRoomRepository, town: Town, one: str, other: str, *, live_ms: int = 30_000) -> None:
    """Store a room of two users, long after their last one."""
    town.clock.advance(2 * 86_400_000)
    room = town.room(one, other)
    await ledger.commit(opening(room))
    await ledger.commit(town.end(replace(room, version=1), live_ms=live_ms))


async def access(pool: Pool, town: Town, name: str) -> str:
    found: str = await pool.fetchval("SELECT access FROM users WHERE user_id = $1::uuid", town[name])
    return found


async def let_in(pool: Pool, town: Town, *names: str, how: str = "grace") -> None:
    await pool.execute("UPDATE users SET access = $2 WHERE user_id = ANY ($1::uuid[])", [town[n] for n in names], how)


async def own(pool: Pool, town: Town, name: str) -> invite_codes.InviteCode:
    return await invite_codes.own(pool, town[name], fresh=new_code(16), now=town.clock.now())


async def test_fourth_conversation_verifies(ledger: PostgresRoomRepository, pool: Pool, town: Town) -> None:
    await let_in(pool, town, "ada", "bob")
    for _ in range(3):
        await talk(ledger, town, "ada", "bob")
    assert await access(pool, town, "ada") == "grace"
    with pytest.raises(NotFound):
        await own(pool, town, "ada")
    await talk(ledger, town, "ada", "bob")
    assert [await access(pool, town, name) for name in ("ada", "bob")] == ["verified", "verified"]
    mine = await own(pool, town, "ada")
    assert (mine.uses, mine.uses_left) == (4, 4)
    assert await own(pool, town, "ada") == mine
    await talk(ledger, town, "ada", "bob")
    assert (await own(pool, town, "ada")).code == mine.code


async def test_conversation_one_ms_too_short_does_not_count(
    ledger: PostgresRoomRepository, pool: Pool, town: Town
) -> None:
    await let_in(pool, town, "ada")
    for live_ms in (30_000, 30_000, 30_000, 29_999, 29_999):
        await talk(ledger, town, "ada", "bob", live_ms=live_ms)
    assert await access(pool, town, "ada") == "grace"
    await talk(ledger, town, "ada", "bob", live_ms=30_000)
    assert await access(pool, town, "ada") == "verified"


@pytest.mark.parametrize("how", ["unpaid", "verified", "paid"])
async def test_conversations_change_no_other_level(
    ledger: PostgresRoomRepository, pool: Pool, town: Town, how: str
) -> None:
    await let_in(pool, town, "ada", how=how)
    for _ in range(5):
        await talk(ledger, town, "ada", "bob")
    assert await access(pool, town, "ada") == how


async def test_paid_user_earns_a_code(ledger: PostgresRoomRepository, pool: Pool, town: Town) -> None:
    await let_in(pool, town, "ada", how="paid")
    for _ in range(4):
        await talk(ledger, town, "ada", "bob")
    assert (await own(pool, town, "ada")).uses_left == 4
    with pytest.raises(NotFound):
        await own(pool, town, "bob")


async def test_four_rooms_end_concurrently(ledger: PostgresRoomRepository, pool: Pool, town: Town) -> None:
    """Ends of one person's rooms never share a statement; the fourth is the fourth in whatever order."""
    await let_in(pool, town, "ada", "bob", "cat", "dan")
    for one, other in (("ada", "bob"), ("cat", "dan")) * 3:
        await talk(ledger, town, one, other)
    rooms = [town.room("ada", "cat"), town.room("bob", "dan")]
    for room in rooms:
        await ledger.commit(opening(room))
    await asyncio.gather(*(ledger.commit(town.end(replace(room, version=1), live_ms=30_000)) for room in rooms))
    assert {await access(pool, town, name) for name in ("ada", "bob", "cat", "dan")} == {"verified"}


async def test_payment_while_a_room_ends(ledger: PostgresRoomRepository, pool: Pool, town: Town) -> None:
    """In either order: no user ends below the level of either change."""
    for n in range(8):
        await town.settle(f"eve {n}")
        await let_in(pool, town, f"eve {n}")
        for _ in range(3):
            await talk(ledger, town, f"eve {n}", "bob")
        room = town.room(f"eve {n}", "cat")
        await ledger.commit(opening(room))
        await asyncio.gather(
            ledger.commit(town.end(replace(room, version=1), live_ms=30_000)),
            payments.take(pool, "generic", f"{n}", user=town[f"eve {n}"], now=town.clock.now()),
        )
        assert await access(pool, town, f"eve {n}") in ("verified", "paid")
        assert (await own(pool, town, f"eve {n}")).uses_left == 4


async def test_code_is_deleted_with_its_owner_and_its_users_keep_access(pool: Pool, town: Town) -> None:
    await pool.execute("UPDATE users SET access = 'verified', completions = 4 WHERE user_id = $1::uuid", town["ada"])
    code = (await own(pool, town, "ada")).code
    assert await invite_codes.redeem(pool, town["bob"], code, now=town.clock.now()) == "grace"
    await town.die("ada")
    with pytest.raises(NotFound):
        await invite_codes.redeem(pool, town["cat"], code, now=town.clock.now())
    assert await access(pool, town, "bob") == "grace"


async def test_payment_outlives_the_account(pool: Pool, town: Town) -> None:
    now = town.clock.now()
    user = town["ada"]
    assert await payments.take(pool, "generic", "1", user=user, now=now) == "paid"
    await town.die("ada")
    assert await payments.take(pool, "generic", "1", user=user, now=now) == "repeated"


async def test_account_deleted_during_its_payment(pool: Pool, town: Town) -> None:
    for n in range(8):
        await town.settle(f"eve {n}")
        outcome, _ = await asyncio.gather(
            payments.take(pool, "generic", f"{n}", user=town[f"eve {n}"], now=town.clock.now()), town.die(f"eve {n}")
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


async def test_latest_hundred_introductions(ledger: PostgresRoomRepository, pool: Pool, town: Town) -> None:
    names = [f"friend {n}" for n in range(105)]
    await town.settle(*names)
    await talk(ledger, town, "ada", "bob")
    code = await referrals.create(
        pool, town["ada"], town["bob"], code=new_code(10), now=int(await pool.fetchval("SELECT unix_ms(now())"))
    )
    start = int(await pool.fetchval("SELECT unix_ms(now())"))
    for n, name in enumerate(names):
        await introduce(pool, code, town[name], town["bob"], now=start + n)
    assert set(await ledger.introduced(town["bob"])) == {town[name] for name in names[5:]}
    assert await ledger.introduced(town["friend 104"]) == {town["bob"]: "ada"}
    assert await ledger.introduced(town["ada"]) == {}


async def test_introduction_by_two_names_the_first(ledger: PostgresRoomRepository, pool: Pool, town: Town) -> None:
    now = int(await pool.fetchval("SELECT unix_ms(now())"))
    for n, name in enumerate(("ada", "cat")):
        await talk(ledger, town, name, "bob")
        code = await referrals.create(pool, town[name], town["bob"], code=new_code(10), now=now)
        await introduce(pool, code, town["dan"], town["bob"], now=now + n)
    assert await ledger.introduced(town["dan"]) == {town["bob"]: "ada"}
    await town.die("ada")
    assert await ledger.introduced(town["bob"]) == {town["dan"]: None}, "the introduction outlives who made it"


async def test_introduction_expires_after_90_days(ledger: PostgresRoomRepository, pool: Pool, town: Town) -> None:
    now = int(await pool.fetchval("SELECT unix_ms(now())"))
    await talk(ledger, town, "ada", "bob")
    code = await referrals.create(pool, town["ada"], town["bob"], code=new_code(10), now=now)
    await introduce(pool, code, town["cat"], town["bob"], now=now - referrals.LINK_MS)
    assert await ledger.introduced(town["cat"]) == {}
    assert await referrals.forget_ended(pool, now=now + referrals.LINK_MS - 1) == 1
    assert await referrals.forget_ended(pool, now=now + referrals.LINK_MS) == 1
