"""Which nodes live, are dead, or are draining. Pure: it is given what heartbeats found, and the time in seconds.

Dead is a node that was silent for 3 s of the store's time, or whose process had ended in two queries of PostgreSQL and
has missed a heartbeat: a killed process is known after a second, a slow one is not robbed. Only a node that has
received every heartbeat for 3.5 s judges by silence. Without Redis it judges by the heartbeats in PostgreSQL.
"""

from collections.abc import Mapping
from typing import Final

from server.cluster.ports.heartbeats import Beat
from server.domain.room_owners import StoreBeat

DEAD_MS: Final = 3_000
STEADY_S: Final = 3.5
GAP_S: Final = 1.5
"""A heartbeat later than this interrupts the series that a judgement needs."""
JUMP_MS: Final = 1_500
"""A difference above this between the store's clock and that of this process is a jump; it interrupts the series."""
QUICK_S: Final = 0.25
ENDED_POLLS: Final = 2
RECENT_MS: Final = 800
"""A heartbeat within this time is recent: the next one is not yet missed."""
UNLISTED_BEATS: Final = 2


class HeartbeatSeries:
    """The heartbeats that one store showed."""

    def __init__(self, received_at: float, steady_since: float) -> None:
        self.at = 0
        """The store's time at the last beat (milliseconds)."""
        self.seen: Mapping[str, int] = {}
        self._received_at = received_at
        self._steady_since = steady_since

    def record(self, at: int, seen: Mapping[str, int], now: float) -> int:
        """Record a heartbeat; return by how many ms the clock of the store has jumped since the one before."""
        jump_ms = at - self.at - round((now - self._received_at) * 1_000)
        has_jumped = bool(self.at) and self.is_fresh(now) and abs(jump_ms) > JUMP_MS
        if has_jumped or not self.is_fresh(now):
            self.interrupt(now)
        self.at, self.seen, self._received_at = at, seen, now
        return jump_ms if has_jumped else 0

    def interrupt(self, now: float) -> None:
        """Discard the series."""
        self._steady_since = now

    def is_fresh(self, now: float) -> bool:
        """Return whether the last heartbeat is recent."""
        return now - self._received_at <= GAP_S

    def silence_ms(self, node: str) -> int:
        """Return how long before the last beat that of *node* was, by the store's time; an unknown one: for ever."""
        return self.at - self.seen.get(node, 0)

    def is_silent(self, node: str) -> bool:
        """Return whether *node* is dead by silence."""
        return self._received_at - self._steady_since > STEADY_S and self.silence_ms(node) > DEAD_MS


