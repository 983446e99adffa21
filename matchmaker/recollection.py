"""What a node remembers of seats that an engine elsewhere keeps: its own people's, and what it has seen of others."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from matchmaker.change import Change
from matchmaker.ids import UserId
from matchmaker.seat import Seat
from matchmaker.ticket import KEPT

SEEN_MAX: Final = 10_000

Moved = Callable[[UserId, Seat | None, Seat | None], None]
"""Told when another node has moved somebody's seat: who, the seat before, the seat now; None: they are not ours."""


class Recollection:
    """Follows what it is told. A stale memory is found out by the commit that is made from it."""

    def __init__(self, node: str, *, on_moved: Moved, on_lost: Callable[[], None]) -> None:
        """*on_lost* is told when the store has nothing of somebody of whom nobody said that they were forgotten."""
        self.own: dict[UserId, Seat] = {}
        """Whom this node has; what others do to their seats is told at once."""
        self.unsure: set[UserId] = set()
        """Those of them whose seats may have changed without our knowing."""
        self.missed: set[UserId] = set()
        """Those of them of whom the store knew something newer than what was told."""
        self.is_current = False
        """Whether nothing that was told can have been missed."""
        self.avoid: dict[UserId, Mapping[UserId, int]] = {}
        """The avoid-sets of our people that the store has, each the very mapping that their tickets carry."""
        self._seen: dict[UserId, Seat] = {}
        self._node = node
        self._on_moved = on_moved
        self._on_lost = on_lost

    def sure(self, user: UserId) -> Seat | None:
        """Return the seat of somebody of ours, unless it may have changed."""
        return None if user in self.unsure else self.own.get(user)

    def at(self, user: UserId, version: int) -> Seat | None:
        """Return a seat that is remembered at exactly this version: a commit need not write what stays as it is."""
        seat = self.own.get(user) or self._seen.get(user)
        return seat if seat is not None and seat.version == version else None

    def see(self, seat: Seat) -> Seat:
        """Remember somebody else's seat as it is now."""
        if len(self._seen) >= SEEN_MAX:
            self._seen.clear()
        self._seen[seat.user] = seat
        return seat

    def find(self, user: UserId, seat: Seat | None) -> None:
        """Take over what the store answers. What it tells comes on the same connection: what is newer was missed."""
        before = self.own.get(user)
        if before is not None and seat is not None and seat.version > before.version and seat.node == self._node:
            self.missed.add(user)
        self.note(user, seat)

    def note(self, user: UserId, seat: Seat | None) -> None:
        """Take over what the store says of a seat, and let it be known if that is not what was remembered."""
        before = self.own.get(user)
        if seat is None:
            if before is not None and self.is_current:
                self._on_lost()
            return
        if seat.node != self._node:
            self.see(seat)
        if before is not None and seat.version <= before.version:
            return
        if seat.node == self._node:
            self.own[user] = seat
            self._on_moved(user, before, seat)
        elif before is not None:
            self.lose(user)

    def lose(self, user: UserId) -> None:
        """Note that *user* is on another node, or forgotten."""
        before = self.own.get(user)
        self._drop(user)
        if before is not None:
            self._on_moved(user, before, None)

    def apply(self, change: Change) -> None:
        """Take over what this node itself has just changed."""
        for seat in (*change.seats, *(seat for _, seat in change.restored)):
            stored = msgspec.structs.replace(seat, version=seat.version + 1)
            if seat.node != self._node:
                self._drop(seat.user)
                self.see(stored)
                continue
            self.unsure.discard(seat.user)
            self._seen.pop(seat.user, None)
            self.own[seat.user] = stored
            if seat.ticket is not None and seat.ticket.avoid is not KEPT:
                self.avoid[seat.user] = seat.ticket.avoid
        for seat in change.forgotten:
            self._drop(seat.user)

    def doubt(self, users: Iterable[UserId]) -> None:
        """Note that the seats of these people are not, or may not be, as they are remembered."""
        for user in users:
            self.unsure.add(user)
            self._seen.pop(user, None)

    def interrupt(self) -> None:
        """Note that something may have been missed."""
        self.is_current = False
        self._seen.clear()

    def _drop(self, user: UserId) -> None:
        self._seen.pop(user, None)
        self.unsure.discard(user)
        self.missed.discard(user)
        self.own.pop(user, None)
        self.avoid.pop(user, None)
