"""Where two users met, for a report."""

import msgspec

from matchmaker.domain.ids import InviteId, RoomId


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """Where two users met, at most one of the four; none: in the room they are in, or else where they met last."""

    room_id: RoomId | None = None
    invite_id: InviteId | None = None
    referral_code: str | None = None
    channel_id: str | None = None
