"""Limits are counted in the database: exact, shared by every process, and closed when it is unavailable."""

import asyncio

import pytest

from matchmaker.domain.clock import ManualClock
from matchmaker.domain.errors import RateLimited, Unavailable
from server.auth.attempt_limits import TEN_MINUTES_MS, AttemptLimits
from server.auth.keyed_hash import KeyedHasher
from server.config.sections.attempt_settings import AttemptSettings
from server.db.pool import Pool
from server.db.safety import rate_limits
from tests.http.conftest import Caller


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def limits(pool: Pool, clock: ManualClock) -> AttemptLimits:
    """Return what a process that has just started counts with."""
    return AttemptLimits(pool, KeyedHasher(pool), clock, sign_ups=6, tries=AttemptSettings(), on=True)


async def test_restart_does_not_reset_limits(pool: Pool, clock: ManualClock) -> None:
    for _ in range(6):
        await limits(pool, clock).sign_ups.spend("192.0.2.7")
    with pytest.raises(RateLimited) as refused:
        await limits(pool, clock).sign_ups.spend("192.0.2.7")
    assert refused.value.details["retry_after_ms"] == TEN_MINUTES_MS
    await limits(pool, clock).sign_ups.spend("192.0.2.8")


async def test_six_within_any_ten_minutes(pool: Pool, clock: ManualClock) -> None:
    door = limits(pool, clock).sign_ups
    for _ in range(3):
        await door.spend("192.0.2.7")
    clock.advance(TEN_MINUTES_MS - 1)
    for _ in range(3):
        await door.spend("192.0.2.7")
    with pytest.raises(RateLimited) as refused:
        await door.spend("192.0.2.7")
    assert refused.value.details["retry_after_ms"] == 1
    clock.advance(1)
    for _ in range(3):
        await door.spend("192.0.2.7")
    with pytest.raises(RateLimited):
        await door.spend("192.0.2.7")


async def test_concurrent_attempts_on_two_nodes_are_exact(pool: Pool, clock: ManualClock) -> None:
    nodes = limits(pool, clock), limits(pool, clock)
    tries = [nodes[n % 2].sign_ups.spend("192.0.2.7") for n in range(100)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, int) for one in outcomes) == 6
    assert all(isinstance(one, RateLimited) for one in outcomes if not isinstance(one, int))


@pytest.mark.parametrize(
    ("address", "many"),
    [
        ("192.0.2.{}", 8 * 6),
        ("2001:db8:0:1::{}", 6),
        ("2001:db8:0:1{:02x}::1", 4 * 6),
        ("2001:db8:0:{:02x}00::1", 16 * 6),
    ],
    ids=["/24", "/64", "/56", "/48"],
)
async def test_sign_ups_are_limited_at_each_prefix(pool: Pool, clock: ManualClock, address: str, many: int) -> None:
    door = limits(pool, clock).sign_ups
    for n in range(many):
        await door.spend(address.format(n))
    with pytest.raises(RateLimited) as refused:
        await door.spend(address.format(many))
    assert refused.value.details["retry_after_ms"] == TEN_MINUTES_MS


async def test_refusal_at_one_prefix_counts_at_none(pool: Pool, clock: ManualClock) -> None:
    door = limits(pool, clock).sign_ups
    for _ in range(6):
        await door.spend("2001:db8:0:1::1")
    for _ in range(30):  # by processes that do not remember the refusal
        with pytest.raises(RateLimited):
            await limits(pool, clock).sign_ups.spend("2001:db8:0:1::1")
    assert await door.spent("2001:db8:0:1::1") == [6, 6, 6]
    assert await door.spent("2001:db8:0:2::1") == [0, 6, 6]
    for n in range(18):
        await door.spend(f"2001:db8:0:{n // 6 + 2:x}::1")
    with pytest.raises(RateLimited):  # the /56 is full, and its /64 is not
        await door.spend("2001:db8:0:9::1")
    assert await door.spent("2001:db8:0:9::1") == [0, 24, 24]


