"""Heartbeats in Redis: a sorted set of nodes by Redis' own clock, and what each node shows of itself beside it."""

import time
from contextlib import suppress
from math import inf
from typing import Any, Final

import msgspec

from server.cluster.ports.client_redis import PREFIX, ask
from server.cluster.ports.heartbeats import FORGET_MS, Beat
from server.cluster.ports.node_records import NodeRecord
from server.db.maintenance.database_identity import Offset, offset_of

EXACT_MS: Final = 50.0
"""An offset that is known less exactly than this does not replace one that is."""
SCRIPT: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local is_new = redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[4])
for _, node in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])) do
  redis.call('ZREM', KEYS[1], node)
  redis.call('HDEL', KEYS[3], node)
end
if ARGV[3] == '1' then
  redis.call('SADD', KEYS[2], ARGV[1])
  redis.call('EXPIRE', KEYS[2], 3600)
end
return {now, redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES'), redis.call('SMEMBERS', KEYS[2]), is_new}
"""


class RedisHeartbeats:
    """Implements `Heartbeats`, and shows a record with each."""

    def __init__(self, client: Any, node: str, record: NodeRecord, *, prefix: str = PREFIX) -> None:
        self.record = record
        self.offset = Offset(0.0, inf)
        """How far the clock of this machine is ahead of Redis'."""
        self._client = client
        self._node = node
        self._keys = [f"{prefix}:{name}" for name in ("nodes", "draining", "cards")]
        self._beat = client.register_script(SCRIPT)

    async def beat(self, *, draining: bool) -> Beat:
        self.record = msgspec.structs.replace(self.record, ahead_ms=self.offset.ahead_ms, is_draining=draining)
        args = [self._node, FORGET_MS, "1" if draining else "0", msgspec.json.encode(self.record)]
        before = time.time() * 1_000
        at, rows, leaving, is_new = await ask(self._beat(keys=self._keys, args=args))
        offset = offset_of(before, at, time.time() * 1_000)
        if offset.give_ms < max(EXACT_MS, self.offset.give_ms):
            self.offset = offset
        if not self.record.since:
            self.record = msgspec.structs.replace(self.record, since=at)
        return Beat(
            at=at,
            seen={node.decode(): int(float(at)) for node, at in zip(rows[::2], rows[1::2], strict=True)},
            draining=frozenset(map(bytes.decode, leaving)),
            is_new=bool(is_new),
        )

    async def older_records(self) -> dict[str, NodeRecord]:
        """Return the records of the nodes that came before this one, first come first; not those it cannot read."""
        shown = await ask(self._client.hgetall(self._keys[2]))
        records = [
            (record.since, node.decode(), record)
            for node, text in shown.items()
            if (record := _record(text)) is not None
        ]
        records.sort(key=lambda record: record[:2])
        return {node: record for since, node, record in records if (since, node) < (self.record.since, self._node)}

    async def leave(self) -> None:
        nodes, _, records = self._keys
        pipe = self._client.pipeline(transaction=False)
        pipe.zrem(nodes, self._node)
        pipe.hdel(records, self._node)
        await ask(pipe.execute())


def _record(text: bytes) -> NodeRecord | None:
    with suppress(msgspec.DecodeError):  # another release wrote it
        return msgspec.json.decode(text, type=NodeRecord)
    return None
