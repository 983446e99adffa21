"""Limits are counted in the ledger: exact, shared by every process, and shut when nobody can count."""

import asyncio

import pytest

from matchmaker.clock import ManualClock
from matchmaker.errors import RateLimited, Unavailable
from server.http.limits import TEN_MINUTES_MS, Limits
from server.ledger import rate_limits
from server.ledger.pool import Pool
from server.seals import Seals
from tests.http.conftest import Caller


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def limits(pool: Pool, clock: ManualClock) -> Limits:
    """Return what a process that has just started counts with."""
    return Limits(pool, Seals(pool), clock, on=True)


async def test_a_restart_does_not_reopen_the_door(pool: Pool, clock: ManualClock) -> None:
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


async def test_a_hundred_at_once_on_two_nodes(pool: Pool, clock: ManualClock) -> None:
    nodes = limits(pool, clock), limits(pool, clock)
    tries = [nodes[n % 2].sign_ups.spend("192.0.2.7") for n in range(100)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert outcomes.count(None) == 6
    assert all(isinstance(one, RateLimited) for one in outcomes if one is not None)


async def test_one_customer_is_a_64(pool: Pool, clock: ManualClock) -> None:
    door = limits(pool, clock).sign_ups
    for n in range(6):
        await door.spend(f"2001:db8::{n + 1}")
    with pytest.raises(RateLimited):
        await door.spend("2001:db8::ffff")
    await door.spend("2001:db8:0:1::1")


async def test_nobody_passes_when_nobody_can_count(database: str, clock: ManualClock) -> None:
    pool = await Pool.open(database)
    door = limits(pool, clock).log_ins
    await door.spend("192.0.2.7")
    await pool.close()
    with pytest.raises(Unavailable):
        await door.spend("192.0.2.7")


async def test_no_address_is_kept(pool: Pool, clock: ManualClock) -> None:
    await limits(pool, clock).sign_ups.spend("192.0.2.7")
    (row,) = await pool.fetch("SELECT x::text AS row FROM rate_limits x")
    assert "192.0.2" not in row["row"]


async def test_what_is_over_is_forgotten(pool: Pool, clock: ManualClock) -> None:
    door = limits(pool, clock).sign_ups
    await door.spend("192.0.2.7")
    assert await rate_limits.forget(pool, now=clock.now() + TEN_MINUTES_MS - 1) == 0
    assert await rate_limits.forget(pool, now=clock.now() + TEN_MINUTES_MS) == 1


@pytest.mark.settings(trusted_proxies=1)
async def test_an_account_is_guessed_at_from_many_addresses(anybody: Caller) -> None:
    door = {"email": "ada@example.org", "password": "correct horse"}
    statuses = []
    for n in range(31):
        reply = await anybody.post("/v1/auth/login", door, headers={"X-Forwarded-For": f"203.0.113.{n}"})
        statuses.append(reply.status)
    assert statuses == [401] * 30 + [429]
    other = await anybody.post(
        "/v1/auth/login", door | {"email": "bob@example.org"}, headers={"X-Forwarded-For": "203.0.113.99"}
    )
    assert other.status == 401


async def test_an_account_guesses_codes(ada: Caller) -> None:
    replies = [await ada.post("/v1/invite-code/redeem", {"code": "0" * 16}) for _ in range(11)]
    assert [reply.status for reply in replies] == [404] * 10 + [429]
    assert int(replies[-1].headers["Retry-After"]) > 0
