"""Receivers of what arrives on a socket: a conversation, a refused connection, or none."""

from typing import Protocol

from signaling.connection.context import ServerContext
from signaling.connection.read_throttle import ReadThrottle
from signaling.routing.outbox import Socket


class SocketListener(Protocol):
    """Takes what arrives on a socket."""

    def on_text(self, text: str) -> None:
        """Take a text message."""

    def on_binary(self) -> None:
        """Take note of a binary message."""

    def on_control(self) -> None:
        """Take note of any other frame."""

    def on_close(self) -> None:
        """Take note that nothing more will come."""


class NullListener:
    """Takes nothing."""

    def on_text(self, text: str) -> None:
        """Take nothing."""

    def on_binary(self) -> None:
        """Take nothing."""

    def on_control(self) -> None:
        """Take nothing."""

    def on_close(self) -> None:
        """Take nothing."""


NULL_LISTENER = NullListener()


class RefusedListener(NullListener):
    """Only counts: one socket too many from its address, until it is closed."""

    def __init__(self, socket: Socket, server: ServerContext) -> None:
        self._throttle = ReadThrottle(socket, server.limits.frames)
        self._clock = server.clock

    def on_text(self, text: str) -> None:  # noqa: ARG002
        """Count it."""
        self.on_control()

    def on_binary(self) -> None:
        """Count it."""
        self.on_control()

    def on_control(self) -> None:
        """Count a frame; above the rate the socket is read more slowly."""
        self._throttle.check(self._clock.now())
