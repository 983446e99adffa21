"""Open rooms: their representation in the tables, and reading it back."""

from collections.abc import Sequence

import asyncpg
import msgspec

from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.profile import Profile
from matchmaker.domain.room import Participant, Room
from matchmaker.domain.ticket import MatchPreferences
from server.db.pool import Pool

STATE = (
    "mode text, duration_s int, connect_by bigint, live_at bigint, ends_at bigint, talked_ms bigint, paused_at bigint, "
    "asked_by uuid, asked_at bigint, offerer_asked_at bigint, answerer_asked_at bigint, cooldown_until bigint, "
    "offerer_ready bool, answerer_ready bool, offerer_away_until bigint, answerer_away_until bigint, "
    "offerer_said_at bigint, answerer_said_at bigint, offerer_idle bool, answerer_idle bool, warned_until bigint"
)
"""The columns of a room that change, in the order of `state_of`."""

SELECT = """
SELECT r.room_id::text, r.version, r.kind, r.mode, r.offerer, r.answerer, r.duration_s, r.talked_ms, r.asked_by::text,
       r.offerer_ready, r.answerer_ready, t.offerer_idle, t.answerer_idle,
       unix_ms(r.offerer_away_until) AS offerer_away_until, unix_ms(r.answerer_away_until) AS answerer_away_until,
       unix_ms(t.offerer_said_at) AS offerer_said_at, unix_ms(t.answerer_said_at) AS answerer_said_at,
       unix_ms(r.started_at) AS started_at, unix_ms(r.connect_by) AS connect_by, unix_ms(r.live_at) AS live_at,
       unix_ms(r.ends_at) AS ends_at, unix_ms(r.paused_at) AS paused_at, unix_ms(r.asked_at) AS asked_at,
       unix_ms(r.offerer_asked_at) AS offerer_asked_at, unix_ms(r.answerer_asked_at) AS answerer_asked_at,
       unix_ms(r.cooldown_until) AS cooldown_until, unix_ms(t.warned_until) AS warned_until
FROM active_rooms r LEFT JOIN text_room_activity t USING (room_id)
"""
BY_ID = f"{SELECT} WHERE r.room_id = ANY ($1::uuid[])"
PAGE = f"{SELECT} WHERE r.room_id > $1::uuid ORDER BY r.room_id LIMIT $2"


class RoomSide(msgspec.Struct, frozen=True):
    """A participant as of the meeting: columns `offerer` and `answerer`."""

    profile: Profile
    wish: MatchPreferences


_decoder = msgspec.json.Decoder(RoomSide)


def side_of(participant: Participant) -> RoomSide:
    """Return the value of the column."""
    return RoomSide(participant.profile, participant.wish)


def state_of(room: Room) -> tuple[object, ...]:
    """Return the values of the columns in `STATE`."""
    offerer, answerer, idle = room.offerer, room.answerer, room.idle
    return (
        room.mode,
        room.duration_s,
        room.connect_by,
        room.live_at,
        room.ends_at,
        room.talked_ms,
        room.paused_at,
        room.asked_by,
        room.asked_at,
        offerer.asked_at,
        answerer.asked_at,
        room.cooldown_until,
        offerer.ready,
        answerer.ready,
        offerer.away_until,
        answerer.away_until,
        offerer.said_at,
        answerer.said_at,
        offerer.profile.user_id in idle,
        answerer.profile.user_id in idle,
        room.warned_until,
    )


def as_stored(room: Room) -> Room:
    """Return *room* as it will be read back: a video room has no torch, and the idle are named offerer first."""
    if room.mode == "text":
        return msgspec.structs.replace(room, idle=tuple(user for user in room.users if user in room.idle))
    return msgspec.structs.replace(
        room,
        offerer=msgspec.structs.replace(room.offerer, said_at=0),
        answerer=msgspec.structs.replace(room.answerer, said_at=0),
        idle=(),
        warned_until=None,
    )


async def load(pool: Pool, room_ids: Sequence[RoomId]) -> dict[RoomId, Room]:
    """Return those of *room_ids* that are open."""
    rows = await pool.fetch(BY_ID, room_ids)
    return {(room := read_room(row)).room_id: room for row in rows}


async def load_page(pool: Pool, *, after: RoomId | None, limit: int) -> list[Room]:
    """Return up to *limit* open rooms with an id above *after*, by id."""
    first = "00000000-0000-0000-0000-000000000000"
    rows = await pool.fetch(PAGE, after or first, limit)
    return [read_room(row) for row in rows]


async def owner_of(pool: Pool, room_id: RoomId) -> str | None:
    """Return the process that owns an open room; None: none does, or it is not open."""
    owner: str | None = await pool.fetchval("SELECT owner FROM active_rooms WHERE room_id = $1::uuid", room_id)
    return owner


async def room_of(pool: Pool, user: UserId) -> RoomId | None:
    """Return the open room in which *user* is a participant."""
    room_id: RoomId | None = await pool.fetchval("SELECT room_id::text FROM room_seats WHERE user_id = $1::uuid", user)
    return room_id


def read_room(row: asyncpg.Record) -> Room:
    """Return the room of a row of `SELECT`."""
    offerer, answerer = _participant(row, "offerer"), _participant(row, "answerer")
    return Room(
        room_id=row["room_id"],
        version=row["version"],
        kind=row["kind"],
        mode=row["mode"],
        offerer=offerer,
        answerer=answerer,
        duration_s=row["duration_s"],
        started_at=row["started_at"],
        connect_by=row["connect_by"],
        live_at=row["live_at"],
        ends_at=row["ends_at"],
        talked_ms=row["talked_ms"],
        paused_at=row["paused_at"],
        idle=tuple(
            side.user for side, idle in ((offerer, row["offerer_idle"]), (answerer, row["answerer_idle"])) if idle
        ),
        warned_until=row["warned_until"],
        asked_by=row["asked_by"],
        asked_at=row["asked_at"],
        cooldown_until=row["cooldown_until"],
    )


def _participant(row: asyncpg.Record, name: str) -> Participant:
    side = _decoder.decode(row[name])
    return Participant(
        profile=side.profile,
        wish=side.wish,
        ready=row[f"{name}_ready"],
        away_until=row[f"{name}_away_until"],
        said_at=row[f"{name}_said_at"] or 0,
        asked_at=row[f"{name}_asked_at"],
    )
