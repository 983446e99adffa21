"""What handlers may use: the connection, and the server around it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from msgspec import UnsetType

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import RequestError
from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import AgeBand
from matchmaker.matchmaker import Matchmaker
from signaling.connection.channel_port import ChannelHandler
from signaling.connection.heartbeat import SilenceWatch
from signaling.connection.people_port import FriendHandler
from signaling.connection.ports import Authenticator, Identity, OwnerNode
from signaling.connection.rate_limits import SocketLimits
from signaling.connection.report_port import ReportHandler
from signaling.connection.settings import SignalingSettings
from signaling.routing.hub import Hub
from signaling.routing.outbox import Socket
from signaling.routing.peer_route import PeerRoute
from signaling.routing.people_sender import PeopleSender
from signaling.routing.stats import SocketStats
from signaling.wire.errors import InternalError
from signaling.wire.frame import Frame
from signaling.wire.frames import Hello, InviteSend
from signaling.wire.replies import Result


class ServerContext(Protocol):
    """The server, as used by a connection and its handlers."""

    matchmaker: Matchmaker
    hub: Hub
    clock: Clock
    stats: SocketStats
    limits: SocketLimits
    settings: SignalingSettings
    silence: SilenceWatch
    authenticator: Authenticator
    reporting: ReportHandler
    cluster: "ClusterPort | None"
    friends: FriendHandler | None
    people: PeopleSender
    channels: ChannelHandler | None
    immediate: "dict[type[Frame], Callable[[ClientContext, Any], None]]"
    stalled_from: int

    @property
    def has_access(self) -> Callable[[UserId], Awaitable[bool]] | None:
        """Called for users who may not meet other users, in case they may by now."""
        ...

    @property
    def wall_offset_ms(self) -> Callable[[], int]:
        """Return by how many milliseconds the wall clock is ahead of `clock`."""
        ...

    @property
    def on_fault(self) -> Callable[[BaseException], None]:
        """Report an internal error."""
        ...

    def expect_hello(self, connection: Any) -> None:
        """Close *connection* unless its hello arrives in time."""
        ...

    def forget(self, connection: Any) -> None:
        """Report that the socket of *connection* is closed."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run *work* to completion."""
        ...

    def keep(self, task: asyncio.Task[None]) -> asyncio.Task[None]:
        """Hold a reference to *task* until it ends, and return it."""
        ...

    def check_for_stall(self) -> None:
        """Handle a stall of this process; called before a frame that arrives after `stalled_from`."""
        ...


class ClientContext(Protocol):
    """One connection, as used by its handlers."""

    server: ServerContext
    matchmaker: Matchmaker
    socket: Socket
    address: str
    device: str
    user: UserId
    name: bytes
    """The user's id as written in frames."""
    offset_ms: int
    is_over: bool
    route: PeerRoute | None
    has_heartbeat: bool
    heard_at: int
    watched_since: int | None
    owner: OwnerNode | None

    @property
    def is_greeted(self) -> bool:
        """Whether a hello was answered by a welcome."""
        ...

    @property
    def is_paused(self) -> bool:
        """Whether reading of the socket is paused."""
        ...

    @property
    def profile(self) -> Profile:
        """The public profile of this user."""
        ...

    @property
    def band(self) -> AgeBand:
        """The age band this user may meet; None: no one."""
        ...

    @property
    def may_meet(self) -> bool:
        """Whether this user may queue, discover and invite."""
        ...

    def set_identity(self, identity: Identity, *, epoch: int) -> None:
        """Set the authenticated user."""
        ...

    def set_epoch(self, epoch: int) -> None:
        """Set the number of this socket."""
        ...

    def refresh(self, *, profile: Profile | None, band: AgeBand | UnsetType, may_meet: bool | None) -> None:
        """Note a changed profile, age band or access of the user."""
        ...

    def send(self, kind: str, frame: bytes) -> None:
        """Send a frame that is not an event."""
        ...

    def send_event(self, kind: str, event: bytes) -> None:
        """Send an event, after the answer to the frame that is being handled."""
        ...

    def take(self, text: str | bytes) -> None:
        """Decode a frame, and handle it in its turn."""
        ...

    def answer(self, frame: Frame, outcome: Result | RequestError) -> None:
        """Send the answer to *frame*: always an error, or a reply if the frame has an `id`."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Close the socket."""
        ...

    def close_with_error(self, why: RequestError, code: int) -> None:
        """Close the socket, with an error frame before."""
        ...

    def handle_now(self, frame: Frame) -> None:
        """Handle a frame that needs no storage, and answer it."""
        ...

    def on_queue_empty(self) -> None:
        """Drop the queue: every frame in it was handled."""
        ...

    def report_fault(self, fault: Exception) -> InternalError:
        """Report an internal error; return the error that the client is sent."""
        ...


class ClusterPort(Protocol):
    """Knows which node owns a user."""

    async def claim(self, connection: Any, frame: Hello, identity: Identity, came: int) -> bool:
        """Return True once this node owns the user; False once another does, which answers the hello.

        *came*: when the hello arrived (Unix milliseconds).

        Raises:
            Unavailable: the owner cannot be found, or does not answer.
        """
        ...

    async def bring_to(self, connection: Any, frame: InviteSend) -> bool:
        """Return False if the invite is to be opened here; True: another node, which owns the target, opens it."""
        ...
