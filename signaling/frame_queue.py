"""Frames of one connection that wait for storage, handled one after the other by the only task of the connection."""

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
from msgspec import UNSET

from matchmaker.errors import Banned, Refusal, Unauthenticated
from signaling.arrival import attach, greet
from signaling.closecodes import CloseCode
from signaling.dispatch import IMMEDIATE, VERBS, Verb
from signaling.door import Identity
from signaling.frame import Frame
from signaling.frames import Hello, InviteSend
from signaling.pace import Pace
from signaling.replies import Result

if TYPE_CHECKING:
    from signaling.conversation import Conversation

BACKLOG_MAX: Final = 64
"""Frames that may wait for the one before them; with more, nothing is read until half of them are done."""

_encode = msgspec.json.Encoder().encode


class OwnerNode(Protocol):
    """The node that owns a user whose socket is here."""

    def forward(self, text: str | bytes) -> None:
        """Forward a frame of the client; frames keep their order."""
        ...

    def lost(self) -> None:
        """Report that the socket is closed."""
        ...


class Attachment(msgspec.Struct, frozen=True):
    """A hello that another node has passed on, and who says it."""

    frame: Hello
    identity: Identity


class FrameQueue:
    """Made for the first frame that has to wait, and dropped when the last one is done."""

    __slots__ = ("_connection", "_frames", "_pace", "held", "task")

    def __init__(self, connection: "Conversation", pace: Pace) -> None:
        self._connection = connection
        self._pace = pace
        self._frames: deque[Frame | Attachment] = deque()
        self.held: list[bytes] | None = None
        """Events that leave after the answer to the frame that is being handled; None: they are sent immediately."""
        self.task = connection.speaker.spawn(self._run())

    def add(self, frame: "Frame | Attachment") -> None:
        """Append a frame; the socket is not read while too many wait."""
        self._frames.append(frame)
        if len(self._frames) >= BACKLOG_MAX:
            self._pace.fill()

    def clear(self) -> None:
        """Drop what waits; what is being handled is finished."""
        self._frames.clear()

    def hand_to(self, owner: OwnerNode) -> None:
        """Give another node, which owns the user now, what waits."""
        while self._frames:
            owner.forward(encode_frame(self._frames.popleft()))

    async def _run(self) -> None:
        """Handle what waits. Never cancelled: a handler that was begun is finished, whether or not the socket lives."""
        try:
            while self._frames:
                await self._handle(self._frames.popleft())
                if len(self._frames) <= BACKLOG_MAX // 2:
                    self._pace.drain()
        finally:
            self._connection.on_queue_empty()

    async def _handle(self, frame: "Frame | Attachment") -> None:
        connection = self._connection
        cluster = connection.speaker.cluster
        if isinstance(frame, Attachment):
            await self._attach(frame)
        elif connection.owner is not None:
            connection.owner.forward(encode_frame(frame))
        elif isinstance(frame, InviteSend) and cluster is not None and connection.is_greeted:
            if not await cluster.bring_to(connection, frame):
                await self._run_handler(frame, VERBS[InviteSend])
        elif isinstance(frame, Hello):
            await self._greet(frame)
        elif not connection.is_greeted:
            return
        elif type(frame) in IMMEDIATE:
            connection.handle_now(frame)
        else:
            await self._run_handler(frame, VERBS[type(frame)])

    async def _run_handler(self, frame: Frame, verb: Verb) -> None:
        connection = self._connection
        if frame.id is not UNSET:
            self.held = []
        outcome: Result | Refusal
        try:
            outcome = await verb.run(connection, frame)
        except Refusal as refusal:
            outcome = refusal
        except Exception as fault:  # noqa: BLE001 - a fault of ours costs one answer, not the socket
            outcome = connection.report_fault(fault)
        connection.answer(frame, outcome)
        held, self.held = self.held, None
        if held and not connection.is_over:
            for event in held:
                connection.socket.send(event)
        if verb.then is not None and not isinstance(outcome, Refusal):
            try:
                await verb.then(connection)
            except Exception as fault:  # noqa: BLE001 - a fault of ours costs one answer, not the socket
                connection.report_fault(fault)

    async def _greet(self, frame: Hello) -> None:
        connection = self._connection
        code: int | None = None
        try:
            await greet(connection, frame)
            return
        except Unauthenticated as refusal:
            code = CloseCode.BAD_TOKEN
            connection.answer(frame, refusal)
        except Banned as refusal:
            code = CloseCode.BANNED
            connection.answer(frame, refusal)
        except Refusal as refusal:
            connection.answer(frame, refusal)
        except Exception as fault:  # noqa: BLE001 - a fault of ours costs one answer, not the socket
            connection.answer(frame, connection.report_fault(fault))
        if code is not None:
            connection.end(code)
        elif not connection.is_greeted:
            # The token may be good: a client that could not be admitted just now gets as long again to repeat it.
            connection.speaker.expect_hello(connection)

    async def _attach(self, attachment: Attachment) -> None:
        try:
            await attach(self._connection, attachment.frame, attachment.identity)
        except Exception as fault:  # noqa: BLE001 - a fault of ours costs one answer
            if not isinstance(fault, Refusal):
                self._connection.report_fault(fault)
            self._connection.end(CloseCode.GOING_AWAY, "try again")


def encode_frame(frame: "Frame | Attachment") -> str:
    """Return a frame as the text that another node takes it from."""
    return _encode(frame).decode()
