"""The contract of the directory: which node owns which user. Entries expire; PostgreSQL decides about rooms."""

from collections.abc import Mapping
from typing import Protocol

from matchmaker.ids import UserId
from server.cluster.epoch import Entry

EXPIRES_S = 180


class Directory(Protocol):
    """Compare-and-set per user. Every call may raise `Unavailable`: what was to be written may have been."""

    async def lookup(self, user: UserId) -> Entry | None:
        """Return the entry of *user*."""
        ...

    async def swap(self, user: UserId, expected: Entry | None, new: Entry) -> bool:
        """Replace *expected* by *new*; True as well if *new* is there already, so that a call can be repeated."""
        ...

    async def refresh(self, entries: Mapping[UserId, Entry]) -> Mapping[UserId, tuple[Entry | None, Entry]]:
        """Write *entries*, but none over a newer one; return for each user the entry before and after."""
        ...

    async def overwrite(self, user: UserId, new: Entry) -> Entry | None:
        """Write *new*, and return the entry before: for a user in a room, whose owner is in PostgreSQL."""
        ...

    async def release(self, user: UserId, mine: Entry) -> None:
        """Remove the entry of *user* if it is *mine*."""
        ...
