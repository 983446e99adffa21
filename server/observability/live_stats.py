"""Live statistics for moderators: the current state of all nodes, and its history of the last hour."""

import asyncio
from collections import deque
from contextlib import suppress
from statistics import median

import msgspec

from matchmaker.domain.clock import WallClock
from matchmaker.domain.errors import Unavailable
from matchmaker.matchmaker import Matchmaker
from matchmaker.services.state_store import StateStore
from server.cluster.node_topics import NodeTopics
from signaling.routing.stats import SocketStats

EVERY_S = 5.0
KEPT = 720
"""One hour."""
FRESH_MS = 11_000
"""How long the latest report of another node counts: two intervals."""


class ByMode(msgspec.Struct, frozen=True, kw_only=True):
    """A count per mode."""

    video: int
    text: int


class StatsSample(msgspec.Struct, frozen=True, kw_only=True):
    """The state at one time, and the events since the previous sample."""

    at: int
    """Unix milliseconds."""
    connected: int
    """Connected users, without mirrors."""
    waiting: ByMode
    rooms: ByMode
    pairs: int
    """Pairings by the queue since the previous sample."""
    pairs_per_minute: float
    time_to_pair_ms: int | None
    """Median wait of those pairings; None: there were none."""
    resumed: int
    """Sessions resumed since the previous sample."""
    fresh: int
    """Sessions that could not be resumed, since the previous sample."""


class NodeStats(msgspec.Struct, frozen=True, array_like=True):
    """The part of one node in a sample: its state, and the events since its previous sample."""

    connected: int
    video: int
    text: int
    """Rooms of users; a room whose users are on two nodes counts on one of them."""
    pairs: int
    resumed: int
    fresh: int
    waits: list[int]
    waiting_video: int = 0
    waiting_text: int = 0


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(NodeStats).decode


class LiveStats:
    """Records a sample every few seconds, in constant memory."""

    def __init__(
        self,
        matchmaker: Matchmaker,
        store: StateStore,
        sockets: SocketStats,
        clock: WallClock,
        topics: NodeTopics | None = None,
    ) -> None:
        self._matchmaker = matchmaker
        self._store = store
        self._sockets = sockets
        self._wall, self._clock = clock, clock.steady
        self._points: deque[StatsSample] = deque(maxlen=KEPT)
        self._waits = matchmaker.stats.waits
        self._last = (self._clock.now(), 0, 0, 0)
        self._topics = topics
        self._others: dict[str, tuple[int, NodeStats]] = {}
        """The latest report of each other node, and its time."""

        if topics is not None:
            topics.on("tally", self._on_tally)

    @property
    def points(self) -> list[StatsSample]:
        """The last hour, oldest first."""
        return list(self._points)

    async def record(self) -> None:
        """Record samples periodically; runs until cancelled."""
        while True:
            if self._topics is not None:
                tally = _encode(await self._tally())
                for node in self._topics.others:
                    self._topics.send(node, "tally", tally)
            with suppress(Unavailable):  # the number of waiting users is unknown: the sample is skipped
                self._points.append(await self.now())
            self._last = self._counts()
            self._waits.clear()
            await asyncio.sleep(EVERY_S)

    async def now(self) -> StatsSample:
        """Return the current state, and the events since the last recorded sample.

        Raises:
            Unavailable: the number of waiting users is unknown.
        """
        now, since = self._clock.now(), self._last[0]
        tallies = [await self._tally(), *(tally for _, tally in self._fresh(now).values())]
        pairs, waits = sum(tally.pairs for tally in tallies), [ms for tally in tallies for ms in tally.waits]
        return StatsSample(
            at=self._wall.now(),
            connected=sum(tally.connected for tally in tallies),
            waiting=ByMode(
                video=sum(tally.waiting_video for tally in tallies), text=sum(tally.waiting_text for tally in tallies)
            ),
            rooms=ByMode(video=sum(tally.video for tally in tallies), text=sum(tally.text for tally in tallies)),
            pairs=pairs,
            pairs_per_minute=round(pairs * 60_000 / max(1_000, now - since), 2),
            time_to_pair_ms=round(median(waits)) if waits else None,
            resumed=sum(tally.resumed for tally in tallies),
            fresh=sum(tally.fresh for tally in tallies),
        )

    def _on_tally(self, node: str, body: bytes) -> None:
        now = self._clock.now()
        self._others = self._fresh(now) | {node: (now, _decode(body))}  # without nodes that have ended

    def _fresh(self, now: int) -> dict[str, tuple[int, NodeStats]]:
        return {node: report for node, report in self._others.items() if now - report[0] < FRESH_MS}

    async def _tally(self) -> NodeStats:
        depth = self._store.depth()
        _, *before = self._last
        _, *counts = self._counts()
        rooms = [room.mode for room in self._matchmaker.rooms.all() if not room.is_mirror]
        return NodeStats(
            connected=max(0, self._sockets.sessions - self._matchmaker.mirrors),
            video=rooms.count("video"),
            text=rooms.count("text"),
            pairs=counts[0] - before[0],
            resumed=counts[1] - before[1],
            fresh=counts[2] - before[2],
            waits=list(self._waits),
            waiting_video=depth["video"],
            waiting_text=depth["text"],
        )

    def _counts(self) -> tuple[int, int, int, int]:
        resumes = self._sockets.resumes
        pairs = sum(self._matchmaker.stats.pairs.values())
        return self._clock.now(), pairs, resumes["resumed"], resumes["fresh"]
