"""Marks: everything up to a number is delivered, or read. They only rise."""

import msgspec


class Mark(msgspec.Struct, frozen=True):
    """How far a member is: read is never above delivered."""

    read: int = 0
    delivered: int = 0

    def raised(self, *, read: int = 0, delivered: int = 0) -> "Mark":
        """Return the mark that this one is after more was read or delivered; what is read was delivered."""
        read = max(self.read, read)
        return Mark(read, max(self.delivered, delivered, read))
