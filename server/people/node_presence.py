"""Presence of friends over several nodes.

The owner of a user, once it has the state of the user, looks up the friends and exchanges presence with their owners;
both remember the other node. As each owner is in the directory before it looks others up, of two friends who come at
the same moment at least the later one finds the other: a friend who is not found starts the exchange.
Changes go out in batches, one message per node and second. A node that gives a user up says so; such users, and
those of a dead node, are offline after the hold unless another node has them by then.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import count
from typing import Final, Protocol

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from server.domain.people.presence import PresenceState
from server.people.nodes import Nodes, Owners
from server.people.presence_messages import (
    ASK,
    EXCHANGE,
    LEFT,
    PART,
    REFRESH,
    STATES,
    TOLD,
    FormerFriends,
    PresenceAnswer,
    PresenceExchange,
    PresencePair,
    PresenceQuery,
    PresenceStates,
    decode_answer,
    decode_exchange,
    decode_former_friends,
    decode_query,
    decode_states,
    decode_user,
    encode,
)

AGAIN_S: Final = 1.0
"""Delay before owners that were not found are looked up again."""
ANSWER_S: Final = 0.3
"""How long a hello waits for the presence of friends of other nodes; later answers are sent as events."""


class LocalPresence(Protocol):
    """The presence of one node, as other nodes see it."""

    def state_of(self, user: UserId) -> PresenceState:
        """Return the presence of *user* as last published."""
        ...

    def follow(self, user: UserId) -> PresenceState:
        """Publish the presence of *user*, of this node, from now on, and return it."""
        ...

    def record_remote(self, user: UserId, state: PresenceState) -> bool:
        """Record the presence of a user of another node; return whether users of this node watch them."""
        ...

    def record_lost(self, user: UserId) -> None:
        """Record that the node of a user is dead, or has them no longer."""
        ...

    def watch(self, watcher: UserId, friend: UserId) -> None:
        """Make *watcher*, of this node, watch *friend* of another, if the watcher's client has the feature."""
        ...

    def part(self, one: UserId, other: UserId) -> None:
        """Make two users stop watching each other."""
        ...

    def refresh_soon(self, user: UserId) -> None:
        """Load again the users whose presence *user*, of this node, sees."""
        ...


