"""Commits whose outcome was unknown when their callers were refused: they are reverted."""

import asyncio
from collections import deque
from collections.abc import Sequence

import msgspec

from matchmaker.domain.errors import Unavailable, VersionConflict
from matchmaker.domain.ids import RoomId, pair_of
from matchmaker.domain.message import Message
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from server.db.json_rows import Rows
from server.db.pool import ConnectionLost, Pool
from server.db.rooms import messages
from server.db.rooms.room_commit import open_and_end
from server.db.rooms.room_rows import as_stored, load
from server.db.rooms.room_updates import move_rooms, revise_rooms

REFUSED = Rows("room_id uuid, low uuid, high uuid, cooldown_until bigint")
UNDO_OPENING = f"""
WITH refused AS (
    {REFUSED.table}
), undone AS (
    DELETE FROM active_rooms r USING refused f WHERE r.room_id = f.room_id AND r.version < 2 RETURNING f.*
)
DELETE FROM cooldowns c USING undone u
WHERE c.low = u.low AND c.high = u.high AND c.until_at = at_ms(u.cooldown_until)
"""  # noqa: S608 - constants of this code


class InDoubtCommits:
    """Work that has to be done first once the database answers again.

    The callers were told `Unavailable`, so nothing of it may stay: a room would hold two people who are not in it, a
    message would count as said without having been passed on. Only an ending stays, and counts when it is repeated.
    """

    def __init__(self, pool: Pool, *, owner: str | None) -> None:
        """*owner*: this process, as in `PostgresRoomRepository`."""
        self._pool = pool
        self._owner = owner
        self._open: list[RoomWrite] = []
        self._ended: deque[RoomId] = deque(maxlen=2_000)
        self._lock = asyncio.Lock()

    def add(self, changes: Sequence[RoomWrite]) -> None:
        """Take changes that were refused although they may be stored."""
        self._open += changes

    async def resolve(self) -> None:
        """Undo those of them that were stored.

        Raises:
            Unavailable: the database is still away.
        """
        if not self._open:
            return
        async with self._lock:
            try:
                while self._open:
                    changes = self._open[:]
                    await self._undo(changes)
                    del self._open[: len(changes)]
            except ConnectionLost:
                raise Unavailable from None
            except Unavailable:
                raise
            except Exception:
                # A fault of this code. Logged once; a retry would block all connections.
                self._open.clear()
                raise

    def ended(self, room_id: RoomId) -> bool:
        """Return, once, whether an end that was refused has been stored nevertheless."""
        if room_id not in self._ended:
            return False
        self._ended.remove(room_id)
        return True

    async def _undo(self, changes: Sequence[RoomWrite]) -> None:
        if opened := [change.after for change in changes if change.before is None]:
            await self._pool.execute(UNDO_OPENING, REFUSED.pack(_opening(room) for room in opened))
        said = [
            (change.message, change.before.version)
            for change in changes
            if change.message is not None and change.before is not None
        ]
        if said:
            await messages.take_back(self._pool, said, owner=self._owner)
        others = [change for change in changes if change.before is not None]
        stored = await load(self._pool, [change.after.room_id for change in others]) if others else {}
        await revise_rooms(
            self._pool,
            (
                (room, msgspec.structs.replace(change.before, version=room.version))
                for change in others
                if change.before is not None
                and change.ending is None
                and (room := stored.get(change.after.room_id)) is not None
                and room == _stored(change)
            ),
        )
        self._ended += [
            change.after.room_id
            for change in others
            if change.ending is not None and change.after.room_id not in stored
        ]


async def move_again(pool: Pool, changes: Sequence[RoomWrite]) -> list[Message | Exception | None]:
    """Store changes that may have been stored already; each takes effect once."""
    results = await move_rooms(pool, changes)
    missed = [
        n for n, result in enumerate(results) if isinstance(result, VersionConflict) and changes[n].message is None
    ]
    if missed:
        now = await load(pool, [changes[n].after.room_id for n in missed])
        for n in missed:
            if now.get(changes[n].after.room_id) == _stored(changes[n]):
                results[n] = None
    return results


async def open_and_end_again(
    pool: Pool, changes: Sequence[RoomWrite], *, owner: str | None = None
) -> list[Exception | None]:
    """Store openings and ends that may have been stored already; each takes effect once.

    A room that does not exist any more counts as ended by this node: if another node ended it at that moment, its
    people are told twice, which is better than never.
    """
    results = await open_and_end(pool, changes, owner=owner)
    missed = [n for n, result in enumerate(results) if result is not None and changes[n].ending is not None]
    if missed:
        now = await load(pool, [changes[n].after.room_id for n in missed])
        for n in missed:
            if changes[n].after.room_id not in now:
                results[n] = None
    return results


def _stored(change: RoomWrite) -> Room:
    """Return the stored room if *change* was stored."""
    assert change.before is not None
    return as_stored(msgspec.structs.replace(change.after, version=change.before.version + 1))


def _opening(room: Room) -> tuple[object, ...]:
    return room.room_id, *pair_of(*room.users), room.cooldown_until
