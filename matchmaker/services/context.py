"""What all services share: the state store, the repository, the clock and the deadlines."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Unavailable, VersionConflict
from matchmaker.domain.friend_call import FriendCallRules
from matchmaker.domain.ids import UserId
from matchmaker.domain.timing import Timing
from matchmaker.domain.user_state import UserState
from matchmaker.ports.callbacks import Done, spawn
from matchmaker.ports.other_processes import OtherProcesses
from matchmaker.ports.room_repository import RoomRepository
from matchmaker.services.exclusions import ExclusionCache
from matchmaker.services.introductions import IntroducedBy, IntroductionCache
from matchmaker.services.scheduler import Act, DeadlineScheduler, Key, Kind
from matchmaker.services.state_store import StateStore
from matchmaker.services.stats import MatchmakerStats
from matchmaker.services.unanswered_invites import UnansweredInvites

PERSONAL: Final[tuple[Kind, ...]] = ("seat", "seek", "attend", "mirror")
"""Deadlines of a user; an invite and a room have their own."""
_ATTEMPTS = 16
"""How often an operation is retried after a conflict; more conflicts mean that the store is broken, not busy."""

P = ParamSpec("P")
R = TypeVar("R")


class MatchmakerContext:
    """The objects that every service uses."""

    def __init__(
        self,
        *,
        store: StateStore,
        repository: RoomRepository,
        clock: Clock,
        rules: Timing,
        act: Act,
        on_fault: Callable[[Key, BaseException], None],
        others: OtherProcesses,
        friends: FriendCallRules,
        stats: MatchmakerStats,
    ) -> None:
        self.others = others
        self.friends = friends
        self.store = store
        self.repository = repository
        self.clock = clock
        self.rules = rules
        self.exclusions = ExclusionCache(repository, clock)
        self.introductions = IntroductionCache(repository)
        self.unanswered_invites = UnansweredInvites(rules.expired_cooldown_ms)
        self.stats = stats
        self.is_pairing = True
        """Whether waiting users are paired; not while the process is draining."""
        self.scheduler = DeadlineScheduler(clock, act, on_fault=on_fault, on_late=stats.on_late)

    def stop_pairing(self) -> None:
        """Pair no waiting users any more."""
        self.is_pairing = False

    def schedule_matching(self, user: UserId, *, in_ms: int = 0) -> None:
        """Pair *user*, who is (again) in the queue, once this operation is done, or *in_ms* later."""
        now = self.clock.now()
        self.scheduler.schedule(("seek", user), now + in_ms)
        if self.rules.mirror_after_ms is not None:
            self.scheduler.schedule(("mirror", user), now + self.rules.mirror_after_ms)

    def schedule_expiry(self, state: UserState) -> None:
        """Schedule the deadline of the user's state."""
        self.scheduler.schedule(("seat", state.user), state.deadline)

    def extend_cooldown(self, one: UserId, other: UserId, until: int) -> None:
        """Extend the cooldown of two users to at least *until*."""
        self.exclusions.extend(one, other, until)

    def replace_cooldown(self, one: UserId, other: UserId, *, before: int, until: int) -> None:
        """Replace the cooldown that ends at exactly *before* by one until *until*; one of another cause stays."""
        self.exclusions.revoke(one, other, before)
        self.exclusions.extend(one, other, until)

    def user_state(self, user: UserId) -> UserState:
        """Return the state of *user*.

        Raises:
            Conflict: the state was dropped in between; the user must connect again.
        """
        state = self.store.cached_state(user)
        if state is None:
            raise VersionConflict
        return state

    def has_loaded(self, user: UserId) -> bool:
        """Return whether exclusions and introductions of *user* are loaded."""
        return self.exclusions.known(user) is not None and self.introductions.is_known(user)

    async def load(self, users: Iterable[UserId]) -> None:
        """Load exclusions and introductions of *users*, unless they are loaded.

        Raises:
            Unavailable: the repository cannot be reached.
        """
        for user in users:
            await self.introductions.of(user)
            await self.exclusions.of(user)

    def spawn(self, work: Coroutine[Any, Any, Any], done: Done) -> None:
        """Run *work*, a coroutine, in a task that `close` waits for; then call *done*."""
        self.scheduler.keep(spawn(work, done))

    async def exclusions_of(self, user: UserId) -> Mapping[UserId, int]:
        """Return the exclusions of *user* with their ends; the mapping stays current.

        Raises:
            Unavailable: the repository cannot be reached.
            Conflict: the state was dropped in between, or moved to another process.
        """
        avoid = await self.exclusions.of(user)
        if await self._is_elsewhere(user):
            self.exclusions.forget(user)
            raise VersionConflict
        return avoid

    async def introductions_of(self, user: UserId) -> IntroducedBy:
        """Return the introductions of *user*; the mapping stays current.

        Raises:
            Unavailable: the repository cannot be reached.
            Conflict: the state was dropped in between, or moved to another process.
        """
        introduced = await self.introductions.of(user)
        if await self._is_elsewhere(user):
            self.introductions.forget(user)
            raise VersionConflict
        return introduced

    async def _is_elsewhere(self, user: UserId) -> bool:
        return self.store.cached_state(user) is None

    def forget(self, user: UserId) -> None:
        """Drop the exclusions and introductions of a user who has left."""
        self.exclusions.forget(user)
        self.introductions.forget(user)

    def drop(self, user: UserId) -> None:
        """Drop the state of *user* and all their deadlines."""
        self.store.remove(user)
        for kind in PERSONAL:
            self.scheduler.schedule((kind, user), None)
        self.forget(user)


def retry_on_conflict(verb: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Retry *verb*, a method that loads, decides and commits, when a record changed in between.

    Raises:
        Unavailable: the records changed on every attempt.
    """

    @wraps(verb)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(_ATTEMPTS):
            try:
                return await verb(*args, **kwargs)
            except VersionConflict:
                continue
        raise Unavailable

    return wrapper
