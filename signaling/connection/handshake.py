"""Hello: authenticate the user, send the snapshot, replay missed events."""

import msgspec
from msgspec import UNSET

from matchmaker.domain.errors import Banned, StateConflict, Unauthenticated
from matchmaker.domain.ids import UserId
from matchmaker.domain.instants import shifted
from matchmaker.domain.snapshot import UserSnapshot
from signaling.connection.context import ClientContext
from signaling.connection.heartbeat import WATCHED_PHASES
from signaling.connection.ports import Identity
from signaling.routing.hub import ConnectedUser
from signaling.routing.people_stream import PeopleStream
from signaling.routing.replay_buffer import ReplayBuffer
from signaling.wire.close_codes import CloseCode
from signaling.wire.frames import Hello
from signaling.wire.models import StateObject
from signaling.wire.people_models import FriendPresenceObject
from signaling.wire.replies import Welcome

_LOOKS = 8
"""How often the snapshot is read again because it changed during the read."""
_encode = msgspec.json.Encoder().encode


async def handle_hello(me: ClientContext, frame: Hello) -> None:
    """Admit the holder of a token, and send the welcome: snapshot first, then missed events, then new ones.

    Raises:
        StateConflict: there was a hello before on this socket.
        Unauthenticated, Banned: the socket is to be closed.
        Unavailable: the database does not answer; the client may try again on the same socket.
    """
    if me.is_greeted:
        raise StateConflict("hello was said already")
    server = me.server
    began = server.clock.now()
    identity = await server.authenticator.authenticate_socket(frame.token, address=me.address, device=me.device)
    await _connect(me, frame, identity, began, came=began + server.wall_offset_ms())


async def attach(me: ClientContext, frame: Hello, identity: Identity) -> None:
    """Welcome a user whom the edge has authenticated. Raises as `handle_hello`."""
    await _connect(me, frame, identity, me.server.clock.now(), came=None)


async def _connect(me: ClientContext, frame: Hello, identity: Identity, began: int, *, came: int | None) -> None:
    """*came*: when the hello arrived (wall clock), if the owner of the user has yet to be found."""
    server, user = me.server, identity.profile.user_id
    async with server.hub.hello_lock(user) as entry:
        if _is_gone(me):
            return
        _require_not_revoked(me, identity, began)
        if server.cluster is not None and came is not None:
            if not await server.cluster.claim(me, frame, identity, came):
                return  # The owner answers.
            if _is_gone(me):
                return
        missed = _missed_events(entry, frame)
        event_count = entry.event_count
        snapshot = await me.matchmaker.connect(identity.profile, resumed=missed is not None, band=identity.band)
        epoch = snapshot.state.epoch
        if "friends" in _granted(me, frame) and server.friends is not None:
            await server.friends.begin(user)  # the user has a state by now: what friends' nodes send finds it
        if missed is None:
            snapshot = await _reload_until_stable(me, entry, snapshot, event_count)
        if not me.matchmaker.is_connected(user, epoch=epoch):
            # Another node has the user, or the user's room was taken over from one in between.
            me.close(CloseCode.GOING_AWAY, "your session has moved to another node")
        if _is_gone(me):
            _roll_back(me, entry, user, epoch)
            _end_friends(me, entry, user)
            return
        try:
            _require_not_revoked(me, identity, began)
            _welcome(me, frame, identity, entry, snapshot)
        except Exception:
            _end_friends(me, entry, user)
            _roll_back(me, entry, user, epoch)
            raise


def _is_gone(me: ClientContext) -> bool:
    return me.is_over


def _missed_events(entry: ConnectedUser, frame: Hello) -> list[bytes] | None:
    session, resume = entry.replay, frame.resume
    if session is None or resume is None or session.key != resume.key:
        return None
    return session.since(resume.seq)


async def _reload_until_stable(
    me: ClientContext, entry: ConnectedUser, snapshot: UserSnapshot, event_count: int
) -> UserSnapshot:
    """Return a snapshot that contains every event sent so far: a new session does not send them again."""
    for _ in range(_LOOKS):
        if entry.event_count == event_count:
            break
        event_count = entry.event_count
        snapshot = await me.matchmaker.snapshot(snapshot.state.user)
    return snapshot


def _roll_back(me: ClientContext, entry: ConnectedUser, user: UserId, epoch: int) -> None:
    """Undo a connect whose socket was lost. The previous connection, if open, gets the new epoch."""
    if entry.connection is not None:
        entry.connection.set_epoch(epoch)
    else:
        me.matchmaker.disconnect(user, epoch=epoch)


