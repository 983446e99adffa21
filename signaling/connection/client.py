"""One connection of a client, without any I/O: frames in, frames out, in order.

silent ─hello→ greeted ─socket lost, closed→ over
   └──5 s, bad token──────────────────────────┘
"""

from collections.abc import Iterable

from msgspec import UNSET, UnsetType

from matchmaker.domain.errors import RateLimited, RequestError, Unauthenticated
from matchmaker.domain.ids import UserId
from matchmaker.domain.instants import shifted
from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import AgeBand
from matchmaker.matchmaker import Matchmaker
from signaling.connection.context import ServerContext
from signaling.connection.frame_queue import Attachment, FrameQueue
from signaling.connection.handlers import IMMEDIATE
from signaling.connection.heartbeat import WATCHED_EVENTS
from signaling.connection.ports import Identity, OwnerNode
from signaling.connection.read_throttle import ReadThrottle
from signaling.routing.outbox import Socket
from signaling.routing.peer_route import PeerRoute
from signaling.wire.close_codes import CloseCode
from signaling.wire.codec import decode, frame_id_of, frame_type_of
from signaling.wire.constraints import FrameId
from signaling.wire.errors import InternalError, NotJson, error_frame
from signaling.wire.frame import Frame
from signaling.wire.frames import TYPES, Hello, Ping, Signal
from signaling.wire.replies import Result, reply_frame

NOT_JSON_MAX = 3
"""Frames in a row that are not JSON objects before the socket is closed: the client speaks another protocol."""

_NEVER_CAUSED_HERE = frozenset(("signal", "chat.typing"))
"""Events that never result from a frame on the same socket: they are sent while a frame waits for storage."""


