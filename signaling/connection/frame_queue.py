"""The frame queue of one connection: each frame is handled once the one before it is answered."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import UNSET

from matchmaker.domain.errors import Banned, RequestError, Unauthenticated
from matchmaker.ports.callbacks import Done, spawn
from signaling.connection.context import ClientContext
from signaling.connection.handlers import HANDLERS, FrameHandler
from signaling.connection.handshake import attach, handle_hello
from signaling.connection.ports import Identity, OwnerNode
from signaling.connection.read_throttle import ReadThrottle
from signaling.wire.close_codes import CloseCode
from signaling.wire.frame import Frame
from signaling.wire.frames import Hello, InviteSend
from signaling.wire.replies import OK, Result

BACKLOG_MAX: Final = 64
"""Frames that may wait for the one before them; above that, reading is paused until half of them are handled."""

_encode = msgspec.json.Encoder().encode


class Attachment(msgspec.Struct, frozen=True):
    """A hello that another node has forwarded, with the authenticated user."""

    frame: Hello
    identity: Identity


QueuedFrame = Frame | Attachment | str | bytes
"""Text: a frame that cannot be decoded, and arrived before the answer to the hello."""


class FrameQueue:
    """Created for the first frame that may have to wait, and dropped after the last one.

    A frame is decided synchronously in its turn. One that waits for a commit is called back; only a frame that has to
    read something first runs in a task.
    """

    __slots__ = ("_connection", "_emptied", "_frames", "_is_beginning", "_is_busy", "_throttle", "_unanswered", "held")

    def __init__(self, connection: ClientContext, throttle: ReadThrottle) -> None:
        self._connection = connection
        self._throttle = throttle
        self._frames: deque[QueuedFrame] = deque()
        self._is_busy = self._is_beginning = False
        self._emptied: asyncio.Future[None] | None = None
        self._unanswered: Frame | None = None
        """The frame that is being handled, until it is answered."""
        self.held: list[bytes] | None = None
        """Events that leave after the answer to the frame that is being handled; None: they are sent immediately."""

    def add(self, frame: QueuedFrame) -> None:
        """Append a frame; the socket is not read while too many wait."""
        self._frames.append(frame)
        if self._is_busy:
            if len(self._frames) >= BACKLOG_MAX:
                self._throttle.pause()
        else:
            self._go_on()

    def clear(self) -> None:
        """Drop waiting frames; the one that is being handled is finished."""
        self._frames.clear()

    def hand_to(self, owner: OwnerNode) -> None:
        """Forward the waiting frames to the node that owns the user now."""
        while self._frames:
            owner.forward(encode_frame(self._frames.popleft()))

    async def emptied(self) -> None:
        """Return once the last frame is done."""
        if self._emptied is None:
            self._emptied = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._emptied)

    def _go_on(self) -> None:
        """Handle waiting frames until one has to wait, whether or not the socket is open."""
        while self._frames:
            self._is_busy = self._is_beginning = True
            frame = self._frames.popleft()
            if len(self._frames) == BACKLOG_MAX // 2:
                self._throttle.resume()
            try:
                self._begin(frame)
            except Exception as fault:  # noqa: BLE001 - a fault of ours costs one frame, not those behind it
                self._connection.report_fault(fault)
                self._is_busy = False
            self._is_beginning = False
            if self._is_busy:
                return
        self._throttle.resume()
        if self._emptied is not None:
            self._emptied.set_result(None)
        self._connection.on_queue_empty()

    def _finish(self) -> None:
        self._is_busy = False
        if not self._is_beginning:
            self._go_on()

    def _begin(self, frame: QueuedFrame) -> None:
        """Handle *frame*; `_finish` is called, now or later, once it is done."""
        connection = self._connection
        if isinstance(frame, Attachment):
            self._wait(self._attach(frame), self._followed)
        elif connection.owner is not None:
            connection.owner.forward(encode_frame(frame))
            self._finish()
        elif isinstance(frame, Hello):
            self._wait(self._greet(frame), self._followed)
        elif not connection.is_greeted:
            self._finish()
        elif isinstance(frame, str | bytes):
            connection.take(frame)
            self._finish()
        elif (handler := HANDLERS.get(type(frame))) is None:
            connection.handle_now(frame)
            self._finish()
        elif isinstance(frame, InviteSend) and (cluster := connection.server.cluster) is not None:
            self._wait(cluster.bring_to(connection, frame), partial(self._on_target_owner, frame, handler))
        else:
            self._run(frame, handler)

    def _wait(self, work: Coroutine[Any, Any, Any], done: Done) -> None:
        self._connection.server.keep(spawn(work, done))

    def _on_target_owner(
        self, frame: Frame, handler: FrameHandler, is_elsewhere: bool, error: Exception | None
    ) -> None:
        if error is not None:
            self._unanswered = frame
            self._answer(frame, handler, None, error)
        elif is_elsewhere:
            self._finish()
        else:
            self._run(frame, handler)

    def _run(self, frame: Frame, handler: FrameHandler) -> None:
        connection = self._connection
        if frame.id is not UNSET:
            self.held = []
        self._unanswered = frame
        done = partial(self._answer, frame, handler)
        try:
            needs = None if handler.prepare is None else handler.prepare(connection)
            if needs is None:
                handler.run(connection, frame, done)
            else:
                self._wait(needs, partial(self._prepared, frame, handler))
        except Exception as error:  # noqa: BLE001 - a fault of ours costs one answer, not the socket
            done(None, error)

    def _prepared(self, frame: Frame, handler: FrameHandler, _: None, error: Exception | None) -> None:
        done = partial(self._answer, frame, handler)
        if error is None:
            try:
                handler.run(self._connection, frame, done)
            except Exception as fault:  # noqa: BLE001 - as above
                error = fault
        if error is not None:
            done(None, error)

    def _answer(self, frame: Frame, handler: FrameHandler, answer: Result | None, error: Exception | None) -> None:
        connection = self._connection
        if frame is not self._unanswered:
            if error is not None:  # raised by its handler after the answer
                connection.report_fault(error)
            return
        self._unanswered = None
        if error is None:
            try:
                connection.answer(frame, answer if isinstance(answer, Result) else OK)
            except Exception as fault:  # noqa: BLE001 - as above
                error = fault
        if error is not None:
            connection.answer(frame, error if isinstance(error, RequestError) else connection.report_fault(error))
        held, self.held = self.held, None
        if held and not connection.is_over:
            for event in held:
                connection.socket.send(event)
        if error is not None or handler.then is None:
            self._finish()
            return
        try:
            handler.then(connection, self._followed)
        except Exception as fault:  # noqa: BLE001 - as above
            self._followed(None, fault)

    def _followed(self, _: None, error: Exception | None) -> None:
        if error is not None:
            self._connection.report_fault(error)
        self._finish()

    async def _greet(self, frame: Hello) -> None:
        connection = self._connection
        code: int | None = None
        try:
            await handle_hello(connection, frame)
            return
        except Unauthenticated as refusal:
            code = CloseCode.BAD_TOKEN
            connection.answer(frame, refusal)
        except Banned as refusal:
            code = CloseCode.BANNED
            connection.answer(frame, refusal)
        except RequestError as refusal:
            connection.answer(frame, refusal)
        except Exception as fault:  # noqa: BLE001 - a fault of ours costs one answer, not the socket
            connection.answer(frame, connection.report_fault(fault))
        if code is not None:
            connection.close(code)
        elif not connection.is_greeted:
            # The token may be valid: a client that could not be admitted now gets the same time again to repeat its
            # hello.
            connection.server.expect_hello(connection)

    async def _attach(self, attachment: Attachment) -> None:
        try:
            await attach(self._connection, attachment.frame, attachment.identity)
        except Exception as fault:  # noqa: BLE001 - a fault of ours costs one answer
            if not isinstance(fault, RequestError):
                self._connection.report_fault(fault)
            self._connection.close(CloseCode.GOING_AWAY, "try again")


def encode_frame(frame: QueuedFrame) -> str | bytes:
    """Return a frame as text that another node can decode."""
    return frame if isinstance(frame, str | bytes) else _encode(frame).decode()
