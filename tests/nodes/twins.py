"""Two matchmakers over one Redis, with a ledger in memory and a clock that is moved by hand."""

import asyncio

from matchmaker.bus_redis import RedisBus
from matchmaker.clock import ManualClock
from matchmaker.engine_redis import RedisEngine
from matchmaker.ids import UserId
from matchmaker.matchmaker import Matchmaker
from matchmaker.news import AnyNews
from matchmaker.pipe_redis import Pipe
from matchmaker.rules import Rules
from matchmaker.seat import Seat
from matchmaker.ticket import Wish
from matchmaker.timekeeper import Key
from tests.properties.gated import GatedLedger
from tests.rules.cast import ADA, BOB, CAT, NOW, profile

DAN = UserId("dan")


class Twin:
    """One node; `news` is what the people here were told."""

    def __init__(
        self, url: str, name: str, pool: str, *, ledger: GatedLedger, clock: ManualClock, rules: Rules
    ) -> None:
        self.name = name
        self.news: list[AnyNews] = []
        self.faults: list[BaseException] = []
        self.pipe = Pipe(url, patience_s=0.3)
        self.bus = RedisBus(self.pipe, name, pool=pool, beat_s=0.05)
        self.engine = RedisEngine(self.pipe, self.bus, self.news.append, pool=pool)
        self.mm = Matchmaker(engine=self.engine, ledger=ledger, clock=clock, rules=rules, on_fault=self._fail)
        self.mm.house.timekeeper.disarm()

    async def open(self) -> "Twin":
        await self.pipe.open()
        await self.bus.open()
        return self

    async def close(self) -> None:
        for task in self.mm.house.timekeeper._acting:
            task.cancel()
        await self.bus.close()
        await self.pipe.close()

    async def come(self, *users: UserId) -> None:
        for user in users:
            await self.mm.arrive(profile(user), resumed=False)

    async def wait(self, user: UserId, wish: Wish) -> None:
        await self.mm.join(user, wish)
        await self.mm.seek(user)

    async def seat(self, user: UserId) -> Seat:
        """Where somebody stands, by what Redis says."""
        (found,) = await self.engine.recall([user])
        assert found is not None
        return found

    async def drop(self, user: UserId) -> None:
        await self.mm.depart(user, epoch=(await self.seat(user)).epoch)

    def told(self, kind: type[AnyNews]) -> list[AnyNews]:
        return [news for news in self.news if isinstance(news, kind)]

    def _fail(self, key: Key, fault: BaseException) -> None:
        fault.add_note(repr(key))
        self.faults.append(fault)


class Twins:
    """Ada and Cat are on the first node, Bob and Dan on the second."""

    def __init__(self, url: str, pool: str, rules: Rules | None = None) -> None:
        self.clock = ManualClock(NOW)
        self.ledger = GatedLedger()
        self.ledger.users |= {ADA, BOB, CAT, DAN}
        self.rules = rules or Rules()
        self._redis = url, pool
        self.one, self.two = self._make("one"), self._make("two")
        self.alive = [self.one, self.two]

    def _make(self, name: str) -> Twin:
        url, pool = self._redis
        return Twin(url, name, pool, ledger=self.ledger, clock=self.clock, rules=self.rules)

    async def open(self) -> "Twins":
        for twin in self.alive:
            await twin.open()
        await self.rest()
        await self.one.come(ADA, CAT)
        await self.two.come(BOB, DAN)
        return self

    async def close(self) -> None:
        for twin in self.alive:
            await twin.close()
        assert [fault for twin in (self.one, self.two) for fault in twin.faults] == []

    async def kill(self, twin: Twin) -> None:
        """Let a node end as a power cut does."""
        self.alive.remove(twin)
        await twin.pipe.close()
        await twin.close()

    async def join(self, name: str) -> Twin:
        """Let one more node begin."""
        twin = await self._make(name).open()
        self.alive.append(twin)
        await self.rest()
        return twin

    async def ledger_is_asked(self) -> None:
        async with asyncio.timeout(5):
            while not self.ledger.waiting:  # noqa: ASYNC110 - it waits for us
                await asyncio.sleep(0.001)

    async def redis_is(self, up: bool) -> None:
        """Return once both nodes know."""
        async with asyncio.timeout(5):
            while any(twin.pipe.is_up != up for twin in self.alive):  # noqa: ASYNC110 - in its own time
                await asyncio.sleep(0.005)

    async def rest(self) -> None:
        """Let everything happen that is due, and be heard, until nothing more does."""
        quiet = 0
        while quiet < 3:
            quiet += 1
            for twin in self.alive:
                timekeeper = twin.mm.house.timekeeper
                due = timekeeper.next
                if due is not None and due <= self.clock.at:
                    timekeeper.begin_due()
                    quiet = 0
                if timekeeper._acting and not self.ledger.waiting:
                    await asyncio.wait(set(timekeeper._acting), timeout=1)
                    quiet = 0
                if twin.pipe.is_up:
                    await twin.pipe.call("PING")  # what was published before is heard before

    async def let_pass(self, ms: int, *, step: int = 500) -> None:
        """Let time pass, not faster than the nodes look for what others left."""
        until = self.clock.at + ms
        while self.clock.at < until:
            self.clock.at = min(until, self.clock.at + step)
            await self.rest()

    async def meet(self, wish: Wish) -> str:
        """Put Ada and Bob into a room."""
        await self.one.wait(ADA, wish)
        await self.two.wait(BOB, wish)
        await self.rest()
        seat = await self.one.seat(ADA)
        assert seat.room is not None
        return seat.room
