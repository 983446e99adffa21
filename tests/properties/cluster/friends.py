"""Friends of the simulation: the real presence services of one node, and whom each user sees."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import NotFound, Unavailable
from matchmaker.domain.ids import UserId
from matchmaker.ports.user_changes import UserChanges
from matchmaker.services.state_store import StateStore
from server.cluster.cluster import NodeBase
from server.cluster.node_topics import NodeTopics
from server.domain.people.presence import Pace
from server.people.nodes import Owners
from server.people.presence import FriendPresenceService
from server.people.services import GATHER_S, LOOK_S
from signaling.routing.hub import Hub
from signaling.routing.people_sender import PeopleSender
from signaling.routing.people_stream import PeopleStream
from signaling.wire.people_models import AskStatus, FriendPresenceObject
from tests.properties.cluster.stores import Wires

PACE = Pace(hold_ms=15_000, every_ms=5_000)


class SimNodes:
    """The other nodes, through a directory of which some lookups fail."""

    def __init__(self, topics: NodeTopics) -> None:
        self.failing = 0
        """How many lookups fail from now on."""
        self._topics = topics

    def __getattr__(self, name: str) -> Any:
        return getattr(self._topics, name)

    async def owner_of(self, user: UserId) -> str | None:
        if self.failing:
            self.failing -= 1
            raise Unavailable
        return await self._topics.owner_of(user)


class NodeFriends:
    """Implements `signaling.connection.people_port.FriendHandler` for one node; friendships do not change."""

    def __init__(
        self,
        base: NodeBase,
        *,
        hub: Hub,
        store: StateStore,
        changes: UserChanges,
        clock: Clock,
        wires: Wires,
        friends_of: Callable[[UserId], Sequence[UserId]],
        on_fault: Callable[[BaseException], None],
    ) -> None:
        nodes: Any = SimNodes(base.topics)
        owners, sender = Owners(nodes), PeopleSender(hub)
        self.nodes = nodes

        async def load(user: UserId) -> Sequence[UserId]:
            async def read() -> Sequence[UserId]:
                return friends_of(user)

            return await wires.postgres(read, reads=True)

        self.presence = FriendPresenceService(
            clock=clock,
            pace=PACE,
            sender=sender,
            load=load,
            state_of=store.cached_state,
            stream_of=lambda user: sender.stream_of(user, "friends"),
            on_fault=lambda _, fault: on_fault(fault),
            nodes=nodes,
            owners=owners,
        )
        self._lost = asyncio.Event()
        nodes.on_loss(self._on_loss)
        changes.moved.subscribe(self.presence.note)
        changes.forgotten.subscribe(self.presence.forget)
        changes.evicted.subscribe(self.presence.look_for)
        changes.session_over.subscribe(self.presence.end)
        changes.adopted.subscribe(lambda user: base.context.spawn(self.presence.begin(user)))

    async def _on_loss(self) -> None:
        self._lost.set()

    async def run(self) -> None:
        """As `PeopleServices`."""
        others: set[str] = set()
        while True:
            try:
                await asyncio.wait_for(self._lost.wait(), LOOK_S)
                await asyncio.sleep(GATHER_S)
                self._lost.clear()
                await self.presence.refresh_all()
            except TimeoutError:
                pass
            self.presence.nodes.check_nodes()
            before, others = others, set(self.nodes.others)
            if before != others:
                self._lost.set()

    async def ask(self, user: UserId, target: UserId, *, quiet: bool = False, note: str = "") -> AskStatus:
        raise NotFound("nobody asks here")

    async def begin(self, user: UserId) -> None:
        await self.presence.begin(user)

    def welcomed(self, user: UserId) -> None:
        pass

    def present(self, user: UserId, stream: PeopleStream) -> list[FriendPresenceObject]:
        return self.presence.present(user, stream)

    def end(self, user: UserId) -> None:
        self.presence.end(user)

    def part(self, one: UserId, other: UserId) -> None:
        self.presence.part(one, other)
