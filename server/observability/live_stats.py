"""Live figures for moderators: how things stand on all nodes together, and how they stood during the last hour."""

import asyncio
from collections import deque
from contextlib import suppress
from statistics import median

import msgspec

from matchmaker.domain.clock import WallClock
from matchmaker.domain.errors import Unavailable
from matchmaker.matchmaker import Matchmaker
from matchmaker.services.state_store import StateStore
from server.cluster.cluster import Cluster
from signaling.routing.stats import SocketStats

EVERY_S = 5.0
KEPT = 720
"""One hour."""
FRESH_MS = 11_000
"""For how long what another node has told counts: two of its points."""


class ByMode(msgspec.Struct, frozen=True, kw_only=True):
    """A count for each mode."""

    video: int
    text: int


class StatsSample(msgspec.Struct, frozen=True, kw_only=True):
    """How things stood at one moment, and what happened since the point before."""

    at: int
    """Unix milliseconds."""
    connected: int
    """People who are connected; mirrors are none."""
    waiting: ByMode
    rooms: ByMode
    pairs: int
    """Pairings by the queue since the point before."""
    pairs_per_minute: float
    time_to_pair_ms: int | None
    """Median of those pairings; None: there were none."""
    resumed: int
    """Sessions resumed since the point before."""
    fresh: int
    """Sessions that could not be resumed, since the point before."""


class NodeStats(msgspec.Struct, frozen=True, array_like=True):
    """What one node has to add to a point: what is there, and what happened since its point before."""

    connected: int
    video: int
    text: int
    """Rooms of people; one whose people are on two nodes counts on one of them."""
    pairs: int
    resumed: int
    fresh: int
    waits: list[int]
    waiting_video: int = 0
    waiting_text: int = 0


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(NodeStats).decode


class LiveStats:
    """Notes a point every few seconds, in constant memory."""

    def __init__(
        self,
        matchmaker: Matchmaker,
        store: StateStore,
        sockets: SocketStats,
        clock: WallClock,
        cluster: Cluster | None = None,
    ) -> None:
        self._matchmaker = matchmaker
        self._store = store
        self._sockets = sockets
        self._wall, self._clock = clock, clock.steady
        self._points: deque[StatsSample] = deque(maxlen=KEPT)
        self._waits = matchmaker.stats.waits
        self._last = (self._clock.now(), 0, 0, 0)
        self._cluster = cluster
        self._others: dict[str, tuple[int, NodeStats]] = {}
        """What the other nodes have told last, and when."""

        if cluster is not None:
            cluster.broadcast.on(
                "tally", lambda node, body: self._others.update({node: (self._clock.now(), _decode(body))})
            )

    @property
    def points(self) -> list[StatsSample]:
        """The last hour, oldest first."""
        return list(self._points)

    async def record(self) -> None:
        """Note a point again and again; runs until cancelled."""
        while True:
            if self._cluster is not None:
                self._cluster.broadcast.send("tally", _encode(await self._tally()), is_kept=False)
            with suppress(Unavailable):  # how many wait is not known: there is no such point
                self._points.append(await self.now())
            self._last = self._counts()
            self._waits.clear()
            await asyncio.sleep(EVERY_S)

    async def now(self) -> StatsSample:
        """Return how things stand, and what happened since the last point that was noted.

        Raises:
            Unavailable: the number of waiting users is unknown.
        """
        now, since = self._clock.now(), self._last[0]
        others = [tally for at, tally in self._others.values() if now - at < FRESH_MS]
        tallies = [await self._tally(), *others]
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