def _granted(me: ClientContext, frame: Hello) -> frozenset[str]:
    """Return the requested features that the server offers."""
    offered = me.server.settings.features
    return offered if offered.issubset(frame.features) else offered.intersection(frame.features)


def _end_friends(me: ClientContext, entry: ConnectedUser, user: UserId) -> None:
    """Disconnect a user whose hello failed, unless an earlier session continues."""
    if me.server.friends is not None and entry.replay is None:
        me.server.friends.end(user)


def _people_stream(
    me: ClientContext, frame: Hello, before: ReplayBuffer | None, features: frozenset[str]
) -> tuple[PeopleStream, list[bytes] | None]:
    """Return the stream of friend and channel events, and the missed ones; None: the stream is new.

    A stream with other features is not continued: it lacks events of theirs, or has some that the client did not ask
    for.
    """
    resume = frame.resume
    if before is not None and resume is not None and resume.people_seq is not None and before.key == resume.key:
        stream = before.people
        if stream is not None and stream.features == features:
            missed = stream.since(resume.people_seq)
            if missed is not None:
                return stream, missed
    began_at = me.server.clock.now() + me.server.wall_offset_ms()
    return PeopleStream(me.server.settings.people_replay, features, began_at=began_at), None


def _require_not_revoked(me: ClientContext, identity: Identity, began: int) -> None:
    user = identity.profile.user_id
    code = me.server.hub.revoked_since(began, user, identity.login_id)
    if code == CloseCode.BANNED:
        raise me.server.hub.reason(user) or Banned("you are banned")
    if code is not None:
        raise Unauthenticated("this session was ended")


def _with_friends(state: StateObject, snapshot: UserSnapshot, friends: list[FriendPresenceObject]) -> StateObject:
    """Return *state* for a client with the feature: with present friends, and the kind of the room."""
    room = state.room
    if room is not None and snapshot.room is not None:
        room = msgspec.structs.replace(room, kind=snapshot.room.kind)
    return msgspec.structs.replace(state, friends=friends, room=room)


def _welcome(
    me: ClientContext,
    frame: Hello,
    identity: Identity,
    entry: ConnectedUser,
    snapshot: UserSnapshot,
) -> None:
    # No await from here to the end: no event can be sent in between.
    server, user = me.server, identity.profile.user_id
    missed = _missed_events(entry, frame)
    session = entry.replay if missed is not None else None
    before, features = entry.replay, _granted(me, frame)
    if session is None:
        session = ReplayBuffer(offset_ms=server.wall_offset_ms())
    missed_people: list[bytes] | None = None
    session.people, missed_people = _people_stream(me, frame, before, features) if features else (None, None)
    if frame.resume is not None:
        server.stats.resumes["fresh" if missed is None else "resumed"] += 1
    now = server.clock.now()
    state = shifted(server.hub.view.state(snapshot, now=now), session.offset_ms)
    if "friends" in features and session.people is not None and server.friends is not None:
        state = _with_friends(state, snapshot, server.friends.present(user, session.people))
    welcome = Welcome(
        id=frame.id,
        user=identity.profile if identity.user is None else identity.user,
        resume_key=session.key,
        resumed=missed is not None,
        features=tuple(sorted(features)) if frame.features else UNSET,
        people_resumed=missed_people is not None if features else UNSET,
        limits=server.settings.people_limits if "channels" in features else UNSET,
        server_at=now + session.offset_ms,
        heartbeat_s=server.settings.heartbeat_s,
        heartbeat=server.settings.heartbeat if frame.heartbeat else UNSET,
        state=state,
    )
    me.offset_ms = session.offset_ms
    me.has_heartbeat = frame.heartbeat
    # Here and below not by *snapshot*: a room may have opened since, and the peer may have sent signals by now.
    if me.matchmaker.phase(user) in WATCHED_PHASES:
        server.silence.watch(me)
    me.set_identity(identity, epoch=snapshot.state.epoch)
    if server.limits.handshakes is not None:
        server.limits.handshakes.give_back(me.address)
    server.hub.attach(user, entry, me, session, identity.login_id)
    me.send("welcome", _encode(welcome))
    for event in (*(missed or ()), *(missed_people or ())):
        me.send("replay", event)
    room_id = me.matchmaker.room_of(user)
    if room_id is not None:
        for rest in server.hub.signal_buffer.take(room_id, user):
            server.hub.forward(user, "signal", b'{"type":"signal",', rest)
    if server.friends is not None:
        server.friends.welcomed(user)
    server.hub.send_draining(user)
