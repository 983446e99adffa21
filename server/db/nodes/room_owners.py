"""Owners of rooms and live processes: each holds an advisory lock that PostgreSQL frees when it dies."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import asyncpg

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import RoomId, UserId
from server.db.group_commit import GroupCommitter
from server.db.pool import CONNECT_S, Pool
from server.domain.room_owners import OwnedRoom, StoreBeat

LOCKS: Final = 0x726F6E65
"""The class of the advisory locks; the second half is a hash of the node id."""
CHANNEL: Final = "rondo_rooms"
"""Channel of NOTIFY with the id of a node from which a room was taken over."""
RECONNECT_S: Final = 0.25
UNSURE_S: Final = 2.0
"""How long after a lost connection no process is considered ended: the others may have lost theirs."""
LISTED_MS: Final = 60_000

BEAT: Final = """
SELECT unix_ms(clock_timestamp()), n.node_id, unix_ms(n.seen_at), n.started_at, n.left_at IS NOT NULL, n.lost,
       EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1::bigint::oid
               AND l.objid = (hashtext(n.node_id)::bigint & 4294967295)::oid
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
FROM nodes n WHERE n.seen_at > clock_timestamp() - $2 * interval '1 ms'
"""
ROOMS: Final = """
SELECT s.user_id::text, r.room_id::text, r.owner, r.version, r.offerer_id::text, r.answerer_id::text, unix_ms(n.seen_at)
FROM room_seats s JOIN active_rooms r USING (room_id) LEFT JOIN nodes n ON n.node_id = r.owner
WHERE s.user_id = ANY ($1::uuid[])
"""
CLAIM: Final = """
WITH old AS (
    SELECT room_id, owner FROM active_rooms
    WHERE (owner IS NULL OR NOT owner = ANY ($1::text[]))
      AND ($3::int IS NULL OR ends_at <= clock_timestamp() + $3 * interval '1 ms')
    FOR UPDATE
), counted AS (
    UPDATE nodes n SET lost = lost + 1 FROM (SELECT DISTINCT owner FROM old) o WHERE n.node_id = o.owner
)
UPDATE active_rooms r SET owner = $2, version = version + 1 FROM old o WHERE r.room_id = o.room_id
RETURNING '', r.room_id::text, r.owner, r.version, r.offerer_id::text, r.answerer_id::text,
          (SELECT unix_ms(n.seen_at) FROM nodes n WHERE n.node_id = o.owner)
"""
TAKE: Final = """
WITH taken AS (
    UPDATE active_rooms SET owner = $4, version = version + 1
    WHERE room_id = $1::uuid AND version = $2 AND owner IS NOT DISTINCT FROM $3
    RETURNING room_id
), counted AS (
    UPDATE nodes SET lost = lost + 1 WHERE node_id = $3 AND EXISTS (SELECT FROM taken)
)
SELECT pg_notify($5, coalesce($3, '')) FROM taken
"""
OWNERS: Final = "SELECT room_id::text, owner FROM active_rooms WHERE room_id = ANY ($1::uuid[])"


class PostgresRoomOwners:
    """Implements `server.domain.room_owners.RoomOwners`. Between `open` and `close` this process counts as alive."""

    def __init__(self, pool: Pool, dsn: str, node: str) -> None:
        self._pool = pool
        self._dsn = dsn
        self._node = node
        self._connection: asyncpg.Connection | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._cut = asyncio.Event()
        self._unsure_until = 0.0
        self.poll_now = asyncio.Event()
        self._questions: GroupCommitter[UserId, OwnedRoom | None] = GroupCommitter("owners", self._look_up)

    async def open(self) -> None:
        """Hold the lock, and LISTEN.

        Raises:
            Unavailable: the database cannot be reached.
        """
        await self._connect()
        self._keeping = asyncio.create_task(self._keep(), name="liveness")

    async def close(self) -> None:
        """Release the lock: this process counts as ended."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        await self._questions.close()
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                await connection.close(timeout=1)

    async def beat(self) -> StoreBeat:
        """Return the live processes, and how many rooms this node has lost."""
        rows = await self._pool.fetch(BEAT, LOCKS, LISTED_MS)
        mine = next((row for row in rows if row[1] == self._node), None)
        is_unsure = asyncio.get_running_loop().time() < self._unsure_until
        others = [row for row in rows if row[1] != self._node]
        living = [row for row in others if not row[4] and (is_unsure or row[6])]
        return StoreBeat(
            at=rows[0][0] if rows else 0,
            seen={row[1]: row[2] for row in rows if not row[4]},
            ended=frozenset(row[1] for row in others) - {row[1] for row in living},
            older=frozenset(row[1] for row in living if mine is not None and row[3] < mine[3]),
            stopped=frozenset(row[1] for row in others if row[4]),
            lost=0 if mine is None else mine[5],
        )

    async def room_of(self, user: UserId) -> OwnedRoom | None:
        """Return the open room of *user*; concurrent calls share a query."""
        return await self._questions.submit(user)

    async def take_over(self, room: OwnedRoom) -> bool:
        """Make this node the owner of *room* if owner and version are unchanged."""
        rows = await self._pool.fetch(TAKE, room.room_id, room.version, room.owner, self._node, CHANNEL)
        return bool(rows)

    async def claim_orphans(self, living: Collection[str], *, ends_within_ms: int | None = None) -> list[OwnedRoom]:
        return [_room(row) for row in await self._pool.fetch(CLAIM, list(living), self._node, ends_within_ms)]

    async def owners(self, room_ids: Collection[RoomId]) -> Mapping[RoomId, str | None]:
        """Return the owner of each of *room_ids* that is open."""
        return {row[0]: row[1] for row in await self._pool.fetch(OWNERS, list(room_ids))}

    async def _look_up(self, users: Sequence[UserId]) -> list[OwnedRoom | None]:
        found = {row[0]: _room(row) for row in await self._pool.fetch(ROOMS, list(users))}
        return [found.get(user) for user in users]

    async def _keep(self) -> None:
        while True:
            await self._cut.wait()
            self._unsure_until = asyncio.get_running_loop().time() + UNSURE_S
            try:
                await self._connect()
            except Unavailable:
                await asyncio.sleep(RECONNECT_S)

    async def _connect(self) -> None:
        try:
            connection = await asyncpg.connect(self._dsn, timeout=CONNECT_S, command_timeout=CONNECT_S)
            await connection.execute("SELECT pg_advisory_lock_shared($1, hashtext($2))", LOCKS, self._node)
            await connection.add_listener(CHANNEL, self._on_notification)
            connection.add_termination_listener(self._terminated)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise Unavailable from error
        self._connection = connection
        self._cut.clear()

    def _terminated(self, connection: Any) -> None:
        if connection is self._connection:
            self._connection = None
            self._cut.set()

    def _on_notification(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        if payload == self._node:
            self.poll_now.set()


def _room(row: Any) -> OwnedRoom:
    return OwnedRoom(row[1], row[2], row[3], (row[4], row[5]), row[6])
