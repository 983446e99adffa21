"""What somebody was not told of a room: another node has changed it, and was not heard, or died first."""

from matchmaker.ids import UserId
from matchmaker.news import (
    AnyNews,
    PeerAway,
    PeerBack,
    RoomLive,
    RoomModeChanged,
    TorchCleared,
    TorchWarning,
    UpgradeDeclined,
    UpgradeRequested,
)
from matchmaker.room import Room


def missed(told: Room, room: Room, *, user: UserId) -> tuple[AnyNews, ...]:
    """Return what brings *user*, who knows the room as *told*, to where it is now; what came and went is left out."""
    room_id, peer = room.room_id, room.peer(user)
    news: list[AnyNews] = []
    if room.mode != told.mode:
        news.append(RoomModeChanged(to=user, room=room))
    if room.live_at is not None and room.live_at != told.live_at:
        news.append(RoomLive(to=user, room_id=room_id, live_at=room.live_at, ends_at=room.ends_at))
    if room.asked_by == peer.user and room.asked_at != told.asked_at:
        news.append(UpgradeRequested(to=user, room_id=room_id, by=peer.user))
    if room.asked_by is None and told.asked_by == user and room.mode == told.mode:
        news.append(UpgradeDeclined(to=user, room_id=room_id, by=peer.user))
    was_away_until = told.peer(user).away_until
    if peer.away_until is not None and peer.away_until != was_away_until:
        news.append(PeerAway(to=user, room_id=room_id, ends_at=peer.away_until))
    if peer.away_until is None and was_away_until is not None:
        news.append(PeerBack(to=user, room_id=room_id))
    if room.warned_until is not None and (
        room.warned_until != told.warned_until or not set(room.idle) <= set(told.idle)
    ):
        news.append(TorchWarning(to=user, room_id=room_id, idle=room.idle, ends_at=room.warned_until))
    if room.warned_until is None and told.warned_until is not None and room.mode == told.mode:
        news.append(TorchCleared(to=user, room_id=room_id))
    return tuple(news)
