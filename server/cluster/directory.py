"""The contract of the directory: which node owns which user. Entries expire; PostgreSQL decides about rooms."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from matchmaker.domain.ids import UserId

EXPIRES_S = 180


class Entry(NamedTuple):
    """What the directory holds for a user. Later claims are greater, also after the directory was flushed."""

    epoch: int
    node: str


def new_epoch(old: int, now: int) -> int:
    """Return an epoch above *old* and not below *now* (Unix milliseconds), so that it survives a flush."""
    return max(old + 1, now)


class Directory(Protocol):
    """Compare-and-set per user. Every call may raise `Unavailable`: what was to be written may have been."""

    async def lookup(self, user: UserId) -> Entry | None:
        """Return the entry of *user*."""
        ...

    async def swap(self, user: UserId, expected: Entry | None, new: Entry) -> bool:
        """Replace *expected* by *new*; True as well if *new* is there already, so that a call can be repeated."""
        ...

    async def refresh(self, entries: Mapping[UserId, Entry]) -> Mapping[UserId, Entry | None]:
        """Write *entries*, but none over a newer one; return for each user the entry before."""
        ...

    async def release(self, user: UserId, mine: Entry) -> None:
        """Remove the entry of *user* if it is *mine*."""
        ...
