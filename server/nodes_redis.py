"""What several nodes share over Redis, wired: one connection, the engine, the bus, the list of nodes, the crossings."""

import secrets
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from matchmaker.bus_redis import RedisBus
from matchmaker.engine import Deliver, Learn
from matchmaker.engine_redis import RedisEngine
from matchmaker.errors import Unavailable
from matchmaker.fact import AnyFact
from matchmaker.matchmaker import Matchmaker
from matchmaker.pipe_redis import Pipe
from server.bulletin import Bulletin
from server.config import redact
from server.crossing import Crossing
from server.errors import StartupError
from server.faults import Faults
from server.figures import Figures
from server.membership import Membership
from server.membership_redis import RedisRoll
from server.mending import Mending
from server.outage import Outage
from server.redis_fault import RedisFault, fault_of
from signaling.speaker import Speaker

NAME_MAX: Final = 200


class Nodes:
    """This node's part in several; it talks to Redis between `open` and `close`."""

    membership: Membership
    crossing: Crossing
    mending: Mending

    def __init__(self, url: str, name: str) -> None:
        """*name* is what operators call this process; no process, not even its successor, is called the same."""
        self.node = f"{name[:NAME_MAX]}.{secrets.token_hex(3)}"
        self._url = url
        self._pipe = Pipe(url, name=f"rondo:{self.node}")
        self._bus = RedisBus(self._pipe, self.node)
        self._beat_fault: RedisFault | None = None
        self._outage = Outage[RedisFault]("redis_lost", "redis_restored")

    def engine(self, deliver: Deliver) -> RedisEngine:
        """Return the engine that all nodes share."""
        self._engine = RedisEngine(self._pipe, self._bus, deliver)
        return self._engine

    def wire(self, matchmaker: Matchmaker, speaker: Speaker, bulletin: Bulletin, faults: Faults) -> None:
        """Connect what this node has with what the others have."""
        self._pipe.on_fault = self._bus.on_fault = partial(faults.report, "node_message_failed")
        engine = matchmaker.house.engine
        self._matchmaker = matchmaker
        matchmaker.house.is_here = speaker.hub.is_here
        self.membership = Membership(
            RedisRoll(self._pipe, self._bus),
            self.node,
            engine=engine,
            matchmaker=matchmaker,
            on_beat=self._note_beat,
        )
        mending = self.mending = Mending(matchmaker, speaker.hub, reread=bulletin.reread, faults=faults)
        self.crossing = Crossing(self._bus, matchmaker, speaker, self.membership, mending, faults=faults)
        matchmaker.on_missed(mending.miss)
        self._engine.learn = _both(self._engine.learn, mending.learn)
        self.membership.on_lapse = mending.owe_all
        bulletin.post_on(self._bus)
        self._stats = speaker.stats

    def figures(self) -> "NodeFigures":
        """Return how this node stands among the others, for Prometheus."""
        return NodeFigures(self)

    def share(self, figures: Figures) -> None:
        """Let moderators see the figures of all nodes."""
        figures.share(self._bus)

    def hears(self) -> bool:
        """Tell whether Redis answers, what the others say arrives, and what was missed has been made good."""
        return self._pipe.is_up and not self._bus.is_deaf and self._matchmaker.is_current

    def fault(self) -> RedisFault | None:
        """Return why Redis cannot be used, by the latest heartbeat and by what is heard; None: it can."""
        if self._beat_fault is not None:
            return self._beat_fault
        if not self._pipe.is_up:
            return "redis_unreachable"
        return None if self.hears() else "redis_deaf"

    def _note_beat(self, error: Unavailable | None) -> None:
        """Take over how a heartbeat went; it is a write, so it tells whether Redis can be used."""
        self._beat_fault = None if error is None else fault_of(error)
        self._outage.note(self.fault())

    async def open(self) -> None:
        """Connect to Redis.

        Raises:
            StartupError: there is none, or none that can be used.
        """
        try:
            await self._pipe.open()
        except Unavailable as error:
            where, why = redact("redis_url", self._url), str(error.__cause__ or "it does not answer")
            raise StartupError(f"cannot use Redis at {where} ({why}): start it, or correct REDIS_URL") from None
        await self._bus.open()
        await self._engine.begin()

    async def join(self, *, lives: Callable[[str], Awaitable[bool]]) -> bool:
        """Be one of the nodes; return whether it is the only one. *lives* tells whether one beats in the ledger.

        Raises:
            Unavailable: Redis is away.
        """
        alone = await self.membership.join(lives=lives)
        self.mending.open()
        return alone

    async def begin(self) -> None:
        """Let the next node join: what was left behind has been taken over."""
        await self.membership.begin()

    async def close(self) -> None:
        """Be none of the nodes any more."""
        await self.membership.leave()
        await self._bus.close()
        await self._pipe.close()


class NodeFigures(Collector):
    """How this node stands among the others, for Prometheus."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes

    def collect(self) -> Iterator[Metric]:
        """Yield each family."""
        nodes = self._nodes
        membership, bus, stats = nodes.membership, nodes._bus, nodes._stats  # noqa: SLF001 - two halves of one thing
        # Of whom nothing is heard it is not known that they live.
        others = 0 if nodes._beat_fault else len(membership.others)  # noqa: SLF001
        yield GaugeMetricFamily("rondo_node_others", "Other nodes that this one hears", others)
        yield GaugeMetricFamily(
            "rondo_node_deaf", "Whether what other nodes say does not arrive", int(not nodes.hears())
        )
        yield GaugeMetricFamily(
            "rondo_node_redis_seconds", "Time Redis took for the last heartbeat, or takes so far", membership.beat_s
        )
        yield CounterMetricFamily(
            "rondo_node_deaths_claimed", "Dead nodes whose people were seen to", membership.claimed
        )
        said = CounterMetricFamily("rondo_node_bus_messages", "Messages between nodes", labels=("direction",))
        said.add_metric(("out",), bus.said)
        said.add_metric(("in",), bus.heard)
        yield said
        yield CounterMetricFamily("rondo_node_bus_dropped", "What gave way while Redis was away", bus.dropped)
        abroad = CounterMetricFamily(
            "rondo_node_signals", "Signals and typing notices between nodes", labels=("type", "direction")
        )
        for direction, counts in (("out", stats.sent_abroad), ("in", stats.come_from_abroad)):
            for kind, count in counts.items():
                abroad.add_metric((kind, direction), count)
        yield abroad
        yield CounterMetricFamily("rondo_node_signals_astray", "Signals that found nobody and came back", stats.astray)
        moves = CounterMetricFamily(
            "rondo_node_moves", "People who came from, or went to, another node", labels=("way",)
        )
        for way, count in stats.moves.items():
            moves.add_metric((way,), count)
        yield moves


def _both(first: Learn, then: Learn) -> Learn:
    """Return what tells both of a fact."""

    def learn(fact: AnyFact) -> None:
        first(fact)
        then(fact)

    return learn
