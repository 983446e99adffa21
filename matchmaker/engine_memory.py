"""The engine of a single node: dictionaries, and a commit that nothing can interrupt."""

from collections.abc import Collection, Iterable, Sequence
from heapq import merge

import msgspec

from matchmaker.change import Change, Claim
from matchmaker.engine import Deliver, Due, Heads, Learn, ignore
from matchmaker.errors import Conflict
from matchmaker.fact import AnyFact, Fact
from matchmaker.ids import InviteId, RoomId, UserId
from matchmaker.introduction import foremost
from matchmaker.invite import Invite
from matchmaker.news import AnyNews
from matchmaker.queue import Queue
from matchmaker.seat import Seat
from matchmaker.ticket import Band, Mode, Ticket, are_of_one_band

_MODES: tuple[Mode, ...] = ("video", "text")


class MemoryEngine:
    """Keeps seats, queue and invites of one process."""

    def __init__(self, deliver: Deliver) -> None:
        self.learn: Learn = ignore
        self.node = ""
        self._deliver = deliver
        self._seats: dict[UserId, Seat] = {}
        self._invites: dict[InviteId, Invite] = {}
        self._queue = Queue()

    async def seat(self, user: UserId) -> Seat | None:
        """Return where *user* stands."""
        return self._seats.get(user)

    async def invite(self, invite_id: InviteId) -> Invite | None:
        """Return an open invite."""
        return self._invites.get(invite_id)

    async def commit(self, change: Change) -> None:
        """Apply *change* whole, then deliver its news.

        Raises:
            Conflict: a record is not at the version it was loaded at.
        """
        for seat in (*change.seats, *change.forgotten):
            if _version(self._seats.get(seat.user)) != seat.version:
                raise Conflict
        for invite in (*change.invites, *change.ended):
            if _version(self._invites.get(invite.invite_id)) != invite.version:
                raise Conflict
        for seat in change.seats:
            self._place(msgspec.structs.replace(seat, version=seat.version + 1))
        for seat in change.forgotten:
            self._unlist(self._seats.pop(seat.user, None))
        for invite in change.invites:
            self._invites[invite.invite_id] = msgspec.structs.replace(invite, version=invite.version + 1)
        for invite in change.ended:
            self._invites.pop(invite.invite_id, None)
        await self.tell(change.tell)

    async def tell(self, news: Collection[AnyNews | AnyFact]) -> None:
        """Deliver *news* in order."""
        for item in news:
            if not isinstance(item, Fact):
                self._deliver(item)

    async def heads(self, ticket: Ticket, *, now: int) -> Heads:
        """Return whom the holder of *ticket* might be paired with."""
        heads = self._queue.heads(ticket, now=now)
        if ticket.introduced:
            # They are few: each is looked up, nobody is searched for.
            found = (self._seats.get(user) for user in ticket.introduced)
            waiting = (seat.ticket for seat in found if seat is not None and seat.is_waiting and seat.ticket)
            heads = msgspec.structs.replace(heads, introduced=foremost(ticket, waiting, now=now))
        return heads

    async def waiting(
        self, *, mode: Mode | None, band: Band, first: Collection[UserId], skip: Collection[UserId], limit: int
    ) -> list[Seat]:
        """Return up to *limit* people of *band* who are waiting: those in *first*, then whoever waits longest."""
        preferred = [seat for user in first if (seat := self._seats.get(user)) and _is_listed(seat, mode, band)]
        found = {seat.user: seat for seat in preferred if seat.user not in skip}
        for ticket in self._listed(mode, band):
            if len(found) >= limit:
                break
            if ticket.user not in skip:
                found.setdefault(ticket.user, self._seats[ticket.user])
        return list(found.values())[:limit]

    async def depth(self) -> dict[Mode, int]:
        """Return how many people wait, by mode."""
        return self._queue.depth()

    # One node alone has everybody, and nothing of it outlives the process.

    def holds(self, user: UserId) -> bool:  # noqa: ARG002
        """Tell that everybody is here."""
        return True

    async def begin(self) -> None:
        """Remember everything."""

    def own(self) -> list[Seat]:
        """Return all seats."""
        return list(self._seats.values())

    def trust(self) -> Collection[UserId]:
        """Have nothing that had to wait, and nobody who missed anything."""
        return ()

    def give_up(self, user: UserId) -> None:
        """Have no other node on which anybody could be."""

    async def recall(self, users: Sequence[UserId]) -> list[Seat | None]:
        """Return where *users* stand."""
        return [self._seats.get(user) for user in users]

    async def claim(self, room_id: RoomId) -> Claim | None:  # noqa: ARG002
        """Return nothing: whoever opens a room is here, and can be waited for."""
        return None

    def settle(self, room_id: RoomId) -> None:
        """Keep no claims."""

    def watch(self, room_id: RoomId, deadline: int | None) -> None:
        """Leave the time to the timekeeper."""

    async def due(self, *, before: int, limit: int) -> list[Due]:  # noqa: ARG002
        """Return nothing: no node can have left anything behind."""
        return []

    async def people(self, node: str) -> list[UserId]:  # noqa: ARG002
        """Return everybody."""
        return list(self._seats)

    def reread(self, user: UserId) -> None:
        """Have nothing to do: the ticket carries the very avoid-set."""

    def _listed(self, mode: Mode | None, band: Band) -> Iterable[Ticket]:
        if mode is not None:
            return self._queue.listed(mode, band)
        return merge(*(self._queue.listed(one, band) for one in _MODES), key=lambda ticket: ticket.joined_at)

    def _place(self, seat: Seat) -> None:
        before = self._seats.get(seat.user)
        self._seats[seat.user] = seat
        if before is not None and before.is_waiting and seat.is_waiting and before.ticket is seat.ticket:
            return
        self._unlist(before)
        if seat.is_waiting and seat.ticket is not None:
            self._queue.add(seat.ticket)

    def _unlist(self, seat: Seat | None) -> None:
        if seat is not None and seat.is_waiting and seat.ticket is not None:
            self._queue.discard(seat.ticket)


def _is_listed(seat: Seat, mode: Mode | None, band: Band) -> bool:
    ticket = seat.ticket
    return (
        seat.is_waiting
        and ticket is not None
        and ticket.wish.listed
        and mode in (None, ticket.wish.mode)
        and are_of_one_band(ticket.band, band)
    )


def _version(record: Seat | Invite | None) -> int:
    return 0 if record is None else record.version
