"""Hello: who is here, where they stand, and everything they have missed."""

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from matchmaker.errors import Banned, Taken, Unauthenticated
from matchmaker.ids import UserId
from matchmaker.instants import shifted
from matchmaker.standing import Standing
from signaling.closecodes import CloseCode
from signaling.door import Identity
from signaling.frames import Hello
from signaling.heartbeat import WATCHED_PHASES
from signaling.hub import Presence
from signaling.objects import State
from signaling.people_objects import FriendPresenceObject
from signaling.people_stream import PeopleStream
from signaling.replies import Welcome
from signaling.session import Session

if TYPE_CHECKING:
    from signaling.conversation import Conversation

_LOOKS = 8
"""How often the state is read again because it changed during the read."""
_encode = msgspec.json.Encoder().encode


async def greet(me: "Conversation", frame: Hello) -> None:
    """Admit the holder of a token, and welcome them: state first, then what they missed, then what comes.

    Raises:
        Taken: hello was said before on this socket.
        Unauthenticated, Banned: the socket is to be closed.
        Unavailable: the database does not answer; the client may try again on the same socket.
    """
    if me.is_greeted:
        raise Taken("hello was said already")
    speaker = me.speaker
    began = speaker.clock.now()
    identity = await speaker.door.admit(frame.token, address=me.address, device=me.device)
    await _admit(me, frame, identity, began, came=began + speaker.wall_offset_ms())


async def attach(me: "Conversation", frame: Hello, identity: Identity) -> None:
    """Welcome a user whom the node that has the socket has admitted. Raises as `greet`."""
    await _admit(me, frame, identity, me.speaker.clock.now(), came=None)


async def _admit(me: "Conversation", frame: Hello, identity: Identity, began: int, *, came: int | None) -> None:
    """*came*: when the hello arrived (wall clock), if it is still to be found out which node owns the user."""
    speaker, user = me.speaker, identity.profile.user_id
    async with speaker.hub.arriving(user) as presence:
        if _is_gone(me):
            return
        _insist_on_an_open_door(me, identity, began)
        if speaker.cluster is not None and came is not None:
            if not await speaker.cluster.claim(me, frame, identity, came):
                return  # the owner answers
            if _is_gone(me):
                return
        if "friends" in _granted(me, frame) and speaker.friends is not None:
            await speaker.friends.begin(user)
        missed = _missed(presence, frame)
        told = presence.told
        standing = await me.matchmaker.arrive(identity.profile, resumed=missed is not None, band=identity.band)
        if missed is None:
            standing = await _settled(me, presence, standing, told)
        if _is_gone(me):
            await _withdraw(me, presence, user, standing.seat.epoch)
            _end_friends(me, presence, user)
            return
        try:
            _insist_on_an_open_door(me, identity, began)
            _welcome(me, frame, identity, presence, standing)
        except Exception:
            _end_friends(me, presence, user)
            await _withdraw(me, presence, user, standing.seat.epoch)
            raise


def _is_gone(me: "Conversation") -> bool:
    return me.is_over


def _missed(presence: Presence, frame: Hello) -> list[bytes] | None:
    session, resume = presence.session, frame.resume
    if session is None or resume is None or session.key != resume.key:
        return None
    return session.since(resume.seq)


async def _settled(me: "Conversation", presence: Presence, standing: Standing, told: int) -> Standing:
    """Return a standing that contains all that its owner was told so far: a new session will not say it again."""
    for _ in range(_LOOKS):
        if presence.told == told:
            break
        told = presence.told
        standing = await me.matchmaker.standing(standing.seat.user)
    return standing


async def _withdraw(me: "Conversation", presence: Presence, user: UserId, epoch: int) -> None:
    """Undo an arrival whose socket was lost. The previous connection, if it lives, gets the new epoch."""
    if presence.conversation is not None:
        presence.conversation.renumber(epoch)
    else:
        await me.matchmaker.depart(user, epoch=epoch)


def _granted(me: "Conversation", frame: Hello) -> frozenset[str]:
    """Return what the client asks for beside calls, as far as the server has it."""
    return me.speaker.settings.features.intersection(frame.features)


