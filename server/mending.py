"""What went wrong while nodes could not talk is put right: whoever is here is here for all, whoever is not is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from matchmaker.errors import RateLimited, Unavailable
from matchmaker.fact import AnyFact, Interrupted, Reseated
from matchmaker.ids import UserId
from matchmaker.matchmaker import Matchmaker
from matchmaker.news import QueueUpdate
from matchmaker.seat import Seat
from server.faults import Faults
from server.membership import a_few_at_a_time
from signaling.closecodes import CloseCode
from signaling.conversation import Conversation
from signaling.hub import Hub

AGAIN_S: Final = 1.0
"""How long to rest when it cannot be done yet."""
RETURN_S: Final = 3.0
"""How long somebody who was sent away may take to come back before they count as away."""


class Mending:
    """Compares who is here with what all nodes believe, whenever there is doubt, between `open` and `close`."""

    def __init__(
        self, matchmaker: Matchmaker, hub: Hub, *, reread: Callable[[], Awaitable[None]], faults: Faults
    ) -> None:
        """*reread* makes good what was not heard about tokens and decisions."""
        self._faults = faults
        self._matchmaker = matchmaker
        self._engine = matchmaker.house.engine
        self._hub = hub
        self._reread = reread
        self._owed: set[UserId] = set()
        self._owes_all = False
        self._taken: dict[UserId, Seat] = {}
        """Where those were who are here, but whom another node took for lost."""
        self._wake = asyncio.Event()
        self._working: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin."""
        self._working = asyncio.create_task(self._work(), name="mending")

    async def close(self) -> None:
        """Put nothing right any more."""
        working, self._working = self._working, None
        if working is not None:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    def owe(self, user: UserId) -> None:
        """Look again where *user* stands, as soon as that can be known."""
        self._owed.add(user)
        self._wake.set()

    def owe_all(self) -> None:
        """Look again where everybody stands who is, or was, here: this node was deaf, or taken for dead."""
        self._owes_all = True
        self._wake.set()

    def learn(self, fact: AnyFact) -> None:
        """Notice that another node has taken somebody for lost who is here, or has those who were; or may have."""
        if isinstance(fact, Interrupted):
            self.owe_all()
        if not isinstance(fact, Reseated) or fact.seat is not None:
            return
        if self._hub.presence_of(fact.to) is not None:
            if fact.before is not None and self._hub.is_here(fact.to):
                self._taken[fact.to] = fact.before
            self.owe(fact.to)
        elif self._hub.ways is not None and fact.before is not None and fact.before.room is not None:
            self._hub.ways.follow(fact.to, fact.before.room)

    def miss(self, user: UserId) -> None:
        """Send away *user*, who was not told what has happened to them: they come back at once, and are told all."""
        if self._hub.is_here(user):
            self._hub.hand_over(user, CloseCode.GOING_AWAY)
            asyncio.get_running_loop().call_later(RETURN_S, self.owe, user)

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._owes_all or self._owed:
                try:
                    await self._mend()
                except Unavailable:
                    await asyncio.sleep(AGAIN_S)
                except Exception as fault:  # noqa: BLE001 - reported, and tried again
                    self._faults.report("phase_not_reconciled", fault)
                    await asyncio.sleep(AGAIN_S)

    async def _mend(self) -> None:
        if self._owes_all:
            await self._reread()
            self._owed.update(self._hub.here(), await self._engine.people(self._engine.node))
            self._owes_all = False
        await a_few_at_a_time(self._put_right, self._owed)

    async def _put_right(self, user: UserId) -> None:
        """Bring the seat of *user* in line with whether they are here. Raises `Unavailable`."""
        async with self._hub.arriving(user) as presence:
            seat, here = (await self._engine.recall((user,)))[0], presence.conversation
            mine = seat is not None and seat.node == self._engine.node
            if seat is None and self._engine.holds(user):
                raise Unavailable  # Redis has lost it; what we remember is about to be put back
            if not isinstance(here, Conversation):
                if seat is not None and mine and seat.connected:
                    await self._matchmaker.depart(user, epoch=seat.epoch)
                elif seat is not None and seat.node and not mine:
                    # Or what their peer says here would wait here for their return.
                    self._hub.hand_over(user)
            elif seat is not None and not mine and seat.epoch > here.epoch:
                self._hub.hand_over(user)
            elif seat is None or not mine or not seat.connected or seat.epoch != here.epoch:
                standing = await self._matchmaker.arrive(here.profile, resumed=True, band=here.band)
                here.renumber(standing.seat.epoch)
                await self._make_up(user, self._taken.get(user), standing.seat)
        self._owed.discard(user)
        self._taken.pop(user, None)

    async def _make_up(self, user: UserId, before: Seat | None, seat: Seat) -> None:
        """Give *user* back what they lost while they were taken for lost, or have them learn of it."""
        if before is None or _place(before) == _place(seat):
            return
        if before.phase == "queued" and before.ticket is not None and seat.phase == "idle":
            try:
                await self._matchmaker.join(user, before.ticket.wish)
            except RateLimited:
                self.miss(user)
                return
            await self._engine.tell((QueueUpdate(to=user, queued=True, reason="requeued"),))
            self._matchmaker.house.seek_soon(user)
        else:
            self.miss(user)


def _place(seat: Seat) -> tuple[str, str | None, str | None]:
    return seat.phase, seat.room, seat.open_invite
