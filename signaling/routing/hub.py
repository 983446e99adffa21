"""The hub: connected users, their sessions and connections, and delivery of events to them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import RequestError
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.instants import shifted
from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import AgeBand
from matchmaker.domain.user_events import AnyUserEvent, NotificationCreated, RoomEnded
from matchmaker.ports.user_changes import UserChanges
from signaling.routing.replay_buffer import ReplayBuffer
from signaling.routing.signal_buffer import SignalBuffer
from signaling.routing.sink import EventSink
from signaling.routing.stats import SocketStats
from signaling.routing.write_batch import WriteBatch
from signaling.wire.close_codes import CloseCode
from signaling.wire.event import Event, kind_of
from signaling.wire.events import DrainingEvent
from signaling.wire.serializers import EventSerializer, with_kind

SHUT_FOR_MS = 60_000
"""How long a revocation is kept: longer than any check of a token takes."""

_encode = msgspec.json.Encoder().encode


class ConnectedUser:
    """One user: their session, and the connection it goes to while they are connected."""

    __slots__ = ("connection", "event_count", "hello_lock", "hellos", "login_id", "lost_at", "replay")

    def __init__(self) -> None:
        self.replay: ReplayBuffer | None = None
        self.connection: EventSink | None = None
        self.login_id = ""
        self.lost_at = 0
        self.event_count = 0
        """Number of events for this user; a change shows that a state read in between may be stale."""
        self.hello_lock: asyncio.Lock | None = None
        self.hellos = 0
        """How many hellos of this user are in progress."""

    def send_event(self, kind: str, head: bytes, rest: bytes, payload: Any = b"", end: bytes = b"") -> bool:
        """Number and send an encoded event if the user is connected; return whether they are."""
        connection, session = self.connection, self.replay
        if connection is None or session is None:
            return False
        connection.send_event(kind, session.number(head, rest, payload, end))
        return True


class Hub:
    """Delivers events to connected users, buffers them for sessions that can be resumed, drops all others."""

    def __init__(
        self,
        *,
        view: EventSerializer,
        clock: Clock,
        resume_ms: int,
        stats: SocketStats,
        on_fault: Callable[[Exception], None],
        changes: UserChanges | None = None,
    ) -> None:
        """*changes* publishes who connects, disconnects and moves between nodes, and whose session is over."""
        self._changes = changes or UserChanges()
        self.view = view
        self.stats = stats
        self._on_fault = on_fault
        self.signal_buffer = SignalBuffer(stats)
        self.writes = WriteBatch()
        self.is_draining: int | None = None
        """Within how many ms clients were told to reconnect; None: they were not."""
        self._clock = clock
        self._resume_ms = resume_ms
        self._people: dict[UserId, ConnectedUser] = {}
        self._logins: dict[str, UserId] = {}
        self._lost: deque[tuple[int, UserId]] = deque()
        self._shut: dict[str, tuple[int, int]] = {}
        self._reasons: dict[str, RequestError] = {}

    def deliver(self, user_event: AnyUserEvent) -> None:
        """Deliver *user_event* to its recipient: immediately, or when the session is resumed in time."""
        if type(user_event) is RoomEnded:
            self.signal_buffer.forget(user_event.room_id)
        entry = self._people.get(user_event.to)
        if entry is None:
            return  # `welcome.state` will contain everything.
        entry.event_count += 1
        if entry.replay is None:
            return
        if type(user_event) is NotificationCreated and not entry.replay.record_notification(user_event.notification):
            return
        try:
            event = self.view.event(user_event, now=self._clock.now())
            if entry.replay.people is not None:
                event = with_kind(event, user_event)
            offset_ms = entry.replay.offset_ms
            if offset_ms and type(user_event) is not NotificationCreated:  # Its instants are of the wall clock already.
                event = shifted(event, offset_ms)
            self._send(entry, event)
        except Exception as fault:  # noqa: BLE001 - reported to the operator
            # The commit has happened; its caller must not fail because one user's event could not be sent.
            self._on_fault(fault)

    def notify(self, user: UserId, event: Event) -> None:
        """Send *user* an event that does not come from the matchmaker."""
        entry = self._people.get(user)
        if entry is not None and entry.replay is not None:
            self._send(entry, event)

    def forward(self, to: UserId, kind: str, head: bytes, rest: bytes) -> bool:
        """Number and send an encoded event to a connected user; return whether they are connected."""
        entry = self._people.get(to)
        return entry is not None and entry.send_event(kind, head, rest)

    def _send(self, entry: ConnectedUser, event: Event) -> None:
        self.writes.hold()  # Events come in groups: those of a commit, or an answer with what results from it.
        kind, body = kind_of(type(event)), _encode(event)
        at = body.index(b",") + 1
        assert entry.replay is not None
        numbered = entry.replay.number(body[:at], body[at:])
        if entry.connection is not None:
            entry.connection.send_event(kind, numbered)

    @asynccontextmanager
    async def hello_lock(self, user: UserId) -> AsyncIterator[ConnectedUser]:
        """Lock the entry of *user* for one hello; several hellos of one user run one after the other."""
        entry = self._people.get(user)
        if entry is None:
            entry = self._people[user] = ConnectedUser()
        entry.hellos += 1
        if entry.hello_lock is None:
            entry.hello_lock = asyncio.Lock()
        try:
            async with entry.hello_lock:
                yield entry
        finally:
            entry.hellos -= 1
            if not entry.hellos:
                entry.hello_lock = None
                if entry.replay is None and self._people.get(user) is entry:
                    del self._people[user]

    def attach(
        self, user: UserId, entry: ConnectedUser, listener: EventSink, session: ReplayBuffer, login_id: str
    ) -> None:
        """Make *listener* the connection of *user*; the previous one is closed with 4001."""
        previous = entry.connection
        self._logins.pop(entry.login_id, None)
        entry.connection, entry.replay, entry.login_id = listener, session, login_id
        self._changes.connection.publish(user)
        self._logins[login_id] = user
        if previous is None:
            self.stats.sessions += 1
        else:
            previous.close(CloseCode.TAKEN_OVER)

    def detach(self, user: UserId, listener: EventSink) -> bool:
        """Detach *listener*, whose socket is closed; return whether it was the user's current connection."""
        entry = self._people.get(user)
        if entry is None or entry.connection is not listener:
            return False
        entry.connection = None
        self._changes.connection.publish(user)
        entry.lost_at = self._clock.now()
        self.stats.sessions -= 1
        self._lost.append((entry.lost_at, user))
        return True

    def release(self, user: UserId) -> tuple[ReplayBuffer | None, EventSink | None]:
        """Remove *user*, who moves to another node; return their session and connection, which is not closed."""
        entry = self._people.get(user)
        if entry is None:
            return None, None
        session, connection = entry.replay, entry.connection
        self._changes.session_over.publish(user)
        entry.replay = entry.connection = None
        self._changes.connection.publish(user)
        if self._logins.get(entry.login_id) == user:
            del self._logins[entry.login_id]
        if not entry.hellos:
            del self._people[user]
        if connection is not None:
            self.stats.sessions -= 1
        return session, connection

    def adopt(self, user: UserId, session: ReplayBuffer, listener: EventSink | None, login_id: str) -> None:
        """Add *user*, who came from another node: connected on *listener*, or disconnected from now on."""
        entry = self._people.setdefault(user, ConnectedUser())
        entry.replay, entry.login_id = session, login_id
        if listener is not None:
            self.attach(user, entry, listener, session, login_id)
        else:
            entry.lost_at = self._clock.now()
            self._lost.append((entry.lost_at, user))
        self._changes.adopted.publish(user)

    def evict(self, user: UserId, code: int = CloseCode.GOING_AWAY) -> None:
        """Remove *user*, whom another node owns, and close the socket."""
        _, connection = self.release(user)
        if connection is not None:
            connection.close(code)

    def is_here(self, user: UserId) -> bool:
        """Return whether *user* is connected to this node."""
        entry = self._people.get(user)
        return entry is not None and entry.connection is not None

    def has_hello(self, user: UserId) -> bool:
        """Return whether a hello of *user* is in progress at this node."""
        entry = self._people.get(user)
        return entry is not None and entry.hellos > 0

    def connected_user(self, user: UserId) -> ConnectedUser | None:
        """Return the entry of *user*; a caller that keeps it must ask again once its session is None."""
        return self._people.get(user)

    def connection_of(self, user: UserId) -> EventSink | None:
        """Return the connection of *user* at this node; None: there is none."""
        entry = self._people.get(user)
        return None if entry is None else entry.connection

    def refresh(
        self,
        user: UserId,
        *,
        profile: Profile | None = None,
        band: AgeBand | UnsetType = UNSET,
        may_meet: bool | None = None,
    ) -> None:
        """Let the connection of *user* know of a changed profile, age band or access."""
        connection = self.connection_of(user)
        if connection is not None:
            connection.refresh(profile=profile, band=band, may_meet=may_meet)

    def close_user(self, user: UserId, code: int = CloseCode.BANNED, why: RequestError | None = None) -> None:
        """Close the socket of *user* with *why*, and drop the session: it cannot be resumed."""
        self._shut[user] = (self._clock.now(), code)
        if why is not None:
            self._reasons[user] = why
        entry = self._people.get(user)
        if entry is None:
            return
        entry.replay = None
        self._changes.session_over.publish(user)
        if entry.connection is None:
            return
        if why is None:
            entry.connection.close(code)
        else:
            entry.connection.close_with_error(why, code)

    def close_login(self, login_id: str, code: int = CloseCode.BAD_TOKEN) -> None:
        """Close the socket that was opened with a token of this revoked bearer session."""
        self._shut[login_id] = (self._clock.now(), code)
        user = self._logins.get(login_id)
        if user is not None:
            self.close_user(user, code)
            self._shut.pop(user, None)

    def revoked_since(self, began: int, *names: str) -> int | None:
        """Return the close code of a revocation of one of *names* since *began*, while a token was being checked."""
        for name in names:
            at, code = self._shut.get(name, (-1, 0))
            if at >= began:
                return code
        return None

    def reason(self, user: UserId) -> RequestError | None:
        """Return the error with which *user* was revoked lately, if so."""
        return self._reasons.get(user)

    def sessions(self) -> list[tuple[ReplayBuffer, int | None]]:
        """Return every session with buffered events, and since when it has no connection; None: it has one."""
        kept = [(one, one.replay) for one in self._people.values() if one.replay is not None and one.replay.size]
        return [(session, None if one.connection is not None else one.lost_at) for one, session in kept]

    def drop_held(self, room_id: RoomId) -> None:
        """Drop the signals that wait in a room; their recipients start a new session, and negotiate again."""
        for user in self.signal_buffer.recipients(room_id):
            entry = self._people.get(user)
            if entry is not None and entry.replay is not None:
                entry.replay.revoke()
        self.signal_buffer.forget(room_id)

    def here(self) -> list[UserId]:
        """Return the users connected to this node."""
        return [user for user, entry in self._people.items() if entry.connection is not None]

    def login_of(self, user: UserId) -> str | None:
        """Return the bearer session of *user*'s connection; None: they are not connected to this node."""
        entry = self._people.get(user)
        return None if entry is None or entry.connection is None else entry.login_id

    def with_session(self) -> list[UserId]:
        """Return the users with a session here, connected or not."""
        return [user for user, entry in self._people.items() if entry.replay is not None]

    def logins(self) -> set[str]:
        """Return the login sessions of the users connected to this node."""
        return {entry.login_id for entry in self._people.values() if entry.connection is not None}

    def drain(self, spread_ms: int, *, but: Collection[UserId] = ()) -> None:
        """Tell all users *but* those to reconnect at a random moment within *spread_ms*."""
        self.is_draining = spread_ms
        for user in self.here():
            if user not in but:
                self.send_draining(user)

    def close(self) -> None:
        """Treat the loss of sockets as a shutdown from now on, also where users were not told of it."""
        if self.is_draining is None:
            self.is_draining = 0

    def send_draining(self, user: UserId) -> None:
        """Tell a user to reconnect, if this node is draining."""
        if self.is_draining is not None:
            self.notify(user, DrainingEvent(reconnect_in_ms=self.is_draining))

    def sweep(self, now: int) -> None:
        """Drop sessions that can no longer be resumed."""
        while self._lost and self._lost[0][0] + self._resume_ms <= now:
            lost_at, user = self._lost.popleft()
            entry = self._people.get(user)
            if entry is None or entry.connection is not None or entry.lost_at != lost_at:
                continue
            entry.replay = None
            self._changes.session_over.publish(user)
            self._logins.pop(entry.login_id, None)
            if not entry.hellos:
                del self._people[user]
        for name in [name for name, (at, _) in self._shut.items() if at + SHUT_FOR_MS <= now]:
            del self._shut[name]
            self._reasons.pop(name, None)

    def trim_replay(self) -> None:
        """Drop events that connected clients have certainly received."""
        for entry in self._people.values():
            if entry.connection is not None and entry.replay is not None:
                entry.replay.trim()
