"""Serializers: records and events of the matchmaker become wire objects for one viewer."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from matchmaker.domain import user_events
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.invite import Invite, call_length
from matchmaker.domain.message import Message
from matchmaker.domain.room import Room
from matchmaker.domain.snapshot import DiscoverEntry, UserSnapshot
from matchmaker.domain.ticket import Ticket
from signaling.wire import events
from signaling.wire.event import Event
from signaling.wire.models import (
    GraceObject,
    IcePolicy,
    IntroducerObject,
    InviteObject,
    NotificationObject,
    PersonObject,
    QueueObject,
    RoomObject,
    StateObject,
    TorchObject,
)

IceFor = Callable[[UserId], list[dict[str, Any]]]
"""Returns the `ice_servers` of one user: STUN, and TURN with credentials of their own."""
Recall = Callable[[RoomId], Iterable[Message]]
"""Returns the last messages of a room in the cache, oldest first."""


def queue(ticket: Ticket) -> QueueObject:
    """Return a place in the queue as its holder sees it."""
    return QueueObject(mode=ticket.wish.mode, joined_at=ticket.joined_at)


def person(listed: DiscoverEntry) -> PersonObject:
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
    """Return an open invite as one of its two users sees it."""
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
        accepted=record.party_of(viewer).accepted,
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
    """Return a room as one of its two users sees it."""
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


def with_kind(event: Event, item: user_events.AnyUserEvent) -> Event:
    """Return *event*, the serialized *item*, for a client that supports kinds of rooms."""
    if isinstance(event, (events.RoomStartedEvent, events.RoomModeChangedEvent)):
        assert isinstance(item, (user_events.RoomStarted, user_events.RoomModeChanged))
        return msgspec.structs.replace(event, room=msgspec.structs.replace(event.room, kind=item.room.kind))
    return event


def _torch(record: Room, now: int) -> TorchObject | None:
    if record.warned_until is None:
        return None
    # While a user is away the torch is paused, at the time left when the pause started.
    since = now if record.paused_at is None else record.paused_at
    left = max(0, record.warned_until - since)
    return TorchObject(idle=record.idle, ends_at=now + left, ends_in_ms=left)


class EventSerializer:
    """Serializes for one viewer; has access to ICE servers and earlier messages."""

    def __init__(self, ice_for: IceFor, *, ice_policy: IcePolicy = "all", messages_of: Recall | None = None) -> None:
        """*messages_of* returns the last messages of a room; None: it has none."""
        self._ice_for = ice_for
        self._ice_policy = ice_policy
        self.messages_of = messages_of or _nothing

    def room(self, record: Room, viewer: UserId, *, now: int, messages: Iterable[Message] = ()) -> RoomObject:
        """Return a room as *user* sees it, with fresh ICE servers."""
        servers, policy = self._ice_for(viewer), self._ice_policy
        return room(record, viewer, now=now, ice_servers=servers, ice_policy=policy, messages=messages)

    def state(self, snapshot: UserSnapshot, *, now: int) -> StateObject:
        """Return the snapshot of a user."""
        state = snapshot.state
        waits = state.ticket is not None and state.phase == "queued"
        return StateObject(
            phase=state.phase,
            queue=queue(state.ticket) if waits and state.ticket is not None else None,
            invite=invite(snapshot.invite, state.user, now=now) if snapshot.invite is not None else None,
            room=self.room(snapshot.room, state.user, now=now, messages=snapshot.messages) if snapshot.room else None,
        )

    def event(self, item: user_events.AnyUserEvent, *, now: int) -> Event:
        """Return the event for the recipient of *item*."""
        return _EVENTS[type(item)](self, item, now)


def _nothing(_: RoomId) -> Iterable[Message]:
    return ()


def _left(deadline: int, now: int) -> int:
    return max(0, deadline - now)


_EVENTS: dict[type[user_events.UserEvent], Callable[[EventSerializer, Any, int], Event]] = {
    user_events.QueueUpdate: lambda _, it, __: events.QueueUpdateEvent(queued=it.queued, reason=it.reason),
    user_events.InviteReceived: lambda _, it, now: events.InviteReceivedEvent(invite=invite(it.invite, it.to, now=now)),
    user_events.InviteAccepted: lambda _, it, __: events.InviteAcceptedEvent(invite_id=it.invite_id),
    user_events.InviteClosed: lambda _, it, __: events.InviteClosedEvent(
        invite_id=it.invite_id, outcome=it.outcome, by=it.by, cooldown_until_at=it.cooldown_until
    ),
    user_events.RoomStarted: lambda view, it, now: events.RoomStartedEvent(room=view.room(it.room, it.to, now=now)),
    user_events.RoomLive: lambda _, it, __: events.RoomLiveEvent(
        room_id=it.room_id, live_at=it.live_at, ends_at=it.ends_at
    ),
    user_events.RoomModeChanged: lambda view, it, now: events.RoomModeChangedEvent(
        room=view.room(it.room, it.to, now=now, messages=view.messages_of(it.room.room_id))
    ),
    user_events.UpgradeRequested: lambda _, it, __: events.UpgradeRequestedEvent(room_id=it.room_id, by=it.by),
    user_events.UpgradeDeclined: lambda _, it, __: events.UpgradeDeclinedEvent(room_id=it.room_id, by=it.by),
    user_events.PeerAway: lambda _, it, now: events.PeerAwayEvent(
        room_id=it.room_id, ends_at=it.ends_at, ends_in_ms=_left(it.ends_at, now)
    ),
    user_events.PeerBack: lambda _, it, __: events.PeerBackEvent(room_id=it.room_id),
    user_events.RoomEnded: lambda _, it, __: events.RoomEndedEvent(
        room_id=it.room_id,
        reason=it.reason,
        by=it.by,
        live_s=it.live_ms / 1_000,
        cooldown_until_at=it.cooldown_until,
    ),
    user_events.MessageSent: lambda _, it, __: events.ChatMessageEvent(message=it.message),
    user_events.ReceiptUpdated: lambda _, it, __: events.ChatReceiptEvent(
        room_id=it.receipt.room_id,
        message_id=it.receipt.message_id,
        status=it.receipt.status,
        by=it.receipt.by,
        at=it.receipt.at,
    ),
    user_events.TorchWarning: lambda _, it, now: events.TorchWarningEvent(
        room_id=it.room_id, idle=it.idle, ends_at=it.ends_at, ends_in_ms=_left(it.ends_at, now)
    ),
    user_events.TorchCleared: lambda _, it, __: events.TorchClearedEvent(room_id=it.room_id),
    user_events.NotificationCreated: lambda _, it, __: events.NotificationEvent(
        notification=msgspec.convert(it.notification, NotificationObject)
    ),
}