def _end_friends(me: "Conversation", presence: Presence, user: UserId) -> None:
    """End the presence of a user whose hello failed, unless an earlier session continues."""
    if me.speaker.friends is not None and presence.session is None:
        me.speaker.friends.end(user)


def _people_stream(
    me: "Conversation", frame: Hello, before: Session | None, features: frozenset[str]
) -> tuple[PeopleStream, list[bytes] | None]:
    """Return the stream of friend and channel events from now on, and what was missed; None: it is a new one."""
    resume = frame.resume
    if before is not None and before.people is not None and resume is not None and before.key == resume.key:
        missed = None if resume.people_seq is None else before.people.since(resume.people_seq)
        if missed is not None:
            before.people.features = features
            return before.people, missed
    began_at = me.speaker.clock.now() + me.speaker.wall_offset_ms()
    return PeopleStream(me.speaker.settings.people_replay, features, began_at=began_at), None


def _insist_on_an_open_door(me: "Conversation", identity: Identity, began: int) -> None:
    user = identity.profile.user_id
    code = me.speaker.hub.shut_since(began, user, identity.login_id)
    if code == CloseCode.BANNED:
        raise me.speaker.hub.reason(user) or Banned("you are banned")
    if code is not None:
        raise Unauthenticated("this session was ended")


def _with_friends(state: State, standing: Standing, friends: list[FriendPresenceObject]) -> State:
    """Return *state* for a client with the feature: with present friends, and the kind of the room."""
    room = state.room
    if room is not None and standing.room is not None:
        room = msgspec.structs.replace(room, kind=standing.room.kind)
    return msgspec.structs.replace(state, friends=friends, room=room)


def _welcome(
    me: "Conversation",
    frame: Hello,
    identity: Identity,
    presence: Presence,
    standing: Standing,
) -> None:
    # No await from here to the end: no event can be sent in between.
    speaker, user = me.speaker, identity.profile.user_id
    missed = _missed(presence, frame)
    session = presence.session if missed is not None else None
    before, features = presence.session, _granted(me, frame)
    if session is None:
        session = Session(offset_ms=speaker.wall_offset_ms())
    missed_people: list[bytes] | None = None
    session.people, missed_people = _people_stream(me, frame, before, features) if features else (None, None)
    if frame.resume is not None:
        speaker.stats.resumes["fresh" if missed is None else "resumed"] += 1
    now = speaker.clock.now()
    state = shifted(speaker.hub.view.state(standing, now=now), session.offset_ms)
    if "friends" in features and speaker.friends is not None:
        state = _with_friends(state, standing, speaker.friends.present(user))
    welcome = Welcome(
        id=frame.id,
        user=identity.profile if identity.user is None else identity.user,
        resume_key=session.key,
        resumed=missed is not None,
        features=tuple(sorted(features)) if frame.features else UNSET,
        people_resumed=missed_people is not None if features else UNSET,
        server_at=now + session.offset_ms,
        heartbeat_s=speaker.settings.heartbeat_s,
        heartbeat=speaker.settings.heartbeat if frame.heartbeat else UNSET,
        state=state,
    )
    me.offset_ms = session.offset_ms
    me.has_heartbeat = frame.heartbeat
    if standing.seat.phase in WATCHED_PHASES:
        speaker.silence.watch(me)
    me.become(identity, epoch=standing.seat.epoch)
    if speaker.limits.handshakes is not None:
        speaker.limits.handshakes.give_back(me.address)
    speaker.hub.enter(user, presence, me, session, identity.login_id)
    me.say("welcome", _encode(welcome))
    for event in (*(missed or ()), *(missed_people or ())):
        me.say("replay", event)
    if standing.room is not None:
        for rest in speaker.hub.relay.take(standing.room.room_id, user):
            speaker.hub.pass_on(user, "signal", b'{"type":"signal",', rest)
    if speaker.friends is not None:
        speaker.friends.welcomed(user)
    speaker.hub.remind(user)
