"""The video that is sent back: the received frames, scaled down and at a limited rate."""

from collections.abc import Callable

from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamTrack
from av import VideoFrame

FRAMES_PER_S = 15
PERIOD_S = 1 / FRAMES_PER_S
SIDE_MAX = 640
"""Longest side in pixels. With the frame rate it bounds the cost of a call: a tenth of a core."""


class Echo(MediaStreamTrack):
    """Sends the frames of *source* back, dropping those that arrive while it is busy; calls *on_flow* at the first."""

    kind = "video"

    def __init__(self, source: MediaStreamTrack, on_flow: Callable[[], None]) -> None:
        super().__init__()
        # Unbuffered: frames that cannot be encoded in time must not accumulate.
        self._source = MediaRelay().subscribe(source, buffered=False)
        self._on_flow: Callable[[], None] | None = on_flow
        self._due = 0.0

    async def recv(self) -> VideoFrame:
        """Return the next frame that is due.

        Raises:
            aiortc.mediastreams.MediaStreamError: the track has ended.
        """
        while True:
            frame = await self._source.recv()
            assert isinstance(frame, VideoFrame)
            at = frame.time or 0.0
            if at >= self._due:
                break
        # Relative to the due time, so that jitter does not lower the rate; after a gap relative to now.
        late = at - self._due > PERIOD_S
        self._due = (at if late else self._due) + PERIOD_S
        if self._on_flow is not None:
            self._on_flow()
            self._on_flow = None
        return small(frame)

    def stop(self) -> None:
        """Accept no more frames."""
        self._source.stop()
        super().stop()


def small(frame: VideoFrame) -> VideoFrame:
    """Return *frame*, scaled down if a side is longer than `SIDE_MAX`; never up, and in even numbers."""
    scale = SIDE_MAX / max(frame.width, frame.height)
    if scale >= 1:
        return frame
    less = frame.reformat(width=_even(frame.width * scale), height=_even(frame.height * scale))
    less.pts, less.time_base = frame.pts, frame.time_base
    return less


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)
