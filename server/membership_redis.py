"""The list of nodes in Redis: when each was last heard, by Redis' own clock."""

from typing import Any, Final

from matchmaker.bus_redis import RedisBus
from matchmaker.pipe_redis import Pipe, Script
from server.membership import Beat

BEAT: Final = Script(
    """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local known = redis.call('ZADD', KEYS[1], now, ARGV[1])
return {now, known, redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')}
"""
)
CLAIM: Final = Script(
    """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
)
FORGET: Final = Script(
    """
local nodes, node = KEYS[1] .. ':nodes', ARGV[1]
if redis.call('EXISTS', KEYS[1] .. ':people:' .. node) == 0 then
  redis.call('ZREM', nodes, node)
elseif ARGV[2] == 'left' then
  redis.call('ZADD', nodes, 'XX', 0, node)
end
"""
)


class RedisRoll:
    """Keeps the contract `server.membership.Roll`."""

    def __init__(self, pipe: Pipe, bus: RedisBus, *, pool: str = "{rondo}") -> None:
        self._pipe = pipe
        self._bus = bus
        self._pool = pool

    async def beat(self) -> Beat:
        """Say that this node lives; return who else does."""
        at, added, rows = await self._pipe.run(BEAT, self._bus.node, key=self._nodes)
        return Beat(at=at, was_known=not added, nodes=_pairs(rows))

    async def claim(self, what: str, *, for_ms: int) -> bool:
        """Take *what* upon this node for so long; False when another has."""
        taken = await self._pipe.run(CLAIM, self._bus.node, for_ms, key=f"{self._pool}:burial:{what}")
        return bool(taken)

    async def forget(self, node: str) -> None:
        """Strike *node* off, unless it has people that nobody has seen to."""
        await self._pipe.run(FORGET, node, "", key=self._pool)

    async def leave(self) -> None:
        """Strike this node off; if it has people, let it be known that it has left."""
        await self._pipe.run(FORGET, self._bus.node, "left", key=self._pool)

    async def is_listening(self, node: str) -> bool:
        """Tell whether anybody hears what is said to *node*."""
        found = await self._pipe.call("PUBSUB", "NUMSUB", self._bus.channel(node))
        return bool(_numsub(found))

    @property
    def _nodes(self) -> str:
        return f"{self._pool}:nodes"


def _pairs(rows: list[Any]) -> dict[str, int]:
    """Return a mapping from what Lua has made of members and scores: a flat list, the scores as text."""
    return {rows[i].decode(): int(float(rows[i + 1])) for i in range(0, len(rows), 2)}


def _numsub(found: Any) -> int:
    """Return the count of one channel: a map in RESP3, a flat list before."""
    return int(next(iter(found.values()))) if isinstance(found, dict) else int(found[1])
