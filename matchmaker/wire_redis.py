"""Bytes to and from Redis: commands in order, answers in the same order, pushes in between (RESP3)."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, cast

import hiredis

from matchmaker.errors import Unavailable
from matchmaker.sentinel_redis import locate

Word = bytes | str | int | float

CLOSE_S: Final = 1.0
"""How long what was sent last may take to leave."""
_MORE: Final = object()


class Refused(Exception):
    """Redis refuses a command, and will the next time."""


class Ask:
    """A command on its way, and who waits for the answer."""

    __slots__ = ("at", "future", "instead", "otherwise", "then", "words")

    def __init__(
        self,
        words: Sequence[Word],
        *,
        then: Callable[[Any], None] | None = None,
        otherwise: Callable[[], None] | None = None,
        future: asyncio.Future[Any] | None = None,
    ) -> None:
        """*then* takes the answer, however late; *otherwise* is called when it is certain that none will come."""
        self.words = words
        self.instead: Sequence[Word] | None = None
        """What to ask when Redis does not know the script."""
        self.then = then
        self.otherwise = otherwise
        self.future = future
        self.at = 0.0

    def settle(self, reply: Any) -> None:
        """Pass the answer on; also to `then` when nobody waits any more, for it has happened."""
        if self.then is not None:
            self.then(reply)
        if self.future is not None and not self.future.done():
            self.future.set_result(reply)

    def fail(self, why: Exception) -> None:
        """Tell whoever waits that there is no answer, and *why*."""
        if self.future is not None and not self.future.done():
            self.future.set_exception(why)

    def give_up(self, cause: Exception | None = None) -> None:
        """Tell whoever waits that Redis is away, or cannot be used for *cause*; an answer may come all the same."""
        error = Unavailable()
        error.__cause__ = cause
        self.fail(error)

    def lose(self, cause: Exception | None = None) -> None:
        """Note that no answer will come, for *cause*."""
        self.give_up(cause)
        if self.otherwise is not None:
            self.otherwise()


class Wire(asyncio.Protocol):
    """One connection, from its making to its end."""

    def __init__(
        self,
        answer: Callable[[Ask, Any], None],
        push: Callable[["Wire", list[Any]], None],
        gone: Callable[["Wire"], None],
        now: Callable[[], float],
    ) -> None:
        """*now* is the clock by which waiting is measured (seconds)."""
        self._answer = answer
        self._push = push
        self._gone = gone
        self._now = now
        self._reader = hiredis.Reader(notEnoughData=_MORE)
        self._asks: deque[Ask] = deque()
        self._transport: asyncio.Transport | None = None
        self._closed = asyncio.get_running_loop().create_future()
        self._heard_at = now()
        self.on_fault: Callable[[BaseException], None] = _raise
        self.early: list[list[Any]] = []
        """What was published to us before it was decided whether this connection is the one that counts."""

    def send(self, asks: Iterable[Ask]) -> None:
        """Let all of *asks* leave in one write."""
        transport = self._transport
        if transport is None or transport.is_closing():
            for ask in asks:
                ask.lose()
            return
        now = self._now()
        parts = []
        for ask in asks:
            ask.at = now
            self._asks.append(ask)
            parts.append(hiredis.pack_command(tuple(ask.words)))  # type: ignore[arg-type]
        transport.write(b"".join(parts))

    def say(self, *words: Word) -> None:
        """Send a command that has no answer of its own."""
        assert self._transport is not None
        self._transport.write(hiredis.pack_command(words))  # type: ignore[arg-type]

    def waiting_s(self) -> float:
        """Return for how long something has been waiting while nothing at all was heard; 0: nothing waits."""
        return self._now() - max(self._heard_at, self._asks[0].at) if self._asks else 0.0

    def give_up_older_than(self, patience_s: float) -> None:
        """Let nobody wait for longer; the answers that are yet to come keep their places."""
        old = self._now() - patience_s
        for ask in self._asks:
            if ask.at > old:
                break
            ask.give_up()

    def abort(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """Close the connection once everything that was sent has left."""
        if self._transport is not None:
            self._transport.close()
            await asyncio.wait((self._closed,), timeout=CLOSE_S)
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass of it

    def connection_lost(self, why: Exception | None) -> None:  # noqa: ARG002 - how it was lost changes nothing
        """Tell everybody who waits, in the order of asking, that no answer will come."""
        asks, self._asks = self._asks, deque()
        self._gone(self)
        for ask in asks:
            ask.lose()
        if not self._closed.done():
            self._closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Take what came, answers and pushes in their order."""
        self._heard_at = self._now()
        self._reader.feed(data)
        while True:
            try:
                item = self._reader.gets()
            except hiredis.ProtocolError:
                self.abort()
                return
            if item is _MORE:
                return
            try:
                if isinstance(item, hiredis.PushNotification):
                    self._push(self, item)
                elif self._asks:
                    self._answer(self._asks.popleft(), item)
            except Exception as fault:  # noqa: BLE001 - one listener that fails must not cost everybody the connection
                self.on_fault(fault)


async def connect(
    url: str,
    name: str,
    channels: Sequence[bytes],
    *,
    answer: Callable[[Ask, Any], None],
    push: Callable[[Wire, list[Any]], None],
    gone: Callable[[Wire], None],
    now: Callable[[], float],
) -> Wire:
    """Return a connection to a Redis that takes writes, subscribed to *channels*.

    Raises:
        OSError: nobody listens there.
        Refused: it wants another password, knows no RESP3, or is a replica.
        Unavailable: it is not ready.
    """
    where = await locate(url)
    loop = asyncio.get_running_loop()

    def make() -> Wire:
        return Wire(answer, push, gone, now)

    if "path" in where:
        _, wire = await loop.create_unix_connection(make, where["path"])
    else:
        _, wire = await loop.create_connection(
            make, where.get("host", "localhost"), where.get("port", 6379), ssl=_tls(url, where)
        )
    try:
        await _introduce(wire, name, channels, where)
    except BaseException:
        wire.abort()
        raise
    return wire


async def _introduce(wire: Wire, name: str, channels: Sequence[bytes], where: Any) -> None:
    hello: list[Word] = ["HELLO", 3]
    if where.get("password") is not None:
        hello += ["AUTH", where.get("username") or "default", where["password"]]
    asks = [_question(*hello, "SETNAME", name), _question("SELECT", where.get("db") or 0)]
    wire.send(asks)
    if channels:
        wire.say("SUBSCRIBE", *channels)
    asks.append(_question("PING"))
    wire.send(asks[-1:])
    answers = await asyncio.gather(*(ask.future for ask in asks if ask.future is not None))
    if answers[0].get(b"role") not in (b"master", None):
        raise Refused("READONLY this is a replica")


def _question(*words: Word) -> Ask:
    return Ask(words, future=asyncio.get_running_loop().create_future())


def _tls(url: str, where: Any) -> ssl.SSLContext | None:
    if not url.startswith("rediss"):
        return None
    context = ssl.create_default_context(cafile=where.get("ssl_ca_certs"))
    if where.get("ssl_cert_reqs") in ("none", "optional"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _raise(fault: BaseException) -> None:
    raise fault
