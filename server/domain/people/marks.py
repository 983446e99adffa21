"""Marks: the numbers up to which messages are delivered, and read. They only increase."""

import msgspec


class Mark(msgspec.Struct, frozen=True):
    """The marks of a member: read is never above delivered."""

    read: int = 0
    delivered: int = 0

    def raised(self, *, read: int = 0, delivered: int = 0) -> "Mark":
        """Return this mark after more messages were read or delivered; read implies delivered."""
        read = max(self.read, read)
        return Mark(read, max(self.delivered, delivered, read))
