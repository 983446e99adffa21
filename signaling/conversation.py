"""One person's side of one socket, without any I/O: frames in, frames out, in order.

silent ─hello→ greeted ─socket lost, closed→ over
   └──5 s, bad token──────────────────────────┘
"""

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from matchmaker.errors import RateLimited, Refusal, Unauthenticated
from matchmaker.ids import UserId
from matchmaker.instants import shifted
from matchmaker.profile import Profile
from matchmaker.ticket import Band
from signaling.bounds import FrameId
from signaling.closecodes import CloseCode
from signaling.codec import decode, kind_of, name_of
from signaling.dispatch import IMMEDIATE
from signaling.door import Identity
from signaling.errors import Internal, Unreadable, error_frame
from signaling.frame import Frame
from signaling.frame_queue import Attachment, FrameQueue, OwnerNode
from signaling.frames import TYPES, Hello, Ping, Signal
from signaling.heartbeat import WATCHED_EVENTS
from signaling.link import Link
from signaling.outbox import Socket
from signaling.pace import Pace
from signaling.replies import Result, reply_frame

if TYPE_CHECKING:
    from matchmaker.matchmaker import Matchmaker
    from signaling.speaker import Speaker

UNREADABLE_MAX = 3
"""Frames in a row that are no JSON object; then it is not our protocol that is spoken here."""

_NEVER_CAUSED_HERE = frozenset(("signal", "chat.typing"))
"""Events that never follow from a frame on the same socket: they need not wait while the storage takes its time."""


