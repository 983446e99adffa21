"""A whole matchmaker on a ledger in memory and a clock that is moved by hand, for stories of a few lines."""

from matchmaker.clock import ManualClock
from matchmaker.ids import RoomId, UserId
from matchmaker.invite import Invite
from matchmaker.matchmaker import Matchmaker
from matchmaker.news import AnyNews, InviteReceived, RoomStarted
from matchmaker.rules import Rules
from matchmaker.seat import Seat
from matchmaker.state_store import StateStore
from matchmaker.ticket import Wish
from matchmaker.timekeeper import Key
from tests.properties.gated import GatedLedger
from tests.rules.cast import ADA, BOB, CAT, NOW, profile

DAN, GLASS = UserId("dan"), UserId("glass")
TEXT, VIDEO = Wish(mode="text"), Wish(mode="video")


class Place:
    """Ada, Bob, Cat and Dan are here. `told` is what each has been told, by name of the news."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.clock = ManualClock(NOW)
        self.ledger = GatedLedger()
        self.ledger.users |= {ADA, BOB, CAT, DAN}
        self.news: list[AnyNews] = []
        self.store = StateStore(self.news.append)
        self.mm = Matchmaker(
            store=self.store, ledger=self.ledger, clock=self.clock, rules=rules or Rules(), on_fault=self._fail
        )
        self.mm.house.timekeeper.disarm()

    async def begin(self) -> "Place":
        for user in (ADA, BOB, CAT, DAN):
            await self.mm.arrive(profile(user), resumed=False)
        return self

    async def let_pass(self, ms: int) -> None:
        until = self.clock.at + ms
        while (due := self.mm.house.timekeeper.next) is not None and due <= until:
            self.clock.at = max(due, self.clock.at)
            await self.mm.house.timekeeper.run_due()
            await self.ledger.rest()
        self.clock.at = until

    async def rest(self) -> None:
        await self.let_pass(0)

    async def wait(self, *users: UserId, wish: Wish = TEXT) -> None:
        """Let people join the queue."""
        for user in users:
            await self.mm.join(user, wish)
            await self.mm.seek(user)

    async def seat(self, user: UserId) -> Seat:
        found = self.store.peek(user)
        assert found is not None
        return found

    async def phase(self, user: UserId) -> str:
        return (await self.seat(user)).phase

    async def drop(self, user: UserId) -> None:
        await self.mm.depart(user, epoch=(await self.seat(user)).epoch)

    async def meet(self, wish: Wish = TEXT) -> RoomId:
        """Put Ada and Bob into a room."""
        await self.wait(ADA, BOB, wish=Wish(mode=wish.mode, auto_accept=True, auto_next=wish.auto_next))
        return self.rooms[-1]

    async def match(self) -> Invite:
        """Pair Ada and Bob; nobody has answered."""
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

    def told(self, user: UserId, kind: type[AnyNews]) -> list[AnyNews]:
        return [news for news in self.news if news.to == user and isinstance(news, kind)]

    def _fail(self, key: Key, fault: BaseException) -> None:
        raise AssertionError(key) from fault