class ClientConnection:
    """Handles frames in order, answers each once, and sends the events of the hub."""

    __slots__ = (
        "_identity", "_is_lost", "_paused", "_queue", "_throttle", "_unreadable", "address", "device", "epoch",
        "has_heartbeat", "heard_at", "is_over", "matchmaker", "name", "offset_ms", "owner", "route", "server",
        "socket", "user", "watched_since",
    )  # fmt: skip

    def __init__(
        self, server: ServerContext, socket: Socket, *, address: str, device: str, is_attached: bool = False
    ) -> None:
        """*is_attached*: the socket is at another node, which limits its frames."""
        self.server = server
        self.matchmaker: Matchmaker = server.matchmaker
        self.socket = socket
        self.address = address
        self.device = device
        self.user = UserId("")
        self.name = b""
        """The user's id as written in frames."""
        self.offset_ms = 0
        """The session id of the `ReplayBuffer`."""
        self.epoch = 0
        """Number of this socket among those of the same user."""
        self.is_over = False
        """The socket is closed or closing: nothing is sent or handled any more."""
        self.route: PeerRoute | None = None
        """The route of the last signal from here."""
        self.has_heartbeat = False
        """Whether the client announced a heartbeat. Below, in Unix milliseconds: the last frame, handled or not."""
        self.heard_at = 0
        self.watched_since: int | None = None
        self.owner: OwnerNode | None = None
        """The other node that owns this user: frames go there; None: the user is owned here."""
        self._paused: list[str | bytes] | None = None
        """Frames that wait while the user moves to another node."""
        self._identity: Identity | None = None
        self._throttle = ReadThrottle(socket, None if is_attached else server.limits.frames)
        self._unreadable = 0
        # Created when needed and dropped when empty: most connections are idle most of the time.
        self._queue: FrameQueue | None = None
        self._is_lost = False

    @property
    def is_greeted(self) -> bool:
        """Whether a hello was answered by a welcome."""
        return self._identity is not None

    @property
    def is_silent(self) -> bool:
        """Whether no hello has arrived yet."""
        return self._identity is None and self._queue is None

    @property
    def is_paused(self) -> bool:
        """Whether reading of the socket is paused."""
        return self._throttle.is_paused

    @property
    def identity(self) -> Identity | None:
        """The authenticated user; None before the hello."""
        return self._identity

    @property
    def profile(self) -> Profile:
        """The public profile of this user."""
        assert self._identity is not None
        return self._identity.profile

    @property
    def band(self) -> AgeBand:
        """The age band this user may meet; None: no one."""
        return None if self._identity is None else self._identity.band

    @property
    def may_meet(self) -> bool:
        """Whether the access ladder lets this person queue, discover and invite."""
        return self._identity is not None and self._identity.may_meet

    def set_identity(self, identity: Identity, *, epoch: int) -> None:
        """Set the authenticated user."""
        self._identity = identity
        self.user = identity.profile.user_id
        self.name = self.user.encode()
        self.epoch = epoch

    def refresh(self, *, profile: Profile | None, band: AgeBand | UnsetType, may_meet: bool | None) -> None:
        """Update the profile, age band and access of the user."""
        if self._identity is not None:
            self._identity = Identity(
                profile=self._identity.profile if profile is None else profile,
                login_id=self._identity.login_id,
                user=self._identity.user,
                band=self._identity.band if band is UNSET else band,
                may_meet=self._identity.may_meet if may_meet is None else may_meet,
            )

    def set_epoch(self, epoch: int) -> None:
        """Take the number of a newer socket of the user that was lost before it took over."""
        self.epoch = epoch

    # Frames in.

    def on_text(self, text: str | bytes) -> None:
        """Handle one text frame; never raises."""
        server = self.server
        now = server.clock.now()
        if now > server.stalled_from:
            server.check_for_stall()
        bucket = self._throttle.bucket
        if wait := 0 if bucket is None else bucket.take(now):
            self._throttle.rest()
        if self.is_over:
            return
        self.heard_at = now
        if wait:
            self._refuse(RateLimited("frames", wait), text)
        elif self._paused is not None:
            self._paused.append(text)
        elif self.owner is not None:
            self.owner.forward(text)
        else:
            self.take(text)

    def pause(self) -> None:
        """Stop handling and reading frames until `resume`: the user moves."""
        if self._paused is None:
            self._paused = []
            self.socket.pause()

    def resume(self, returned: Iterable[str | bytes] = ()) -> None:
        """Handle *returned*, frames that the last owner sent back, and those since `pause`, here or at the owner."""
        paused, self._paused = self._paused, None
        if paused is None:
            return
        for text in (*returned, *paused):
            if self.owner is not None:
                self.owner.forward(text)
            elif not self.is_over:
                self.take(text)
        self.socket.resume()

    @property
    def is_moving(self) -> bool:
        """Whether frames wait because the user moves."""
        return self._paused is not None

    def hand_to(self, owner: OwnerNode) -> None:
        """Forward what waits, and what arrives, to the node that owns the user now."""
        self.owner = owner
        if self._queue is not None:
            self._queue.hand_to(owner)
        self.resume()

    def take_back(self, identity: Identity, *, epoch: int, offset_ms: int) -> None:
        """Handle what waits, and what arrives, on this node, which owns the user now; called before `resume`."""
        self.owner = None
        self.offset_ms = offset_ms
        self.set_identity(identity, epoch=epoch)

    def serve(self, frame: Hello, identity: Identity) -> None:
        """Answer the hello of a user whom the edge, the node of the socket, has authenticated."""
        self._enqueue(Attachment(frame, identity))

    def take(self, text: str | bytes) -> None:
        """Decode a frame, and handle it in its turn."""
        try:
            frame = decode(text)
        except RequestError as refusal:
            self._refuse(refusal, text)
            return
        self._unreadable = 0
        kind = type(frame)
        self.server.stats.frames_in[TYPES[kind]] += 1
        if self._identity is None:
            if self._queue is not None or kind is Hello:
                self._enqueue(frame)
        # While the database is away a call must still restart ICE, and a client with a heartbeat get its pong.
        elif kind is Signal or (kind in IMMEDIATE and self._queue is None) or (kind is Ping and self.has_heartbeat):
            try:
                self.server.immediate[kind](self, frame)
            except Exception as error:  # noqa: BLE001 - a fault of ours costs one answer, not the socket
                self.answer(frame, error if isinstance(error, RequestError) else self.report_fault(error))
        else:
            self._enqueue(frame)

    def on_binary(self) -> None:
        """Handle a binary frame: the protocol has none."""
        wait = self._throttle.check(now := self.server.clock.now())
        if not self.is_over:
            self.heard_at = now
            unreadable = NotJson("a frame is a JSON object in a text frame")
            self._refuse(RateLimited("frames", wait) if wait else unreadable, b"")

    def on_control(self) -> None:
        """Count a frame without a message: a control frame, or a fragment of an incomplete message."""
        self._throttle.check(self.server.clock.now())

    def on_close(self) -> None:
        """Report that the socket is closed. Frames received before are still handled; their answers are dropped."""
        if not self._is_lost:
            self._is_lost = self.is_over = True
            self.server.forget(self)
            if self.owner is not None:
                self.owner.lost()
            if self._queue is None:
                self.leave()

    # Frames out.

    def send(self, kind: str, frame: bytes) -> None:
        """Send a frame that is not an event."""
        if not self.is_over:
            self.server.stats.frames_out[kind] += 1
            self.socket.send(frame)

    def send_event(self, kind: str, event: bytes) -> None:
        """Send an event; after the answer to the frame that is being handled, because it may result from it."""
        if self.is_over:
            return
        self.server.stats.frames_out[kind] += 1
        if kind in WATCHED_EVENTS:
            self.server.silence.watch(self)
        queue = self._queue
        if queue is None or (held := queue.held) is None or (not held and kind in _NEVER_CAUSED_HERE):
            self.socket.send(event)
        else:
            held.append(event)

    def answer(self, frame: Frame, outcome: Result | RequestError) -> None:
        """Send the answer to *frame*: always an error, or a reply if the frame has an `id`."""
        if isinstance(outcome, RequestError):
            self._send_error(outcome, frame.id)
        elif frame.id is not UNSET:
            self.send("reply", reply_frame(shifted(outcome, self.offset_ms), frame.id))

    def close(self, code: int, reason: str = "") -> None:
        """Close the socket; nothing more is sent or handled, and waiting frames are dropped."""
        if not self.is_over:
            self.is_over = True
            if self._queue is not None:
                self._queue.clear()
            self.socket.close(code, reason)
            # Not when the closing handshake is over: that depends on the peer, and others may wait for these frames.
            if self._queue is None:
                self.leave()

    def close_with_error(self, why: RequestError, code: int) -> None:
        """Close the socket, with an error frame before."""
        self._send_error(why, UNSET)
        self.close(code)

    async def finished(self) -> None:
        """Return once no frame of this connection is being handled."""
        if self._queue is not None:
            await self._queue.emptied()

    def close_no_hello(self) -> None:
        """Close: no hello arrived in time."""
        self._send_error(Unauthenticated("no hello in time"), UNSET)
        self.close(CloseCode.NO_HELLO, "no hello")

    def _refuse(self, refusal: RequestError, text: str | bytes) -> None:
        if self._identity is None and self._queue is not None:
            self._queue.add(text)  # to be refused after the answer to the hello
            return
        if not self.is_silent or frame_type_of(text) == "hello":
            self._send_error(refusal, frame_id_of(text))
        if not isinstance(refusal, NotJson):
            self._unreadable = 0
            return
        self._unreadable += 1
        if self._unreadable >= NOT_JSON_MAX:
            self.close(CloseCode.NOT_JSON, "not JSON")

    def _send_error(self, refusal: RequestError, frame_id: FrameId | UnsetType) -> None:
        self.server.stats.errors[refusal.code] += 1
        self.send("error", error_frame(refusal, frame_id, offset_ms=self.offset_ms))

    # Frames that wait for their turn.

    def _enqueue(self, frame: "Frame | Attachment") -> None:
        if self._queue is None:
            self._queue = FrameQueue(self, self._throttle)
        self._queue.add(frame)

    def on_queue_empty(self) -> None:
        """Drop the queue: every frame in it was handled."""
        self._queue = None
        if self.is_over:
            self.leave()

    def handle_now(self, frame: Frame) -> None:
        """Handle a frame that needs no storage, and answer it."""
        try:
            self.server.immediate[type(frame)](self, frame)
        except Exception as error:  # noqa: BLE001 - a fault of ours costs one answer, not the socket
            self.answer(frame, error if isinstance(error, RequestError) else self.report_fault(error))

    def report_fault(self, fault: Exception) -> InternalError:
        """Report an internal error; return the error that the client is sent."""
        self.server.on_fault(fault)
        return InternalError()

    def leave(self) -> None:
        """Report the loss of the socket to hub and matchmaker, unless a newer one has taken over."""
        if not self.server.hub.detach(self.user, self):
            return
        if self.server.hub.is_draining is None:
            self.matchmaker.disconnect(self.user, epoch=self.epoch)