class Conversation:
    """Takes frames in order, answers each once, and tells what the hub has for this person."""

    __slots__ = (
        "_identity", "_is_lost", "_pace", "_paused", "_queue", "_unreadable", "address", "device",
        "epoch", "has_heartbeat", "heard_at", "is_over", "link", "matchmaker", "name", "offset_ms", "owner", "socket",
        "speaker", "user", "watched_since",
    )  # fmt: skip

    def __init__(
        self, speaker: "Speaker", socket: Socket, *, address: str, device: str, is_attached: bool = False
    ) -> None:
        """*is_attached*: the socket is at another node, which limits its frames."""
        self.speaker = speaker
        self.matchmaker: Matchmaker = speaker.matchmaker
        self.socket = socket
        self.address = address
        self.device = device
        self.user = UserId("")
        self.name = b""
        """The user's id as it stands in frames."""
        self.offset_ms = 0
        """That of the `Session`."""
        self.epoch = 0
        """Number of this socket among all of the same person."""
        self.is_over = False
        """Nothing is said or taken any more: the socket is closed, or being closed."""
        self.link: Link | None = None
        """Where the last signal from here went."""
        self.has_heartbeat = False
        """Whether the client announced a heartbeat. Below, in Unix milliseconds: the last frame, taken or not."""
        self.heard_at = 0
        self.watched_since: int | None = None
        self.owner: OwnerNode | None = None
        """The other node that owns this user: frames go there; None: the user is owned here."""
        self._paused: list[str | bytes] | None = None
        """Frames that wait while the user moves."""
        self._identity: Identity | None = None
        self._pace = Pace(socket, None if is_attached else speaker.limits.frames)
        self._unreadable = 0
        # Made when needed and dropped when empty: most connections are idle most of the time.
        self._queue: FrameQueue | None = None
        self._is_lost = False

    @property
    def is_greeted(self) -> bool:
        """Whether a hello was answered by a welcome."""
        return self._identity is not None

    @property
    def is_silent(self) -> bool:
        """Whether nobody has said hello yet."""
        return self._identity is None and self._queue is None

    @property
    def is_paused(self) -> bool:
        """Whether the socket is not read just now."""
        return self._pace.is_paused

    @property
    def identity(self) -> Identity | None:
        """Who is speaking; None before the hello."""
        return self._identity

    @property
    def profile(self) -> Profile:
        """How others see this person."""
        assert self._identity is not None
        return self._identity.profile

    @property
    def band(self) -> Band:
        """Whom this person may meet by age; None: nobody."""
        return None if self._identity is None else self._identity.band

    @property
    def may_meet(self) -> bool:
        """Whether the access ladder lets this person queue, discover and invite."""
        return self._identity is not None and self._identity.may_meet

    def become(self, identity: Identity, *, epoch: int) -> None:
        """Note who is speaking."""
        self._identity = identity
        self.user = identity.profile.user_id
        self.name = self.user.encode()
        self.epoch = epoch

    def refresh(self, *, profile: Profile | None, band: Band | UnsetType, may_meet: bool | None) -> None:
        """Note that the profile, the age band or the access of whoever speaks here has changed."""
        if self._identity is not None:
            self._identity = Identity(
                profile=self._identity.profile if profile is None else profile,
                login_id=self._identity.login_id,
                user=self._identity.user,
                band=self._identity.band if band is UNSET else band,
                may_meet=self._identity.may_meet if may_meet is None else may_meet,
            )

    def renumber(self, epoch: int) -> None:
        """Note that a newer socket of the same person was lost before it took over: this one has its number now."""
        self.epoch = epoch

    # What comes in.

    def feed(self, text: str | bytes) -> None:
        """Take one text frame; never raises."""
        now = self.speaker.frame_time()
        wait = self._pace.take(now)
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
            self._take(text)

    def pause(self) -> None:
        """Take no frames, and read none, until `resume`: the user moves."""
        if self._paused is None:
            self._paused = []
            self.socket.pause()

    def resume(self) -> None:
        """Take what has come since `pause`, here or at the owner, and read on."""
        paused, self._paused = self._paused, None
        if paused is None:
            return
        for text in paused:
            if self.owner is not None:
                self.owner.forward(text)
            elif not self.is_over:
                self._take(text)
        self.socket.resume()

    @property
    def is_moving(self) -> bool:
        """Whether frames wait because the user moves."""
        return self._paused is not None

    def hand_to(self, owner: OwnerNode) -> None:
        """Let another node, which owns the user now, take what waits here and what comes."""
        self.owner = owner
        if self._queue is not None:
            self._queue.hand_to(owner)
        self.resume()

    def come_home(self, identity: Identity, *, epoch: int, offset_ms: int) -> None:
        """Let this node, which owns the user now, take what waits and what comes; called before `resume`."""
        self.owner = None
        self.offset_ms = offset_ms
        self.become(identity, epoch=epoch)

    def serve(self, frame: Hello, identity: Identity) -> None:
        """Answer the hello of a user who was admitted by another node, at which the socket is."""
        self._put_off(Attachment(frame, identity))

    def _take(self, text: str | bytes) -> None:
        try:
            frame = decode(text)
        except Refusal as refusal:
            self._refuse(refusal, text)
            return
        self._unreadable = 0
        kind = type(frame)
        self.speaker.stats.frames_in[TYPES[kind]] += 1
        if self._queue is None and self._identity is None and kind is not Hello:
            return
        # While the ledger is away a call must still find a new path, and a client with a heartbeat hear that we live.
        overtakes = (kind is Signal and self._identity is not None) or (kind is Ping and self.has_heartbeat)
        if overtakes or (kind in IMMEDIATE and self._queue is None):
            self.handle_now(frame)
        else:
            self._put_off(frame)

    def feed_binary(self) -> None:
        """Take a binary frame: there are none in this protocol."""
        now = self.speaker.frame_time()
        wait = self._pace.take(now)
        if not self.is_over:
            self.heard_at = now
            unreadable = Unreadable("a frame is a JSON object in a text frame")
            self._refuse(RateLimited("frames", wait) if wait else unreadable, b"")

    def count(self) -> None:
        """Count a frame without a message: a control frame, or a fragment of a message that is not whole yet."""
        self._pace.take(self.speaker.clock.now())

    def lost(self) -> None:
        """Note that the socket is gone. What was received before is still done; nobody hears the answers."""
        if not self._is_lost:
            self._is_lost = self.is_over = True
            self.speaker.forget(self)
            if self.owner is not None:
                self.owner.lost()
            if self._queue is None:
                self.leave()

    # What goes out.

    def say(self, kind: str, frame: bytes) -> None:
        """Send a frame that is no event."""
        if not self.is_over:
            self.speaker.stats.frames_out[kind] += 1
            self.socket.send(frame)

    def hear(self, kind: str, event: bytes) -> None:
        """Send an event; after the answer to the frame that is being worked on, for it may follow from it."""
        if self.is_over:
            return
        self.speaker.stats.frames_out[kind] += 1
        if kind in WATCHED_EVENTS:
            self.speaker.silence.watch(self)
        held = None if self._queue is None else self._queue.held
        if held is None or (not held and kind in _NEVER_CAUSED_HERE):
            self.socket.send(event)
        else:
            held.append(event)

    def answer(self, frame: Frame, outcome: Result | Refusal) -> None:
        """Answer *frame*: by an error always, by a reply if it has an `id`."""
        if isinstance(outcome, Refusal):
            self._complain(outcome, frame.id)
        elif frame.id is not UNSET:
            self.say("reply", reply_frame(shifted(outcome, self.offset_ms), frame.id))

    def end(self, code: int, reason: str = "") -> None:
        """Close the socket; nothing more is said or taken, and what waits is not done."""
        if not self.is_over:
            self.is_over = True
            if self._queue is not None:
                self._queue.clear()
            self.socket.close(code, reason)
            # Not when the handshake is over: that is up to the other side, and somebody may be waiting for them.
            if self._queue is None:
                self.leave()

    def dismiss(self, why: Refusal, code: int) -> None:
        """Close the socket, and say why in an error frame."""
        self._complain(why, UNSET)
        self.end(code)

    async def finished(self) -> None:
        """Return once nothing is under way that was asked for here."""
        if self._queue is not None:
            await self._queue.emptied()

    def refuse_silence(self) -> None:
        """Close: nobody has said hello in time."""
        self._complain(Unauthenticated("no hello in time"), UNSET)
        self.end(CloseCode.NO_HELLO, "no hello")

    def _refuse(self, refusal: Refusal, text: str | bytes) -> None:
        if not self.is_silent or kind_of(text) == "hello":
            self._complain(refusal, name_of(text))
        if not isinstance(refusal, Unreadable):
            self._unreadable = 0
            return
        self._unreadable += 1
        if self._unreadable >= UNREADABLE_MAX:
            self.end(CloseCode.NOT_JSON, "not JSON")

    def _complain(self, refusal: Refusal, frame_id: FrameId | UnsetType) -> None:
        self.speaker.stats.errors[refusal.code] += 1
        self.say("error", error_frame(refusal, frame_id, offset_ms=self.offset_ms))

    # What waits for its turn.

    def _put_off(self, frame: "Frame | Attachment") -> None:
        if self._queue is None:
            self._queue = FrameQueue(self, self._pace)
        self._queue.add(frame)

    def on_queue_empty(self) -> None:
        """Drop the queue: everything that waited is done."""
        self._queue = None
        if self.is_over:
            self.leave()

    def handle_now(self, frame: Frame) -> None:
        """Handle a frame that waits for no storage, and answer it."""
        try:
            self.speaker.immediate[type(frame)](self, frame)
        except Refusal as refusal:
            self.answer(frame, refusal)
        except Exception as fault:  # noqa: BLE001 - a fault of ours costs one answer, not the socket
            self.answer(frame, self.report_fault(fault))

    def report_fault(self, fault: Exception) -> Internal:
        """Report a fault of the server; return what the client is told of it."""
        self.speaker.on_fault(fault)
        return Internal()

    def leave(self) -> None:
        """Report the loss of the socket to the hub and the matchmaker, unless a newer one has taken over."""
        if not self.speaker.hub.leave(self.user, self):
            return
        if self.speaker.hub.is_draining is None:
            self.speaker.spawn(self._say_goodbye())

    async def _say_goodbye(self) -> None:
        try:
            await self.matchmaker.depart(self.user, epoch=self.epoch)
        except Exception as fault:  # noqa: BLE001 - a fault of ours costs one answer, not the socket
            self.report_fault(fault)
