"""Presence of friends over several nodes.

On hello the owner of a user exchanges presence with the owners of the user's friends; both remember the other node.
Changes go out in one message per node and second. A node
that returns after a reset is sent everything again; users of a dead node are offline after the hold.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable
from itertools import count
from typing import Final, Protocol

import msgspec

from matchmaker.domain.ids import UserId
from server.domain.people.presence import PresenceState
from server.people.nodes import Nodes, Owners

EXCHANGE: Final = "people.exchange"
STATES: Final = "people.states"
ASK: Final = "people.ask"
TOLD: Final = "people.told"
PART: Final = "people.part"
REFRESH: Final = "people.refresh"
SEND_S: Final = 1.0
ANSWER_S: Final = 0.3
"""How long a hello waits for the presence of friends of other nodes; later answers are sent as events."""


class PresencePair(msgspec.Struct, frozen=True, array_like=True):
    """Two friends who see each other: one of the sender's, with their state, and one of the receiver's."""

    mine: UserId
    state: PresenceState
    yours: UserId


class Exchange(msgspec.Struct, frozen=True, array_like=True):
    """Presence of users of the sender, for their friends that the receiver owns."""

    pairs: list[PresencePair]
    wants_answer: bool


class States(msgspec.Struct, frozen=True, array_like=True):
    """Current presence of users of the sender."""

    users: dict[UserId, PresenceState]


class PresenceQuery(msgspec.Struct, frozen=True, array_like=True):
    """Request for the presence of these users of the receiver."""

    number: int
    users: list[UserId]


class Told(msgspec.Struct, frozen=True, array_like=True):
    """The answer; users who are not named are offline."""

    number: int
    users: dict[UserId, PresenceState]


class Two(msgspec.Struct, frozen=True, array_like=True):
    """Two former friends."""

    one: UserId
    other: UserId


class Local(Protocol):
    """The presence of one node, as other nodes see it."""

    def state_of(self, user: UserId) -> PresenceState:
        """Return the presence of *user* as last published."""
        ...

    def hear(self, user: UserId, state: PresenceState) -> None:
        """Record the presence of a user of another node."""
        ...

    def lose(self, user: UserId) -> None:
        """Record that the node of a user is dead."""
        ...

    def meet(self, watcher: UserId, friend: UserId) -> None:
        """Make *watcher*, of this node, watch *friend* of another, if the watcher's client has the feature."""
        ...

    def part(self, one: UserId, other: UserId) -> None:
        """Make two users stop watching each other."""
        ...

    def refresh_soon(self, user: UserId) -> None:
        """Load again whom *user*, of this node, sees."""
        ...


_encode = msgspec.msgpack.Encoder().encode
_exchange = msgspec.msgpack.Decoder(Exchange).decode
_states = msgspec.msgpack.Decoder(States).decode
_ask = msgspec.msgpack.Decoder(PresenceQuery).decode
_told = msgspec.msgpack.Decoder(Told).decode
_two = msgspec.msgpack.Decoder(Two).decode
_user = msgspec.msgpack.Decoder(UserId).decode


