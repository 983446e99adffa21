"""Outcomes of a frame other than its reply."""

from server.drill.clients.client_log import Frame


class FrameRefused(Exception):
    """The server has answered with an error."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(f"{frame.get('code')}: {frame.get('message')}")
        self.frame = frame
        self.code = str(frame.get("code"))


class Interrupted(ConnectionError):
    """The connection was lost before the answer came: the outcome is unknown."""
