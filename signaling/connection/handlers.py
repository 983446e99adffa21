"""From a frame to an operation of the matchmaker: a table, and one small function for each."""

from collections.abc import Callable, Coroutine
from typing import Any, cast

import msgspec
from msgspec import UNSET

from matchmaker.domain.errors import AccessRequired, Invalid, NotInRoom, RateLimited, Unavailable, UnknownType
from matchmaker.domain.ids import RoomId
from matchmaker.domain.invite import Invite
from matchmaker.domain.message import Message
from matchmaker.domain.profile import GENDERS
from matchmaker.domain.ticket import MatchPreferences
from matchmaker.ports.callbacks import Done, spawn
from signaling.connection.channel_handlers import CHANNEL_HANDLERS
from signaling.connection.context import ClientContext
from signaling.routing.peer_route import PeerRoute
from signaling.wire import frames, relay_only, serializers
from signaling.wire.codec import check_id
from signaling.wire.frame import Frame
from signaling.wire.meeting import Meeting
from signaling.wire.replies import (
    OK,
    ChatSendResult,
    DiscoverResult,
    FriendAskResult,
    HistoryResult,
    InviteResult,
    Pong,
    QueueJoinResult,
    ReportResult,
    Result,
)

NULL = msgspec.Raw(b"null")
_encode = msgspec.json.Encoder().encode


class FrameHandler(msgspec.Struct, frozen=True):
    """How a frame is handled, what has to be loaded before, and what follows its answer."""

    run: Callable[[ClientContext, Any, Done], None]
    """Decides synchronously; calls back with the `Result` (None: `OK`) or the error, now or later. Or raises a client
    error."""
    prepare: Callable[[ClientContext], Coroutine[Any, Any, None] | None] | None = None
    """Returns what has to be awaited before `run`; None: nothing."""
    then: Callable[[ClientContext, Done], None] | None = None


def _awaiting(work: Callable[[ClientContext, Any], Coroutine[Any, Any, Result]]) -> FrameHandler:
    """Return the handler that awaits *work* in a task."""

    def run(me: ClientContext, frame: Any, done: Done) -> None:
        me.server.keep(spawn(work(me, frame), done))

    return FrameHandler(run)


def _prepare_join(me: ClientContext) -> Coroutine[Any, Any, None] | None:
    if me.may_meet and me.band is not None and me.matchmaker.queue.may_join_now(me.user):
        return None
    return _prepare(me)


async def _prepare(me: ClientContext) -> None:
    await _require_access(me)
    await me.matchmaker.queue.prepare(me.user)


def _join(me: ClientContext, frame: frames.QueueJoin, done: Done) -> None:
    want = frame.want.gender if frame.want is not None else None
    wish = MatchPreferences(
        mode=frame.mode,
        pairing=frame.pairing,
        listed=frame.listed,
        auto_accept=frame.auto_accept,
        auto_next=frame.auto_next,
        duration_s=frame.duration_s,
        interests=me.profile.interests if frame.interests is None else frame.interests,
        want=GENDERS if want is None else frozenset(want),
    )
    done(QueueJoinResult(queue=serializers.queue(me.matchmaker.queue.join(me.user, wish))), None)


def _find_match(me: ClientContext, done: Done) -> None:
    me.matchmaker.queue.find_match(me.user, done)


def _leave_queue(me: ClientContext, _: frames.QueueLeave, done: Done) -> None:
    me.matchmaker.queue.leave(me.user, done)


async def _discover(me: ClientContext, frame: frames.Discover) -> Result:
    await _require_access(me)
    listings = me.server.limits.discover
    if listings is not None and (wait := listings.take(me.user, me.server.clock.now())):
        raise RateLimited("listings", wait)
    found = await me.matchmaker.discover(me.user, mode=frame.mode, limit=frame.limit, include_seen=frame.include_seen)
    return DiscoverResult(people=[serializers.person(listed) for listed in found])


def _prepare_invite(me: ClientContext) -> Coroutine[Any, Any, None] | None:
    return None if me.may_meet and me.band is not None else _require_access(me)