class NodePresence:
    """The exchange of presence between this node and the others."""

    def __init__(self, nodes: Nodes, owners: Owners) -> None:
        self._nodes = nodes
        self._owners = owners
        self._local: Local
        self._watching: dict[UserId, set[str]] = {}
        """By user of this node: the nodes that have friends of theirs."""
        self._remote: dict[UserId, str] = {}
        """By user of another node whose state is known: their node."""
        self._waiting: dict[str, dict[UserId, PresenceState]] = defaultdict(dict)
        self._answers: dict[UserId, asyncio.Future[None]] = {}
        self._asks: dict[int, asyncio.Future[dict[UserId, PresenceState]]] = {}
        self._numbers = count(1)
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self, local: Local) -> None:
        """Start to receive the presence that other nodes publish about users that *local* knows."""
        self._local = local
        self._nodes.on(EXCHANGE, self._on_exchange)
        self._nodes.on(STATES, self._on_states)
        self._nodes.on(ASK, self._on_ask)
        self._nodes.on(TOLD, self._on_told)
        self._nodes.on(PART, self._on_part)
        self._nodes.on(REFRESH, self._on_refresh)

    @property
    def has_others(self) -> bool:
        """Whether other nodes are alive."""
        return bool(self._nodes.others)

    async def exchange(self, user: UserId, friends: Iterable[UserId]) -> None:
        """Publish the presence of *user* to the owners of *friends*; return once they have answered, or soon after."""
        elsewhere = [friend for friend in friends if not self._nodes.owns(friend)]
        state = self._local.state_of(user)
        found = await self._owners.find(elsewhere)
        if not found:
            return
        answer = self._answers[user] = asyncio.get_running_loop().create_future()
        for node, users in found.items():
            self._watching.setdefault(user, set()).add(node)
            self._nodes.send(node, EXCHANGE, _encode(Exchange([PresencePair(user, state, one) for one in users], True)))
        try:
            await asyncio.wait([answer], timeout=ANSWER_S)
        finally:
            self._answers.pop(user, None)

    async def states_of(self, users: Iterable[UserId]) -> dict[UserId, PresenceState]:
        """Return the presence of *users* of any node, from their owners; users left out are offline or unknown."""
        states: dict[UserId, PresenceState] = {}
        elsewhere: list[UserId] = []
        for user in users:
            if self._nodes.owns(user) or not self._nodes.others:
                states[user] = self._local.state_of(user)
            else:
                elsewhere.append(user)
        answers = []
        for node, found in (await self._owners.find(elsewhere)).items():
            number = next(self._numbers)
            self._asks[number] = asyncio.get_running_loop().create_future()
            answers.append(number)
            self._nodes.send(node, ASK, _encode(PresenceQuery(number, found)))
        if answers:
            await asyncio.wait([self._asks[number] for number in answers], timeout=ANSWER_S)
        for number in answers:
            answer = self._asks.pop(number)
            states |= answer.result() if answer.done() else {}
        return states

    def publish(self, user: UserId, state: PresenceState) -> None:
        """Publish the presence of *user*, of this node, to the nodes of their friends; within a second."""
        for node in self._watching.get(user, ()):
            self._waiting[node][user] = state
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SEND_S, self._flush)

    def is_watched(self, user: UserId) -> bool:
        """Return whether friends of *user* are at other nodes."""
        return user in self._watching

    def forget(self, user: UserId) -> None:
        """Forget which nodes have friends of *user*, who has left this node."""
        self._watching.pop(user, None)

    def part(self, one: UserId, other: UserId) -> None:
        """Tell the owners of two users that they are no longer friends."""
        self._order(PART, (one, other), _encode(Two(one, other)))

    def refresh(self, users: Collection[UserId]) -> None:
        """Make the owners of *users* load again whom they see."""
        for user in users:
            self._order(REFRESH, (user,), _encode(user))

    def look(self) -> None:
        """Mark users of dead nodes as lost; called periodically."""
        dead = {node for node in set(self._remote.values()) if self._nodes.is_dead(node)}
        if dead:
            for user in [user for user, node in self._remote.items() if node in dead]:
                del self._remote[user]
                self._local.lose(user)

    async def close(self) -> None:
        """Stop sending."""
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _order(self, topic: str, users: tuple[UserId, ...], body: bytes) -> None:
        elsewhere = [user for user in users if not self._nodes.owns(user)] if self._nodes.others else []
        if elsewhere:
            task = asyncio.get_running_loop().create_task(self._send(topic, elsewhere, body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, topic: str, users: list[UserId], body: bytes) -> None:
        for node in await self._owners.find(users):
            self._nodes.send(node, topic, body)

    def _flush(self) -> None:
        self._timer = None
        waiting, self._waiting = self._waiting, defaultdict(dict)
        for node, users in waiting.items():
            self._nodes.send(node, STATES, _encode(States(users)))

    def _on_exchange(self, node: str, body: bytes) -> None:
        message = _exchange(body)
        back: list[PresencePair] = []
        for pair in message.pairs:
            if not self._nodes.owns(pair.yours):
                continue
            self._watching.setdefault(pair.yours, set()).add(node)
            self._remote[pair.mine] = node
            self._local.hear(pair.mine, pair.state)
            self._local.meet(pair.yours, pair.mine)
            back.append(PresencePair(pair.yours, self._local.state_of(pair.yours), pair.mine))
        if message.wants_answer:
            self._nodes.send(node, EXCHANGE, _encode(Exchange(back, False)))
        else:
            for pair in message.pairs:
                answer = self._answers.get(pair.yours)
                if answer is not None and not answer.done():
                    answer.set_result(None)

    def _on_states(self, node: str, body: bytes) -> None:
        for user, state in _states(body).users.items():
            if not self._nodes.owns(user):
                self._remote[user] = node
                self._local.hear(user, state)

    def _on_ask(self, node: str, body: bytes) -> None:
        ask = _ask(body)
        states = {user: self._local.state_of(user) for user in ask.users if self._nodes.owns(user)}
        self._nodes.send(node, TOLD, _encode(Told(ask.number, states)))

    def _on_told(self, _: str, body: bytes) -> None:
        told = _told(body)
        answer = self._asks.get(told.number)
        if answer is not None and not answer.done():
            answer.set_result(told.users)

    def _on_part(self, _: str, body: bytes) -> None:
        two = _two(body)
        self._local.part(two.one, two.other)

    def _on_refresh(self, _: str, body: bytes) -> None:
        self._local.refresh_soon(_user(body))