class NodePresence:
    """The exchange of presence between this node and the others."""

    def __init__(self, nodes: Nodes, owners: Owners, local: LocalPresence) -> None:
        self._nodes = nodes
        self._owners = owners
        self._local = local
        self._watching: dict[UserId, set[str]] = {}
        """By user of this node: the nodes that have friends of theirs."""
        self._remote: dict[UserId, str] = {}
        """By user of another node who is watched here: their node, which said so."""
        self._exchanges: dict[int, tuple[asyncio.Future[None], set[UserId]]] = {}
        """By number of a request that is not answered: who waits, and the users that were asked about."""
        self._asks: dict[int, asyncio.Future[dict[UserId, PresenceState]]] = {}
        self._numbers = count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        nodes.on(EXCHANGE, self._on_exchange)
        nodes.on(STATES, self._on_states)
        nodes.on(LEFT, self._on_left)
        nodes.on(ASK, self._on_ask)
        nodes.on(TOLD, self._on_told)
        nodes.on(PART, self._on_part)
        nodes.on(REFRESH, self._on_refresh)

    async def exchange(self, friends: Mapping[UserId, Collection[UserId]]) -> None:
        """Exchange the presence of users of this node with the owners of their friends.

        Return once these have answered, or soon after.

        Raises:
            Unavailable: the owners of some could not be looked up; nothing was exchanged with them.
        """
        for user in friends:
            self._remote.pop(user, None)
        elsewhere = {friend for theirs in friends.values() for friend in theirs if not self._nodes.owns(friend)}
        if not elsewhere or self._nodes.is_cut_off:
            return  # once messages arrive again everything is exchanged
        found = await self._owners.look_up(elsewhere)
        pairs: dict[str, list[PresencePair]] = defaultdict(list)
        for user, theirs in friends.items():
            if self._nodes.owns(user):
                for friend in theirs:
                    node = found.get(friend) or self._remote.get(friend)
                    if node is not None and node != self._nodes.name:
                        self._watching.setdefault(user, set()).add(node)
                        pairs[node].append(PresencePair(user, self._local.follow(user), friend))
        await self._request(pairs)
        if len(found) < len(elsewhere):
            raise Unavailable

    async def _request(self, pairs: Mapping[str, list[PresencePair]]) -> None:
        answers = []
        for node, theirs in pairs.items():
            number, answer = next(self._numbers), asyncio.get_running_loop().create_future()
            answers.append(answer)
            self._exchanges[number] = answer, {pair.yours for pair in theirs}
            self._nodes.send(node, EXCHANGE, encode(PresenceExchange(theirs, True, number)))
        if answers:
            await asyncio.wait(answers, timeout=ANSWER_S)

    def drop_requests(self) -> None:
        """Expect no answer any more to what was asked: everything is about to be asked again."""
        self._exchanges.clear()

    async def states_of(self, users: Iterable[UserId]) -> dict[UserId, PresenceState]:
        """Return the presence of *users* of any node, from their owners, or as last heard."""
        states = {user: self._local.state_of(user) for user in users}
        by_node: dict[str, list[UserId]] = defaultdict(list)
        elsewhere = [user for user in states if not self._nodes.owns(user)]
        for user, node in (await self._owners.look_up(elsewhere)).items():
            if node is not None and node != self._nodes.name:
                by_node[node].append(user)
        answers = []
        for node, found in by_node.items():
            number = next(self._numbers)
            self._asks[number] = asyncio.get_running_loop().create_future()
            answers.append(number)
            self._nodes.send(node, ASK, encode(PresenceQuery(number, found)))
        if answers:
            await asyncio.wait([self._asks[number] for number in answers], timeout=ANSWER_S)
        for number in answers:
            answer = self._asks.pop(number)
            states |= answer.result() if answer.done() else {}
        return states

    def publish(self, users: Collection[UserId]) -> None:
        """Send the presence of *users*, of this node, to the nodes of their friends: one message each."""
        states: dict[str, dict[UserId, PresenceState]] = defaultdict(dict)
        for user in users:
            for node in self._watching.get(user, ()):
                states[node][user] = self._local.state_of(user)
        for node, found in states.items():
            self._nodes.send(node, STATES, encode(PresenceStates(found)))

    def is_watched(self, user: UserId) -> bool:
        """Return whether friends of *user* are at other nodes."""
        return user in self._watching

    def leave(self, user: UserId) -> None:
        """Send the nodes of friends of *user* that this node has no session of theirs any more."""
        nodes = self._watching.pop(user, ())
        if nodes and self._local.state_of(user) != "offline":
            for node in nodes:
                self._nodes.send(node, LEFT, encode(user))

    def forget(self, user: UserId) -> None:
        """Forget the node of *user*: no user of this node sees their presence any more."""
        self._remote.pop(user, None)

    def part(self, one: UserId, other: UserId) -> None:
        """Tell the owners of two users that they are no longer friends."""
        self._order(PART, (one, other), encode(FormerFriends(one, other)))

    def refresh(self, users: Collection[UserId]) -> None:
        """Make the owners of *users* load again the users whose presence these see."""
        for user in users:
            self._order(REFRESH, (user,), encode(user))

    def check_nodes(self) -> None:
        """Mark users of dead nodes as lost; called periodically."""
        dead = {node for node in set(self._remote.values()) if self._nodes.is_dead(node)}
        if dead:
            for user in [user for user, node in self._remote.items() if node in dead]:
                self._lose(user)

    async def close(self) -> None:
        """Stop sending."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _lose(self, user: UserId) -> None:
        del self._remote[user]
        if not self._nodes.owns(user):
            self._local.record_lost(user)

    def _order(self, topic: str, users: tuple[UserId, ...], body: bytes) -> None:
        elsewhere = {user for user in users if not self._nodes.owns(user)}
        if elsewhere:
            task = asyncio.get_running_loop().create_task(self._send(topic, elsewhere, body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, topic: str, users: set[UserId], body: bytes) -> None:
        while users:
            found = await self._owners.look_up(users)
            for node in {node for node in found.values() if node is not None and node != self._nodes.name}:
                self._nodes.send(node, topic, body)
            users -= found.keys()
            if users:
                await asyncio.sleep(AGAIN_S)

    def _on_exchange(self, node: str, body: bytes) -> None:
        message = decode_exchange(body)
        back: list[PresencePair] = []
        for pair in message.pairs:
            # Of a user who is on the way here, or was here, the owner exchanges presence on arrival.
            if not self._nodes.owns(pair.yours):
                continue
            self._watching.setdefault(pair.yours, set()).add(node)
            if not self._nodes.owns(pair.mine):  # else the message is older than their arrival here
                self._local.watch(pair.yours, pair.mine)
                if self._local.record_remote(pair.mine, pair.state):
                    self._remote[pair.mine] = node
            # The answer is about all who were asked about and are here: a friend who is not in it is lost.
            back.append(PresencePair(pair.yours, self._local.follow(pair.yours), pair.mine))
        if message.wants_answer:
            self._nodes.send(node, EXCHANGE, encode(PresenceExchange(back, False, message.number)))
        elif (asked := self._exchanges.pop(message.number, None)) is not None:
            answer, users = asked
            for user in users.difference(pair.mine for pair in message.pairs):
                if self._remote.get(user) == node:
                    self._lose(user)
            if not answer.done():
                answer.set_result(None)

    def _on_states(self, node: str, body: bytes) -> None:
        for user, state in decode_states(body).users.items():
            if self._remote.get(user) == node and not self._nodes.owns(user):
                self._local.record_remote(user, state)

    def _on_left(self, node: str, body: bytes) -> None:
        user = decode_user(body)
        if self._remote.get(user) == node:
            self._lose(user)

    def _on_ask(self, node: str, body: bytes) -> None:
        ask = decode_query(body)
        states = {user: self._local.state_of(user) for user in ask.users if self._nodes.owns(user)}
        self._nodes.send(node, TOLD, encode(PresenceAnswer(ask.number, states)))

    def _on_told(self, _: str, body: bytes) -> None:
        told = decode_answer(body)
        answer = self._asks.get(told.number)
        if answer is not None and not answer.done():
            answer.set_result(told.users)

    def _on_part(self, _: str, body: bytes) -> None:
        two = decode_former_friends(body)
        self._local.part(two.one, two.other)

    def _on_refresh(self, _: str, body: bytes) -> None:
        self._local.refresh_soon(decode_user(body))
