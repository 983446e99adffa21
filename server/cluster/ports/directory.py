"""The contract of the directory: which node owns which user. Entries expire; PostgreSQL decides about rooms."""

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

    async def swap(self, user: UserId, expected: Entry | None, new: Entry | None) -> Entry | None:
        """Replace *expected* by *new* (None: no entry), and return the former entry of *user*.

        If the entry is neither of the two, it is unchanged. If it is *new*, its expiry is renewed: a call can be
        repeated.
        """
        ...

    async def lookup(self, user: UserId) -> Entry | None:
        """Return the entry of *user*."""
        return await self.swap(user, None, None)
