"""From a message to a verb: a table, and one small function for each."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import UNSET

from matchmaker.errors import AccessRequired, Invalid, NotInRoom, RateLimited, Unavailable, UnknownType
from matchmaker.ids import RoomId
from matchmaker.profile import GENDERS
from matchmaker.ticket import Wish
from matchmaker.timekeeper import RETRY_MS
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
    """What a frame makes happen, and what happens after it was answered."""

    run: Callable[["Conversation", Any], Awaitable[Result]]
    then: Callable[["Conversation"], Awaitable[None]] | None = None


async def _join(me: "Conversation", frame: frames.QueueJoin) -> Result:
    await _insist_on_access(me)
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
    return Queued(queue=view.queue(await me.matchmaker.join(me.user, wish)))


async def _seek(me: "Conversation") -> None:
    try:
        await me.matchmaker.seek(me.user)
    except Unavailable:
        # They are in the queue, and have been told so: it is only that nobody can be looked for just now.
        me.matchmaker.house.seek_soon(me.user, in_ms=RETRY_MS)


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


async def _ready(me: "Conversation", frame: frames.RoomReady) -> Result:
    await me.matchmaker.ready(me.user, frame.room_id)
    return DONE


async def _leave_room(me: "Conversation", frame: frames.RoomLeave) -> Result:
    await me.matchmaker.leave_room(me.user, frame.room_id, frame.reason)
    return DONE


async def _upgrade(me: "Conversation", frame: frames.RoomUpgrade) -> Result:
    await me.matchmaker.upgrade(me.user, frame.room_id)
    return DONE


async def _decline_upgrade(me: "Conversation", frame: frames.RoomUpgradeDecline) -> Result:
    await me.matchmaker.decline_upgrade(me.user, frame.room_id)
    return DONE


async def _say(me: "Conversation", frame: frames.ChatSend) -> Result:
    room_id = frame.room_id
    chat = me.speaker.limits.chat
    if chat is None or me.matchmaker.said_before(me.user, room_id, frame.client_id) is not None:
        chat = None
    elif wait := chat.take(me.user, me.speaker.clock.now()):
        raise RateLimited("messages", wait)
    try:
        message = await me.matchmaker.say(me.user, room_id, client_id=frame.client_id, body=frame.body)
    except (NotInRoom, Unavailable):
        # Nothing was said: to say it again must not cost twice.
        if chat is not None:
            chat.give_back(me.user)
        raise
    return Said(message=message)


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
    frames.QueueJoin: Verb(_join, then=_seek),
    frames.QueueLeave: Verb(_leave_queue),
    frames.Discover: Verb(_discover),
    frames.InviteSend: Verb(_invite),
    frames.InviteAccept: Verb(_accept),
    frames.InviteDecline: Verb(_decline),
    frames.InviteCancel: Verb(_cancel),
    frames.RoomReady: Verb(_ready),
    frames.RoomLeave: Verb(_leave_room),
    frames.RoomUpgrade: Verb(_upgrade),
    frames.RoomUpgradeDecline: Verb(_decline_upgrade),
    frames.ChatSend: Verb(_say),
    frames.ChatReceipt: Verb(_receive),
    frames.ChatHistory: Verb(_history),
    frames.Block: Verb(_block),
    frames.Report: Verb(_report),
    frames.FriendAsk: Verb(_ask),
}
"""What has to wait for something."""


def _signal(me: "Conversation", frame: frames.Signal) -> None:
    link = me.link
    if link is None or link.room_id != frame.room_id or not link.holds():
        link = me.link = _link(me, frame.room_id)
    description = frame.description
    if description is not UNSET:
        rest = b"%b%b}" % (link.before_description, description)
    else:
        candidate = cast(msgspec.Raw, frame.candidate)  # the codec has seen that there is one
        rest = b"%b%b}" % (link.before_candidate, candidate)
    if not link.presence.hear("signal", b'{"type":"signal",', rest):
        me.speaker.hub.relay.hold(link.room_id, link.peer, rest, is_description=description is not UNSET)
    if frame.id is not UNSET:
        me.answer(frame, DONE)


def _signal_veiled(me: "Conversation", frame: frames.Signal) -> None:
    """Pass on what of a signal gives no address away: nobody learns where the other one is."""
    if me.link is None or me.link.room_id != frame.room_id or not me.link.holds():
        me.link = _link(me, frame.room_id)  # whoever is in no room hears of that, whatever they said
    veiled = privacy.veil(frame)
    if veiled is not None:
        _signal(me, veiled)
    else:
        me.answer(frame, DONE)


def _link(me: "Conversation", room_id: RoomId) -> Link:
    try:
        peer = me.matchmaker.peer_in(me.user, room_id)
    except NotInRoom:
        check_id("room_id", room_id)
        raise
    hub = me.speaker.hub
    return Link(me.matchmaker.rooms, room_id, me.name, peer, hub.presence_of(peer))


def _typing(me: "Conversation", frame: frames.ChatTyping) -> None:
    link = me.link
    if link is None or link.room_id != frame.room_id or not link.holds():
        link = me.link = _link(me, frame.room_id)
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
