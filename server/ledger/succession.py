"""Which other processes serve on this database, and who gives up whom: a deploy lets two overlap for some seconds.

A process lives as long as it holds its advisory lock, which PostgreSQL takes from it the moment it dies. Beside that
they talk by NOTIFY: the newer asks the older to let somebody go who has come to it, and waits until they have. Nobody
goes the other way, so that no room is between two processes that both believe to have it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from itertools import count
from typing import Any, Final

import asyncpg
import msgspec
import structlog

from matchmaker.errors import Unavailable
from matchmaker.ids import UserId
from server.ledger.pool import CONNECT_S

CHANNEL: Final = "rondo_processes"
LOCKS: Final = 0x726F6E64
"""The class of our advisory locks; the second half of each is the number of a process."""
LOOK_S: Final = 0.25
"""How often the others are looked for while there are any, and how soon an unanswered question is repeated."""
CLAIM_S: Final = 4.0
"""How long the others may take to let somebody go; then their client tries again."""
UNSURE_S: Final = 2.0
"""After our connection was lost the others may have lost theirs: so long nobody is believed to be dead."""
AT_ONCE: Final = 70
"""People asked for, and given, in one notification, which has room for 8,000 bytes."""
_GONE: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)

LetGo = Callable[[UserId], Awaitable[None]]

log = structlog.get_logger()


class Word(msgspec.Struct, omit_defaults=True):
    """What one process tells the others. Each ask has a number, so that one that is repeated is done once."""

    sender: int
    asks: list[tuple[int, UserId]] = []
    """Let these people go: they have come to me."""
    gives: list[tuple[int, int, UserId]] = []
    """To whom, by which ask, who: they are yours, nothing of them is left here."""


class Claim(msgspec.Struct):
    """A person who has come here, and whom others may still have."""

    number: int
    waiting: set[int]
    """The processes that have not answered."""
    given: asyncio.Future[None]


class Succession:
    """The other processes of the same installation, as the database knows them."""

    def __init__(
        self, dsn: str, *, let_go: LetGo, on_alone: Callable[[], Awaitable[None]], claim_s: float = CLAIM_S
    ) -> None:
        """*let_go* gives up a person for good; *on_alone* is called when the last other process has gone."""
        self._dsn = dsn
        self._let_go = let_go
        self._on_alone = on_alone
        self._claim_s = claim_s
        self._number = 0
        self._others: set[int] = set()
        self._numbers = count(1)
        self._claims: dict[UserId, Claim] = {}
        self._done: dict[tuple[int, UserId], int] = {}
        """By process and person: the last ask that was followed."""
        self._giving: set[tuple[int, UserId]] = set()
        self._asks: list[tuple[int, UserId]] = []
        self._gives: list[tuple[int, int, UserId]] = []
        self._speaking: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        """A connection does one thing at a time."""
        self._connection: asyncpg.Connection | None = None
        self._changed = asyncio.Event()
        self._unsure_until = 0.0
        self._is_heir = False
        """The last other process has gone, and what it left is being taken over."""
        self._watching: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_alone(self) -> bool:
        """Whether no other process serves on this database."""
        return not self._others

    @property
    def has_newer(self) -> bool:
        """Whether a newer process serves, which people and rooms move to."""
        return any(_is_newer(other, self._number) for other in self._others)

    async def join(self) -> None:
        """Be known to the others, and know them.

        Raises:
            Unavailable: the database cannot be reached.
        """
        await self._connect()
        self._watching = asyncio.create_task(self._watch())

    async def leave(self) -> None:
        """Be gone: whoever is left may take everything over."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                await connection.execute("SELECT pg_advisory_unlock_all()")
                await self._tell(connection, Word(self._number))
                await connection.close(timeout=1)

    async def claim(self, user: UserId) -> bool:
        """Return once no other process has anything of *user*; tell whether the ledger may know more of them than us.

        Raises:
            Unavailable: one of them does not answer.
        """
        older = {other for other in self._others if _is_newer(self._number, other)}
        if not older:
            return self._is_heir
        claim = self._claims.get(user)
        if claim is None:
            future = asyncio.get_running_loop().create_future()
            claim = self._claims[user] = Claim(next(self._numbers), older, future)
            self._asks.append((claim.number, user))
            self._speak()
        try:
            async with asyncio.timeout(self._claim_s):
                await asyncio.shield(claim.given)
        except TimeoutError:
            self._claims.pop(user, None)
            raise Unavailable from None
        return True

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        word = msgspec.json.decode(str(payload), type=Word)
        if word.sender == self._number:
            return
        if _is_newer(word.sender, self._number):
            for number, user in word.asks:
                self._spawn(self._give(word.sender, number, user))
        for to, number, user in word.gives:
            claim = self._claims.get(user)
            if to == self._number and claim is not None and claim.number == number:
                self._settle(user, claim, word.sender)
        if not word.asks and not word.gives:
            self._changed.set()

    async def _give(self, sender: int, number: int, user: UserId) -> None:
        key = (sender, user)
        if key in self._giving:
            return
        if self._done.get(key, 0) < number:
            self._giving.add(key)
            try:
                await self._let_go(user)
            except Unavailable:
                return  # they ask again
            finally:
                self._giving.discard(key)
            self._done[key] = number
        self._gives.append((sender, number, user))
        self._speak()

    def _settle(self, user: UserId, claim: Claim, other: int) -> None:
        """Note that *other* has let *user* go, or is no more."""
        claim.waiting.discard(other)
        if not claim.waiting:
            self._claims.pop(user, None)
            if not claim.given.done():
                claim.given.set_result(None)

    def _speak(self) -> None:
        """Say what there is to say; what comes up in one turn of the loop, or while we speak, goes in one word."""
        if self._speaking is None:
            self._speaking = self._spawn(self._say_all())

    async def _say_all(self) -> None:
        try:
            while (self._asks or self._gives) and self._connection is not None:
                asks, self._asks = self._asks[:AT_ONCE], self._asks[AT_ONCE:]
                gives, self._gives = self._gives[:AT_ONCE], self._gives[AT_ONCE:]
                await self._tell(self._connection, Word(self._number, asks=asks, gives=gives))
        except (*_GONE, TimeoutError):
            pass  # what was not said is asked again
        finally:
            self._speaking = None

    async def _watch(self) -> None:
        """Look, again and again, whether the others still live; runs until cancelled."""
        while True:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S if self._others else None):
                    await self._changed.wait()
            try:
                if self._connection is None:
                    await self._connect()
                else:
                    await self._look(self._connection)
                # A word may be lost with the connection that was to bring it.
                self._asks = [(claim.number, user) for user, claim in self._claims.items()]
                self._speak()
            except Unavailable:
                self._changed.set()
                await asyncio.sleep(LOOK_S)

    async def _connect(self) -> None:
        try:
            connection = await asyncpg.connect(self._dsn, timeout=CONNECT_S, command_timeout=CONNECT_S)
            # Numbers rise with time, so that everybody knows who is newer.
            self._number = self._number or await connection.fetchval("SELECT txid_current() & 2147483647")
            await connection.execute("SELECT pg_advisory_lock($1, $2)", LOCKS, self._number)
            await connection.add_listener(CHANNEL, self._hear)
            connection.add_termination_listener(self._cut)
            self._connection = connection
            await self._tell(connection, Word(self._number))
            await self._look(connection)
        except (*_GONE, TimeoutError) as error:
            raise Unavailable from error

    def _cut(self, connection: Any) -> None:
        if connection is self._connection:
            self._connection = None
            self._unsure_until = asyncio.get_running_loop().time() + UNSURE_S
            self._changed.set()

    async def _look(self, connection: asyncpg.Connection) -> None:
        try:
            async with self._turn:
                rows = await connection.fetch(
                    """SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = $1
                           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())""",
                    LOCKS,
                )
        except (*_GONE, TimeoutError) as error:
            raise Unavailable from error
        alive = {row[0] for row in rows} - {self._number}
        if asyncio.get_running_loop().time() < self._unsure_until:
            alive |= self._others
        gone, self._others = self._others - alive, alive
        for other in gone:
            for user, claim in tuple(self._claims.items()):
                self._settle(user, claim, other)
            self._done = {key: number for key, number in self._done.items() if key[0] != other}
        if gone:
            log.info("another process has gone", left=len(alive))
            if not alive:
                self._is_heir = True
                self._spawn(self._inherit())

    async def _inherit(self) -> None:
        while not self._others:
            try:
                await self._on_alone()
                break
            except Unavailable:
                await asyncio.sleep(LOOK_S)
        self._is_heir = False

    async def _tell(self, connection: asyncpg.Connection, word: Word) -> None:
        async with self._turn:
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, msgspec.json.encode(word).decode())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _is_newer(one: int, other: int) -> bool:
    """Tell whether process *one* began after *other*; numbers begin again at 2^31."""
    return one != other and (one - other) & 0x7FFFFFFF < 0x40000000
