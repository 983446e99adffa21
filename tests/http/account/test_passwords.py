"""Passwords, and limits of profile texts."""

import asyncio
from collections.abc import Iterator

import pytest

from matchmaker.domain.errors import RateLimited
from server.accounts.passwords import WAITING_MAX, Passwords


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    passwords = Passwords()
    yield passwords
    passwords.close()


async def test_only_the_hashed_password_verifies(passwords: Passwords) -> None:
    sealed = await passwords.hash("correct horse")
    assert await passwords.verify(sealed, "correct horse")
    assert not await passwords.verify(sealed, "correct horse ")
    assert sealed != await passwords.hash("correct horse")


@pytest.mark.parametrize("sealed", [None, "", "nonsense"])
async def test_nothing_verifies_without_a_hash(passwords: Passwords, sealed: str | None) -> None:
    assert not await passwords.verify(sealed, "correct horse")


async def test_concurrent_hashing_is_bounded() -> None:
    passwords = Passwords(threads=2)
    tries = [asyncio.create_task(passwords.verify(None, "x")) for _ in range(2 + WAITING_MAX + 3)]
    await asyncio.sleep(0)
    assert [type(task.exception()) for task in tries if task.done()] == [RateLimited] * 3
    for task in tries[3:]:
        task.cancel()
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert results[:3] == [False] * 3, "two in threads, and the first of the queue"
    assert not await passwords.verify(None, "x")
    passwords.close()


async def test_four_wait_per_network_and_networks_alternate() -> None:
    passwords = Passwords(threads=1, per_network=4)
    served: list[str] = []

    async def check(network: str) -> None:
        await passwords.verify(None, "x", network=network)
        served.append(network)

    networks = ["flood"] * 7 + ["one", "other"]
    results = await asyncio.gather(*map(check, networks), return_exceptions=True)
    assert [isinstance(result, RateLimited) for result in results] == [False] * 5 + [True] * 2 + [False] * 2
    assert served == ["flood", "flood", "one", "other", "flood", "flood", "flood"]
    passwords.close()


async def test_cancelled_check_frees_its_place() -> None:
    passwords = Passwords(threads=1)
    checks = [asyncio.create_task(passwords.verify(None, "x", network="a")) for _ in range(3)]
    await asyncio.sleep(0)
    checks[1].cancel()
    assert not await checks[2]
    assert not await passwords.verify(None, "x", network="a")
    passwords.close()
