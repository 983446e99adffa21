"""The directory entries of the users of this node: written, refreshed, and given up to newer ones."""

import asyncio
from collections.abc import Sequence
from typing import Final

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from matchmaker.services.rooms import RoomService
from server.cluster.context import NodeContext
from server.cluster.ports.directory import Entry
from server.cluster.wire.messages import Superseded

REFRESH_S: Final = 60.0
BATCH: Final = 1_000
REST_S: Final = 0.05


class DirectoryEntries:
    """Keeps the directory right about the users that this node owns."""

    def __init__(self, context: NodeContext, rooms: RoomService, *, refresh_s: float) -> None:
        self._context = context
        self._rooms = rooms
        self._refresh_s = refresh_s
        self._refreshed_at = 0.0

    def refresh_due(self) -> None:
        """Write again what has to be: all entries after a while, else those that were not acknowledged."""
        context = self._context
        if asyncio.get_running_loop().time() - self._refreshed_at > self._refresh_s:
            self.refresh_all()
        elif unsure := [user for user, own in context.users.items() if not own.is_sure]:
            context.spawn(self._write(unsure))

    def refresh_all(self) -> None:
        """Write the entries of all users again; those of users whose state has expired are released."""
        context = self._context
        self._refreshed_at = asyncio.get_running_loop().time()
        for user in list(context.users):
            if not context.owns(user) and context.hub.connected_user(user) is None:
                entry = context.entry(user)
                del context.users[user]
                context.spawn(context.directory.swap(user, entry, None))
        context.spawn(self._write(list(context.users)))

    async def overwrite(self, user: UserId) -> None:
        """Write a newer entry than any for a user in a room, whose owner is in PostgreSQL."""
        context, own = self._context, self._context.users.get(user)
        if own is None:
            return
        before = await context.directory.lookup(user)
        own.epoch = context.next_entry(max(own.epoch, 0 if before is None else before.epoch)).epoch
        await self._write([user])

    async def on_superseded(self, _: str, message: Superseded) -> None:
        """Compare the entry of a user with that which another node has written."""
        await self._write_one(message.user)

    async def _write(self, users: Sequence[UserId]) -> None:
        for at in range(0, len(users), BATCH):
            await asyncio.gather(*map(self._write_one, users[at : at + BATCH]))
            if len(users) > at + BATCH:
                await asyncio.sleep(REST_S)

    async def _write_one(self, user: UserId) -> None:
        """Write the entry of *user* over an older one; give them up if it is a newer one."""
        context, own = self._context, self._context.users.get(user)
        if own is None:
            return
        entry = context.entry(user)
        expected: Entry | None = entry
        while (before := await context.directory.swap(user, expected, entry)) not in (expected, entry):
            if context.users.get(user) is not own or own.epoch != entry.epoch:
                return
            if before is not None and before > entry:
                await self._contradicted(user, is_newer=True)
                return
            expected = before
        if context.users.get(user) is own and own.epoch == entry.epoch:
            own.is_sure = True
            if before is not None and before.node != context.node:  # a dead one may only have stood still
                context.send(before.node, Superseded(user, entry.epoch))

    async def _contradicted(self, user: UserId, *, is_newer: bool) -> None:
        """Drop a user whom the directory assigns to another node; for a user in a room PostgreSQL is queried.

        *is_newer*: the entry of the other node is, which decides while PostgreSQL is unavailable to this node.
        """
        context = self._context
        if context.has_room(user):
            try:
                room = await context.owners.room_of(user)
            except Unavailable:
                if not is_newer:
                    raise
            else:
                if room is not None and room.owner == context.node:
                    await self.overwrite(user)
                    return
            if not context.has_room(user):
                return
        self._rooms.evict(user)
        context.users.pop(user, None)
