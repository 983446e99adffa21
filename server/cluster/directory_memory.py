"""The directory of nodes in one process, and of a process without Redis."""

from collections.abc import Mapping

from matchmaker.ids import UserId
from server.cluster.epoch import Entry


class MemoryDirectory:
    """Implements `Directory`."""

    def __init__(self) -> None:
        self.entries: dict[UserId, Entry] = {}

    async def lookup(self, user: UserId) -> Entry | None:
        """Return the entry of *user*."""
        return self.entries.get(user)

    async def swap(self, user: UserId, expected: Entry | None, new: Entry) -> bool:
        """Replace *expected* by *new*; True as well if *new* is there already."""
        if self.entries.get(user) not in (expected, new):
            return False
        self.entries[user] = new
        return True

    async def refresh(self, entries: Mapping[UserId, Entry]) -> Mapping[UserId, tuple[Entry | None, Entry]]:
        """Write *entries*, but none over a newer one; return for each user the entry before and after."""
        found: dict[UserId, tuple[Entry | None, Entry]] = {}
        for user, mine in entries.items():
            before = self.entries.get(user)
            after = self.entries[user] = mine if before is None else max(before, mine)
            found[user] = before, after
        return found

    async def overwrite(self, user: UserId, new: Entry) -> Entry | None:
        """Write *new*, and return the entry before."""
        before = self.entries.get(user)
        self.entries[user] = new
        return before

    async def release(self, user: UserId, mine: Entry) -> None:
        """Remove the entry of *user* if it is *mine*."""
        if self.entries.get(user) == mine:
            del self.entries[user]
