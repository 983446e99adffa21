"""Live figures for moderators: how things stand, and how they stood during the last hour."""

import asyncio
from collections import deque
from statistics import median

import msgspec

from matchmaker.clock import Clock
from matchmaker.engine import Engine
from matchmaker.matchmaker import Matchmaker
from signaling.stats import Stats

EVERY_S = 5.0
KEPT = 720
"""One hour."""


class ByMode(msgspec.Struct, frozen=True, kw_only=True):
    """A count for each mode."""

    video: int
    text: int


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """How things stood at one moment, and what happened since the point before."""

    at: int
    """Unix milliseconds."""
    connected: int
    """People who are connected."""
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


class Figures:
    """Notes a point every few seconds, in constant memory."""

    def __init__(self, matchmaker: Matchmaker, engine: Engine, sockets: Stats, clock: Clock) -> None:
        self._matchmaker = matchmaker
        self._engine = engine
        self._sockets = sockets
        self._clock = clock
        self._points: deque[Point] = deque(maxlen=KEPT)
        self._waits: list[int] = []
        self._last = (clock.now(), 0, 0, 0)
        observe = matchmaker.stats.on_wait

        def on_wait(ms: int) -> None:
            observe(ms)
            self._waits.append(ms)

        matchmaker.stats.on_wait = on_wait

    @property
    def points(self) -> list[Point]:
        """The last hour, oldest first."""
        return list(self._points)

    async def record(self) -> None:
        """Note a point again and again; runs until cancelled."""
        while True:
            self._points.append(await self.now())
            self._last = self._counts()
            self._waits.clear()
            await asyncio.sleep(EVERY_S)

    async def now(self) -> Point:
        """Return how things stand, and what happened since the last point that was noted."""
        depth = await self._engine.depth()
        rooms = [room.mode for room in self._matchmaker.rooms.now()]
        since, pairs, resumed, fresh = self._last
        at, *counts = self._counts()
        return Point(
            at=at,
            connected=self._sockets.sessions,
            waiting=ByMode(video=depth.get("video", 0), text=depth.get("text", 0)),
            rooms=ByMode(video=rooms.count("video"), text=rooms.count("text")),
            pairs=counts[0] - pairs,
            pairs_per_minute=round((counts[0] - pairs) * 60_000 / max(1_000, at - since), 2),
            time_to_pair_ms=round(median(self._waits)) if self._waits else None,
            resumed=counts[1] - resumed,
            fresh=counts[2] - fresh,
        )

    def _counts(self) -> tuple[int, int, int, int]:
        resumes = self._sockets.resumes
        pairs = sum(self._matchmaker.stats.pairs.values())
        return self._clock.now(), pairs, resumes["resumed"], resumes["fresh"]
