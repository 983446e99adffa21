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
            context.spawn(self._write_all(unsure))

    def refresh_all(self) -> None:
        """Write the entries of all users again; those of users whose state has expired are released."""
        context = self._context
        self._refreshed_at = asyncio.get_running_loop().time()
        for user in list(context.users):
            if not context.owns(user) and context.hub.connected_user(user) is None:
                entry = context.entry(user)
                del context.users[user]
                context.spawn(context.directory.swap(user, entry, None))
        context.spawn(self._write_all(list(context.users)))

    async def write(self, user: UserId) -> None:
        """Write the entry of *user*; drop the user if there is a newer one, and PostgreSQL names no room of this node.

        Raises:
            Unavailable: the directory does not answer.
        """
        context, own = self._context, self._context.users.get(user)
        if own is None:
            return
        expected: Entry | None = context.entry(user)
        while context.users.get(user) is own:
            entry = context.entry(user)
            before = await context.directory.swap(user, expected, entry)
            if context.users.get(user) is not own or own.epoch != entry.epoch:
                return
            if before in (expected, entry):
                own.is_sure = True
                if before is not None and before.node != context.node:  # a dead one may only have stood still
                    context.send(before.node, Superseded(user, entry.epoch))
                return
            if before is not None and before > entry:
                if await self._has_room_here(user):
                    own.epoch = context.next_entry(max(own.epoch, before.epoch)).epoch
                elif context.users.get(user) is own:
                    self._rooms.evict(user)
                    context.users.pop(user, None)
            expected = before

    async def _has_room_here(self, user: UserId) -> bool:
        """Return whether *user* is in a room that is this node's also in PostgreSQL; False if that does not answer."""
        if not self._context.has_room(user):
            return False
        try:
            room = await self._context.owners.room_of(user)
        except Unavailable:
            return False
        return room is not None and room.owner == self._context.node

    async def _write_all(self, users: Sequence[UserId]) -> None:
        for at in range(0, len(users), BATCH):
            await asyncio.gather(*map(self.write, users[at : at + BATCH]))
            if len(users) > at + BATCH:
                await asyncio.sleep(REST_S)
