"""The directory in Redis: a string per user, `epoch:node`, and one script; one call for all that one loop turn asks."""

import asyncio
from typing import Any, Final

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from server.cluster.ports.client_redis import PREFIX, ask
from server.cluster.ports.directory import EXPIRES_S, Directory, Entry

BATCH: Final = 1_000
"""Entries that one call of the script may touch: about a millisecond of Redis."""
SCRIPT: Final = """
local found = {}
for i, key in ipairs(KEYS) do
  local expected, new = ARGV[i * 2], ARGV[i * 2 + 1]
  local before = redis.call('GET', key) or ''
  if before == expected or before == new then
    if new ~= '' then redis.call('SET', key, new, 'EX', ARGV[1]) elseif before ~= '' then redis.call('DEL', key) end
  end
  found[i] = before
end
return found
"""

Ask = tuple[UserId, Entry | None, Entry | None, "asyncio.Future[Entry | None]"]


class RedisDirectory(Directory):
    """Collects what is asked within a loop turn."""

    def __init__(self, client: Any, *, prefix: str = PREFIX) -> None:
        self._run = client.register_script(SCRIPT)
        self._prefix = f"{prefix}:user:"
        self._asks: list[Ask] = []
        self._calls: set[asyncio.Task[None]] = set()

    async def swap(self, user: UserId, expected: Entry | None, new: Entry | None) -> Entry | None:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Entry | None] = loop.create_future()
        if not self._asks:
            loop.call_soon(self._flush)
        self._asks.append((user, expected, new, answer))
        return await answer

    def _flush(self) -> None:
        asks, self._asks = self._asks, []
        for at in range(0, len(asks), BATCH):
            call = asyncio.ensure_future(self._call(asks[at : at + BATCH]))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    async def _call(self, asks: list[Ask]) -> None:
        keys = [self._prefix + user for user, *_ in asks]
        args: list[Any] = [EXPIRES_S]
        for _, expected, new, _ in asks:
            args += _text(expected), _text(new)
        try:
            rows = await ask(self._run(keys=keys, args=args))
        except Unavailable as error:
            for *_, answer in asks:
                if not answer.done():
                    own = Unavailable()  # each caller raises its own
                    own.__cause__ = error.__cause__
                    answer.set_exception(own)
            return
        for (*_, answer), before in zip(asks, rows, strict=True):
            if not answer.done():
                answer.set_result(_entry(before))


def _text(entry: Entry | None) -> str:
    return "" if entry is None else f"{entry.epoch}:{entry.node}"


def _entry(text: bytes | str) -> Entry | None:
    value = text.decode() if isinstance(text, bytes) else text
    epoch, _, node = value.partition(":")
    return Entry(int(epoch), node) if node else None
