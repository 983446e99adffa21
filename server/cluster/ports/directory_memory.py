"""The directory of nodes in one process, and of a process without Redis."""

from matchmaker.domain.ids import UserId
from server.cluster.ports.directory import Directory, Entry


class MemoryDirectory(Directory):
    """Entries as a dictionary; they do not expire."""

    def __init__(self) -> None:
        self.entries: dict[UserId, Entry] = {}

    async def swap(self, user: UserId, expected: Entry | None, new: Entry | None) -> Entry | None:
        before = self.entries.get(user)
        if before == expected and new is None:
            self.entries.pop(user, None)
        elif before == expected and new is not None:
            self.entries[user] = new
        return before
