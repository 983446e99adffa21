"""Receivers of what arrives on a socket: a conversation, a refused connection, or none."""

from typing import TYPE_CHECKING, Protocol

from signaling.outbox import Socket
from signaling.pace import Pace

if TYPE_CHECKING:
    from signaling.speaker import Speaker


class Listener(Protocol):
    """Takes what arrives on a socket."""

    def feed(self, text: str) -> None:
        """Take a text message."""

    def feed_binary(self) -> None:
        """Take note of a binary message."""

    def count(self) -> None:
        """Take note of any other frame."""

    def lost(self) -> None:
        """Take note that nothing more will come."""


class Nobody:
    """Takes nothing."""

    def feed(self, text: str) -> None:
        """Take nothing."""

    def feed_binary(self) -> None:
        """Take nothing."""

    def count(self) -> None:
        """Take nothing."""

    def lost(self) -> None:
        """Take nothing."""


NOBODY = Nobody()


class Refused(Nobody):
    """Only counts: one socket too many from its address, until it is closed."""

    def __init__(self, socket: Socket, speaker: "Speaker") -> None:
        self._pace = Pace(socket, speaker.limits.frames)
        self._clock = speaker.clock

    def feed(self, text: str) -> None:  # noqa: ARG002
        """Count it."""
        self.count()

    def feed_binary(self) -> None:
        """Count it."""
        self.count()

    def count(self) -> None:
        """Count a frame; above the rate the socket is read more slowly."""
        self._pace.take(self._clock.now())
