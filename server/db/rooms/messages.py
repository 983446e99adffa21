"""Messages of a room, with marks of delivery and reading."""

from collections.abc import Iterable, Sequence
from typing import Any

from matchmaker.domain.ids import MessageId, RoomId
from matchmaker.domain.message import Message, Receipt
from server.db.json_rows import Rows
from server.db.pool import Pool

FIELDS = """m.message_id::text, m.room_id::text, m.sender_id::text, m.body, unix_ms(m.sent_at), m.client_id,
    unix_ms(m.delivered_at), unix_ms(m.read_at)"""

# Read implies received. Marks have no gaps: every message before a marked one is marked, so a receipt costs as much as
# there is new to mark, however long the conversation.
RECEIPTS = Rows("n int, room_id uuid, message_id uuid, by_id uuid, is_read bool, at bigint")
RECEIVE = f"""
WITH receipt AS (
    {RECEIPTS.table}
), fresh AS (
    SELECT r.*, m.n AS upto, COALESCE((
        SELECT p.n FROM room_messages p
        WHERE p.room_id = r.room_id AND p.n <= m.n AND p.sender_id <> r.by_id
          AND CASE WHEN r.is_read THEN p.read_at ELSE p.delivered_at END IS NOT NULL
        ORDER BY p.n DESC LIMIT 1), 0) AS noted
    FROM receipt r JOIN room_messages m ON m.message_id = r.message_id AND m.room_id = r.room_id
), marked AS (
    UPDATE room_messages m SET
        delivered_at = COALESCE(m.delivered_at, at_ms(f.at)),
        read_at = CASE WHEN f.is_read THEN at_ms(f.at) ELSE m.read_at END
    FROM fresh f
    WHERE m.room_id = f.room_id AND m.n > f.noted AND m.n <= f.upto AND m.sender_id <> f.by_id
    RETURNING f.n
)
SELECT DISTINCT n FROM marked
"""  # noqa: S608 - constants of this code

LAST = f"""
SELECT {FIELDS} FROM room_messages m
WHERE m.room_id = $1::uuid AND m.n < COALESCE((
    SELECT b.n FROM room_messages b WHERE b.message_id = $2::uuid AND b.room_id = $1::uuid), 9223372036854775807)
ORDER BY m.n DESC LIMIT $3
"""  # noqa: S608 - constants of this code

LAST_OF_EACH = f"""
SELECT {FIELDS}
FROM unnest($1::uuid[]) AS r (room_id), LATERAL (
    SELECT * FROM room_messages s WHERE s.room_id = r.room_id ORDER BY s.n DESC LIMIT $2
) AS m
ORDER BY m.n
"""  # noqa: S608 - constants of this code

# A message raises the version of its room by one at most, each takeover by one more. The lock makes a takeover wait.
TAKE_BACK = """
WITH owned AS (
    SELECT room_id, version FROM active_rooms
    WHERE room_id = ANY ($2::uuid[]) AND owner IS NOT DISTINCT FROM $4 FOR UPDATE
)
DELETE FROM room_messages m
USING unnest($1::uuid[], $2::uuid[], $3::int[]) AS f (message_id, room_id, version) JOIN owned o USING (room_id)
WHERE m.message_id = f.message_id AND m.room_id = f.room_id AND o.version <= f.version + 1
"""


async def last(pool: Pool, room_id: RoomId, *, before: MessageId | None, limit: int) -> list[Message]:
    """Return the last *limit* messages of a room (before *before*, if that is one of them), oldest first."""
    rows = await pool.fetch(LAST, room_id, before, limit)
    return [read_message(row) for row in reversed(rows)]


async def last_of_each(pool: Pool, room_ids: Sequence[RoomId], *, limit: int) -> dict[RoomId, list[Message]]:
    """Return the last *limit* messages of each of many rooms, oldest first."""
    told: dict[RoomId, list[Message]] = {room_id: [] for room_id in room_ids}
    for row in await pool.fetch(LAST_OF_EACH, room_ids, limit):
        message = read_message(row)
        told[message.room_id].append(message)
    return told


async def receive(pool: Pool, receipts: Sequence[Receipt]) -> list[bool | Exception]:
    """Mark the messages of each receipt; return for each whether it marked any. No room occurs twice."""
    rows = await pool.fetch(
        RECEIVE,
        RECEIPTS.pack((n, r.room_id, r.message_id, r.by, r.status == "read", r.at) for n, r in enumerate(receipts)),
    )
    marked = {row[0] for row in rows}
    return [n in marked for n in range(len(receipts))]


async def take_back(pool: Pool, refused: Sequence[tuple[Message, int]], *, owner: str | None) -> None:
    """Delete messages whose senders were told that they could not be stored; each with the version of the room before.

    Only in rooms that *owner* has kept: another process that took the room over may have acknowledged the message to a
    sender who repeated it.
    """
    said = [(message.message_id, message.room_id, version) for message, version in refused]
    await pool.execute(TAKE_BACK, *map(list, zip(*said, strict=True)), owner)


def read_message(row: Iterable[Any]) -> Message:
    """Return the message of a row of `FIELDS`."""
    message_id, room_id, sender, body, sent_at, client_id, delivered_at, read_at = row
    return Message(
        message_id=message_id,
        room_id=room_id,
        sender=sender,
        body=body,
        sent_at=sent_at,
        client_id=client_id,
        delivered_at=delivered_at,
        read_at=read_at,
    )
