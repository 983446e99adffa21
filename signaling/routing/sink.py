"""What the hub sends events to: the connection of a user."""

from typing import Protocol

from matchmaker.domain.errors import RequestError
from signaling.routing.outbox import Socket


class EventSink(Protocol):
    """A conversation, as far as the hub is concerned."""

    def send_event(self, kind: str, event: bytes) -> None:
        """Take an encoded event; it leaves after everything before it."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Close the socket; nothing more is said or taken."""
        ...

    def close_with_error(self, why: RequestError, code: int) -> None:
        """Close the socket, and say why in an error frame."""
        ...

    def set_epoch(self, epoch: int) -> None:
        """Note that *epoch* is this socket's number now."""
        ...

    @property
    def socket(self) -> Socket:
        """Where events leave."""
        ...
