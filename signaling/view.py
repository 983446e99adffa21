"""How a person sees what is kept: records and news become wire objects for one viewer."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from matchmaker import news
from matchmaker.ids import RoomId, UserId
from matchmaker.invite import Invite, call_length
from matchmaker.message import Message
from matchmaker.room import Room
from matchmaker.standing import Listed, Standing
from matchmaker.ticket import Ticket
from signaling import events
from signaling.event import Event
from signaling.objects import (
    GraceObject,
    IcePolicy,
    IntroducerObject,
    InviteObject,
    NotificationObject,
    PersonObject,
    QueueObject,
    RoomObject,
    State,
    TorchObject,
)

IceFor = Callable[[UserId], list[dict[str, Any]]]
"""Returns the `ice_servers` of one person: STUN, and TURN with credentials of their own."""
Recall = Callable[[RoomId], Iterable[Message]]
"""Returns the last messages of a room that this node knows, oldest first."""


def queue(ticket: Ticket) -> QueueObject:
    """Show a place in the queue to its holder."""
    return QueueObject(mode=ticket.wish.mode, joined_at=ticket.joined_at)


def person(listed: Listed) -> PersonObject:
    """Return a waiting user as clients see them."""
    profile = listed.ticket.profile
    return PersonObject(
        user_id=profile.user_id,
        display_name=profile.display_name,
        gender=profile.gender,
        interests=listed.ticket.wish.interests or profile.interests,
        mode=listed.mode,
        waiting_since_at=listed.ticket.joined_at,
        introduced_by=None if listed.introduced_by is None else IntroducerObject(display_name=listed.introduced_by),
    )


def invite(record: Invite, viewer: UserId, *, now: int) -> InviteObject:
    """Show an open invite to one of its two people."""
    peer = record.peer(viewer)
    if record.mode == "text":
        duration_s = None
    elif record.kind == "friend":
        duration_s = record.duration_s
    elif record.kind == "direct":
        duration_s = record.first.wish.duration_s
    else:
        duration_s = call_length(record.first.wish, record.second.wish)
    return InviteObject(
        invite_id=record.invite_id,
        kind=record.kind,
        role=record.role(viewer),
        peer=peer.profile,
        mode=record.mode,
        duration_s=duration_s,
        accepted=record.party(viewer).accepted,
        peer_accepted=peer.accepted,
        expires_at=record.expires_at,
        expires_in_ms=max(0, record.expires_at - now),
    )


def room(
    record: Room,
    viewer: UserId,
    *,
    now: int,
    ice_servers: list[dict[str, Any]],
    ice_policy: IcePolicy = "all",
    messages: Iterable[Message] = (),
) -> RoomObject:
    """Show a room to one of its two people."""
    peer = record.peer(viewer)
    grace_until = record.grace_until
    return RoomObject(
        room_id=record.room_id,
        mode=record.mode,
        status=record.status,
        role=record.role(viewer),
        peer=peer.profile,
        peer_connected=peer.away_until is None,
        started_at=record.started_at,
        live_at=record.live_at,
        ends_at=record.ends_at,
        grace=None if grace_until is None else GraceObject(ends_at=grace_until, ends_in_ms=max(0, grace_until - now)),
        torch=_torch(record, now),
        messages=tuple(messages),
        ice_servers=ice_servers,
        ice_transport_policy=ice_policy,
    )


def with_kind(event: Event, item: news.AnyNews) -> Event:
    """Return *event*, which tells *item*, for a client that knows of kinds of rooms."""
    if isinstance(event, (events.RoomStarted, events.RoomModeChanged)):
        assert isinstance(item, (news.RoomStarted, news.RoomModeChanged))
        return msgspec.structs.replace(event, room=msgspec.structs.replace(event.room, kind=item.room.kind))
    return event


def _torch(record: Room, now: int) -> TorchObject | None:
    if record.warned_until is None:
        return None
    # While a member is away the torch stands still, at the time left when the pause began.
    since = now if record.paused_at is None else record.paused_at
    left = max(0, record.warned_until - since)
    return TorchObject(idle=record.idle, ends_at=now + left, ends_in_ms=left)


class View:
    """Renders for one viewer; knows where ICE servers and earlier messages come from."""

    def __init__(self, ice_for: IceFor, *, ice_policy: IcePolicy = "all") -> None:
        self._ice_for = ice_for
        self._ice_policy = ice_policy
        self.recall: Recall = _nothing
        """Set once there is a matchmaker that remembers."""

    def room(self, record: Room, viewer: UserId, *, now: int, messages: Iterable[Message] = ()) -> RoomObject:
        """Show a room, with fresh ICE servers."""
        servers, policy = self._ice_for(viewer), self._ice_policy
        return room(record, viewer, now=now, ice_servers=servers, ice_policy=policy, messages=messages)

    def state(self, standing: Standing, *, now: int) -> State:
        """Show a person where they stand."""
        seat = standing.seat
        waits = seat.ticket is not None and seat.phase == "queued"
        return State(
            phase=seat.phase,
            queue=queue(seat.ticket) if waits and seat.ticket is not None else None,
            invite=invite(standing.invite, seat.user, now=now) if standing.invite is not None else None,
            room=self.room(standing.room, seat.user, now=now, messages=standing.messages) if standing.room else None,
        )

    def event(self, item: news.AnyNews, *, now: int) -> Event:
        """Return the event that tells *item* to its recipient."""
        return _EVENTS[type(item)](self, item, now)


def _nothing(_: RoomId) -> Iterable[Message]:
    return ()


def _left(deadline: int, now: int) -> int:
    return max(0, deadline - now)


_EVENTS: dict[type[news.News], Callable[[View, Any, int], Event]] = {
    news.QueueUpdate: lambda _, it, __: events.QueueUpdate(queued=it.queued, reason=it.reason),
    news.InviteReceived: lambda _, it, now: events.InviteReceived(invite=invite(it.invite, it.to, now=now)),
    news.InviteAccepted: lambda _, it, __: events.InviteAccepted(invite_id=it.invite_id),
    news.InviteClosed: lambda _, it, __: events.InviteClosed(
        invite_id=it.invite_id, outcome=it.outcome, by=it.by, cooldown_until_at=it.cooldown_until
    ),
    news.RoomStarted: lambda view, it, now: events.RoomStarted(room=view.room(it.room, it.to, now=now)),
    news.RoomLive: lambda _, it, __: events.RoomLive(room_id=it.room_id, live_at=it.live_at, ends_at=it.ends_at),
    news.RoomModeChanged: lambda view, it, now: events.RoomModeChanged(
        room=view.room(it.room, it.to, now=now, messages=view.recall(it.room.room_id))
    ),
    news.UpgradeRequested: lambda _, it, __: events.UpgradeRequested(room_id=it.room_id, by=it.by),
    news.UpgradeDeclined: lambda _, it, __: events.UpgradeDeclined(room_id=it.room_id, by=it.by),
    news.PeerAway: lambda _, it, now: events.PeerAway(
        room_id=it.room_id, ends_at=it.ends_at, ends_in_ms=_left(it.ends_at, now)
    ),
    news.PeerBack: lambda _, it, __: events.PeerBack(room_id=it.room_id),
    news.RoomEnded: lambda _, it, __: events.RoomEnded(
        room_id=it.room_id,
        reason=it.reason,
        by=it.by,
        live_s=it.live_ms / 1_000,
        cooldown_until_at=it.cooldown_until,
    ),
    news.ChatSaid: lambda _, it, __: events.ChatSaid(message=it.message),
    news.ChatSeen: lambda _, it, __: events.ChatSeen(
        room_id=it.receipt.room_id,
        message_id=it.receipt.message_id,
        status=it.receipt.status,
        by=it.receipt.by,
        at=it.receipt.at,
    ),
    news.TorchWarning: lambda _, it, now: events.TorchWarning(
        room_id=it.room_id, idle=it.idle, ends_at=it.ends_at, ends_in_ms=_left(it.ends_at, now)
    ),
    news.TorchCleared: lambda _, it, __: events.TorchCleared(room_id=it.room_id),
    news.Notified: lambda _, it, __: events.Notified(notification=msgspec.convert(it.notification, NotificationObject)),
}
