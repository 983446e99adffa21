"""The contract of an engine: seats, the queue and open invites. It stores, it never decides; time is an argument."""

from collections.abc import Callable, Collection
from typing import Protocol

import msgspec

from matchmaker.change import Change
from matchmaker.ids import InviteId, UserId
from matchmaker.invite import Invite
from matchmaker.news import AnyNews
from matchmaker.seat import Seat
from matchmaker.ticket import Band, Mode, Ticket

Deliver = Callable[[AnyNews], None]
"""Takes news for a person whose socket this node holds."""


class Heads(msgspec.Struct, frozen=True):
    """Who a newcomer might meet, out of everyone waiting; each is the longest-waiting of their kind."""

    new: Ticket | None = None
    """Compatible, and not offered before in this session."""
    kindred: Ticket | None = None
    """The same, and sharing an interest."""
    offered: Ticket | None = None
    """Compatible, but offered before."""
    introduced: Ticket | None = None
    """Compatible, new, and introduced to the newcomer."""
    retry_at: int | None = None
    """When the first cooldown that stood in the way of a pairing ends."""


class Engine(Protocol):
    """Forgets everything at a restart, by design."""

    async def seat(self, user: UserId) -> Seat | None:
        """Return where *user* stands; None for somebody who has not been here lately."""
        ...

    async def invite(self, invite_id: InviteId) -> Invite | None:
        """Return an open invite."""
        ...

    async def commit(self, change: Change) -> None:
        """Apply *change* whole, then deliver its news.

        Raises:
            Conflict: a record is not at the version it was loaded at. Nothing was stored and nobody was told.
        """
        ...

    async def tell(self, news: Collection[AnyNews]) -> None:
        """Deliver *news* of what the ledger has made durable, in order, to whichever node holds each person."""
        ...

    async def heads(self, ticket: Ticket, *, now: int) -> Heads:
        """Return whom the holder of *ticket* might be paired with; the cost does not depend on how many wait."""
        ...

    async def waiting(
        self, *, mode: Mode | None, band: Band, first: Collection[UserId], skip: Collection[UserId], limit: int
    ) -> list[Seat]:
        """Return up to *limit* people of *band* who are waiting, nobody in *skip*.

        Those in *first* come first, then whoever waits longest.
        """
        ...

    async def depth(self) -> dict[Mode, int]:
        """Return how many people wait, by mode."""
        ...
