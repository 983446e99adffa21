"""The contract of the directory, on every adapter."""

import asyncio

from matchmaker.domain.ids import UserId
from server.cluster.ports.directory import Entry, new_epoch
from tests.cluster.conftest import Ports

ADA = UserId("ada")
ONE, TWO = Entry(5, "one"), Entry(6, "two")


async def test_swap_claims_an_absent_user_once(ports: Ports) -> None:
    directory = ports.directory()
    assert await directory.lookup(ADA) is None
    assert await directory.swap(ADA, None, ONE) is None
    assert await directory.swap(ADA, None, TWO) == ONE
    assert await directory.lookup(ADA) == ONE


async def test_swap_that_is_repeated_changes_nothing(ports: Ports) -> None:
    directory = ports.directory()
    assert await directory.swap(ADA, None, ONE) is None
    assert await directory.swap(ADA, None, ONE) == ONE
    assert await directory.lookup(ADA) == ONE


async def test_swap_moves_only_from_the_expected_entry(ports: Ports) -> None:
    directory = ports.directory()
    await directory.swap(ADA, None, ONE)
    assert await directory.swap(ADA, Entry(4, "one"), TWO) == ONE
    assert await directory.lookup(ADA) == ONE
    assert await directory.swap(ADA, ONE, TWO) == ONE
    assert await directory.lookup(ADA) == TWO


async def test_swap_for_none_removes_only_the_expected_entry(ports: Ports) -> None:
    directory = ports.directory()
    await directory.swap(ADA, None, TWO)
    assert await directory.swap(ADA, ONE, None) == TWO
    assert await directory.lookup(ADA) == TWO
    assert await directory.swap(ADA, TWO, None) == TWO
    assert await directory.lookup(ADA) is None
    assert await directory.swap(ADA, TWO, None) is None, "a call can be repeated"


async def test_many_swaps_at_once(ports: Ports) -> None:
    directory = ports.directory()
    entries = {UserId(f"user{n}"): Entry(n + 1, "one") for n in range(2_500)}
    found = await asyncio.gather(*(directory.swap(user, None, entry) for user, entry in entries.items()))
    assert found == [None] * len(entries)
    assert await directory.lookup(UserId("user2499")) == Entry(2_500, "one")


def test_later_entry_is_greater_and_a_tie_is_decided_by_node() -> None:
    assert Entry(5, "b") < Entry(6, "a")
    assert Entry(5, "a") < Entry(5, "b")


def test_epoch_survives_a_flush() -> None:
    assert new_epoch(0, 1_000) == 1_000
    assert new_epoch(1_000, 1_000) == 1_001
    assert new_epoch(2_000, 1_000) == 2_001
