"""What the parts of one node share: its stores, its users, and how it asks other nodes."""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Final

import msgspec

from matchmaker.domain.clock import WallClock
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from matchmaker.domain.user_state import UserState
from matchmaker.matchmaker import Matchmaker
from server.cluster.node_tasks import NodeTasks
from server.cluster.nodes.membership import Membership
from server.cluster.nodes.room_watch import RoomWatch
from server.cluster.ports.directory import Directory, Entry, new_epoch
from server.cluster.wire.messages import AnswerMessage, AnyMessage, encode
from server.domain.room_owners import RoomOwners
from signaling.connection.client import ClientConnection
from signaling.connection.rate_limits import SocketLimits
from signaling.routing.hub import Hub

ANSWER_S: Final = 2.5
"""How long the owner of a user may take to answer; then the client tries again."""
MOVE_S: Final = 1.0
"""How long a move may stay in doubt; then the sender drops the user."""
LOOK_S: Final = 0.1
"""How often it is looked whether a node that does not answer is dead."""


class Ownership(msgspec.Struct):
    """Ownership of a user by this node."""

    epoch: int
    came: int = 0
    """When the hello of the link that counts arrived."""
    is_sure: bool = True
    """Whether the directory has acknowledged it."""


class NodeContext:
    """One node."""

    def __init__(
        self,
        *,
        send: Callable[[str, bytes], None],
        directory: Directory,
        owners: RoomOwners,
        membership: Membership,
        watch: RoomWatch,
        matchmaker: Matchmaker,
        hub: Hub,
        limits: SocketLimits,
        tasks: NodeTasks,
        clock: WallClock,
    ) -> None:
        self.node = membership.node
        self.is_draining = False
        """Whether rooms of this node are to be taken over."""
        self.directory = directory
        self.owners = owners
        self.membership = membership
        self.watch = watch
        self.matchmaker = matchmaker
        self.hub = hub
        self.limits = limits
        self.spawn, self.run = tasks.spawn, tasks.run
        self.clock = clock
        self.users: dict[UserId, Ownership] = {}
        self._send = send
        self._asked: dict[int, asyncio.Future[AnswerMessage]] = {}
        self._numbers = count(1)

    def drain(self) -> None:
        """Let other nodes take over the rooms of this one."""
        self.is_draining = True

    # Messages.

    @property
    def reachable(self) -> list[str]:
        """The other nodes that live, if this one can send to them."""
        return self.membership.reachable

    def send(self, node: str, message: AnyMessage) -> None:
        self._send(node, encode(message))

    async def ask(self, node: str, make: Callable[[int], AnyMessage], *, within_s: float = ANSWER_S) -> AnswerMessage:
        """Send what *make* returns for the number of the question, and return the answer; `dead`: *node* is.

        Raises:
            Unavailable: there was none in time.
        """
        now = asyncio.get_running_loop().time
        until = now() + within_s
        number, answer = self.expect()
        self.send(node, make(number))
        try:
            while now() < until:
                await asyncio.wait([answer], timeout=min(until - now(), LOOK_S))
                if answer.done():
                    return answer.result()
                if self.membership.is_dead(node):
                    return AnswerMessage(number, "dead")
                self.watch.look_soon()
            raise Unavailable
        finally:
            self.forget(number)

    def expect(self) -> tuple[int, asyncio.Future[AnswerMessage]]:
        """Return the number of a question, and the answer to it, until it is forgotten."""
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        return number, answer

    def forget(self, number: int) -> None:
        """Take no answer to a question any more."""
        del self._asked[number]

    def on_answer(self, _: str, answer: AnswerMessage) -> None:
        waiting = self._asked.get(answer.ask)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    # Users.

    def conversation_of(self, user: UserId) -> ClientConnection | None:
        """Return the conversation of *user* with this node, whether or not the socket is here."""
        listener = self.hub.connection_of(user)
        return listener if isinstance(listener, ClientConnection) else None

    def seat(self, user: UserId) -> UserState | None:
        """Return the state of *user*, if it is here."""
        return self.matchmaker.context.store.cached_state(user)

    def has_room(self, user: UserId) -> bool:
        """Tell whether *user* is in a room here."""
        seat = self.seat(user)
        return seat is not None and seat.room is not None

    def is_free(self, user: UserId) -> bool:
        """Tell whether *user* has neither invite nor room here."""
        seat = self.seat(user)
        return seat is None or (seat.room is None and seat.open_invite is None)

    def owns(self, user: UserId) -> bool:
        return user in self.users and self.seat(user) is not None

    def own(self, user: UserId, *, came: int = 0) -> None:
        """Be the owner of *user* from now on; the directory is yet to be told."""
        self.users[user] = Ownership(self.next_entry(0).epoch, came=came, is_sure=False)

    def drop(self, user: UserId) -> None:
        """Give up *user*, who is another node's; their socket is closed with 1001."""
        self.matchmaker.rooms.evict(user)
        self.users.pop(user, None)

    def entry(self, user: UserId) -> Entry:
        """Return the directory entry of *user*, who is owned by this node."""
        return Entry(self.users[user].epoch, self.node)

    def next_entry(self, old: int) -> Entry:
        """Return an entry of this node that is newer than *old*."""
        return Entry(new_epoch(old, self.clock.now()), self.node)

    # Time.

    def now(self) -> int:
        """Return the instant by the steady clock of this node."""
        return self.clock.steady.now()

    @property
    def ahead_ms(self) -> int:
        """How far the wall clock, by which nodes speak of instants, is ahead of the steady one."""
        return self.clock.offset_ms
