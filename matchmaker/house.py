"""What every verb needs: where things are kept, what time it is, and who wakes it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

import msgspec

from matchmaker.avoidance import Avoidance
from matchmaker.change import Change
from matchmaker.clock import Clock
from matchmaker.engine import Engine
from matchmaker.errors import Conflict, Unavailable
from matchmaker.fact import AnyFact, Apart, Forgiven
from matchmaker.ids import UserId
from matchmaker.introduction import Acquaintances, Introductions
from matchmaker.ledger import Ledger
from matchmaker.rules import Rules
from matchmaker.seat import Seat
from matchmaker.stats import Stats
from matchmaker.timekeeper import Act, Key, Timekeeper
from matchmaker.unanswered import Unanswered

_ATTEMPTS = 16
"""How often a verb loads again at once after a conflict; more means that the store is broken, not busy."""
_RESTS_S = (0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)
"""How long it rests before it loads again after that, where another node may be making a room durable."""

P = ParamSpec("P")
R = TypeVar("R")


class House:
    """The shared foundations of the verbs."""

    def __init__(
        self,
        *,
        engine: Engine,
        ledger: Ledger,
        clock: Clock,
        rules: Rules,
        act: Act,
        on_fault: Callable[[Key, BaseException], None],
    ) -> None:
        self.engine = engine
        self.ledger = ledger
        self.clock = clock
        self.rules = rules
        self.avoidance = Avoidance(ledger, clock)
        self.introductions = Introductions(ledger)
        self.unanswered = Unanswered(rules.expired_cooldown_ms)
        self.stats = Stats()
        self.rests_s = (*(0.0,) * _ATTEMPTS, *(_RESTS_S if engine.node else ()))
        """How long a verb rests after each conflict before it begins again."""
        self.looks_s = _RESTS_S
        """How long to rest between two looks at what another node is about to finish."""
        self.is_here: Callable[[UserId], bool] = _nobody
        """Whether somebody has a socket on this node, also if another one has taken them for lost meanwhile."""
        self.pairs = True
        """Whether people who wait are brought together; not while everybody is about to leave."""
        self.timekeeper = Timekeeper(clock, act, on_fault=on_fault, on_late=self._late)

    def seek_soon(self, user: UserId, *, in_ms: int = 0) -> None:
        """Let *user*, who is (again) in the queue, be paired as soon as this verb is done, or *in_ms* later."""
        if not self.engine.holds(user):
            return  # their own node is told that they wait
        now = self.clock.now()
        self.timekeeper.watch(("seek", user), now + in_ms)
        if self.rules.mirror_after_ms is not None:
            self.timekeeper.watch(("mirror", user), now + self.rules.mirror_after_ms)

    def watch_seat(self, seat: Seat) -> None:
        """Wake whoever must act when the seat's deadline comes."""
        if self.engine.holds(seat.user):
            self.timekeeper.watch(("seat", seat.user), seat.deadline)

    async def look_after(self, left: Seat) -> Seat:
        """Keep the seat of somebody who has gone: whoever says so looks after them from now on.

        Raises:
            Conflict, Unavailable: as the engine's commit.
        """
        left = msgspec.structs.replace(left, node=self.engine.node)
        await self.engine.commit(Change(seats=(left,)))
        self.watch_seat(left)
        return left

    @property
    def is_shared(self) -> bool:
        """Whether there may be other nodes."""
        return bool(self.engine.node)

    def part(self, one: UserId, other: UserId, until: int) -> tuple[AnyFact, ...]:
        """Keep two people apart at least until *until*; return what other nodes have to know."""
        self.avoidance.lengthen(one, other, until)
        if not self.is_shared:
            return ()
        return Apart(to=one, other=other, until=until), Apart(to=other, other=one, until=until)

    def shorten(self, one: UserId, other: UserId, *, before: int, until: int) -> tuple[AnyFact, ...]:
        """Replace the cooldown that ends at exactly *before* by one until *until*; return what nodes have to know.

        One of another cause stays.
        """
        self.avoidance.forgive(one, other, before)
        apart = self.part(one, other, until)
        if not self.is_shared:
            return ()
        return Forgiven(to=one, other=other, until=before), Forgiven(to=other, other=one, until=before), *apart

    def _late(self, ms: int) -> None:
        self.stats.on_late(ms)

    async def seat(self, user: UserId) -> Seat:
        """Return where *user* stands.

        Raises:
            Conflict: the seat was given up meanwhile; the person must arrive again.
        """
        seat = await self.engine.seat(user)
        if seat is None:
            raise Conflict
        return seat

    async def avoided_by(self, user: UserId) -> Mapping[UserId, int]:
        """Return whom *user* must not meet, and until when; the mapping stays current.

        Raises:
            Unavailable: the ledger cannot be reached.
            Conflict: the seat was given up meanwhile, or taken to another node.
        """
        avoid = await self.avoidance.of(user)
        if await self._is_elsewhere(user):
            self.avoidance.forget(user)
            raise Conflict
        return avoid

    async def introduced_to(self, user: UserId) -> Acquaintances:
        """Return whom *user* was introduced to; the mapping stays current.

        Raises:
            Unavailable: the ledger cannot be reached.
            Conflict: the seat was given up meanwhile, or taken to another node.
        """
        introduced = await self.introductions.of(user)
        if await self._is_elsewhere(user):
            self.introductions.forget(user)
            raise Conflict
        return introduced

    async def _is_elsewhere(self, user: UserId) -> bool:
        return await self.engine.seat(user) is None or not self.engine.holds(user)

    def forget(self, user: UserId) -> None:
        """Let go of what was read about somebody who is here no more."""
        self.avoidance.forget(user)
        self.introductions.forget(user)


def _nobody(_: UserId) -> bool:
    """Have no sockets."""
    return False


def persistent(verb: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Let *verb*, a method that loads, decides and commits, begin again whenever a record changed under its hands.

    Raises:
        Unavailable: the records would not hold still.
    """

    @wraps(verb)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        house: House = getattr(args[0], "_house", None) or args[0].house  # type: ignore[attr-defined]
        for rest_s in house.rests_s:
            try:
                return await verb(*args, **kwargs)
            except Conflict:
                if rest_s:
                    await asyncio.sleep(rest_s * random.uniform(0.5, 1.5))
        raise Unavailable

    return wrapper