class Membership:
    """What one node knows of the others."""

    def __init__(self, node: str, now: float, *, has_redis: bool = True) -> None:
        self.node = node
        self.has_redis = has_redis
        self.redis_failed_at: float | None = None
        """Since when Redis does not answer; None: it does."""
        self._beats_took_s = (0.0, 0.0)
        """Duration of the last two heartbeats of Redis."""
        self.clock_jump_ms = 0
        """By how much the clock of Redis jumped before the last heartbeat."""
        self.draining: frozenset[str] = frozenset()
        self._older: frozenset[str] = frozenset()
        """Older nodes without Redis: their rooms are taken over, as when they drain."""
        self._redis = HeartbeatSeries(now, now)
        self._postgres = HeartbeatSeries(now - 3_600.0, now)
        self._unlisted: dict[str, int] = {}
        """Nodes that were asked about and are not listed, and for how many heartbeats."""
        self._ended: dict[str, int] = {}
        """Processes that have ended, and in how many consecutive queries."""
        self._stopped: frozenset[str] = frozenset()

    def record_beat(self, beat: Beat, now: float, *, took_s: float = 0.0) -> bool:
        """Record a heartbeat of Redis; return whether there was an interruption since the last, or
        a loss of its data.
        """
        self._beats_took_s = self._beats_took_s[1], took_s
        interrupted = self.is_cut_off or not self._redis.is_fresh(now) or beat.is_new
        if interrupted:
            self._redis.interrupt(now)
        # Redis was asked in between: an answer that this process took up late is no jump of the clock there.
        self.clock_jump_ms = self._redis.record(beat.at, beat.seen, now - took_s / 2)
        self.redis_failed_at, self.draining = None, beat.draining
        self._count_unlisted()
        return interrupted

    def failed(self, now: float) -> None:
        """Record that Redis did not answer."""
        if self.redis_failed_at is None:
            self.redis_failed_at = now
        self._redis.interrupt(now)

    def record_postgres_beat(self, beat: StoreBeat, now: float) -> None:
        """Record a heartbeat of PostgreSQL."""
        self._postgres.record(beat.at, beat.seen, now)
        self._older = frozenset() if self.has_redis else beat.older
        self._ended = {node: self._ended.get(node, 0) + 1 for node in beat.ended}
        self._stopped = beat.stopped
        if self._judge is self._postgres:
            self._count_unlisted()

    def _count_unlisted(self) -> None:
        listed = self.listed
        self._unlisted = {
            node: beats + 1 for node, beats in self._unlisted.items() if node not in listed and beats < 60
        }

    def hears_postgres(self, now: float) -> bool:
        """Return whether PostgreSQL answered recently."""
        return self._postgres.is_fresh(now)

    @property
    def is_cut_off(self) -> bool:
        """Whether Redis does not answer."""
        return self.redis_failed_at is not None

    @property
    def is_quick(self) -> bool:
        """Whether Redis answers fast enough for a move, which takes four round trips and must end within a second.

        One slow heartbeat may be a pause of this process: moves are refused after two.
        """
        return not self.is_cut_off and min(self._beats_took_s) < QUICK_S

    @property
    def _judge(self) -> HeartbeatSeries:
        return self._redis if self.has_redis and not self.is_cut_off else self._postgres

    @property
    def others(self) -> list[str]:
        """The other nodes that are listed and not known to be dead, as of the last heartbeat."""
        return [node for node in self.listed if node != self.node and not self.is_dead(node)]

    @property
    def reachable(self) -> list[str]:
        """The other live nodes, if this one can send to them."""
        return self.others if self.has_redis else []

    @property
    def listed(self) -> frozenset[str]:
        """The nodes with a recent heartbeat."""
        return frozenset(self._judge.seen)

    def is_dead(self, node: str) -> bool:
        """Return whether *node* is dead; so is one that is asked about and not listed in the next two heartbeats."""
        if node == self.node:
            return False
        if self.has_ended(node):
            return True
        if node not in self.listed and self._unlisted.setdefault(node, 0) < UNLISTED_BEATS:
            return False  # it may have started since the last heartbeat
        return self._judge.is_silent(node)

    def has_ended(self, node: str) -> bool:
        """Return whether the process has ended, not only become silent.

        One with heartbeats in Redis has only lost its connection to PostgreSQL, and serves its users without.
        """
        beats_in_redis = self._judge is self._redis and self._redis.silence_ms(node) <= RECENT_MS
        return self._ended.get(node, 0) >= ENDED_POLLS and not beats_in_redis

    def has_stopped(self, node: str) -> bool:
        """Return whether the process has ended by a normal stop."""
        return node in self._stopped

    def silent_s(self, node: str) -> float:
        """Return for how long *node* has been silent, as of the last heartbeat (seconds)."""
        return round(self._judge.silence_ms(node) / 1_000, 1) if node in self.listed else 0.0

    def has_recent_beat(self, node: str) -> bool:
        """Return whether *node* had a heartbeat recently and has not ended, without a series to judge by."""
        return not self.has_ended(node) and self._judge.silence_ms(node) <= DEAD_MS

    @property
    def serving(self) -> set[str]:
        """The nodes that keep their rooms: live ones, and those with heartbeats in PostgreSQL that are cut off from
        Redis.
        """
        return {self.node, *self.others, *filter(self.serves, self._postgres.seen)}

    def serves(self, node: str, *, within_ms: int = DEAD_MS) -> bool:
        """Return whether *node* had a recent heartbeat in PostgreSQL: it may be cut off from Redis only, and serve its
        users.
        """
        return not self.has_ended(node) and self._postgres.silence_ms(node) <= within_ms

    def is_leaving(self, node: str) -> bool:
        """Return whether rooms of *node* should be taken over: it is dead, draining, or older
        where there is no Redis.
        """
        return node != self.node and (node in self.draining or node in self._older or self.is_dead(node))
