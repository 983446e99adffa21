"""What all services share: the state store, the repository, the clock and the deadlines."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.friend_call import FriendCallRules
from matchmaker.domain.ids import UserId
from matchmaker.domain.timing import Timing
from matchmaker.domain.user_state import UserState
from matchmaker.ports.callbacks import Done, spawn
from matchmaker.ports.other_processes import OtherProcesses
from matchmaker.ports.room_repository import RoomRepository
from matchmaker.services.exclusions import ExclusionCache
from matchmaker.services.introductions import IntroductionCache
from matchmaker.services.scheduler import Act, DeadlineScheduler, Key, Kind
from matchmaker.services.state_store import StateStore
from matchmaker.services.stats import MatchmakerStats
from matchmaker.services.unanswered_invites import UnansweredInvites

PERSONAL: Final[tuple[Kind, ...]] = ("expiry", "matching", "sync_presence", "mirror")
"""Deadlines of a user; an invite and a room have their own."""


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
        self.scheduler.schedule(("matching", user), now + in_ms)
        if self.rules.mirror_after_ms is not None:
            self.scheduler.schedule(("mirror", user), now + self.rules.mirror_after_ms)

    def resume_pairing(self, user: UserId) -> None:
        """End the suspension of *user*'s pairing, if there is one."""
        if self.store.resume_pairing(user):
            self.schedule_matching(user)

    def put(self, state: UserState) -> None:
        """Store the state of a user, and schedule its deadline."""
        self.store.put(state)
        self.scheduler.schedule(("expiry", state.profile.user_id), state.deadline)

    def remove(self, user: UserId) -> None:
        """Drop the state of a user who has left."""
        self.store.forget(user)
        self.scheduler.schedule(("expiry", user), None)
        self.forget(user)

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
            Unavailable: they are not here; the user must connect again.
        """
        state = self.store.cached_state(user)
        if state is None:
            raise Unavailable
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
            if self.store.cached_state(user) is None:  # They have left in between.
                self.forget(user)

    def spawn(self, work: Coroutine[Any, Any, Any], done: Done) -> None:
        """Run *work*, a coroutine, in a task that `close` waits for; then call *done*."""
        self.scheduler.keep(spawn(work, done))

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
