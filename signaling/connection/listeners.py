"""Receivers of the frames of a socket: a connection, a refused connection, or none."""

from typing import Protocol

from signaling.connection.context import ServerContext
from signaling.connection.read_throttle import ReadThrottle
from signaling.routing.outbox import Socket


class SocketListener(Protocol):
    """Receives the frames of a socket."""

    def on_text(self, text: str) -> None:
        """Handle a text message."""

    def on_binary(self) -> None:
        """Handle a binary message."""

    def on_control(self) -> None:
        """Handle any other frame."""

    def on_close(self) -> None:
        """Handle the end of the connection."""


class NullListener:
    """Ignores all frames."""

    def on_text(self, text: str) -> None:
        """Ignore the frame."""

    def on_binary(self) -> None:
        """Ignore the frame."""

    def on_control(self) -> None:
        """Ignore the frame."""

    def on_close(self) -> None:
        """Ignore the end."""


NULL_LISTENER = NullListener()


class RefusedListener(NullListener):
    """Only counts frames: one socket too many from its address, until it is closed."""

    def __init__(self, socket: Socket, server: ServerContext) -> None:
        self._throttle = ReadThrottle(socket, server.limits.frames)
        self._clock = server.clock

    def on_text(self, text: str) -> None:  # noqa: ARG002
        """Count the frame."""
        self.on_control()

    def on_binary(self) -> None:
        """Count the frame."""
        self.on_control()

    def on_control(self) -> None:
        """Count the frame; above the frame rate reading is paused."""
        self._throttle.check(self._clock.now())
