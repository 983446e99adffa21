"""From a message to a verb: a table, and one small function for each."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import UNSET

from matchmaker.callbacks import Done, spawn
from matchmaker.errors import AccessRequired, Invalid, NotInRoom, RateLimited, Unavailable, UnknownType
from matchmaker.ids import RoomId
from matchmaker.message import Message
from matchmaker.profile import GENDERS
from matchmaker.ticket import Wish
from signaling import frames, privacy, view
from signaling.channel_handlers import CHANNEL_HANDLERS
from signaling.codec import check_id
from signaling.frame import Frame
from signaling.link import Link
from signaling.replies import DONE, Asked, History, Invited, People, Pong, Queued, Reported, Result, Said
from signaling.reporting import Meeting

if TYPE_CHECKING:
    from signaling.conversation import Conversation

NULL = msgspec.Raw(b"null")
_encode = msgspec.json.Encoder().encode


class Verb(msgspec.Struct, frozen=True):
    """What a frame makes happen, what that needs, and what happens after it was answered."""

    run: Callable[["Conversation", Any, Done], None]
    """Decides at once; calls back with the `Result` (None: `DONE`) or the error, now or later. Or raises a refusal."""
    prepare: Callable[["Conversation"], Coroutine[Any, Any, None] | None] | None = None
    """Returns what has to be awaited before `run`; None: nothing."""
    then: Callable[["Conversation", Done], None] | None = None


def _waiting(work: Callable[["Conversation", Any], Coroutine[Any, Any, Result]]) -> Verb:
    """Return the verb that awaits *work*, in a task."""

    def run(me: "Conversation", frame: Any, done: Done) -> None:
        me.speaker.keep(spawn(work(me, frame), done))

    return Verb(run)


def _prepare_join(me: "Conversation") -> Coroutine[Any, Any, None] | None:
    if me.may_meet and me.band is not None and me.matchmaker.lobby.may_join_now(me.user):
        return None
    return _prepare(me)


async def _prepare(me: "Conversation") -> None:
    await _insist_on_access(me)
    await me.matchmaker.lobby.prepare(me.user)


def _join(me: "Conversation", frame: frames.QueueJoin, done: Done) -> None:
    want = frame.want.gender if frame.want is not None else None
    wish = Wish(
        mode=frame.mode,
        pairing=frame.pairing,
        listed=frame.listed,
        auto_accept=frame.auto_accept,
        auto_next=frame.auto_next,
        duration_s=frame.duration_s,
        interests=me.profile.interests if frame.interests is None else frame.interests,
        want=GENDERS if want is None else frozenset(want),
    )
    done(Queued(queue=view.queue(me.matchmaker.lobby.join(me.user, wish))), None)


def _seek(me: "Conversation", done: Done) -> None:
    me.matchmaker.lobby.seek(me.user, done)


async def _leave_queue(me: "Conversation", _: frames.QueueLeave) -> Result:
    await me.matchmaker.leave_queue(me.user)
    return DONE


async def _discover(me: "Conversation", frame: frames.Discover) -> Result:
    await _insist_on_access(me)
    listings = me.speaker.limits.discover
    if listings is not None and (wait := listings.take(me.user, me.speaker.clock.now())):
        raise RateLimited("listings", wait)
    found = await me.matchmaker.discover(me.user, mode=frame.mode, limit=frame.limit, include_seen=frame.include_seen)
    return People(people=[view.person(listed) for listed in found])


async def _invite(me: "Conversation", frame: frames.InviteSend) -> Result:
    await _insist_on_access(me)
    if me.speaker.hub.is_draining is not None:
        raise Unavailable  # there is nobody here any more who would have the time to answer
    if frame.kind == "friend":
        return await _call(me, frame)
    invites, now = me.speaker.limits.invites, me.speaker.clock.now()
    if invites is not None and (wait := invites.take(me.user, now)):
        raise RateLimited("invites", wait)
    invite = await me.matchmaker.invite(me.user, frame.user_id, mode=frame.mode, duration_s=frame.duration_s)
    me.speaker.silence.watch(me)
    return Invited(invite=view.invite(invite, me.user, now=me.speaker.clock.now()))


async def _call(me: "Conversation", frame: frames.InviteSend) -> Result:
    if not me.speaker.people.has_feature(me.user, "friends"):
        raise Invalid("kind", "say hello with the feature friends")
    invite = await me.matchmaker.call(me.user, frame.user_id, duration_s=frame.duration_s)
    me.speaker.silence.watch(me)
    return Invited(invite=view.invite(invite, me.user, now=me.speaker.clock.now()))


async def _accept(me: "Conversation", frame: frames.InviteAccept) -> Result:
    await me.matchmaker.accept(me.user, frame.invite_id, duration_s=frame.duration_s)
    return DONE


async def _decline(me: "Conversation", frame: frames.InviteDecline) -> Result:
    await me.matchmaker.decline(me.user, frame.invite_id)
    return DONE


async def _cancel(me: "Conversation", frame: frames.InviteCancel) -> Result:
    await me.matchmaker.cancel(me.user, frame.invite_id)
    return DONE


def _ready(me: "Conversation", frame: frames.RoomReady, done: Done) -> None:
    me.matchmaker.begin_ready(me.user, frame.room_id, done)


def _leave_room(me: "Conversation", frame: frames.RoomLeave, done: Done) -> None:
    me.matchmaker.rooms.leave(me.user, frame.room_id, frame.reason, done)


async def _upgrade(me: "Conversation", frame: frames.RoomUpgrade) -> Result:
    await me.matchmaker.upgrade(me.user, frame.room_id)
    return DONE


async def _decline_upgrade(me: "Conversation", frame: frames.RoomUpgradeDecline) -> Result:
    await me.matchmaker.decline_upgrade(me.user, frame.room_id)
    return DONE


def _say(me: "Conversation", frame: frames.ChatSend, done: Done) -> None:
    talk, chat = me.matchmaker.talk, me.speaker.limits.chat
    if chat is not None and talk.said_before(me.user, frame.room_id, frame.client_id) is not None:
        chat = None
    if chat is not None and (wait := chat.take(me.user, me.speaker.clock.now())):
        raise RateLimited("messages", wait)

    def said(message: Message | None, error: Exception | None) -> None:
        if message is not None:
            done(Said(message=message), None)
            return
        if chat is not None and isinstance(error, NotInRoom | Unavailable):
            chat.give_back(me.user)  # nothing was said: to say it again must not cost twice
        done(None, error)

    talk.say(me.user, frame.room_id, frame.client_id, frame.body, said)


async def _receive(me: "Conversation", frame: frames.ChatReceipt) -> Result:
    await me.matchmaker.receive(me.user, frame.room_id, frame.message_id, frame.status)
    return DONE


async def _history(me: "Conversation", frame: frames.ChatHistory) -> Result:
    found = await me.matchmaker.history(me.user, frame.room_id, before=frame.before, limit=frame.limit)
    return History(messages=found)


async def _block(me: "Conversation", frame: frames.Block) -> Result:
    await me.matchmaker.block(me.user, frame.user_id)
    if me.speaker.friends is not None:
        me.speaker.friends.part(me.user, frame.user_id)
    return DONE


async def _report(me: "Conversation", frame: frames.Report) -> Result:
    where = Meeting(
        room_id=frame.room_id,
        invite_id=frame.invite_id,
        referral_code=frame.referral_code,
        channel_id=frame.channel_id,
    )
    report_id = await me.speaker.reporting.report(
        me.user, frame.user_id, where=where, n=frame.n, category=frame.category, details=frame.details
    )
    return Reported(report_id=report_id)


async def _ask(me: "Conversation", frame: frames.FriendAsk) -> Result:
    friends = me.speaker.friends
    if friends is None:
        raise UnknownType("there is no frame of this type")
    return Asked(status=await friends.ask(me.user, frame.user_id, quiet=frame.quiet, note=frame.note))


VERBS: dict[type[Frame], Verb] = {
    frames.QueueJoin: Verb(_join, prepare=_prepare_join, then=_seek),
    frames.QueueLeave: _waiting(_leave_queue),
    frames.Discover: _waiting(_discover),
    frames.InviteSend: _waiting(_invite),
    frames.InviteAccept: _waiting(_accept),
    frames.InviteDecline: _waiting(_decline),
    frames.InviteCancel: _waiting(_cancel),
    frames.RoomReady: Verb(_ready),
    frames.RoomLeave: Verb(_leave_room),
    frames.RoomUpgrade: _waiting(_upgrade),
    frames.RoomUpgradeDecline: _waiting(_decline_upgrade),
    frames.ChatSend: Verb(_say),
    frames.ChatReceipt: _waiting(_receive),
    frames.ChatHistory: _waiting(_history),
    frames.Block: _waiting(_block),
    frames.Report: _waiting(_report),
    frames.FriendAsk: _waiting(_ask),
}
"""What has to wait for something."""


def _signal(me: "Conversation", frame: frames.Signal) -> None:
    link = me.link
    if link is None or not link.is_to(frame.room_id):
        link = _link(me, frame.room_id)
    description, before, payload = frame.description, link.before_candidate, frame.candidate
    is_description = description is not UNSET
    if is_description:
        before, payload = link.before_description, description
    if not link.presence.hear("signal", b'{"type":"signal",', before, payload, b"}"):
        rest = b"%b%b}" % (before, cast(msgspec.Raw, payload))
        me.speaker.hub.relay.hold(link.room_id, link.peer, rest, is_description=is_description)
    if frame.id is not UNSET:
        me.answer(frame, DONE)


def _signal_veiled(me: "Conversation", frame: frames.Signal) -> None:
    """Pass on what of a signal gives no address away: nobody learns where the other one is."""
    if me.link is None or not me.link.is_to(frame.room_id):
        _link(me, frame.room_id)  # whoever is in no room hears of that, whatever they said
    veiled = privacy.veil(frame)
    if veiled is not None:
        _signal(me, veiled)
    else:
        me.answer(frame, DONE)


def _link(me: "Conversation", room_id: RoomId) -> Link:
    """Find the way to the peer in a room, and keep it for what follows."""
    try:
        entry, peer = me.matchmaker.peer_in(me.user, room_id)
    except NotInRoom:
        check_id("room_id", room_id)
        raise
    link = me.link = Link(entry, room_id, me.name, peer, me.speaker.hub.presence_of(peer))
    return link


def _typing(me: "Conversation", frame: frames.ChatTyping) -> None:
    link = me.link
    if link is None or not link.is_to(frame.room_id):
        link = _link(me, frame.room_id)
    rest = b'"room_id":"%b","from":"%b"}' % (frame.room_id.encode(), me.name)
    link.presence.hear("chat.typing", b'{"type":"chat.typing",', rest)
    me.answer(frame, DONE)


def _ping(me: "Conversation", frame: frames.Ping) -> None:
    data = NULL if frame.data is UNSET else frame.data
    me.say("pong", _encode(Pong(id=frame.id, data=data, server_at=me.speaker.clock.now() + me.offset_ms)))


IMMEDIATE: dict[type[Frame], Callable[["Conversation", Any], None]] = {
    frames.Signal: _signal,
    frames.ChatTyping: _typing,
    frames.Ping: _ping,
    **CHANNEL_HANDLERS,
}
"""What is done at once, while nothing waits before it."""
IMMEDIATE_VEILED = IMMEDIATE | {frames.Signal: _signal_veiled}
"""The same in relay-only mode (RONDO_ICE_POLICY)."""


async def _insist_on_access(me: "Conversation") -> None:
    if me.band is None:
        raise AccessRequired("say when you were born before you meet people here", field="birth_date")
    if me.may_meet:
        return
    let_in = me.speaker.let_in
    if let_in is None or not await let_in(me.user):
        raise AccessRequired("an invite code is needed to meet people here")