async def test_many_prefixes_on_two_nodes_are_exact(pool: Pool, clock: ManualClock) -> None:
    nodes = limits(pool, clock), limits(pool, clock)
    tries = [nodes[n % 2].sign_ups.spend(f"192.0.2.{n % 20}") for n in range(160)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, int) for one in outcomes) == 48
    assert all(isinstance(one, RateLimited) for one in outcomes if not isinstance(one, int))
    assert (await nodes[0].sign_ups.spent("192.0.2.0"))[1] == 48


async def test_attempt_is_refunded_once(pool: Pool, clock: ManualClock) -> None:
    door = limits(pool, clock).passwords
    first = await door.spend("192.0.2.7")
    await door.spend("192.0.2.7")
    await door.refund("192.0.2.7", first)
    assert await door.spent("192.0.2.7") == [1, 1]
    clock.advance(1)
    later = await door.spend("192.0.2.7")
    await door.refund("192.0.2.7", later)
    await door.refund("192.0.2.7", later)
    assert await door.spent("192.0.2.7") == [1, 1]


async def test_refund_takes_effect_immediately(pool: Pool, clock: ManualClock) -> None:
    door = limits(pool, clock).sign_ups
    spent = [await door.spend("192.0.2.7") for _ in range(6)]
    with pytest.raises(RateLimited):
        await door.spend("192.0.2.7")
    await door.refund("192.0.2.7", spent[0])
    await door.spend("192.0.2.7")


async def test_raised_limit_continues_the_count(pool: Pool, clock: ManualClock) -> None:
    door = limits(pool, clock).sign_ups
    for _ in range(6):
        await door.spend("192.0.2.7")
    for _ in range(54):
        with pytest.raises(RateLimited):
            await door.spend("192.0.2.7")
        await door.spend("192.0.2.7", many=60)
    with pytest.raises(RateLimited):
        await door.spend("192.0.2.7", many=60)


async def test_attempts_are_refused_without_storage(database: str, clock: ManualClock) -> None:
    pool = await Pool.open(database)
    door = limits(pool, clock).passwords
    await door.spend("192.0.2.7")
    await pool.close()
    with pytest.raises(Unavailable):
        await door.spend("192.0.2.7")


async def test_no_address_is_stored(pool: Pool, clock: ManualClock) -> None:
    await limits(pool, clock).sign_ups.spend("192.0.2.7")
    rows = await pool.fetch("SELECT x::text AS row FROM rate_limits x")
    assert len(rows) == 2
    assert not any("192.0.2" in row["row"] for row in rows)


async def test_expired_rows_are_deleted(pool: Pool, clock: ManualClock) -> None:
    door = limits(pool, clock).sign_ups
    await door.spend("192.0.2.7")
    assert await rate_limits.forget(pool, now=clock.now() + TEN_MINUTES_MS - 1) == 0
    assert await rate_limits.forget(pool, now=clock.now() + TEN_MINUTES_MS) == 2


@pytest.mark.settings(trusted_proxies=1)
async def test_password_guesses_from_many_addresses_are_limited_per_account(anonymous: Caller) -> None:
    door = {"email": "ada@example.org", "password": "correct horse"}
    statuses = []
    for n in range(31):
        reply = await anonymous.post("/v1/auth/login", door, headers={"X-Forwarded-For": f"203.0.113.{n}"})
        statuses.append(reply.status)
    assert statuses == [401] * 30 + [429]
    other = await anonymous.post(
        "/v1/auth/login", door | {"email": "bob@example.org"}, headers={"X-Forwarded-For": "203.0.113.99"}
    )
    assert other.status == 401


async def test_code_guesses_are_limited_per_account(ada: Caller) -> None:
    replies = [await ada.post("/v1/invite-code/redeem", {"code": "0" * 16}) for _ in range(11)]
    assert [reply.status for reply in replies] == [404] * 10 + [429]
    assert int(replies[-1].headers["Retry-After"]) > 0


@pytest.mark.settings(wrong_passwords=2)
async def test_failed_log_in_limit_is_a_setting(anonymous: Caller) -> None:
    wrong = {"email": "ada@example.org", "password": "not this one"}
    assert [(await anonymous.post("/v1/auth/login", wrong)).status for _ in range(3)] == [401, 401, 429]
