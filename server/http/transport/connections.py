"""TCP connections of the listeners, bounded in number and in time.

idle ─first byte→ header ─whole→ busy ─answered→ idle        each state but busy has a timeout
"""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, Protocol, cast

import msgspec
from aiohttp import web, web_protocol

from matchmaker.domain.errors import MalformedRequest
from server.domain.networks import limit_prefixes
from server.http.errors import response_for
from server.runtime.descriptors import DescriptorWatch
from server.runtime.fault_log import Faults, Repeated
from signaling.wire.errors import InternalError

State = Literal["idle", "header", "busy"]
LINGER_S: Final = 2.0
"""How long the rest of a request is read after its answer, so that the client can read the answer."""
_NO_LOG: Final = cast(logging.Logger, None)  # as aiohttp's own runner does for "no access log"
REASONS: Final = ("address", "process")
LATE: Final = ("idle", "header", "answer")
"""The states of a connection that have a timeout."""
# How many requests of one connection are parsed ahead of the one that is handled; 32 by default, with which a client
# with 500 connections could have 16,000 parsed in one iteration of the loop. No common browser or proxy pipelines.
web_protocol.MAX_MSG_QUEUE_SIZE = 2


class Watched(Protocol):
    """A connection with a deadline."""

    until: float
    """When it is closed, unless it progresses before; of `Connections.now`."""

    def expire(self) -> None:
        """Close it: its deadline has passed."""

    def close(self) -> None:
        """Close it: the process ends."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of connections, and timeouts in seconds."""

    keep_alive_s: float
    proxy_keep_alive_s: float
    header_s: float
    write_s: float
    """How long an answer may wait without a byte being read."""
    total: int
    per_address: int | None
    """Per address, times the factor of each of its prefixes; None: no limit."""


class Connections:
    """All TCP connections of this process that its listeners accepted, including WebSockets."""

    def __init__(self, bounds: Bounds, faults: Faults) -> None:
        self.bounds = bounds
        self.faults = faults
        self.refused: Counter[str] = Counter()
        """Connections refused, by reason."""
        self.timed_out: Counter[str] = Counter(dict.fromkeys(LATE, 0))
        """Connections closed because the client took too long, by state."""
        self.malformed = Repeated("http_request_malformed")
        self.descriptors = DescriptorWatch()
        self.open = 0
        self.now = 0
        """Seconds since the start; deadlines are exact to one."""
        self._at: dict[str, int] = {}
        self._watched: set[Watched] = set()
        self._refusals = {reason: Repeated("connections_refused") for reason in REASONS}
        self._timer: asyncio.TimerHandle | None = None

    async def listen(
        self,
        runner: web.AppRunner,
        listener: socket.socket,
        *,
        backlog: int,
        spare: int = 0,
        protocol: Callable[[web.Server], asyncio.Protocol],
    ) -> asyncio.Server:
        """Serve *runner* at *listener*, each connection by a *protocol*. *spare*: how many are accepted above the
        limit.
        """
        loop = asyncio.get_running_loop()
        server = runner.server
        assert server is not None
        limit = self.bounds.total + spare

        def accept() -> asyncio.Protocol:
            if self.open >= limit:
                return _Refused(self)
            return protocol(server)

        server.request_handler = _marked(server.request_handler)
        if self._timer is None:
            self._timer = loop.call_later(1, self._tick)
        return await loop.create_server(accept, sock=listener, backlog=backlog)

    def stop(self) -> None:
        """Stop the timeouts, and close connections that aiohttp does not know of."""
        for connection in tuple(self._watched):
            connection.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def places(self, address: str, *, is_proxy: bool) -> tuple[tuple[str, int], ...] | None:
        """Return the keys of a connection from *address*; None: there are too many of one."""
        limit = self.bounds.per_address
        if limit is None or is_proxy or not address:
            return ()
        places = limit_prefixes(address)
        if any(self._at.get(place, 0) >= limit * factor for place, factor in places):
            return None
        return places

    def enter(self, places: tuple[tuple[str, int], ...]) -> None:
        """Count one more connection at *places*."""
        self.open += 1
        for place, _ in places:
            self._at[place] = self._at.get(place, 0) + 1

    def leave(self, places: tuple[tuple[str, int], ...]) -> None:
        """Count one less."""
        self.open -= 1
        for place, _ in places:
            if (left := self._at[place] - 1) > 0:
                self._at[place] = left
            else:
                del self._at[place]

    def deadline(self, seconds: float) -> float:
        """Return the deadline, of `now`, that many seconds ahead; never too early: the current second has begun."""
        return self.now + seconds + 1

    def watch(self, connection: Watched) -> None:
        """Close *connection* at its deadline."""
        self._watched.add(connection)

    def unwatch(self, connection: Watched) -> None:
        """Stop watching *connection*: it has ended, or is no longer HTTP."""
        self._watched.discard(connection)

    def refuse(self, reason: str) -> None:
        """Count a refused connection."""
        self.refused[reason] += 1
        self._refusals[reason].record(reason=reason, open=self.open)

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(1, self._tick)
        self.now += 1
        for connection in [one for one in self._watched if one.until <= self.now]:
            connection.expire()
        self.malformed.flush()
        self.descriptors.check()
        for line in self._refusals.values():
            line.flush()