def _invite(me: ClientContext, frame: frames.InviteSend, done: Done) -> None:
    if me.server.hub.is_draining is not None:
        raise Unavailable  # The socket is closed: the limit no longer matters.

    def sent(invite: Invite | None, error: Exception | None) -> None:
        if invite is None:
            done(None, error)
            return
        me.server.silence.watch(me)
        done(InviteResult(invite=serializers.invite(invite, me.user, now=me.server.clock.now())), None)

    if frame.kind == "friend":
        if not me.server.people.has_feature(me.user, "friends"):
            raise Invalid("kind", "say hello with the feature friends")
        me.matchmaker.friend_calls.call(me.user, frame.user_id, sent, duration_s=frame.duration_s)
        return
    invites, now = me.server.limits.invites, me.server.clock.now()
    if invites is not None and (wait := invites.take(me.user, now)):
        raise RateLimited("invites", wait)
    me.matchmaker.invites.send(me.user, frame.user_id, sent, mode=frame.mode, duration_s=frame.duration_s)


def _accept(me: ClientContext, frame: frames.InviteAccept, done: Done) -> None:
    me.matchmaker.invites.accept(me.user, frame.invite_id, done, duration_s=frame.duration_s)


def _decline(me: ClientContext, frame: frames.InviteDecline, done: Done) -> None:
    me.matchmaker.invites.decline(me.user, frame.invite_id, done)


def _cancel(me: ClientContext, frame: frames.InviteCancel, done: Done) -> None:
    me.matchmaker.invites.cancel(me.user, frame.invite_id, done)


def _ready(me: ClientContext, frame: frames.RoomReady, done: Done) -> None:
    me.matchmaker.begin_ready(me.user, frame.room_id, done)


def _leave_room(me: ClientContext, frame: frames.RoomLeave, done: Done) -> None:
    me.matchmaker.rooms.leave(me.user, frame.room_id, frame.reason, done)


def _upgrade(me: ClientContext, frame: frames.RoomUpgrade, done: Done) -> None:
    me.matchmaker.begin_upgrade(me.user, frame.room_id, done)


def _decline_upgrade(me: ClientContext, frame: frames.RoomUpgradeDecline, done: Done) -> None:
    me.matchmaker.begin_decline_upgrade(me.user, frame.room_id, done)


def _send_message(me: ClientContext, frame: frames.ChatSend, done: Done) -> None:
    talk, chat = me.matchmaker.chat, me.server.limits.chat
    if chat is not None and talk.find_sent(me.user, frame.room_id, frame.client_id) is not None:
        chat = None
    if chat is not None and (wait := chat.take(me.user, me.server.clock.now())):
        raise RateLimited("messages", wait)

    def said(message: Message | None, error: Exception | None) -> None:
        if message is not None:
            done(ChatSendResult(message=message), None)
            return
        if chat is not None and isinstance(error, NotInRoom | Unavailable):
            chat.give_back(me.user)  # The message was not stored: sending it again must not count twice.
        done(None, error)

    talk.send(me.user, frame.room_id, frame.client_id, frame.body, said)


def _record_receipt(me: ClientContext, frame: frames.ChatReceipt, done: Done) -> None:
    me.matchmaker.chat.record_receipt(me.user, frame.room_id, frame.message_id, frame.status, done)


async def _history(me: ClientContext, frame: frames.ChatHistory) -> Result:
    found = await me.matchmaker.history(me.user, frame.room_id, before=frame.before, limit=frame.limit)
    return HistoryResult(messages=found)


async def _block(me: ClientContext, frame: frames.BlockFrame) -> Result:
    await me.matchmaker.block(me.user, frame.user_id)
    if me.server.friends is not None:
        me.server.friends.part(me.user, frame.user_id)
    return OK


async def _report(me: ClientContext, frame: frames.ReportFrame) -> Result:
    where = Meeting(
        room_id=frame.room_id,
        invite_id=frame.invite_id,
        referral_code=frame.referral_code,
        channel_id=frame.channel_id,
    )
    report_id = await me.server.reporting.report(
        me.user, frame.user_id, where=where, n=frame.n, category=frame.category, details=frame.details
    )
    return ReportResult(report_id=report_id)


async def _ask(me: ClientContext, frame: frames.FriendAsk) -> Result:
    friends = me.server.friends
    if friends is None:
        raise UnknownType("there is no frame of this type")
    return FriendAskResult(status=await friends.ask(me.user, frame.user_id, quiet=frame.quiet, note=frame.note))


