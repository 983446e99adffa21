"""Which completions count, and which accounts are established."""

import pytest

from matchmaker.domain.clock import ManualClock
from server.db.accounts import invite_codes, login_origins
from server.db.accounts.established import AGE_MS, is_established
from server.db.accounts.login_origins import Origin
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from server.domain.share_codes import new_code
from tests.db.test_access import access, let_in, talk
from tests.db.users import Accounts

HOUR_MS = 3_600_000


def network(number: int) -> Origin:
    return Origin("network", number.to_bytes(16, "big"))


async def use(pool: Pool, accounts: Accounts, name: str, *numbers: int) -> None:
    """Let an account have been used from networks."""
    await login_origins.record(
        pool, [(accounts[name], network(number)) for number in numbers], now=accounts.clock.now()
    )


async def completions(pool: Pool, accounts: Accounts, name: str) -> tuple[int, int]:
    """Return how many completions count, and how many there were."""
    row = await pool.fetchrow(
        """SELECT completions, (SELECT count(*) FROM session_completions c WHERE c.user_id = u.user_id)
           FROM users u WHERE user_id = $1::uuid""",
        accounts[name],
    )
    assert row is not None
    return row[0], row[1]


@pytest.mark.parametrize(
    ("ada", "bob", "counts"),
    [
        ((1,), (2,), 1),
        ((1,), (1,), 0),
        ((1, 2), (3, 2), 0),
        ((1,), (), 1),
        ((), (), 1),
    ],
    ids=["other", "same", "one_shared", "one_has_none", "none_has_one"],
)
async def test_completion_counts_with_people_of_other_networks(
    repository: PostgresRoomRepository,
    pool: Pool,
    accounts: Accounts,
    *,
    ada: tuple[int, ...],
    bob: tuple[int, ...],
    counts: int,
) -> None:
    await use(pool, accounts, "ada", *ada)
    await use(pool, accounts, "bob", *bob)
    await talk(repository, accounts, "ada", "bob")
    for name in ("ada", "bob"):
        assert await completions(pool, accounts, name) == (counts, 1)


async def test_completion_counts_on_one_device(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    device = Origin("device", bytes(16))
    await login_origins.record(pool, [(accounts["ada"], device), (accounts["bob"], device)], now=accounts.clock.now())
    await talk(repository, accounts, "ada", "bob")
    assert await completions(pool, accounts, "ada") == (1, 1)


async def redeem(pool: Pool, accounts: Accounts, name: str, code: str) -> None:
    await let_in(pool, accounts, name, how="unpaid")
    assert await invite_codes.redeem(pool, accounts[name], code, now=accounts.clock.now()) == "grace"


async def own(pool: Pool, accounts: Accounts, name: str) -> str:
    """Return a person's own code, which they have earned."""
    await pool.execute(
        "UPDATE users SET access = 'verified', completions = GREATEST(completions, 4) WHERE user_id = $1::uuid",
        accounts[name],
    )
    return (await invite_codes.own(pool, accounts[name], fresh=new_code(16), now=accounts.clock.now())).code


async def test_completion_within_an_invite_tree_does_not_count(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    await redeem(pool, accounts, "bob", await own(pool, accounts, "ada"))
    await redeem(pool, accounts, "cat", await own(pool, accounts, "bob"))
    before = {name: (await completions(pool, accounts, name))[0] for name in ("ada", "bob", "cat")}
    for one, other in (("ada", "bob"), ("bob", "cat"), ("ada", "cat")):
        await talk(repository, accounts, one, other)
    assert {name: (await completions(pool, accounts, name))[0] for name in before} == before
    await talk(repository, accounts, "cat", "dan")
    assert (await completions(pool, accounts, "cat"))[0] == before["cat"] + 1


async def test_invite_tree_outlives_the_account_in_its_middle(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    await redeem(pool, accounts, "bob", await own(pool, accounts, "ada"))
    await redeem(pool, accounts, "cat", await own(pool, accounts, "bob"))
    await accounts.delete("bob")
    await talk(repository, accounts, "ada", "cat")
    assert await completions(pool, accounts, "cat") == (0, 1)


async def test_administrator_code_starts_no_tree(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    made = await invite_codes.make(pool, new_code(16), uses=2, by=None, now=accounts.clock.now())
    for name in ("ada", "bob"):
        await redeem(pool, accounts, name, made.code)
    await talk(repository, accounts, "ada", "bob")
    assert await completions(pool, accounts, "ada") == (1, 1)


async def test_accounts_of_one_network_do_not_gain_access(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    puppets = ("ada", "bob", "cat", "dan")
    await let_in(pool, accounts, *puppets)
    for name in puppets:
        await use(pool, accounts, name, 1)
    for _ in range(2):
        for one, other in (("ada", "bob"), ("cat", "dan"), ("ada", "cat"), ("bob", "dan")):
            await talk(repository, accounts, one, other)
    assert {await access(pool, accounts, name) for name in puppets} == {"grace"}
    assert await completions(pool, accounts, "ada") == (0, 4)


async def test_verified_address_establishes_an_account(pool: Pool, accounts: Accounts, clock: ManualClock) -> None:
    assert not await is_established(pool, accounts["ada"], now=clock.now())
    await pool.execute("UPDATE users SET email_verified_at = now() WHERE user_id = $1::uuid", accounts["ada"])
    assert await is_established(pool, accounts["ada"], now=clock.now())


async def test_two_completions_with_other_networks_establish_an_account(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    await use(pool, accounts, "ada", 1)
    await use(pool, accounts, "bob", 1)
    await use(pool, accounts, "cat", 2)
    await pool.execute("UPDATE users SET created_at = now() + interval '1 year'")
    for peer, is_so in (("bob", False), ("cat", False), ("cat", True)):
        await talk(repository, accounts, "ada", peer)
        assert await is_established(pool, accounts["ada"], now=accounts.clock.now()) is is_so


async def test_a_day_and_a_completion_establish_an_account(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts, clock: ManualClock
) -> None:
    now = clock.now() + 30 * 24 * HOUR_MS
    await pool.execute("UPDATE users SET created_at = at_ms($1)", now - AGE_MS)
    assert not await is_established(pool, accounts["ada"], now=now)
    await talk(repository, accounts, "ada", "bob")
    assert not await is_established(pool, accounts["ada"], now=now - 1)
    assert await is_established(pool, accounts["ada"], now=now)
