"""The directory of nodes in one process, and of a process without Redis."""

from collections.abc import Mapping

from matchmaker.domain.ids import UserId
from server.cluster.directory import Entry


class MemoryDirectory:
    """Implements `Directory`."""

    def __init__(self) -> None:
        self.entries: dict[UserId, Entry] = {}

    async def lookup(self, user: UserId) -> Entry | None:
        return self.entries.get(user)

    async def swap(self, user: UserId, expected: Entry | None, new: Entry) -> bool:
        if self.entries.get(user) not in (expected, new):
            return False
        self.entries[user] = new
        return True

    async def refresh(self, entries: Mapping[UserId, Entry]) -> Mapping[UserId, Entry | None]:
        before = {user: self.entries.get(user) for user in entries}
        for user, mine in entries.items():
            self.entries[user] = max(before[user] or mine, mine)
        return before

    async def release(self, user: UserId, mine: Entry) -> None:
        if self.entries.get(user) == mine:
            del self.entries[user]
