"""The stamp of a signal, where there are several nodes: by it what comes twice, or after a newer one, is known.

In front of the end of the event stand 28 hexadecimal digits: the number of the sender's socket, then a running number
of their node. A network that was silent for a while may hand over what was said before it fell silent; by then the
sender may long have been on another node, and been heard from there.
"""

from matchmaker.ids import RoomId

LENGTH = 28
# As `Link` writes what follows: "room_id":"…36…","from":"…36…","description":…
_ROOM = slice(LENGTH + 11, LENGTH + 47)
_SENDER = slice(LENGTH + 57, LENGTH + 93)
_KIND = slice(LENGTH + 96, LENGTH + 97)


def stamp(epoch: int, number: int) -> bytes:
    """Return the stamp of a signal that was sent by socket number *epoch*; later ones are greater."""
    return b"%016x%012x" % (epoch, number)


def room_of(stamped: bytes) -> RoomId:
    """Return the room that a signal belongs to."""
    return RoomId(stamped[_ROOM].decode())


def is_description(stamped: bytes) -> bool:
    """Tell whether a signal is a description, and no candidate."""
    return stamped[_KIND] == b"d"


class Mark:
    """The newest signal that one person was given."""

    __slots__ = ("_latest", "_sender")

    def __init__(self) -> None:
        self._sender = self._latest = b""

    def admit(self, stamped: bytes) -> bytes | None:
        """Return the signal without its stamp; None: it is not newer than what the same sender was heard to say."""
        sender, latest = stamped[_SENDER], stamped[:LENGTH]
        if sender == self._sender and latest <= self._latest:
            return None
        self._sender, self._latest = sender, latest
        return stamped[LENGTH:]
