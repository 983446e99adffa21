"""Messages between nodes. Tags are explicit and never change; fields are only added, at the end, with a default.

A reader ignores fields that it does not know. A message of unknown kind is refused and counted.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.room import Reason
from matchmaker.domain.ticket import Mode, Ticket
from server.cluster.wire.moved_user import MovedUser
from signaling.connection.ports import Identity
from signaling.wire.frames import Hello


class NodeMessage(msgspec.Struct, frozen=True, array_like=True, tag_field="kind"):
    """Base of all messages."""


class Up(NodeMessage, frozen=True, tag="up"):
    """A frame of a client, from its edge to its owner."""

    link: int
    frame: str


class Down(NodeMessage, frozen=True, tag="down"):
    """A frame for a client, from its owner to its edge."""

    link: int
    frame: bytes


class Close(NodeMessage, frozen=True, tag="close"):
    """The owner closes the socket of a link."""

    link: int
    code: int
    reason: str = ""


class LinkGone(NodeMessage, frozen=True, tag="gone"):
    """The socket of a link is lost."""

    link: int


class Hold(NodeMessage, frozen=True, tag="hold"):
    """Read no more from the socket of a link, or read on."""

    link: int
    on: bool


class Drain(NodeMessage, frozen=True, tag="drain"):
    """The edge of a link is about to end: the client is to reconnect within so many milliseconds."""

    link: int
    reconnect_in_ms: int


class Attach(NodeMessage, frozen=True, tag="attach"):
    """The edge asks the node that owns *user* to serve a socket of theirs."""

    ask: int
    user: UserId
    link: int
    hello: Hello
    """Without the token."""
    came: int
    """When it arrived (Unix milliseconds): of two the later counts."""
    identity: Identity
    address: str
    device: str


class AnswerMessage(NodeMessage, frozen=True, tag="answer"):
    """The answer: `attached`, `not_owner`, `leaving`, `busy`, `closed`, `state`, `done` or `no`.

    That a state has arrived is answered too: `done`, the directory names the receiver; or `no`.
    """

    ask: int
    outcome: str
    state: MovedUser | None = None
    tickets: list[Ticket] = []


class MoveIn(NodeMessage, frozen=True, tag="move_in"):
    """The edge of a user hands their state to the owner of *target*, for the two to meet."""

    state: MovedUser
    link: int
    target: UserId
    is_call: bool = False
    """To call a friend, who need not wait."""


class GoHome(NodeMessage, frozen=True, tag="go_home"):
    """The owner lets the edge know that the user of a link can come home."""

    link: int
    frame: str = ""
    """A frame to take again at home."""


class Recall(NodeMessage, frozen=True, tag="recall"):
    """The edge asks for the state of the user of a link, behind all that it forwarded."""

    ask: int
    link: int


class Superseded(NodeMessage, frozen=True, tag="superseded"):
    """The directory has a newer entry for a user."""

    user: UserId
    epoch: int


class Post(NodeMessage, frozen=True, tag="post"):
    """A ticket without a match at its owner."""

    ticket: Ticket
    can_move: bool


class ListTickets(NodeMessage, frozen=True, tag="list"):
    """A node asks the index for tickets of other nodes, longest-waiting first."""

    ask: int
    mode: Mode
    band: int
    limit: int


class Withdraw(NodeMessage, frozen=True, tag="withdraw"):
    """A ticket waits no more."""

    user: UserId


class OlderTicket(msgspec.Struct, frozen=True):
    """A ticket, and the node that owns its holder."""

    ticket: Ticket
    owner: str


class TicketsElsewhere(NodeMessage, frozen=True, tag="elsewhere"):
    """A list of the index for a node: the longest-waiting tickets of each line elsewhere."""

    mode: Mode
    band: int
    tickets: list[OlderTicket]


class Propose(NodeMessage, frozen=True, tag="propose"):
    """The index proposes that *user* moves to *owner*, to meet *target*."""

    user: UserId
    target: UserId
    owner: str


class BroadcastMessage(NodeMessage, frozen=True, tag="notice"):
    """Something that PostgreSQL has, and that every node applies to its users."""

    topic: str
    body: bytes
    is_kept: bool = True
    """Whether it is applied again, for a minute, to users who arrive."""


class Expel(NodeMessage, frozen=True, tag="expel"):
    """The owner of a user is asked to take them out of queue, invite and room."""

    ask: int
    user: UserId
    reason: Reason
    other: UserId | None = None
    """Not None: only out of what the two share, for one has blocked or reported the other."""


AnyMessage = (
    Up | Down | Close | LinkGone | Hold | Attach | AnswerMessage | MoveIn | GoHome | Recall | Superseded
    | Post | Withdraw | Propose | BroadcastMessage | Expel | ListTickets | Drain | TicketsElsewhere
)  # fmt: skip

encode = msgspec.msgpack.Encoder().encode
decode: Final[Callable[[bytes], AnyMessage]] = msgspec.msgpack.Decoder(AnyMessage).decode
"""Raises `ValueError` for what this release cannot read."""
