"""History: the conversations of a user, as they may read them."""

from typing import Any

import msgspec

from matchmaker.domain.errors import Invalid, NotFound
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.message import Message
from matchmaker.domain.profile import Profile
from matchmaker.domain.room import Reason, RoomKind
from matchmaker.domain.ticket import Mode
from server.db import cursor as cursors
from server.db.pool import Pool
from server.db.rooms.messages import FIELDS, read_message

CALLS = """
SELECT h.room_id::text, h.chat_mode, unix_ms(h.started_at), h.live_ms, h.end_reason, h.message_count,
       p.user_id::text, p.display_name, p.gender, p.interests, h.kind
FROM chat_history h LEFT JOIN users p ON p.user_id = h.peer_id
WHERE h.user_id = $1::uuid AND (h.started_at, h.room_id) < (at_ms($2), $3::uuid)
ORDER BY h.started_at DESC, h.room_id DESC LIMIT $4
"""

TAKES_PART = """
SELECT EXISTS (SELECT FROM chat_history WHERE user_id = $1::uuid AND room_id = $2::uuid)
    OR EXISTS (SELECT FROM room_seats WHERE user_id = $1::uuid AND room_id = $2::uuid)
"""

MESSAGES = f"""
SELECT {FIELDS}, m.n FROM room_messages m WHERE m.room_id = $1::uuid AND m.n > $2 ORDER BY m.n LIMIT $3
"""  # noqa: S608 - constants of this code


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation, as recorded for one of its users."""

    room_id: RoomId
    mode: Mode
    peer: Profile | None
    """None: the account was deleted."""
    started_at: int
    live_ms: int
    end_reason: Reason
    message_count: int
    kind: RoomKind


async def calls(pool: Pool, user: UserId, *, cursor: str | None, limit: int) -> tuple[list[CallRecord], str | None]:
    """Return a page of the conversations of *user*, newest first, and the next cursor; None: this was the last.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    at, room_id = cursors.place(cursor)
    rows = await pool.fetch(CALLS, user, at, room_id, limit + 1)
    page = [_call(row) for row in rows[:limit]]
    more = len(rows) > limit
    return page, cursors.cursor(page[-1].started_at, page[-1].room_id) if more else None


async def messages(
    pool: Pool, user: UserId, room_id: RoomId, *, cursor: str | None, limit: int
) -> tuple[list[Message], str | None]:
    """Return a page of messages of a room of *user*, oldest first, and the next cursor.

    Raises:
        NotFound: *user* has not been in a room of this name.
        Invalid: the cursor is not one of ours.
    """
    after = 0
    if cursor is not None:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
            raise Invalid("cursor", "take it from the answer before")
        after = int(cursor)
    if not await pool.fetchval(TAKES_PART, user, room_id):
        raise NotFound("there is no such conversation")
    rows = await pool.fetch(MESSAGES, room_id, after, limit + 1)
    page = rows[:limit]
    return [read_message(row[:-1]) for row in page], str(page[-1][-1]) if len(rows) > limit else None


def _call(row: Any) -> CallRecord:
    room_id, mode, started_at, live_ms, end_reason, message_count, peer_id, name, gender, interests, kind = row
    peer = Profile(user_id=peer_id, display_name=name, gender=gender, interests=tuple(interests)) if peer_id else None
    return CallRecord(
        room_id=room_id,
        mode=mode,
        peer=peer,
        started_at=started_at,
        live_ms=live_ms,
        end_reason=end_reason,
        message_count=message_count,
        kind=kind,
    )
