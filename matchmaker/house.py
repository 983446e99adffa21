"""What every verb needs: where things are kept, what time it is, and who wakes it."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from matchmaker.avoidance import Avoidance
from matchmaker.callbacks import Done, spawn
from matchmaker.clock import Clock
from matchmaker.errors import Conflict, Unavailable
from matchmaker.friend_call import Friends
from matchmaker.ids import UserId
from matchmaker.introduction import Acquaintances, Introductions
from matchmaker.ledger import Ledger
from matchmaker.other_processes import OtherProcesses
from matchmaker.rules import Rules
from matchmaker.seat import Seat
from matchmaker.state_store import StateStore
from matchmaker.stats import Stats
from matchmaker.timekeeper import Act, Key, Kind, Timekeeper
from matchmaker.unanswered import Unanswered

PERSONAL: Final[tuple[Kind, ...]] = ("seat", "seek", "attend", "mirror")
"""What is scheduled for a user; an invite and a room have their own."""
_ATTEMPTS = 16
"""How often a verb loads again at once after a conflict; more means that the store is broken, not busy."""

P = ParamSpec("P")
R = TypeVar("R")


class House:
    """The shared foundations of the verbs."""

    def __init__(
        self,
        *,
        store: StateStore,
        ledger: Ledger,
        clock: Clock,
        rules: Rules,
        act: Act,
        on_fault: Callable[[Key, BaseException], None],
        others: OtherProcesses,
        friends: Friends,
    ) -> None:
        self.others = others
        self.friends = friends
        self.store = store
        self.ledger = ledger
        self.clock = clock
        self.rules = rules
        self.avoidance = Avoidance(ledger, clock)
        self.introductions = Introductions(ledger)
        self.unanswered = Unanswered(rules.expired_cooldown_ms)
        self.stats = Stats()
        self.pairs = True
        """Whether people who wait are brought together; not while everybody is about to leave."""
        self.timekeeper = Timekeeper(clock, act, on_fault=on_fault, on_late=self._late)

    def seek_soon(self, user: UserId, *, in_ms: int = 0) -> None:
        """Let *user*, who is (again) in the queue, be paired as soon as this verb is done, or *in_ms* later."""
        now = self.clock.now()
        self.timekeeper.watch(("seek", user), now + in_ms)
        if self.rules.mirror_after_ms is not None:
            self.timekeeper.watch(("mirror", user), now + self.rules.mirror_after_ms)

    def watch_seat(self, seat: Seat) -> None:
        """Wake whoever must act when the seat's deadline comes."""
        self.timekeeper.watch(("seat", seat.user), seat.deadline)

    def part(self, one: UserId, other: UserId, until: int) -> None:
        """Keep two people apart at least until *until*."""
        self.avoidance.lengthen(one, other, until)

    def shorten(self, one: UserId, other: UserId, *, before: int, until: int) -> None:
        """Replace the cooldown that ends at exactly *before* by one until *until*; one of another cause stays."""
        self.avoidance.forgive(one, other, before)
        self.avoidance.lengthen(one, other, until)

    def _late(self, ms: int) -> None:
        self.stats.on_late(ms)

    def seat(self, user: UserId) -> Seat:
        """Return where *user* stands.

        Raises:
            Conflict: the seat was given up meanwhile; the person must arrive again.
        """
        seat = self.store.peek(user)
        if seat is None:
            raise Conflict
        return seat

    def has_read(self, user: UserId) -> bool:
        """Tell whether it is known whom *user* must not meet, and was introduced to."""
        return self.avoidance.known(user) is not None and self.introductions.is_known(user)

    async def read(self, users: Iterable[UserId]) -> None:
        """Read whom each of *users* must not meet, and was introduced to, if it is not known.

        Raises:
            Unavailable: the ledger cannot be reached.
        """
        for user in users:
            await self.introductions.of(user)
            await self.avoidance.of(user)

    def spawn(self, work: Coroutine[Any, Any, Any], done: Done) -> None:
        """Run *work*, which has to wait, in a task that `close` waits for; then call *done*."""
        self.timekeeper.keep(spawn(work, done))

    async def avoided_by(self, user: UserId) -> Mapping[UserId, int]:
        """Return whom *user* must not meet, and until when; the mapping stays current.

        Raises:
            Unavailable: the ledger cannot be reached.
            Conflict: the seat was given up meanwhile, or taken to another process.
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
            Conflict: the seat was given up meanwhile, or taken to another process.
        """
        introduced = await self.introductions.of(user)
        if await self._is_elsewhere(user):
            self.introductions.forget(user)
            raise Conflict
        return introduced

    async def _is_elsewhere(self, user: UserId) -> bool:
        return self.store.peek(user) is None

    def forget(self, user: UserId) -> None:
        """Let go of what was read about somebody who is here no more."""
        self.avoidance.forget(user)
        self.introductions.forget(user)

    def drop(self, user: UserId) -> None:
        """Forget the state of *user*, and all that was scheduled for them."""
        self.store.remove(user)
        for kind in PERSONAL:
            self.timekeeper.watch((kind, user), None)
        self.forget(user)


def persistent(verb: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Let *verb*, a method that loads, decides and commits, begin again whenever a record changed under its hands.

    Raises:
        Unavailable: the records would not hold still.
    """

    @wraps(verb)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(_ATTEMPTS):
            try:
                return await verb(*args, **kwargs)
            except Conflict:
                continue
        raise Unavailable

    return wrapper
