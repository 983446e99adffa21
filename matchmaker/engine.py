"""The contract of an engine: seats, the queue and open invites. It stores, it never decides; time is an argument."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from matchmaker.change import Change, Claim
from matchmaker.fact import AnyFact
from matchmaker.ids import InviteId, RoomId, UserId
from matchmaker.invite import Invite
from matchmaker.news import AnyNews
from matchmaker.seat import Seat
from matchmaker.ticket import Band, Mode, Ticket

Deliver = Callable[[AnyNews], None]
"""Takes news for a person whose socket this node holds."""
Learn = Callable[[AnyFact], None]
"""Takes what this node has to know of what another has done."""
Due = tuple[Literal["seat", "invite", "room", "claim"], str]
"""What time acts on, and its name."""


def ignore(_: AnyFact) -> None:
    """Remember nothing that could be out of date."""


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
    seats: Mapping[UserId, Seat] = {}
    """Their seats, if they came along: a commit tells whether they still stand so."""


class Engine(Protocol):
    """Forgets everything at a restart, by design. Any call may raise `errors.Unavailable`.

    Whoever asks again after that loads again: what was to be stored may have been.
    """

    learn: Learn
    """Set by whoever remembers things that other nodes may change."""

    @property
    def node(self) -> str:
        """The name of this node; empty where there is only one, and nobody has to be told facts."""
        ...

    def holds(self, user: UserId) -> bool:
        """Tell whether this node has *user*: the socket that counts is, or was last, here."""
        ...

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

    async def tell(self, news: Collection[AnyNews | AnyFact]) -> None:
        """Deliver *news* of what the ledger has made durable, in order, to whichever node holds each person.

        This node knows its own facts: only others are told those. It never raises `Unavailable`.
        """
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

    # What only several nodes need: one alone has nothing to say to others, and nothing outlives it.

    async def begin(self) -> None:
        """Find out whether the store still remembers what it did. Whoever calls this compares what both remember."""
        ...

    def own(self) -> list[Seat]:
        """Return the seats of whom this node has, as it remembers them."""
        ...

    def trust(self) -> Collection[UserId]:
        """Note that they have been compared; say what had to wait; return whose seats have moved unheard."""
        ...

    def give_up(self, user: UserId) -> None:
        """Remember *user* no more: they are on another node."""
        ...

    async def recall(self, users: Sequence[UserId]) -> list[Seat | None]:
        """Return where *users* stand, asking the store itself and nothing that is remembered here."""
        ...

    async def claim(self, room_id: RoomId) -> Claim | None:
        """Return the claim of a room that is just opening; None: there is none, or its outcome is certain."""
        ...

    def settle(self, room_id: RoomId) -> None:
        """Drop the claim of a room whose outcome is certain, sooner or later."""
        ...

    def watch(self, room_id: RoomId, deadline: int | None) -> None:
        """Let every node know when time acts on a room; None: not at all."""
        ...

    async def due(self, *, before: int, limit: int) -> list[Due]:
        """Return what should have been acted on before that instant (Unix milliseconds), earliest first."""
        ...

    async def people(self, node: str) -> list[UserId]:
        """Return whom *node* has."""
        ...

    def reread(self, user: UserId) -> None:
        """Keep the avoid-set of *user* anew at the next commit of their ticket: it has become less."""
        ...
