"""Somebody with a camera, as a browser would be: makes the offer, trickles, counts the frames that come back."""

import asyncio
import fractions
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtcconfiguration import RTCBundlePolicy
from aiortc.rtcrtpsender import RTCRtpSender
from av import VideoFrame

from server.mirror.addresses import reach_loopback

PATIENCE_S = 15
CLOCK = fractions.Fraction(1, 90_000)

reach_loopback()


class Camera(MediaStreamTrack):
    """A picture that changes, at a steady rate. A connection that closes stops it for good."""

    kind = "video"

    def __init__(self, width: int = 320, height: int = 240, rate: int = 30) -> None:
        super().__init__()
        self._size = (width, height)
        self._rate = rate
        self._count = 0
        self._began = 0.0

    async def recv(self) -> VideoFrame:
        if self.readyState != "live":
            raise MediaStreamError
        now = asyncio.get_running_loop().time()
        self._began = self._began or now
        await asyncio.sleep(max(0, self._began + self._count / self._rate - now))
        frame = VideoFrame(*self._size, "yuv420p")
        for number, plane in enumerate(frame.planes):
            plane.update(bytes([(self._count * 7 + number * 40) % 256]) * plane.buffer_size)
        frame.pts, frame.time_base = self._count * 90_000 // self._rate, CLOCK
        self._count += 1
        return frame


class Caller:
    """One side of a call. *send* carries `{"description": …}` and `{"candidate": …}` to the other side."""

    def __init__(
        self, send: Callable[[dict[str, Any]], Awaitable[object]], camera: Callable[[], Camera] = Camera
    ) -> None:
        self._send = send
        self._camera = camera
        self.pc = RTCPeerConnection()
        self.frames: list[VideoFrame] = []
        self.beside: list[str] = []
        self._news = asyncio.Event()
        self._watching: set[asyncio.Task[None]] = set()

    def _build(self) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.pc.on("track", self._see)

    def _open_beside(self) -> None:
        self.channel = self.pc.createDataChannel("rondo", negotiated=True, id=0)
        self.channel.on("message", self.beside.append)

    async def offer(self, *, sight: bool = True) -> None:
        """Begin, or begin again from nothing, as a page does that was reloaded. Without *sight* the camera is off."""
        await self.pc.close()
        self._build()
        self.pc.addTransceiver("audio", "sendrecv")
        lane = self.pc.addTransceiver("video", "recvonly")
        lane.setCodecPreferences([c for c in RTCRtpSender.getCapabilities("video").codecs if "VP8" in c.mimeType])
        if sight:
            self._load()
        self._open_beside()
        await self.pc.setLocalDescription()
        await self._trickle()

    async def turn_on(self) -> None:
        """Turn on the camera in the middle of a call."""
        self._load()
        await self.pc.setLocalDescription()
        await self._trickle()

    def _load(self) -> None:
        lane = next(lane for lane in self.pc.getTransceivers() if lane.kind == "video")
        lane.sender.replaceTrack(self._camera())
        lane.direction = "sendrecv"

    async def take(self, signal: dict[str, Any]) -> None:
        """Take a description from the other side; answer it if it is an offer."""
        theirs = RTCSessionDescription(**signal["description"])
        if theirs.type == "offer":
            await self.pc.close()
            self._build()
        await self.pc.setRemoteDescription(theirs)
        if theirs.type == "offer":
            self._load()
            self._open_beside()
            await self.pc.setLocalDescription()
            await self._trickle()

    async def _trickle(self) -> None:
        """Send the description without its candidates, then these one by one, between such as a browser has too."""
        lines = self.pc.localDescription.sdp.splitlines(keepends=True)
        ways = [line.strip().removeprefix("a=") for line in lines if line.startswith("a=candidate:")]
        bare = "".join(line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates")))
        await self._send({"description": {"type": self.pc.localDescription.type, "sdp": bare}})
        hidden = "candidate:1 1 udp 2113937151 2f1bd2c3-5d6f-4a52-b0c5-1d1f0b0d5a11.local 51234 typ host"
        tcp = "candidate:2 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 ufrag abcd network-id 1"
        for way in (hidden, tcp, *dict.fromkeys(ways), ""):
            await self._send({"candidate": {"candidate": way, "sdpMid": "0", "sdpMLineIndex": 0}})
        await self._send({"candidate": None})

    async def sees(self, count: int) -> list[VideoFrame]:
        """Return once *count* frames have come back, counted from now."""
        begin = len(self.frames)
        async with asyncio.timeout(PATIENCE_S):
            while len(self.frames) < begin + count:
                self._news.clear()
                await self._news.wait()
        return self.frames[begin:]

    def _see(self, track: MediaStreamTrack) -> None:
        async def watch() -> None:
            while True:
                try:
                    frame = await track.recv()
                except MediaStreamError:
                    return
                assert isinstance(frame, VideoFrame)
                self.frames.append(frame)
                self._news.set()

        if track.kind == "video":
            self._watching.add(asyncio.create_task(watch()))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.pc.close()
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
