"""Streams in Redis: `XADD`, pipelined if there are several, and `XREAD` blocking, each on a connection of its own."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from server.cluster.ports.client_redis import PREFIX, TIMEOUT_S, ask
from server.cluster.ports.streams import EXPIRES_S, KEPT

BLOCK_MS: Final = 1_000
COUNT: Final = 500
START: Final = b"0-0"
RENEW_S: Final = EXPIRES_S / 4
"""Interval of the renewals of a stream's expiry: with each batch it would be half of the commands."""


class RedisStreams:
    """Implements `Streams`. *client* and *reader* are two, as a read blocks its connection."""

    def __init__(self, client: Any, reader: Any, node: str, *, prefix: str = PREFIX) -> None:
        self._client = client
        self._reader = reader
        self._prefix = f"{prefix}:stream:"
        self._key = self._prefix + node
        self._last = START
        self._renew_at: dict[str, float] = {}

    async def append(self, batches: Sequence[tuple[str, bytes]]) -> None:
        now = asyncio.get_running_loop().time()
        due = [key for node, _ in batches if self._renew_at.get(key := self._prefix + node, 0.0) <= now]
        if len(batches) == 1 and not due:
            [(node, data)] = batches
            await ask(self._client.xadd(self._prefix + node, {b"d": data}, maxlen=KEPT, approximate=True))
            return
        pipe = self._client.pipeline(transaction=False)
        for node, data in batches:
            pipe.xadd(self._prefix + node, {b"d": data}, maxlen=KEPT, approximate=True)
        for key in due:
            pipe.expire(key, EXPIRES_S)
        await ask(pipe.execute())
        later = {key: at for key, at in self._renew_at.items() if at > now}  # not of nodes that have ended
        self._renew_at = later | dict.fromkeys(due, now + RENEW_S)

    async def read(self) -> list[bytes]:
        answer = await ask(
            self._reader.xread({self._key: self._last}, count=COUNT, block=BLOCK_MS),
            timeout_s=TIMEOUT_S + BLOCK_MS / 2e3,
        )
        if not answer:
            # After a flush, and with a clock set back, what is newest is below the last one read: from the start again.
            newest = await ask(self._client.xrevrange(self._key, count=1))
            if newest and _order(newest[0][0]) < _order(self._last):
                self._last = START
            return []
        entries = next(iter(answer.values()))[0] if isinstance(answer, dict) else answer[0][1]
        self._last = entries[-1][0]
        return [fields[b"d"] for _, fields in entries]


def _order(entry_id: bytes) -> tuple[int, int]:
    ms, _, number = entry_id.partition(b"-")
    return int(ms), int(number)
