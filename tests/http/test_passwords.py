"""Passwords, and what people may write about themselves."""

import asyncio
from collections.abc import Iterator

import pytest

from matchmaker.errors import RateLimited
from server.passwords import WAITING_MAX, Passwords


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    passwords = Passwords()
    yield passwords
    passwords.close()


async def test_only_the_password_that_was_sealed_fits(passwords: Passwords) -> None:
    sealed = await passwords.seal("correct horse")
    assert await passwords.fits(sealed, "correct horse")
    assert not await passwords.fits(sealed, "correct horse ")
    assert sealed != await passwords.seal("correct horse")


@pytest.mark.parametrize("sealed", [None, "", "nonsense"])
async def test_without_a_seal_nothing_fits(passwords: Passwords, sealed: str | None) -> None:
    assert not await passwords.fits(sealed, "correct horse")


async def test_a_storm_of_logins_is_bounded(passwords: Passwords) -> None:
    results = await asyncio.gather(*(passwords.fits(None, "x") for _ in range(WAITING_MAX + 3)), return_exceptions=True)
    assert sum(isinstance(result, RateLimited) for result in results) == 3
    assert not await passwords.fits(None, "x")
