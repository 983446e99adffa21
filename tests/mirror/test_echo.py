"""The picture that goes back: how large, and how often."""

import asyncio
import contextlib

import pytest
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import VideoFrame

from server.mirror.echo import FRAMES_PER_S, SIDE_MAX, Echo, small
from tests.mirror.caller import CLOCK


class Film(MediaStreamTrack):
    """Frames at given instants, one whenever the loop turns."""

    kind = "video"

    def __init__(self, *at_s: float) -> None:
        super().__init__()
        self._at = list(at_s)

    async def recv(self) -> VideoFrame:
        # The relay keeps one frame: wait until it is taken before the next one.
        for _ in range(5):
            await asyncio.sleep(0)
        if not self._at:
            raise MediaStreamError
        frame = VideoFrame(64, 48, "yuv420p")
        frame.pts, frame.time_base = round(self._at.pop(0) * 90_000), CLOCK
        return frame


async def times(*at_s: float) -> list[float]:
    echo, seen = Echo(Film(*at_s), lambda: None), []
    with contextlib.suppress(MediaStreamError):
        while True:
            seen.append(round((await echo.recv()).time or 0.0, 3))
    return seen


async def test_thirty_frames_a_second_become_fifteen() -> None:
    assert len(await times(*(number / 30 for number in range(60)))) == pytest.approx(2 * FRAMES_PER_S, abs=1)


async def test_fewer_frames_are_unchanged() -> None:
    assert await times(0, 0.1, 0.2, 0.3) == [0, 0.1, 0.2, 0.3]


async def test_jitter_costs_no_frames() -> None:
    steps = [number / FRAMES_PER_S + (0.01 if number % 2 else 0) for number in range(20)]
    assert len(await times(*steps)) == 20


async def test_no_burst_after_a_gap() -> None:
    burst = [5 + number / 1_000 for number in range(10)]
    assert await times(0, *burst) == [0, 5]


async def test_first_frame_is_reported_once() -> None:
    reports: list[None] = []
    echo = Echo(Film(0, 1, 2), lambda: reports.append(None))
    await echo.recv()
    await echo.recv()
    assert len(reports) == 1


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((320, 240), (320, 240)),
        ((640, 480), (640, 480)),
        ((1280, 720), (640, 360)),
        ((720, 1280), (360, 640)),
        ((1921, 1081), (640, 360)),
        ((4096, 2), (640, 2)),
    ],
)
def test_large_picture_is_scaled_down(size: tuple[int, int], expected: tuple[int, int]) -> None:
    frame = VideoFrame(*size, "yuv420p")
    frame.pts, frame.time_base = 7, CLOCK
    less = small(frame)
    assert (less.width, less.height) == expected
    assert max(expected) <= SIDE_MAX
    assert (less.pts, less.time_base) == (7, CLOCK)
