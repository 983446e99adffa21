"""The signaling server of a process: hub, connections, limits and matchmaker wired together."""

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import RateLimited, RequestError
from matchmaker.domain.ids import UserId
from matchmaker.matchmaker import Matchmaker
from signaling.connection.channel_port import ChannelHandler
from signaling.connection.client import ClientConnection
from signaling.connection.context import ClusterPort
from signaling.connection.handlers import IMMEDIATE, IMMEDIATE_RELAY_ONLY
from signaling.connection.heartbeat import STALL_MS, SilenceWatch
from signaling.connection.people_port import FriendHandler
from signaling.connection.ping_scheduler import PingScheduler
from signaling.connection.ports import Authenticator
from signaling.connection.rate_limits import (
    SocketLimits,
)
from signaling.connection.report_port import NullReportHandler, ReportHandler
from signaling.connection.settings import SignalingSettings
from signaling.routing.buffer_budget import BufferBudget
from signaling.routing.hub import Hub
from signaling.routing.outbox import LINGER_S, Socket
from signaling.routing.people_sender import PeopleSender
from signaling.routing.tasks import Tasks
from signaling.wire.close_codes import CloseCode

TICK_S = 0.25
"""Interval of the sweep: pings, missing hellos, sessions that have expired. One timer for all connections."""
SWEEP_TICKS = 40
"""Every how many ticks the limits drop entries that no longer count."""
MEASURE_TICKS = 4
"""Every how many ticks (once a second) the bytes that wait for slow or absent readers are added up."""
SETTLE_TICKS = 480
"""Every how many ticks (two minutes) events are trimmed. A client that did not answer a ping for that long is
disconnected two rounds later, so the events cannot be requested; for ten thousand users they would occupy a
gigabyte."""
TICK_MS = round(TICK_S * 1_000)
STOP_S = LINGER_S + 5.0
"""Time limit of a stop."""


