"""Heartbeats in Redis: a sorted set of nodes by Redis' own clock."""

from typing import Any, Final

from server.cluster.client_redis import PREFIX, ask
from server.cluster.heartbeats import FORGET_MS, Beat

SCRIPT: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
if ARGV[3] == '1' then
  redis.call('SADD', KEYS[2], ARGV[1])
  redis.call('EXPIRE', KEYS[2], 3600)
end
redis.call('SET', KEYS[3], now .. ARGV[1], 'NX')
local nodes = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
return {now, nodes, redis.call('SMEMBERS', KEYS[2]), redis.call('GET', KEYS[3])}
"""


class RedisHeartbeats:
    """Implements `Heartbeats`."""

    def __init__(self, client: Any, node: str, *, prefix: str = PREFIX) -> None:
        self._client = client
        self._node = node
        self._keys = [f"{prefix}:nodes", f"{prefix}:draining", f"{prefix}:memory"]
        self._beat = client.register_script(SCRIPT)

    async def beat(self, *, draining: bool) -> Beat:
        """Say that this node lives; return who else does."""
        args = [self._node, FORGET_MS, "1" if draining else "0"]
        at, rows, leaving, memory = await ask(self._beat(keys=self._keys, args=args))
        return Beat(
            at=at,
            seen={_text(rows[i]): int(float(rows[i + 1])) for i in range(0, len(rows), 2)},
            draining=frozenset(map(_text, leaving)),
            memory=_text(memory),
        )

    async def leave(self) -> None:
        """Be listed no more."""
        await ask(self._client.zrem(self._keys[0], self._node))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
