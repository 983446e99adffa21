"""The directory in Redis: a string per user, `epoch:node`, and one script that takes many users."""

from collections.abc import Sequence
from typing import Any, Final

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from server.cluster.ports.client_redis import PREFIX, ask
from server.cluster.ports.directory import EXPIRES_S, Directory, Entry
from server.db.group_commit import GroupCommitter

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

Swap = tuple[UserId, Entry | None, Entry | None]
"""A user, the expected entry, and the new one."""


class RedisDirectory(Directory):
    """Asks in groups: what is asked while a call runs goes into the next one."""

    def __init__(self, client: Any, *, prefix: str = PREFIX) -> None:
        self._run = client.register_script(SCRIPT)
        self._prefix = f"{prefix}:user:"
        self._swaps: GroupCommitter[Swap, Entry | None] = GroupCommitter("directory", self._call)

    async def swap(self, user: UserId, expected: Entry | None, new: Entry | None) -> Entry | None:
        return await self._swaps.put((user, expected, new))

    async def _call(self, swaps: Sequence[Swap]) -> list[Entry | Exception | None]:
        args = [text for _, expected, new in swaps for text in (_text(expected), _text(new))]
        try:
            rows = await ask(self._run(keys=[self._prefix + user for user, *_ in swaps], args=[EXPIRES_S, *args]))
        except Unavailable as error:
            return [_caused_by(error.__cause__) for _ in swaps]
        return list(map(_entry, rows))


def _caused_by(cause: BaseException | None) -> Unavailable:
    """Return an error that one caller raises."""
    error = Unavailable()
    error.__cause__ = cause
    return error


def _text(entry: Entry | None) -> str:
    return "" if entry is None else f"{entry.epoch}:{entry.node}"


def _entry(text: bytes | str) -> Entry | None:
    value = text.decode() if isinstance(text, bytes) else text
    epoch, _, node = value.partition(":")
    return Entry(int(epoch), node) if node else None
