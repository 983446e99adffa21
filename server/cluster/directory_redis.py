"""The directory in Redis: a string per user, `epoch:node`, and one script; one call for all that one loop turn asks."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from server.cluster.client_redis import PREFIX, ask
from server.cluster.directory import EXPIRES_S, Entry

BATCH: Final = 1_000
"""Entries that one call of the script may touch: about a millisecond of Redis."""
SCRIPT: Final = """
local function order(entry)
  local at = string.find(entry, ':', 1, true)
  return tonumber(string.sub(entry, 1, at - 1)), string.sub(entry, at + 1)
end
local function is_older(one, other)
  local e, n = order(one)
  local f, m = order(other)
  return e < f or (e == f and n < m)
end
local results = {}
for i, key in ipairs(KEYS) do
  local op, a, b = ARGV[i * 3 - 1], ARGV[i * 3], ARGV[i * 3 + 1]
  local before, done = redis.call('GET', key) or '', 1
  if op == 'swap' then
    if before == a or before == b then redis.call('SET', key, b, 'EX', ARGV[1]) else done = 0 end
  elseif op == 'newer' then
    if before == '' or not is_older(b, before) then redis.call('SET', key, b, 'EX', ARGV[1]) else done = 0 end
  elseif op == 'drop' and before == a then
    redis.call('DEL', key)
  end
  results[i] = {before, done}
end
return results
"""

Ask = tuple[UserId, str, Entry | None, Entry | None, "asyncio.Future[tuple[Entry | None, bool]]"]


class RedisDirectory:
    """Implements `Directory`."""

    def __init__(self, client: Any, *, prefix: str = PREFIX) -> None:
        self._run = client.register_script(SCRIPT)
        self._prefix = f"{prefix}:user:"
        self._asks: list[Ask] = []
        self._calls: set[asyncio.Task[None]] = set()

    async def lookup(self, user: UserId) -> Entry | None:
        return (await self._ask(user, "look"))[0]

    async def swap(self, user: UserId, expected: Entry | None, new: Entry) -> bool:
        return (await self._ask(user, "swap", expected, new))[1]

    async def refresh(self, entries: Mapping[UserId, Entry]) -> Mapping[UserId, Entry | None]:
        answers = await asyncio.gather(*(self._ask(user, "newer", None, mine) for user, mine in entries.items()))
        return {user: before for user, (before, _) in zip(entries, answers, strict=True)}

    async def release(self, user: UserId, mine: Entry) -> None:
        await self._ask(user, "drop", mine)

    async def _ask(
        self, user: UserId, op: str, expected: Entry | None = None, new: Entry | None = None
    ) -> tuple[Entry | None, bool]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[Entry | None, bool]] = loop.create_future()
        if not self._asks:
            loop.call_soon(self._flush)
        self._asks.append((user, op, expected, new, answer))
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
        for _, op, expected, new, _ in asks:
            args += op, _text(expected), _text(new)
        try:
            rows = await ask(self._run(keys=keys, args=args))
        except Unavailable as error:
            for *_, answer in asks:
                if not answer.done():
                    own = Unavailable()  # each caller raises its own
                    own.__cause__ = error.__cause__
                    answer.set_exception(own)
            return
        for (*_, answer), (before, done) in zip(asks, rows, strict=True):
            if not answer.done():
                answer.set_result((_entry(before), bool(done)))


def _text(entry: Entry | None) -> str:
    return "" if entry is None else f"{entry.epoch}:{entry.node}"


def _entry(text: bytes | str) -> Entry | None:
    value = text.decode() if isinstance(text, bytes) else text
    epoch, _, node = value.partition(":")
    return Entry(int(epoch), node) if node else None
