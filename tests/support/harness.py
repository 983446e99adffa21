"""A whole matchmaker on a repository in memory and a clock that is moved by hand, for stories of a few lines."""

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

DAN, GLASS = UserId("dan"), UserId("glass")
TEXT, VIDEO = MatchPreferences(mode="text"), MatchPreferences(mode="video")


class Place:
    """Ada, Bob, Cat and Dan are here. `told` is what each has been told, by name of the news."""

    def __init__(self, rules: Timing | None = None) -> None:
        self.clock = ManualClock(NOW)
        self.repository = GatedRoomRepository()
        self.repository.users |= {ADA, BOB, CAT, DAN}
        self.news: list[AnyUserEvent] = []
        self.store = StateStore(self.news.append)
        self.mm = Matchmaker(
            store=self.store, repository=self.repository, clock=self.clock, rules=rules or Timing(), on_fault=self._fail
        )
        self.mm.context.scheduler.disarm()

    async def begin(self) -> "Place":
        for user in (ADA, BOB, CAT, DAN):
            await self.mm.connect(profile(user), resumed=False)
        return self

    async def let_pass(self, ms: int) -> None:
        until = self.clock.at + ms
        while (due := self.mm.context.scheduler.next) is not None and due <= until:
            self.clock.at = max(due, self.clock.at)
            await self.mm.context.scheduler.run_due()
            await self.repository.rest()
        self.clock.at = until

    async def rest(self) -> None:
        await self.let_pass(0)

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
        return [news.invite for news in self.news if isinstance(news, InviteReceived)]

    @property
    def rooms(self) -> list[RoomId]:
        return [news.room.room_id for news in self.news if isinstance(news, RoomStarted)]

    def told(self, user: UserId, kind: type[AnyUserEvent]) -> list[AnyUserEvent]:
        return [news for news in self.news if news.to == user and isinstance(news, kind)]

    def _fail(self, key: Key, fault: BaseException) -> None:
        raise AssertionError(key) from fault