class HttpConnection(web.RequestHandler):
    """One HTTP connection, from its first bytes on."""

    __slots__ = ("_all", "_is_handed_over", "_keep_s", "_places", "_state", "_unwritten", "_wire", "until")

    def __init__(
        self, connections: Connections, server: web.Server, places: tuple[tuple[str, int], ...], *, keep_s: float
    ) -> None:
        """*places*: the keys it counts at already; *keep_s*: how long it may be idle."""
        bounds = connections.bounds
        # aiohttp's own keep-alive is the longer one, and never fires: it cannot detect a header that has begun.
        longest = 2 * max(bounds.keep_alive_s, bounds.proxy_keep_alive_s)
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=longest,
            lingering_time=LINGER_S,
            access_log=_NO_LOG,
            auto_decompress=False,  # `read_body` does, within its bounds
        )
        self._all = connections
        self._places = places
        self._state: State = "idle"
        self._unwritten = 0
        self._is_handed_over = False
        self._keep_s = keep_s
        self._wire: asyncio.Transport
        self.until = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Serve the connection."""
        self._wire = cast(asyncio.Transport, transport)
        self._all.watch(self)
        self._end_in(self._keep_s)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Count one less, unless another protocol has taken the transport."""
        self._all.unwatch(self)
        if not self._is_handed_over:
            self._all.leave(self._places)
        super().connection_lost(exc)

    def hand_over(self) -> "Release":
        """Hand the transport to another protocol; return the callback for its end."""
        self._is_handed_over = True
        return Release(self._all, self._places)

    def data_received(self, data: bytes) -> None:
        """Read; the first byte of a request starts the timeout of its header."""
        if self._state == "idle" and data:
            self._state = "header"
            self._end_in(self._all.bounds.header_s)
        super().data_received(data)

    def begin(self) -> None:
        """Record that a request is handled: what it waits for has limits of its own."""
        self._state = "busy"
        self.until = float("inf")

    def finish(self) -> None:
        """Record that its answer is about to be written."""
        self._state = "idle"
        self._end_in(self._keep_s)

    def expire(self) -> None:
        """Close the connection, unless the client is still reading its answer."""
        state: str = self._state
        if unwritten := self._wire.get_write_buffer_size():
            if unwritten != self._unwritten:
                self._unwritten = unwritten
                self._end_in(self._all.bounds.write_s)
                return
            state = "answer"
        self._all.timed_out[state] += 1
        if state == "idle":
            self.force_close()
        else:
            self._wire.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - quotes the request
    ) -> web.StreamResponse:
        """Answer input that is not HTTP, or a failure outside of every handler; nothing of the request is logged."""
        if status < 500:
            self._all.malformed.record(status=status)
            response = response_for(MalformedRequest("this is not an HTTP request"), status=status)
        else:
            self._all.faults.report("http_request_failed", exc or RuntimeError(), route="none")
            response = response_for(InternalError())
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun")
        response.force_close()
        return response

    def log_exception(self, *args: Any, **kw: Any) -> None:  # noqa: ARG002 - quotes the request
        """Log an error while an answer was written."""
        self._all.faults.report("http_connection_failed", kw.get("exc_info") or RuntimeError())

    def _end_in(self, seconds: float) -> None:
        self.until = self._all.deadline(seconds)


class Release:
    """Uncounts one connection. One object per socket: a `partial` takes five times the memory."""

    __slots__ = ("_all", "_places")

    def __init__(self, connections: Connections, places: tuple[tuple[str, int], ...]) -> None:
        self._all = connections
        self._places = places

    def __call__(self) -> None:
        """Uncount the connection."""
        self._all.leave(self._places)


class _Refused(asyncio.Protocol):
    """A connection for which no descriptor is left."""

    def __init__(self, connections: Connections) -> None:
        self._all = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Cut it: an answer would have to be waited for."""
        self._all.refuse("process")
        cast(asyncio.Transport, transport).abort()


def _marked(
    handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    """Return *handle*, which reports its start and end to the connection."""

    async def marked(request: web.BaseRequest) -> web.StreamResponse:
        connection = cast(HttpConnection, request.protocol)
        connection.begin()
        try:
            return await handle(request)
        finally:
            connection.finish()

    return marked
