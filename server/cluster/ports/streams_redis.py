"""Streams in Redis: `XADD` pipelined, `XREAD` blocking on a connection of its own."""

from collections.abc import Sequence
from typing import Any, Final

from server.cluster.ports.client_redis import PREFIX, TIMEOUT_S, ask
from server.cluster.ports.streams import EXPIRES_S, KEPT

BLOCK_MS: Final = 1_000
COUNT: Final = 500
START: Final = b"0-0"


class RedisStreams:
    """Implements `Streams`. *reader* has a timeout above `BLOCK_MS`."""

    def __init__(self, client: Any, reader: Any, node: str, *, prefix: str = PREFIX) -> None:
        self._client = client
        self._reader = reader
        self._prefix = f"{prefix}:stream:"
        self._key = self._prefix + node
        self._last = START

    async def append(self, batches: Sequence[tuple[str, bytes]]) -> None:
        pipe = self._client.pipeline(transaction=False)
        keys = dict.fromkeys(self._prefix + node for node, _ in batches)
        for node, data in batches:
            pipe.xadd(self._prefix + node, {b"d": data}, maxlen=KEPT, approximate=True)
        for key in keys:
            pipe.expire(key, EXPIRES_S)
        await ask(pipe.execute())

    async def read(self) -> list[bytes]:
        answer = await ask(
            self._reader.xread({self._key: self._last}, count=COUNT, block=BLOCK_MS),
            timeout_s=TIMEOUT_S + BLOCK_MS / 1e3,
        )
        if not answer:
            await self._look_behind()
            return []
        entries = next(iter(answer.values()))[0] if isinstance(answer, dict) else answer[0][1]
        self._last = entries[-1][0]
        return [fields[b"d"] for _, fields in entries]

    async def _look_behind(self) -> None:
        """Read from the start again if the newest entry is below the last one read: a flush, and a clock set back."""
        newest = await ask(self._client.xrevrange(self._key, count=1))
        if newest and _order(newest[0][0]) < _order(self._last):
            self._last = START


def _order(entry_id: bytes) -> tuple[int, int]:
    ms, _, number = entry_id.partition(b"-")
    return int(ms), int(number)
