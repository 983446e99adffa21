"""Processes on one database: who lives, who is newer, and that the older lets go of whom the newer asks for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from matchmaker.errors import Unavailable
from matchmaker.ids import UserId
from server.ledger.succession import Succession

ADA = UserId("ada")
PATIENCE_S = 10


class Process:
    """One process as far as succession is concerned."""

    def __init__(self, dsn: str) -> None:
        self.let_go: list[UserId] = []
        self.inherited = asyncio.Event()
        self.is_willing = asyncio.Event()
        self.is_willing.set()
        self.succession = Succession(dsn, let_go=self._let_go, on_alone=self._inherit, claim_s=2)

    async def _let_go(self, user: UserId) -> None:
        await self.is_willing.wait()
        self.let_go.append(user)

    async def _inherit(self) -> None:
        self.inherited.set()


Start = Callable[[], Awaitable[Process]]


@pytest.fixture
async def start(database: str) -> AsyncIterator[Start]:
    started: list[Process] = []

    async def join() -> Process:
        process = Process(database)
        await process.succession.join()
        started.append(process)
        return process

    yield join
    for process in started:
        await process.succession.leave()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - processes tell no event
            await asyncio.sleep(0.01)


async def test_alone_there_is_nobody_to_ask(start: Start) -> None:
    only = await start()
    assert only.succession.is_alone
    assert await only.succession.claim(ADA) is False


async def test_the_newer_asks_the_older_and_waits(start: Start) -> None:
    old, new = await start(), await start()
    await until(lambda: old.succession.has_newer)
    assert not new.succession.has_newer
    old.is_willing.clear()
    claim = asyncio.create_task(new.succession.claim(ADA))
    await asyncio.sleep(0.6)  # it asks again meanwhile
    assert not claim.done()
    old.is_willing.set()
    assert await claim is True
    assert old.let_go == [ADA], "however often it was asked"
    assert new.let_go == []


async def test_the_older_asks_nobody(start: Start) -> None:
    old, new = await start(), await start()
    await until(lambda: old.succession.has_newer)
    assert await old.succession.claim(ADA) is False
    assert new.let_go == []


async def test_many_at_once_are_asked_for_in_a_few_words(start: Start) -> None:
    old, new = await start(), await start()
    people = [UserId(f"{n:036}") for n in range(500)]
    assert all(await asyncio.gather(*(new.succession.claim(user) for user in people)))
    assert sorted(old.let_go) == people


async def test_whoever_stays_takes_over_when_the_other_has_gone(start: Start) -> None:
    old, new = await start(), await start()
    await old.succession.leave()
    await asyncio.wait_for(new.inherited.wait(), PATIENCE_S)
    await until(lambda: new.succession.is_alone)
    assert not old.inherited.is_set()


async def test_a_death_settles_what_was_asked_of_the_dead(start: Start) -> None:
    old, new = await start(), await start()
    old.is_willing.clear()
    claim = asyncio.create_task(new.succession.claim(ADA))
    await asyncio.sleep(0.1)
    connection = old.succession._connection
    assert connection is not None
    old.succession._watching.cancel()  # type: ignore[union-attr]
    connection.terminate()
    assert await asyncio.wait_for(claim, PATIENCE_S) is True
    await asyncio.wait_for(new.inherited.wait(), PATIENCE_S)


async def test_a_lost_connection_is_made_again(start: Start) -> None:
    old, new = await start(), await start()
    await until(lambda: not old.succession.is_alone)
    connection = new.succession._connection
    assert connection is not None
    connection.terminate()
    await until(lambda: new.succession._connection not in (None, connection))
    assert not new.succession.is_alone, "the others are not believed to be dead because we were cut off"
    assert await new.succession.claim(ADA) is True


async def test_who_does_not_answer_is_not_waited_for_for_ever(start: Start) -> None:
    old, new = await start(), await start()
    old.is_willing.clear()
    with pytest.raises(Unavailable):
        await new.succession.claim(ADA)
