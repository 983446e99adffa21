"""A repository whose answers are released by the test, or never come."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Literal, TypeVar

from matchmaker.domain.errors import Unavailable, VersionConflict
from matchmaker.domain.ids import MessageId, Pair, RoomId, UserId
from matchmaker.domain.message import Message, Receipt
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from tests.support.repository_memory import MemoryRoomRepository

Fate = Literal["done", "late", "lost", "unheard"]
"""done: stored, and answered immediately · late: stored, and answered when released again · lost: never stored, refused
· unheard: refused, although stored where the contract allows that (endings, cooldowns)."""

R = TypeVar("R")


class GatedRoomRepository(MemoryRoomRepository):
    """While it is `slow` every call waits for `release`; while it is `down` every call is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.slow = False
        self.down = False
        self.waiting: list[asyncio.Future[Fate]] = []
        self._unheard: set[RoomId] = set()

    def release(self, place: int, fate: Fate) -> None:
        """Let one of the calls that wait go on."""
        gate = self.waiting.pop(place % len(self.waiting))
        if not gate.done():
            gate.set_result(fate)

    async def rest(self) -> None:
        """Return once every commit is done, or waits for `release`."""
        while len(self.tasks) > len(self.waiting):  # noqa: ASYNC110 - the gate has no event
            await asyncio.sleep(0)

    async def avoided(self, users: Sequence[UserId], *, now: int) -> Mapping[UserId, dict[UserId, int]]:
        return await self._through(lambda: super(GatedRoomRepository, self).avoided(users, now=now))

    async def introduced(self, user: UserId) -> Mapping[UserId, str | None]:
        return await self._through(lambda: super(GatedRoomRepository, self).introduced(user))

    async def commit(self, change: RoomWrite) -> Message | None:
        async def store() -> Message | None:
            room_id = change.after.room_id
            if change.ending is not None and room_id in self._unheard:
                self._unheard.discard(room_id)
                return None
            return await super(GatedRoomRepository, self).commit(change)

        async def mark() -> None:
            if change.ending is not None:
                await store()
                self._unheard.add(change.after.room_id)

        return await self._through(store, mark)

    async def extend_cooldown(self, pair: Pair, *, until: int) -> int:
        async def mark() -> None:
            await super(GatedRoomRepository, self).extend_cooldown(pair, until=until)

        return await self._through(lambda: super(GatedRoomRepository, self).extend_cooldown(pair, until=until), mark)

    async def record_receipt(self, receipt: Receipt) -> bool:
        return await self._through(lambda: super(GatedRoomRepository, self).record_receipt(receipt))

    async def messages(self, room_id: RoomId, *, before: MessageId | None = None, limit: int = 50) -> list[Message]:
        return await self._through(
            lambda: super(GatedRoomRepository, self).messages(room_id, before=before, limit=limit)
        )

    async def room(self, room_id: RoomId) -> Room | None:
        return await self._through(lambda: super(GatedRoomRepository, self).room(room_id))

    async def rooms(self, *, after: RoomId | None = None, limit: int = 1_000) -> list[tuple[Room, list[Message]]]:
        return await self._through(lambda: super(GatedRoomRepository, self).rooms(after=after, limit=limit))

    async def update_rooms(self, rooms: Iterable[tuple[Room, Room]]) -> list[Room]:
        return await self._through(lambda: super(GatedRoomRepository, self).update_rooms(rooms))

    async def block(self, user: UserId, target: UserId, *, now: int) -> None:
        return await self._through(lambda: super(GatedRoomRepository, self).block(user, target, now=now))

    async def unblock(self, user: UserId, target: UserId) -> None:
        return await self._through(lambda: super(GatedRoomRepository, self).unblock(user, target))

    async def _through(
        self, store: Callable[[], Awaitable[R]], unheard: Callable[[], Awaitable[None]] | None = None
    ) -> R:
        fate = await self._wait()
        if fate == "unheard" and unheard is not None:
            with suppress(VersionConflict):
                await unheard()
        if fate in ("lost", "unheard"):
            raise Unavailable
        try:
            return await store()
        finally:
            if fate == "late":
                await self._wait()

    async def _wait(self) -> Fate:
        if self.down:
            return "lost"
        if not self.slow:
            return "done"
        gate: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()
        self.waiting.append(gate)
        return await gate
