"""First come, first served over nodes: which rooms pass over a user who waits longer at another node."""

import asyncio
import json
from typing import NamedTuple

from msgspec.structs import replace

from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import Ticket, may_meet
from matchmaker.domain.user_state import UserState
from server.cluster.wire.moved_user import ticket_by
from tests.properties.cluster.world import Node, World

READY_S = 3.0
LOADED_S = 0.25
"""From a hello to loaded exclusions."""
LOCAL_FIRST_MS = 2_000
POSTED_MS = 250
"""RONDO_SHARE_AFTER_S, and the way to the index."""
TOLD_MS = 1_200
"""The index sends its lists once a second."""
END_S = 6.0
"""Two who fit are paired by then."""
MET_S = 1.5
"""The longest move: a newcomer may be on the way to the user who is passed over."""


class Place(NamedTuple):
    """A ticket by the clock of the world, since when its node matches it, and the node."""

    ticket: Ticket
    since: int
    node: str


class FirstCome:
    """Watches the queues of all nodes; a room that passes over a user who has waited longer is a violation."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.passed = 0
        """How many users were passed over while a newcomer was on the way."""
        self._waiting: dict[UserId, Place] = {}
        self._tickets: dict[UserId, Ticket] = {}
        self._opening: dict[RoomId, UserId] = {}
        for node in world.nodes:
            self._watch(node)

    def _watch(self, node: Node) -> None:
        store, clock = node.matchmaker.context.store, node.matchmaker.context.clock

        def added(ticket: Ticket) -> None:
            now = self.world.clock.now()
            self._tickets[ticket.user] = here = ticket_by(ticket, now - clock.now())
            self._waiting[ticket.user] = Place(here, now, node.name)

        def removed(ticket: Ticket) -> None:
            if (place := self._waiting.get(ticket.user)) is not None and place.node == node.name:
                del self._waiting[ticket.user]

        def moved(state: UserState) -> None:
            if state.room is None:
                return
            first = self._opening.pop(state.room, None)
            if first is None:
                self._opening[state.room] = state.user
            else:
                self._judge(node, self._tickets[first], self._tickets[state.user])

        store.changes.ticket_added.subscribe(added)
        store.changes.ticket_removed.subscribe(removed)
        store.changes.moved.subscribe(moved)

    def _judge(self, node: Node, one: Ticket, other: Ticket) -> None:
        now = self.world.clock.now()
        oldest = min(one.joined_at, other.joined_at)
        for waiting in self._waiting.values():
            ticket = waiting.ticket
            known_at = max(ticket.joined_at + LOCAL_FIRST_MS, waiting.since + POSTED_MS) + TOLD_MS
            if waiting.node == node.name or known_at > now or ticket.joined_at + LOCAL_FIRST_MS > oldest:
                continue
            has_met = _has_met(one, other)
            if any(may_meet(new, ticket, now) and _has_met(new, ticket) <= has_met for new in (one, other)):
                self.passed += 1
                room = f"{one.user[-3:]} {other.user[-3:]} at {node.name}"
                asyncio.get_running_loop().call_later(MET_S, self._look_again, waiting, room)

    def _look_again(self, waiting: Place, room: str) -> None:
        if self._waiting.get(waiting.ticket.user) is waiting:
            waited = self.world.clock.now() - waiting.ticket.joined_at
            self.world.violation(
                "passed over", f"{waiting.ticket.user[-3:]} at {waiting.node} for {waited} ms, by {room}"
            )


def _has_met(one: Ticket, other: Ticket) -> bool:
    return other.user in one.offered or one.user in other.offered


class Arrivals(World):
    """Users who come one after the other, join the queue once, and stay in their room."""

    def __init__(self, seed: int, *, nodes: int, users: int) -> None:
        super().__init__(seed, nodes=nodes, users=users, faults_s=0, faults=())
        self.watch = FirstCome(self)

    def profile_of(self, user: UserId) -> Profile:
        """Return a profile: of three users one is female."""
        return replace(super().profile_of(user), gender="female" if int(user[-3:]) % 3 == 0 else "male")

    async def run(self) -> None:
        """Let users join, most of them at one node, some in the same turn of its loop as another."""
        random = self.random
        await asyncio.sleep(READY_S)
        clients = list(self.clients.values())
        while clients:
            node = self.nodes[0 if random.random() < 0.5 else random.randrange(len(self.nodes))]
            group = [clients.pop() for _ in range(min(len(clients), random.choice((1, 1, 2, 3))))]
            sockets = [client.open(node) for client in group]
            for socket in sockets:
                # Loads the users they must not meet, so that the next frame is handled at once.
                socket.say({"type": "queue.join", "mode": "text", "pairing": "manual"})
                socket.say({"type": "queue.leave"})
            await asyncio.sleep(LOADED_S)
            for socket in sockets:
                want = random.choice((["female"], ["male"], ["female", "male"]))
                frame = {"type": "queue.join", "mode": "text", "auto_accept": True, "want": {"gender": want}}
                self.steps += 1
                socket.arrive(json.dumps(frame))
            await asyncio.sleep(random.uniform(0, 0.3))
        await asyncio.sleep(END_S)
        for node in self.nodes:
            if pairing_suspended := node.matchmaker.context.store.pairing_suspended:
                self.violation("neither moved nor paired at the end", f"{sorted(pairing_suspended)} at {node.name}")
        for kind, text in self._faults_of_queue(self.nodes):
            self.violation(kind, text)
