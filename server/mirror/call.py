"""A call with a mirror: one RTCPeerConnection after the other, as the polite peer, until the room ends."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.rtcconfiguration import RTCBundlePolicy, RTCIceTransportPolicy

from server.mirror import sdp
from server.mirror.addresses import reach_loopback
from server.mirror.echo import Echo
from server.mirror.permissions import Permissions
from server.mirror.protocol import Heard, MirrorRoom

Say = Callable[..., Awaitable[None]]
"""Sends a frame to the server: its type, then its fields."""

log = structlog.get_logger()


class MirrorDescription(msgspec.Struct):
    """An offer or an answer (WebRTC 1.0 section 4.4.3)."""

    type: str
    sdp: str


class Candidate(msgspec.Struct):
    """An ICE candidate (WebRTC 1.0 section 4.8.1)."""

    candidate: str


class Beside(msgspec.Struct):
    """A message of the start page in the data channel: which of its devices are on."""

    mic: bool = False
    camera: bool = False


class MirrorCall:
    """Sends video back to one user. Audio is not sent back, because of feedback."""

    def __init__(self, room: MirrorRoom, say: Say, *, initiate: bool) -> None:
        self.room_id = room.room_id
        self._config = RTCConfiguration(
            iceServers=[RTCIceServer(one.urls, one.username, one.credential) for one in room.ice_servers],
            iceTransportPolicy=RTCIceTransportPolicy(room.ice_transport_policy),
            bundlePolicy=RTCBundlePolicy.MAX_BUNDLE,
        )
        self._say = say
        self._initiate = initiate
        self._inbox: asyncio.Queue[Heard | None] = asyncio.Queue()
        self._peer: RTCPeerConnection | None = None
        self._permissions: Permissions | None = None
        self._echo: Echo | None = None
        self._beside: RTCDataChannel | None = None

    def on_signal(self, signal: Heard) -> None:
        """Queue a signal of the user; signals are processed in order."""
        self._inbox.put_nowait(signal)

    async def run(self) -> None:
        """Run the call until cancelled. No input of the user ends it; at worst no video is shown."""
        try:
            if self._initiate:
                await self._offer()
            while True:
                signal = await self._inbox.get()
                if signal is None:
                    await self._say("room.ready", room_id=self.room_id)
                    continue
                try:
                    await self._take(signal)
                except Exception as error:  # noqa: BLE001 - aiortc raises whatever it stumbles over in a stranger's SDP
                    log.warning("mirror_signal_unusable", room_id=self.room_id, error=repr(error))
        finally:
            await self._drop()

    async def _take(self, signal: Heard) -> None:
        if bytes(signal.candidate):
            candidate = msgspec.json.decode(signal.candidate, type=Candidate | None)
            await self._permit(candidate.candidate if candidate else "")
            return
        theirs = msgspec.json.decode(signal.description, type=MirrorDescription)
        text = sdp.without_candidates(theirs.sdp)
        if theirs.type == "offer":
            await self._answer(text)
        elif self._peer is not None and self._peer.signalingState == "have-local-offer":
            await self._peer.setRemoteDescription(RTCSessionDescription(text, theirs.type))
            self._reflect(self._peer)
        await self._permit(theirs.sdp)

    async def _answer(self, text: str) -> None:
        """Answer an offer: by the same connection for a renegotiation, by a new one if the page or its ICE credentials
        are new.
        """
        peer = self._peer
        known = peer.remoteDescription if peer is not None and peer.signalingState == "stable" else None
        # aiortc can neither restart ICE nor roll back its own offer: a new connection is made.
        if peer is None or known is None or sdp.peer(known.sdp) != sdp.peer(text):
            peer = await self._renew()
        await peer.setRemoteDescription(RTCSessionDescription(text, "offer"))
        self._reflect(peer)
        if sdp.has_data(text):
            self._open_beside(peer)
        await self._describe(peer)

    async def _offer(self) -> None:
        """Send an offer to a page whose earlier connection was lost with its process."""
        peer = await self._renew()
        peer.addTransceiver("video")
        self._open_beside(peer)
        await self._describe(peer)

    async def _describe(self, peer: RTCPeerConnection) -> None:
        await peer.setLocalDescription()
        mine = peer.localDescription
        description = {"type": mine.type, "sdp": sdp.thrifty(mine.sdp)}
        await self._say("signal", room_id=self.room_id, description=description)

    def _see(self, track: MediaStreamTrack) -> None:
        if track.kind == "video" and self._echo is None:
            self._echo = Echo(track, self._flows)

    def _reflect(self, peer: RTCPeerConnection) -> None:
        """Send the first video track back, and stop every other track, so that it is not decoded."""
        mirrors = [lane for lane in peer.getTransceivers() if lane.kind == "video"][:1]
        for lane in peer.getTransceivers():
            lane.direction = "sendrecv" if lane in mirrors else "inactive"
            if lane in mirrors and self._echo is not None:
                lane.sender.replaceTrack(self._echo)

    def _flows(self) -> None:
        self._inbox.put_nowait(None)

    async def _permit(self, text: str) -> None:
        """Permit the peer's addresses in *text* at our TURN server. Nothing is sent to them."""
        if self._peer is not None and self._permissions is not None:
            await self._permissions.add(self._peer, sdp.addresses(text))

    def _open_beside(self, peer: RTCPeerConnection) -> None:
        if self._beside is None:
            self._beside = peer.createDataChannel("rondo", negotiated=True, id=0)
            self._beside.on("message", self._on_beside)

    def _on_beside(self, data: str | bytes) -> None:
        """Mirror which devices are on: while the camera is off no video is sent."""
        try:
            theirs = msgspec.json.decode(data, type=Beside)
        except ValueError:
            return
        if self._beside is not None:
            self._beside.send(msgspec.json.encode(Beside(camera=theirs.camera)).decode())
        if not theirs.camera:
            self._flows()

    async def _renew(self) -> RTCPeerConnection:
        await self._drop()
        reach_loopback()
        self._peer = RTCPeerConnection(self._config)
        self._permissions = Permissions()
        self._peer.on("track", self._see)
        return self._peer

    async def _drop(self) -> None:
        peer, echo = self._peer, self._echo
        self._peer = self._permissions = self._echo = self._beside = None
        if echo is not None:
            echo.stop()
        if peer is not None:
            await peer.close()
