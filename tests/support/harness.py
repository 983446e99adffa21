"""A matchmaker with a repository in memory and a manual clock."""

from matchmaker.domain.clock import ManualClock
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.invite import Invite
from matchmaker.domain.ticket import MatchPreferences
from matchmaker.domain.timing import Timing
from matchmaker.domain.user_events import AnyUserEvent, InviteReceived, RoomStarted
from matchmaker.domain.user_state import UserState
from matchmaker.matchmaker import Matchmaker
from matchmaker.services.scheduler import Key
from matchmaker.services.state_store import StateStore
from tests.support.builders import ADA, BOB, CAT, NOW, profile
from tests.support.gated_repository import GatedRoomRepository

DAN, MIRROR = UserId("dan"), UserId("mirror")
TEXT, VIDEO = MatchPreferences(mode="text"), MatchPreferences(mode="video")


class MatchmakerHarness:
    """A matchmaker with the connected users Ada, Bob, Cat and Dan, and every event that it published."""

    def __init__(self, rules: Timing | None = None) -> None:
        self.clock = ManualClock(NOW)
        self.repository = GatedRoomRepository()
        self.repository.users |= {ADA, BOB, CAT, DAN}
        self.events: list[AnyUserEvent] = []
        self.store = StateStore(self.events.append)
        self.mm = Matchmaker(
            store=self.store, repository=self.repository, clock=self.clock, rules=rules or Timing(), on_fault=self._fail
        )
        self.mm.context.scheduler.disarm()

    async def begin(self) -> "MatchmakerHarness":
        for user in (ADA, BOB, CAT, DAN):
            await self.mm.connect(profile(user), resumed=False)
        return self

    async def advance(self, ms: int) -> None:
        until = self.clock.at + ms
        while (due := self.mm.context.scheduler.next) is not None and due <= until:
            self.clock.at = max(due, self.clock.at)
            await self.mm.context.scheduler.run_due()
            await self.repository.rest()
        self.clock.at = until

    async def rest(self) -> None:
        await self.advance(0)

    async def wait(self, *users: UserId, wish: MatchPreferences = TEXT) -> None:
        """Add users to the queue."""
        for user in users:
            await self.mm.join(user, wish)
            await self.mm.find_match(user)

    async def state(self, user: UserId) -> UserState:
        found = self.store.cached_state(user)
        assert found is not None
        return found

    async def phase(self, user: UserId) -> str:
        return (await self.state(user)).phase

    async def drop(self, user: UserId) -> None:
        self.mm.disconnect(user, epoch=(await self.state(user)).epoch)

    async def meet(self, wish: MatchPreferences = TEXT) -> RoomId:
        """Put Ada and Bob into a room."""
        await self.wait(ADA, BOB, wish=MatchPreferences(mode=wish.mode, auto_accept=True, auto_next=wish.auto_next))
        return self.rooms[-1]

    async def match(self) -> Invite:
        """Pair Ada and Bob; neither has answered."""
        await self.wait(ADA, BOB)
        return self.invites[-1]

    async def ask(self) -> Invite:
        """Let Ada, who is idle, invite Bob, who waits."""
        await self.wait(BOB)
        return await self.mm.invite(ADA, BOB, mode="text", duration_s=None)

    @property
    def invites(self) -> list[Invite]:
        return [event.invite for event in self.events if isinstance(event, InviteReceived)]

    @property
    def rooms(self) -> list[RoomId]:
        return [event.room.room_id for event in self.events if isinstance(event, RoomStarted)]

    def events_of(self, user: UserId, kind: type[AnyUserEvent]) -> list[AnyUserEvent]:
        return [event for event in self.events if event.to == user and isinstance(event, kind)]

    def _fail(self, key: Key, fault: BaseException) -> None:
        raise AssertionError(key) from fault
