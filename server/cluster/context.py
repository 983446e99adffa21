"""The context that the parts of one node share: stores, users, and requests to other nodes."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any, Final

import msgspec

from matchmaker.domain.clock import WallClock
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from matchmaker.domain.user_state import UserState
from matchmaker.ports.user_changes import Topic
from matchmaker.services.state_store import StateStore
from server.cluster.nodes.membership import Membership
from server.cluster.ports.adapters import Ports
from server.cluster.ports.directory import Entry, new_epoch
from server.cluster.ports.redis_fault import RedisFault
from server.cluster.wire.bus import Bus
from server.cluster.wire.messages import AnswerMessage, AnyMessage, encode
from server.domain.room_owners import RoomOwners
from server.runtime.background import attempt
from server.runtime.outage import Outage
from signaling.connection.client import ClientConnection
from signaling.connection.rate_limits import SocketLimits
from signaling.routing.hub import Hub
from signaling.routing.tasks import Tasks

ANSWER_S: Final = 2.5
"""Timeout of an answer of a user's owner; then the client tries again."""
MOVE_S: Final = 1.0
"""Timeout of a move; then the sender drops the user."""
LOOK_S: Final = 0.1
"""Interval of the checks whether a node that does not answer is dead."""


class Ownership(msgspec.Struct):
    """Ownership of a user by this node."""

    epoch: int
    came: int = 0
    """When the hello of the current link arrived."""
    is_sure: bool = True
    """Whether the directory has acknowledged it."""


class NodeContext:
    """The parts of a node that exist before the matchmaker."""

    def __init__(
        self,
        node: str,
        *,
        ports: Ports,
        owners: RoomOwners,
        store: StateStore,
        hub: Hub,
        limits: SocketLimits,
        tasks: Tasks,
        clock: WallClock,
        on_fault: Callable[[BaseException], None],
    ) -> None:
        self.node = node
        self.is_draining = False
        """Whether other nodes should take over the rooms of this node."""
        self.bus = Bus(ports.streams, node)
        self.directory = ports.directory
        self.heartbeats = ports.heartbeats
        self.owners = owners
        self.membership = Membership(node, asyncio.get_running_loop().time(), has_redis=ports.heartbeats is not None)
        self.outage = Outage[RedisFault]("redis_lost", "redis_restored")
        """Why Redis cannot be used."""
        self.store = store
        self.hub = hub
        self.limits = limits
        self.clock = clock
        self.on_fault = on_fault
        self.users: dict[UserId, Ownership] = {}
        self.messages_lost: Topic[None] = Topic()
        """Messages may be lost: a link was reset, a node died, or Redis did not answer."""
        self.node_ended: Topic[str] = Topic()
        """Another node was found dead, or has stopped."""
        self.user_arrived: Topic[UserId] = Topic()
        """The state of a user has come from another node."""
        self._tasks = tasks
        self._asked: dict[int, asyncio.Future[AnswerMessage]] = {}
        self._numbers = count(1)
        store.changes.evicted.subscribe(self._evicted)

    def drain(self) -> None:
        """Let other nodes take over the rooms of this one."""
        self.is_draining = True

    def reaches_redis(self) -> bool:
        """Return whether Redis answers; True without Redis."""
        return not self.membership.is_cut_off

    def offers_redis(self) -> bool:
        """Return whether this node is better for users than one that is cut off from Redis."""
        return self.reaches_redis() and not self.is_draining

    def redis_fault(self) -> RedisFault | None:
        """Return why Redis cannot be used; None: it can, or there is none."""
        return self.outage.fault

    # Tasks.

    def spawn(self, work: Coroutine[Any, Any, object]) -> None:
        """Run *work* to its end."""
        self._tasks.spawn(self.run(work))

    async def run(self, work: Coroutine[Any, Any, object]) -> None:
        """Run *work*; log and count its exceptions."""
        await attempt(lambda: work, self.on_fault)

    # Messages.

    def send(self, node: str, message: AnyMessage) -> None:
        """Send *message* to *node*, this one included."""
        self.bus.send(node, encode(message))

    async def ask(self, node: str, make: Callable[[int], AnyMessage], *, within_s: float = ANSWER_S) -> AnswerMessage:
        """Send the message that *make* returns for a request number, and return the answer; `dead`: *node* is.

        Raises:
            Unavailable: there was no answer in time.
        """
        loop, number = asyncio.get_running_loop(), next(self._numbers)
        now, until = loop.time, loop.time() + within_s
        answer: asyncio.Future[AnswerMessage] = loop.create_future()
        self._asked[number] = answer
        self.send(node, make(number))
        try:
            while now() < until:
                await asyncio.wait([answer], timeout=min(until - now(), LOOK_S))
                if answer.done():
                    return answer.result()
                if self.membership.is_dead(node):
                    return AnswerMessage(number, "dead")
                self.owners.poll_now.set()  # query PostgreSQL without delay
            raise Unavailable
        finally:
            del self._asked[number]

    def on_answer(self, _: str, answer: AnswerMessage) -> None:
        waiting = self._asked.get(answer.ask)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    # Users.

    def connection_of(self, user: UserId) -> ClientConnection | None:
        """Return the connection of *user*, whose socket may be at another node; None: this node has none."""
        listener = self.hub.connection_of(user)
        return listener if isinstance(listener, ClientConnection) else None

    def state_of(self, user: UserId) -> UserState | None:
        """Return the state of *user*; None: this node has none."""
        return self.store.cached_state(user)

    def has_room(self, user: UserId) -> bool:
        """Return whether *user* is in a room of this node."""
        state = self.state_of(user)
        return state is not None and state.room is not None

    def is_free(self, user: UserId) -> bool:
        """Return whether *user* has neither invite nor room on this node."""
        state = self.state_of(user)
        return state is None or (state.room is None and state.open_invite is None)

    def owns(self, user: UserId) -> bool:
        return user in self.users and self.state_of(user) is not None

    def own(self, user: UserId, *, came: int = 0) -> None:
        """Own *user* from now on; the directory is not updated yet."""
        self.users[user] = Ownership(self.next_entry(0).epoch, came=came, is_sure=False)

    def entry(self, user: UserId) -> Entry:
        """Return the directory entry of *user*, who is owned by this node."""
        return Entry(self.users[user].epoch, self.node)

    def next_entry(self, old: int) -> Entry:
        """Return an entry of this node that is newer than *old*."""
        return Entry(new_epoch(old, self.clock.now()), self.node)

    def _evicted(self, user: UserId) -> None:
        """Close the socket of a user who is owned by another node."""
        self.users.pop(user, None)
        self.hub.evict(user)

    # Time.

    def now(self) -> int:
        """Return the instant by the steady clock of this node."""
        return self.clock.steady.now()

    @property
    def ahead_ms(self) -> int:
        """How far the wall clock, used for instants in messages, is ahead of the steady one."""
        return self.clock.offset_ms