class SignalingServer:
    """Holds every connection of this node, and runs what is due on them."""

    def __init__(
        self,
        *,
        hub: Hub,
        matchmaker: Matchmaker,
        authenticator: Authenticator,
        clock: Clock,
        on_fault: Callable[[BaseException], None],
        settings: SignalingSettings = SignalingSettings(),  # noqa: B008 - frozen
        friends: FriendHandler | None = None,
        people: PeopleSender | None = None,
        channels: ChannelHandler | None = None,
        reporting: ReportHandler | None = None,
        has_access: Callable[[UserId], Awaitable[bool]] | None = None,
        cluster: ClusterPort | None = None,
        limits: SocketLimits | None = None,
        tasks: Tasks | None = None,
        on_pressure: Callable[[bool, int], None] = lambda _exceeded, _used: None,
        on_stall: Callable[[int], None] = lambda _: None,
        on_refused: Callable[[str], None] = lambda _: None,
        wall_offset_ms: Callable[[], int] = lambda: 0,
    ) -> None:
        """*cluster* finds the owners of users; None: there are no other nodes. *on_pressure*: as in `BufferBudget`.
        *limits*: None, those of *settings*. *tasks*: what `stop` waits for.
        *reporting* takes reports; None: each is refused.
        *has_access* is called for users who may not meet other users, in case that has changed; None: it never does.
        *friends* handles frames about friends, *channels* their messages; None: there is no such feature.
        *on_refused* is called with the limit of an address that a socket exceeds: `handshakes` or `sockets`.
        *wall_offset_ms* returns by how much the wall clock is ahead of *clock*: new sessions are sent that time.
        *on_stall* is called with the milliseconds for which this process was suspended (SIGSTOP, a stalled machine).
        """
        self.hub = hub
        self.friends = friends
        self.people = people or PeopleSender(hub)
        self.channels = channels
        self.matchmaker = matchmaker
        self.authenticator = authenticator
        self.clock = clock
        self.wall_offset_ms = wall_offset_ms
        self._on_refused = on_refused
        self.on_fault = on_fault
        self.settings = settings
        self.has_access = has_access
        self.immediate = IMMEDIATE_RELAY_ONLY if settings.relay_only else IMMEDIATE
        self.stats = hub.stats
        self.limits = limits or settings.limits()
        self.buffers = BufferBudget(
            hub, limit=settings.buffer_bytes, patience_ms=settings.slow_reader_ms, on_pressure=on_pressure
        )
        self.pings = PingScheduler(slots=max(1, round(settings.heartbeat_ms / 1_000 / TICK_S)))
        self.silence = SilenceWatch(settings.heartbeat.client_silent_ms, clock, matchmaker.phase)
        self.reporting = reporting or NullReportHandler()
        self.cluster = cluster
        self._on_stall = on_stall
        self._ticked_at = 0.0
        self.stalled_from = sys.maxsize
        """Earliest arrival of frames after a stall (Unix milliseconds)."""
        self._connections: set[ClientConnection] = set()
        self._attached: set[ClientConnection] = set()
        """Connections whose sockets are at other nodes."""
        self._silent: deque[tuple[int, ClientConnection]] = deque()
        self.tasks = tasks or Tasks()
        self.spawn, self.keep = self.tasks.spawn, self.tasks.keep
        self._timer: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Future[None] | None = None
        self._is_stopping = False
        self._ticks = 0

    def start(self) -> None:
        """Start the sweep."""
        self._ticked_at = asyncio.get_running_loop().time()
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def require_handshake(self, address: str) -> None:
        """Count a request for a socket, before it is upgraded.

        Raises:
            RateLimited: there were too many from *address*, or from a network around it.
        """
        if wait := self.take_handshake(address):
            self._on_refused("handshakes")
            raise RateLimited("handshakes", wait)

    def take_handshake(self, address: str) -> int:
        """Count a request for a socket and return 0; or count nothing and return in how many ms one is allowed."""
        handshakes = self.limits.handshakes
        return 0 if handshakes is None else handshakes.take(address, self.clock.now())

    def open(self, socket: Socket, *, address: str, device: str) -> ClientConnection | None:
        """Start a connection on *socket*; None: there are too many from this address, close with 4429."""
        crowd = self.limits.connections
        if crowd is not None and not crowd.enter(address):
            self._on_refused("sockets")
            return None
        connection = ClientConnection(self, socket, address=address, device=device)
        self._connections.add(connection)
        self.stats.connections += 1
        self.stats.accepted += 1
        self.pings.add(socket)
        self.expect_hello(connection)
        if self._is_stopping:
            connection.close(CloseCode.GOING_AWAY, "server is going away")
        return connection

    def open_attached(self, socket: Socket, *, address: str, device: str) -> ClientConnection:
        """Start a connection for a socket of another node, which limits its frames."""
        connection = ClientConnection(self, socket, address=address, device=device, is_attached=True)
        self._attached.add(connection)
        return connection

    def forget(self, connection: ClientConnection) -> None:
        """Remove a connection whose socket is closed; called once for each that was opened."""
        if connection in self._attached:
            self._attached.discard(connection)
            return
        self._connections.discard(connection)
        if self._emptied is not None and not self._connections and not self._emptied.done():
            self._emptied.set_result(None)
        self.stats.connections -= 1
        self.pings.discard(connection.socket)
        if self.limits.connections is not None:
            self.limits.connections.leave(connection.address)

    def expect_hello(self, connection: ClientConnection) -> None:
        """Close *connection* unless its hello arrives in time."""
        self._silent.append((self.clock.now() + self.settings.hello_ms, connection))

    def disconnect_banned(self, refuse: Callable[[str], RequestError | None]) -> None:
        """Close every socket whose address *refuse* returns an error for."""
        for connection in tuple(self._connections):
            why = refuse(connection.address)
            if why is not None:
                connection.close_with_error(why, CloseCode.BANNED)

    def drain(self, spread_ms: int, *, but: Collection[UserId] = ()) -> None:
        """Tell all users *but* those to reconnect at a random moment within *spread_ms*.

        From now on disconnects are not stored: the next process gives every room a full grace.
        """
        self.hub.drain(spread_ms, but=but)

    async def close_and_wait(self, user: UserId, code: int, reason: str) -> None:
        """Close the socket of a user; return once their requests have been handled."""
        connection = self.hub.connection_of(user)
        if isinstance(connection, ClientConnection):
            connection.close(code, reason)
            await connection.finished()

    def check_for_stall(self) -> None:
        """Handle the time for which this process stood still, before anything that arrived or became due in it."""
        now = asyncio.get_running_loop().time()
        stalled_ms = round((now - self._ticked_at) * 1_000) - TICK_MS
        self._ticked_at = now
        self.stalled_from = self.clock.now() + TICK_MS + STALL_MS
        if stalled_ms <= STALL_MS:
            return
        self._on_stall(stalled_ms)
        # Before any deadline: no client could reconnect while the process was suspended.
        self.spawn(self.matchmaker.extend_graces(stalled_ms))

    def close_silent(self) -> None:
        """Close the sockets whose clients announced a heartbeat and were silent for too long."""
        for connection in self.silence.sweep():
            self.stats.silent += 1
            connection.close(CloseCode.GOING_AWAY, "no heartbeat")

    async def stop(self) -> None:
        """Close every socket with 1001; return once all have ended."""
        self._is_stopping = True
        if self._timer is not None:
            self._timer.cancel()
        self.hub.close()
        for connection in (*self._connections, *self._attached):
            connection.close(CloseCode.GOING_AWAY, "server is going away")
        # A socket that does not close is cut after `LINGER_S`, and an operation ends with its storage; nothing else may
        # keep the process from ending.
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                if self._connections:
                    self._emptied = asyncio.get_running_loop().create_future()
                    await self._emptied
                await self.tasks.finished()

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)
        self.check_for_stall()
        now = self.clock.now()
        self.pings.tick()
        while self._silent and self._silent[0][0] <= now:
            _, connection = self._silent.popleft()
            if connection.is_silent and not connection.is_over:
                connection.close_no_hello()
        self.close_silent()
        self.hub.sweep(now)
        self.people.reset_drained()
        self.buffers.close_stalled(now)
        self._ticks += 1
        if self._ticks % MEASURE_TICKS == 0:
            self.buffers.measure(now)
        if self._ticks % SWEEP_TICKS == 0:
            self.limits.sweep(now)
        if self._ticks % SETTLE_TICKS == 0:
            self.hub.trim_replay()
