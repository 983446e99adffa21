"""The contract of the directory, on every adapter."""

from matchmaker.domain.ids import UserId
from server.cluster.directory import Entry, new_epoch
from tests.cluster.conftest import Ports

ADA = UserId("ada")
ONE, TWO = Entry(5, "one"), Entry(6, "two")


async def test_swap_claims_an_absent_user_once(ports: Ports) -> None:
    directory = ports.directory()
    assert await directory.lookup(ADA) is None
    assert await directory.swap(ADA, None, ONE)
    assert not await directory.swap(ADA, None, TWO)
    assert await directory.lookup(ADA) == ONE


async def test_swap_that_is_repeated_succeeds(ports: Ports) -> None:
    directory = ports.directory()
    assert await directory.swap(ADA, None, ONE)
    assert await directory.swap(ADA, None, ONE)


async def test_swap_moves_only_from_the_expected_entry(ports: Ports) -> None:
    directory = ports.directory()
    await directory.swap(ADA, None, ONE)
    assert not await directory.swap(ADA, Entry(4, "one"), TWO)
    assert await directory.swap(ADA, ONE, TWO)
    assert await directory.lookup(ADA) == TWO


async def test_refresh_keeps_the_newer_entry(ports: Ports) -> None:
    directory = ports.directory()
    assert await directory.refresh({ADA: TWO}) == {ADA: None}
    assert await directory.refresh({ADA: ONE}) == {ADA: TWO}
    assert await directory.lookup(ADA) == TWO
    newer = Entry(7, "one")
    assert await directory.refresh({ADA: newer}) == {ADA: TWO}
    assert await directory.lookup(ADA) == newer


async def test_refresh_decides_a_tie_by_node(ports: Ports) -> None:
    directory = ports.directory()
    low, high = Entry(5, "a"), Entry(5, "b")
    await directory.refresh({ADA: high})
    assert await directory.refresh({ADA: low}) == {ADA: high}
    assert await directory.lookup(ADA) == high


async def test_release_removes_only_an_own_entry(ports: Ports) -> None:
    directory = ports.directory()
    await directory.swap(ADA, None, TWO)
    await directory.release(ADA, ONE)
    assert await directory.lookup(ADA) == TWO
    await directory.release(ADA, TWO)
    assert await directory.lookup(ADA) is None


async def test_refresh_takes_many_entries_at_once(ports: Ports) -> None:
    directory = ports.directory()
    entries = {UserId(f"user{n}"): Entry(n + 1, "one") for n in range(2_500)}
    found = await directory.refresh(entries)
    assert found == dict.fromkeys(entries)


def test_epoch_survives_a_flush() -> None:
    assert new_epoch(0, 1_000) == 1_000
    assert new_epoch(1_000, 1_000) == 1_001
    assert new_epoch(2_000, 1_000) == 2_001
