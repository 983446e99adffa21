"""One side of a real call: a camera, a data channel, and a log of every frame and message that arrives."""

import asyncio
import fractions
import time
from collections.abc import Callable
from typing import Any, Final

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtcconfiguration import RTCBundlePolicy
from av import VideoFrame

from server.mirror.addresses import reach_loopback

WIDTH, HEIGHT, FRAMES_PER_S = 160, 120, 15
"""Small: the test is whether frames keep arriving, and ten peers share a machine with the service."""
WORD_EVERY_S: Final = 0.1
CLOCK: Final = fractions.Fraction(1, 90_000)

reach_loopback()


class Camera(MediaStreamTrack):
    """A changing picture, at a steady rate."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._began = 0.0

    async def recv(self) -> VideoFrame:
        """Return the next frame when it is due.

        Raises:
            MediaStreamError: the call has ended.
        """
        if self.readyState != "live":
            raise MediaStreamError
        now = time.monotonic()
        self._began = self._began or now
        await asyncio.sleep(max(0.0, self._began + self._count / FRAMES_PER_S - now))
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for number, plane in enumerate(frame.planes):
            plane.update(bytes([(self._count * 5 + number * 60) % 256]) * plane.buffer_size)
        frame.pts, frame.time_base = self._count * 90_000 // FRAMES_PER_S, CLOCK
        self._count += 1
        return frame


class Peer:
    """An RTCPeerConnection that sends video and data, and records when those of the peer arrive."""

    def __init__(self, signal: Callable[[dict[str, Any]], None]) -> None:
        self.pictures: list[float] = []
        self.words: list[float] = []
        self._signal = signal
        self._tasks: set[asyncio.Task[None]] = set()
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._pc.on("track", self._see)
        self._channel: RTCDataChannel | None = None

    @property
    def flows(self) -> bool:
        """Whether a frame and a message have arrived."""
        return bool(self.pictures and self.words)

    async def offer(self) -> None:
        """Return an offer to the peer."""
        self._pc.addTransceiver(Camera(), "sendrecv")
        self._open_channel()
        await self._describe()

    async def take(self, theirs: dict[str, Any]) -> None:
        """Apply a description of the peer; return an answer to an offer."""
        await self._pc.setRemoteDescription(RTCSessionDescription(theirs["sdp"], theirs["type"]))
        if theirs["type"] == "offer":
            lane = self._pc.getTransceivers()[0]
            lane.sender.replaceTrack(Camera())
            lane.direction = "sendrecv"
            self._open_channel()
            await self._describe()
        self._spawn(self._speak())

    async def close(self) -> None:
        """End the call."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._pc.close()

    def _open_channel(self) -> None:
        # After the transceivers: aiortc bundles in this order.
        self._channel = self._pc.createDataChannel("rondo", negotiated=True, id=0)
        self._channel.on("message", lambda _: self.words.append(time.monotonic()))

    async def _describe(self) -> None:
        await self._pc.setLocalDescription()
        mine = self._pc.localDescription
        self._signal({"type": mine.type, "sdp": mine.sdp})

    async def _speak(self) -> None:
        while True:
            await asyncio.sleep(WORD_EVERY_S)
            if self._channel is not None and self._channel.readyState == "open":
                self._channel.send("word")

    def _see(self, track: MediaStreamTrack) -> None:
        if track.kind == "video":
            self._spawn(self._watch(track))

    async def _watch(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                await track.recv()
            except MediaStreamError:
                return
            self.pictures.append(time.monotonic())

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