HANDLERS: dict[type[Frame], FrameHandler] = {
    frames.QueueJoin: FrameHandler(_join, prepare=_prepare_join, then=_find_match),
    frames.QueueLeave: FrameHandler(_leave_queue),
    frames.Discover: _awaiting(_discover),
    frames.InviteSend: FrameHandler(_invite, prepare=_prepare_invite),
    frames.InviteAccept: FrameHandler(_accept),
    frames.InviteDecline: FrameHandler(_decline),
    frames.InviteCancel: FrameHandler(_cancel),
    frames.RoomReady: FrameHandler(_ready),
    frames.RoomLeave: FrameHandler(_leave_room),
    frames.RoomUpgrade: FrameHandler(_upgrade),
    frames.RoomUpgradeDecline: FrameHandler(_decline_upgrade),
    frames.ChatSend: FrameHandler(_send_message),
    frames.ChatReceipt: FrameHandler(_record_receipt),
    frames.ChatHistory: _awaiting(_history),
    frames.BlockFrame: _awaiting(_block),
    frames.ReportFrame: _awaiting(_report),
    frames.FriendAsk: _awaiting(_ask),
}
"""Frames that may have to wait."""


def _signal(me: ClientContext, frame: frames.Signal) -> None:
    link = me.route
    # `PeerRoute.is_to`, inlined: most frames are signals.
    if link is None or link.room_id != frame.room_id or link.entry.room is None or link.user.replay is None:
        link = _route(me, frame.room_id)
    description, before, payload = frame.description, link.before_candidate, frame.candidate
    is_description = description is not UNSET
    if is_description:
        before, payload = link.before_description, description
    peer = link.user
    connection, session = peer.connection, peer.replay
    if connection is not None and session is not None:
        connection.send_event("signal", session.number(b'{"type":"signal",', before, payload, b"}"))
    else:
        rest = b"%b%b}" % (before, cast(msgspec.Raw, payload))
        me.server.hub.signal_buffer.hold(link.room_id, link.peer, rest, is_description=is_description)
    if frame.id is not UNSET:
        me.answer(frame, OK)


def _signal_relay_only(me: ClientContext, frame: frames.Signal) -> None:
    """In relay-only mode, forward the part of a signal without addresses: neither user learns where the other is."""
    if me.route is None or not me.route.is_to(frame.room_id):
        _route(me, frame.room_id)  # A user who is in no room gets that error, whatever the signal holds.
    veiled = relay_only.strip_addresses(frame)
    if veiled is not None:
        _signal(me, veiled)
    else:
        me.answer(frame, OK)


def _route(me: ClientContext, room_id: RoomId) -> PeerRoute:
    """Find the route to the peer in a room, and cache it for later signals."""
    try:
        entry, peer = me.matchmaker.peer_in(me.user, room_id)
    except NotInRoom:
        check_id("room_id", room_id)
        raise
    link = me.route = PeerRoute(entry, room_id, me.name, peer, me.server.hub.connected_user(peer))
    return link


def _typing(me: ClientContext, frame: frames.ChatTyping) -> None:
    link = me.route
    if link is None or not link.is_to(frame.room_id):
        link = _route(me, frame.room_id)
    rest = b'"room_id":"%b","from":"%b"}' % (frame.room_id.encode(), me.name)
    link.user.send_event("chat.typing", b'{"type":"chat.typing",', rest)
    me.answer(frame, OK)


def _ping(me: ClientContext, frame: frames.Ping) -> None:
    data = NULL if frame.data is UNSET else frame.data
    me.send("pong", _encode(Pong(id=frame.id, data=data, server_at=me.server.clock.now() + me.offset_ms)))


IMMEDIATE: dict[type[Frame], Callable[[ClientContext, Any], None]] = {
    frames.Signal: _signal,
    frames.ChatTyping: _typing,
    frames.Ping: _ping,
    **CHANNEL_HANDLERS,
}
"""Frames that are handled immediately while no other waits before them."""
IMMEDIATE_RELAY_ONLY = IMMEDIATE | {frames.Signal: _signal_relay_only}
"""The same in relay-only mode (RONDO_ICE_POLICY)."""


async def _require_access(me: ClientContext) -> None:
    if me.band is None:
        raise AccessRequired("say when you were born before you meet people here", field="birth_date")
    if me.may_meet:
        return
    let_in = me.server.has_access
    if let_in is None or not await let_in(me.user):
        raise AccessRequired("an invite code is needed to meet people here")
