"""A scripted user: one token, one socket after the other, and a log of everything."""

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from server.drill.clients.balancer import dial_any
from server.drill.clients.client_log import ClientLog, Frame, LogEntry
from server.drill.clients.outcomes import FrameRefused, Interrupted
from server.drill.clients.timings import Backoff, timings
from server.drill.clients.watch import Watch
from server.drill.clients.websocket_client import ABNORMAL, NotOpened, WebSocketClient

PATIENCE_S: Final = 30.0
"""Timeout for what must happen, in seconds; never a measured duration."""
TOO_MANY: Final = 4429
STOPPED: Final = frozenset((4001, 4003, 4401))
"""Close codes after which a client does not reconnect."""

PING: Final = b'{"type":"ping"}'

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class ScriptedClient:
    """One user of the service. The current state is derived from the received frames."""

    def __init__(
        self,
        urls: Sequence[str],
        token: str,
        user_id: str,
        name: str,
        rng: random.Random,
        *,
        address: str = "",
        is_up: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.urls = urls
        """URLs of the nodes. Each attempt uses another one, as behind a load balancer without sticky sessions."""
        self.url = ""
        """The node of the last socket."""
        self.address = address
        """The client address, in a proxy header; empty: that of the drill."""
        self.token = token
        self.user_id = user_id
        self.rng = rng
        self.log = ClientLog(user_id=user_id, name=name)
        self.returns = True
        """Whether to reconnect when the connection is lost."""
        self.is_up = is_up
        """Returns whether a proxy in front would route to this node."""
        self.room: Frame | None = None
        self.invite: Frame | None = None
        self.phase = "idle"
        self.features: Sequence[str] = ()
        self.friend_presence: dict[str, str] = {}
        self.keeps = True
        """Record every frame; False: only those that the phase depends on (for floods)."""
        self._wire: WebSocketClient | None = None
        self._socket = 0
        self._ids = itertools.count(1)
        self._resume: tuple[str, int] | None = None
        self._people_seq = 0
        self._waiting: dict[Any, asyncio.Future[Frame]] = {}
        self._watching: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._unsaid: dict[str, Frame] = {}
        self._returning: asyncio.Task[None] | None = None
        self._welcomed: asyncio.Future[Frame] | None = None
        self._backoff = Backoff()
        self._watch = Watch(ask=self._ping, give_up=self.drop)

    @property
    def is_here(self) -> bool:
        """Whether a hello has been answered on the open socket."""
        return self._wire is not None and self._welcomed is None

    @property
    def wire(self) -> WebSocketClient:
        """The open socket.

        Raises:
            Interrupted: there is none.
        """
        if self._wire is None:
            raise Interrupted("not connected")
        return self._wire

    async def connect(self, *, patience_s: float = PATIENCE_S) -> Frame:
        """Open a socket, send hello, resume the last session if possible; return the welcome.

        *patience_s*: timeout of all of it; a reconnect has that of a page.

        Raises:
            NotOpened, Interrupted: there is no server now.
            FrameRefused: the token is rejected.
        """
        self._socket += 1
        number = self._socket
        until = _now() + patience_s
        try:
            async with asyncio.timeout_at(until):
                self.url, wire = await dial_any(
                    sorted(self.rng.sample(self.urls, len(self.urls)), key=lambda url: not self.is_up(url)),
                    lambda text: self._take(number, text),
                    lambda code: self._lose(number, code),
                    address=self.address,
                )
        except TimeoutError:
            raise NotOpened("no answer") from None
        self._note("opened", number, {"url": self.url})
        self._wire = wire
        self._welcomed = asyncio.get_running_loop().create_future()
        hello: Frame = {"type": "hello", "token": self.token, "heartbeat": True}
        if self._resume is not None:
            hello["resume"] = {"key": self._resume[0], "seq": self._resume[1]}
        if self.features:
            hello["features"] = list(self.features)
            hello.get("resume", {})["people_seq"] = self._people_seq
        wire.send(_encode(hello))
        try:
            async with asyncio.timeout_at(until):
                return await asyncio.shield(self._welcomed)
        except TimeoutError:
            wire.abort()
            raise Interrupted("no welcome") from None

    def drop(self) -> None:
        """Drop the connection without a close frame."""
        if self._wire is not None:
            self._wire.abort()

    def leave(self) -> None:
        """Close the socket with a close frame, and do not reconnect."""
        self.returns = False
        if self._returning is not None:
            self._returning.cancel()
        if self._wire is not None:
            self._wire.close()

    def come_back(self) -> None:
        """Start to reconnect, as a page does, until it succeeds; not needed after a loss while `returns` is set."""
        if self._returning is None or self._returning.done():
            self._returning = asyncio.create_task(self._return())

    async def _return(self) -> None:
        while True:
            await asyncio.sleep(self.rng.uniform(0, self._backoff.longest_s()))
            try:
                await self.connect(patience_s=timings().hello_timeout)
            except (NotOpened, Interrupted):
                continue
            except FrameRefused as refusal:
                if refusal.code != "unavailable":
                    return
                self.drop()
                continue
            return

    def tell(self, kind: str, **fields: Any) -> None:
        """Send a frame that needs no reply; no-op without a connection."""
        if self._wire is not None:
            self._send({"type": kind, **fields})

    async def ask(self, kind: str, **fields: Any) -> Frame:
        """Send a frame and return its reply.

        Raises:
            FrameRefused: the reply is an error.
            Interrupted: there is no connection, or it was lost before the reply came.
        """
        name = next(self._ids)
        future = self._waiting[name] = asyncio.get_running_loop().create_future()
        try:
            self._send({"type": kind, "id": name, **fields})
            async with asyncio.timeout(PATIENCE_S):
                reply: Frame = await future
        except TimeoutError:
            raise Interrupted(f"no answer to {kind}") from None
        finally:
            self._waiting.pop(name, None)
        if reply["type"] == "error":
            raise FrameRefused(reply)
        return reply

    def say(self, body: str) -> None:
        """Send a message in the room; sent again after every reconnect until it is acknowledged, each under one id."""
        if self.room is None:
            return
        client_id = f"{self._socket}-{next(self._ids)}"
        frame = {"type": "chat.send", "id": client_id, "room_id": self.room["room_id"], "client_id": client_id}
        self._unsaid[client_id] = frame | {"body": body}
        if self.is_here:
            self._send(self._unsaid[client_id])

    def _say_again(self, client_id: str, socket: int) -> None:
        if client_id in self._unsaid and socket == self._socket and self.is_here:
            self._send(self._unsaid[client_id])

    @property
    def unsaid(self) -> int:
        """Number of messages that wait for their acknowledgement."""
        return len(self._unsaid)

    async def until(self, is_true: Callable[[], bool], *, patience_s: float = PATIENCE_S) -> None:
        """Return once *is_true* holds; it is checked after everything that happens to this user.

        Raises:
            TimeoutError: it does not become true.
        """
        if is_true():
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watching.append((is_true, future))
        try:
            async with asyncio.timeout(patience_s):
                await future
        finally:
            self._watching = [watch for watch in self._watching if watch[1] is not future]

    def _send(self, frame: Frame) -> None:
        wire = self.wire
        self._note("sent", self._socket, frame)
        wire.send(_encode(frame))
        self._watch.sent()

    def _ping(self) -> None:
        if self._wire is not None:
            self._wire.send(PING)

    def _take(self, number: int, text: bytes) -> None:
        if number != self._socket:
            return
        self._watch.heard()
        frame: Frame = _decode(text)
        kind = frame["type"]
        if kind == "pong" and "id" not in frame:
            return
        self._note("heard", number, frame)
        if "seq" in frame and self._resume is not None:
            self._resume = (self._resume[0], frame["seq"])
        if "people_seq" in frame:
            self._people_seq = 0 if kind == "people.reset" else frame["people_seq"]
        if kind in ("reply", "error"):
            self._answered(frame)
        elif kind == "welcome":
            self._begin(frame)
        else:
            self._learn(kind, frame)
        self._watch.set_urgent(self.room is not None or self.invite is not None)
        self._wake()

    def _answered(self, frame: Frame) -> None:
        name = frame.get("id")
        if isinstance(name, str):
            # A temporary error is retried, at the latest after the next reconnect; any other one is final.
            if frame.get("code") == "rate_limited":
                wait_s = frame["retry_after_ms"] / 1_000
                asyncio.get_running_loop().call_later(wait_s, self._say_again, name, self._socket)
            elif frame.get("code") != "unavailable":
                self._unsaid.pop(name, None)
        elif name is None and self._welcomed is not None:
            welcomed, self._welcomed = self._welcomed, None
            welcomed.set_exception(FrameRefused(frame))
            welcomed.exception()
        elif name in self._waiting and not self._waiting[name].done():
            if "queue" in frame and self.phase == "idle":
                self.phase = "queued"
            self._waiting[name].set_result(frame)

    def _begin(self, welcome: Frame) -> None:
        self._resume = (welcome["resume_key"], self._resume[1] if welcome["resumed"] and self._resume else 0)
        if not welcome.get("people_resumed"):
            self._people_seq = 0
        state = welcome["state"]
        self.friend_presence = {one["user_id"]: one["presence"] for one in state.get("friends", ())}
        self.phase, self.room, self.invite = state["phase"], state["room"], state["invite"]
        room_id = None if self.room is None else self.room["room_id"]
        self._unsaid = {name: frame for name, frame in self._unsaid.items() if frame["room_id"] == room_id}
        for frame in self._unsaid.values():
            self._send(frame)
        self._backoff.welcomed(_now())
        self._watch.start(welcome)
        if self._welcomed is not None:
            welcomed, self._welcomed = self._welcomed, None
            welcomed.set_result(welcome)

    def _learn(self, kind: str, frame: Frame) -> None:
        if kind in ("room.started", "room.mode_changed"):
            self.phase, self.room, self.invite = "in_room", frame["room"], None
        elif kind == "room.live" and self.room is not None:
            self.room |= {"status": "live", "live_at": frame["live_at"], "ends_at": frame["ends_at"]}
        elif kind == "room.ended":
            self.phase, self.room = "idle", None
            self._unsaid.clear()
        elif kind == "invite.received":
            self.phase, self.invite = "invited", frame["invite"]
        elif kind == "invite.closed":
            self.invite = None
            self.phase = "idle" if self.phase == "invited" else self.phase
        elif kind == "friend.presence":
            self.friend_presence[frame["user_id"]] = frame["presence"]
        elif kind == "queue.update":
            self.phase = "queued" if frame["queued"] else "idle"
        elif kind == "server.draining":
            pause_s = self.rng.uniform(0, frame["reconnect_in_ms"] / 1_000)
            asyncio.get_running_loop().call_later(pause_s, self._move_on, self._socket)

    def _move_on(self, number: int) -> None:
        """Close the socket, as the server asked, and reconnect."""
        if number == self._socket and self._wire is not None:
            self._wire.close(1001)

    def _lose(self, number: int, code: int) -> None:
        if number != self._socket:
            return
        self._note("lost", number, {"code": code})
        self._wire = None
        self._watch.stop()
        self._backoff.lost(_now())
        broken = Interrupted(f"closed with {code}" if code != ABNORMAL else "cut")
        if self._welcomed is not None:
            welcomed, self._welcomed = self._welcomed, None
            welcomed.set_exception(broken)
            welcomed.exception()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(broken)
        if self.returns and code not in STOPPED:
            self.come_back()
        self._wake()

    def _wake(self) -> None:
        for is_true, future in self._watching:
            if not future.done() and is_true():
                future.set_result(None)

    def _note(self, kind: Any, socket: int, frame: Frame) -> None:
        if self.keeps:
            self.log.entries.append(LogEntry(time.monotonic(), kind, socket, frame))


def _now() -> float:
    return asyncio.get_running_loop().time()
