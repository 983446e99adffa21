"""The rooms, messages and history of the database as a drill audits them: read-only, as of one instant, without the
server.
"""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import Any, TypeVar

import asyncpg
import msgspec

STATEMENT_S = 60.0
LOOK_S = 0.02


class RoomRow(msgspec.Struct, frozen=True):
    """A row of `active_rooms`; instants in Unix milliseconds."""

    room_id: str
    mode: str
    status: str
    offerer: str
    answerer: str
    started_at: int
    ends_at: int | None
    offerer_away_until: int | None
    answerer_away_until: int | None

    @property
    def users(self) -> tuple[str, str]:
        """Both users."""
        return self.offerer, self.answerer


class SeatRow(msgspec.Struct, frozen=True):
    """A row of `room_seats`."""

    user_id: str
    room_id: str


class MessageRow(msgspec.Struct, frozen=True):
    """A row of `room_messages`."""

    room_id: str
    n: int
    message_id: str
    sender: str
    client_id: str


class MeetingRow(msgspec.Struct, frozen=True):
    """A row of `chat_history`: the record of a room for one user."""

    user_id: str
    peer_id: str | None
    room_id: str
    started_at: int
    ended_at: int
    reason: str


class CooldownRow(msgspec.Struct, frozen=True):
    """A row of `cooldowns`."""

    low: str
    high: str
    until_at: int


class DatabaseSnapshot(msgspec.Struct, frozen=True):
    """All data that the drills check, as of one instant."""

    at: int
    """Unix milliseconds, by the clock of the database."""
    rooms: list[RoomRow]
    seats: list[SeatRow]
    messages: list[MessageRow]
    meetings: list[MeetingRow]
    cooldowns: list[CooldownRow]


class InviteRow(msgspec.Struct, frozen=True):
    """The end of an open room; instants in Unix milliseconds, by the clock of the database."""

    due_at: int | None
    """The earliest of its clock, graces and torch, as last stored."""
    gone_at: int
    """When it was first seen to be deleted."""


Row = TypeVar("Row", RoomRow, SeatRow, MessageRow, MeetingRow, CooldownRow)

_ROOMS = """SELECT room_id::text, mode, status, offerer_id::text, answerer_id::text, unix_ms(started_at),
    unix_ms(ends_at), unix_ms(offerer_away_until), unix_ms(answerer_away_until) FROM active_rooms"""
_SEATS = "SELECT user_id::text, room_id::text FROM room_seats"
_MESSAGES = "SELECT room_id::text, n, message_id::text, sender_id::text, client_id FROM room_messages ORDER BY n"
_MEETINGS = """SELECT user_id::text, peer_id::text, room_id::text, unix_ms(started_at), unix_ms(ended_at), end_reason
    FROM chat_history ORDER BY started_at"""
_COOLDOWNS = "SELECT low::text, high::text, unix_ms(until_at) FROM cooldowns"

# While a user is away the torch is paused.
_DUE = """SELECT room_id::text,
        unix_ms(LEAST(ends_at, COALESCE(LEAST(offerer_away_until, answerer_away_until), warned_until)))
    FROM active_rooms LEFT JOIN text_room_activity USING (room_id) WHERE room_id = ANY($1::uuid[])"""


async def audit(dsn: str) -> DatabaseSnapshot:
    """Return the snapshot, as of one instant."""
    connection = await asyncpg.connect(dsn, command_timeout=STATEMENT_S)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            at = await connection.fetchval("SELECT unix_ms(clock_timestamp())")
            return DatabaseSnapshot(
                at=at,
                rooms=await _read(connection, _ROOMS, RoomRow),
                seats=await _read(connection, _SEATS, SeatRow),
                messages=await _read(connection, _MESSAGES, MessageRow),
                meetings=await _read(connection, _MEETINGS, MeetingRow),
                cooldowns=await _read(connection, _COOLDOWNS, CooldownRow),
            )
    finally:
        await connection.close()


async def count_rows(dsn: str) -> dict[str, int]:
    """Return how many rows each table has."""
    connection = await asyncpg.connect(dsn, command_timeout=STATEMENT_S)
    try:
        tables = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for (name,) in tables}  # noqa: S608
    finally:
        await connection.close()


async def age_calls(dsn: str, *, by_ms: int) -> None:
    """Shift every call that has a clock *by_ms* into the past: what a drill cannot wait for. No server may be
    running.
    """
    connection = await asyncpg.connect(dsn, command_timeout=STATEMENT_S)
    try:
        await connection.execute(
            """UPDATE active_rooms SET started_at = started_at - $1 * interval '1 ms',
                   live_at = live_at - $1 * interval '1 ms', ends_at = ends_at - $1 * interval '1 ms'
               WHERE ends_at IS NOT NULL""",
            by_ms,
        )
    finally:
        await connection.close()


async def follow(dsn: str, rooms: Collection[str], *, patience_s: float) -> dict[str, InviteRow]:
    """Poll these rooms fifty times a second until none is open, or the timeout; return the end of each."""
    connection = await asyncpg.connect(dsn, command_timeout=STATEMENT_S)
    due: dict[str, int | None] = dict.fromkeys(rooms)
    closed: dict[str, InviteRow] = {}
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while len(closed) < len(due):
                    now = await connection.fetchval("SELECT unix_ms(clock_timestamp())")
                    found = await connection.fetch(_DUE, list(due.keys() - closed.keys()))
                    rows: dict[str, int | None] = {row[0]: row[1] for row in found}
                    unrecorded = due.keys() - closed.keys() - rows.keys()
                    closed |= {room: InviteRow(due[room], now) for room in unrecorded}
                    due |= rows
                    await asyncio.sleep(LOOK_S)
    finally:
        await connection.close()
    return closed


async def _read(connection: Any, statement: str, kind: type[Row]) -> list[Row]:
    return [kind(*row) for row in await connection.fetch(statement)]
