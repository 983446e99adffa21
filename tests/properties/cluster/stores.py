"""Redis and PostgreSQL of the simulation: the memory adapters behind delays, outages and lost answers."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from random import Random
from typing import Any, TypeVar

from msgspec.structs import replace

from matchmaker.domain.errors import TakenOver, Unavailable
from matchmaker.domain.ids import Pair, RoomId, UserId
from matchmaker.domain.message import Message, Receipt
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from matchmaker.ports.callbacks import Done, spawn
from server.cluster.ports.directory import Directory, Entry
from server.cluster.ports.directory_memory import MemoryDirectory
from server.cluster.ports.heartbeats import Beat
from server.cluster.ports.heartbeats_memory import MemoryHeartbeats, Roster
from server.cluster.ports.streams_memory import Mailboxes, MemoryStreams
from server.domain.room_owners import OwnedRoom, StoreBeat
from tests.support.repository_memory import MemoryRoomRepository

R = TypeVar("R")
READS = {"avoided", "introduced", "messages", "rooms", "room_of"}


class Stores:
    """The stores that all nodes share."""

    def __init__(self, random: Random, now: Callable[[], int]) -> None:
        self.random = random
        self.now = now
        self.directory = MemoryDirectory()
        self.mailboxes = Mailboxes()
        self.redis_ahead_ms = 0
        self.roster = Roster(lambda: now() + self.redis_ahead_ms)
        self.repository = MemoryRoomRepository()
        self.owners: dict[RoomId, str] = {}
        self.beats: dict[str, int] = {}
        self.ended: set[str] = set()
        self.sessions_lost: dict[str, float] = {}
        """Until when the connection of a node that lives is closed."""
        self.stopped: set[str] = set()
        self.lost: dict[str, int] = {}
        self.kept: list[asyncio.Future[None]] = []
        """What tasks of dead nodes wait for: they end with the run, and not when the collector finds them."""
        self.redis_until = self.postgres_until = self.read_only_until = 0.0
        self.redis_slow_until = self.postgres_slow_until = 0.0

    def flush(self) -> None:
        """Drop the whole state of Redis."""
        self.directory.entries.clear()
        for box in self.mailboxes.boxes.values():
            box.clear()
        self.roster.seen.clear()
        self.roster.draining.clear()

    def copy(self) -> dict[UserId, Entry]:
        """Return what a replica of Redis has received."""
        return dict(self.directory.entries)

    def restore(self, entries: dict[UserId, Entry]) -> None:
        """Go on with a replica that has received *entries*, and not all of the streams."""
        self.directory.entries.clear()
        self.directory.entries.update(entries)
        for box in self.mailboxes.boxes.values():
            for _ in range(self.random.randrange(len(box) + 1)):
                box.pop()


class Wires:
    """The connections of one node to the stores: slow, cut, or dead with the node."""

    def __init__(self, stores: Stores, node: str) -> None:
        self.stores = stores
        self.node = node
        self.is_alive = True
        self.frozen_until = 0.0
        self.redis_cut_until = self.postgres_cut_until = 0.0

    async def redis(self, call: Callable[[], Awaitable[R]]) -> R:
        await self._delay(self.stores.redis_slow_until)
        return await self._through(call, lambda: max(self.stores.redis_until, self.redis_cut_until))

    async def postgres(self, call: Callable[[], Awaitable[R]], *, reads: bool = False) -> R:
        """Run *call*; *reads*: it may run while the database is read-only."""
        stores = self.stores
        await self._delay(stores.postgres_slow_until)

        def away_until() -> float:
            return max(stores.postgres_until, self.postgres_cut_until, 0.0 if reads else stores.read_only_until)

        return await self._through(call, away_until)

    async def _delay(self, until: float) -> None:
        if until > asyncio.get_running_loop().time():
            await asyncio.sleep(self.stores.random.uniform(0.02, 0.5))

    async def _through(self, call: Callable[[], Awaitable[R]], away_until: Callable[[], float]) -> R:
        loop, random = asyncio.get_running_loop(), self.stores.random
        await self.thawed()
        await asyncio.sleep(random.uniform(0.0005, 0.004) if random.random() < 0.9 else random.uniform(0.004, 0.06))
        await self.thawed()
        if away_until() > loop.time():
            await asyncio.sleep(random.uniform(0.005, 0.9))
            await self.thawed()
            raise Unavailable
        result = await call()
        await asyncio.sleep(random.uniform(0.0005, 0.004))
        await self.thawed()
        if away_until() > loop.time():
            raise Unavailable  # Done, but the result is not known.
        return result

    async def thawed(self) -> None:
        """Return while this node runs; never, if it is dead."""
        loop = asyncio.get_running_loop()
        while self.is_alive and self.frozen_until > loop.time():  # noqa: ASYNC110 - time is virtual
            await asyncio.sleep(self.frozen_until - loop.time())
        if not self.is_alive:
            never = loop.create_future()
            self.stores.kept.append(never)
            await never


class SimDirectory(Directory):
    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._inner = wires.stores.directory

    async def swap(self, user: UserId, expected: Entry | None, new: Entry | None) -> Entry | None:
        return await self._wires.redis(lambda: self._inner.swap(user, expected, new))


class SimStreams:
    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._inner = MemoryStreams(wires.stores.mailboxes, wires.node)

    async def append(self, batches: Sequence[tuple[str, bytes]]) -> None:
        random = self._wires.stores.random
        if random.random() < 0.002:  # A part, and no answer.
            part = list(batches)[: random.randrange(len(batches) + 1)]
            await self._wires.redis(lambda: self._inner.append(part))
            raise Unavailable
        await self._wires.redis(lambda: self._inner.append(batches))

    async def read(self) -> list[bytes]:
        found = await self._inner.read()
        await self._wires.thawed()
        loop, wires = asyncio.get_running_loop(), self._wires
        while max(wires.stores.redis_until, wires.redis_cut_until) > loop.time():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await asyncio.sleep(wires.stores.random.uniform(0.0005, 0.004))
        await self._wires.thawed()
        return found


class SimHeartbeats:
    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._inner = MemoryHeartbeats(wires.stores.roster, wires.node)

    async def beat(self, *, draining: bool) -> Beat:
        return await self._wires.redis(lambda: self._inner.beat(draining=draining))

    async def leave(self) -> None:
        await self._wires.redis(self._inner.leave)


class SimOwners:
    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._stores = wires.stores
        self.poll_now = asyncio.Event()

    async def beat(self) -> StoreBeat:
        async def look() -> StoreBeat:
            stores, node = self._stores, self._wires.node
            time = asyncio.get_running_loop().time()
            if stores.read_only_until <= time:
                stores.beats[node] = stores.now()
            ended = stores.ended | {name for name, until in stores.sessions_lost.items() if until > time}
            living = stores.beats.keys() - ended
            return StoreBeat(
                at=stores.now(),
                seen={name: at for name, at in stores.beats.items() if name in living},
                ended=frozenset(ended),
                older=frozenset(),
                stopped=frozenset(stores.stopped),
                lost=stores.lost.get(node, 0),
            )

        return await self._wires.postgres(look, reads=True)

    def _taken(self, room: OwnedRoom) -> Room:
        """Return the room once this node owns it."""
        stores, current = self._stores, self._stores.repository.open[room.room_id]
        taken = stores.repository.open[room.room_id] = replace(current, version=current.version + 1)
        stores.owners[room.room_id] = self._wires.node
        stores.lost[room.owner or ""] = stores.lost.get(room.owner or "", 0) + 1
        return taken

    def _open(self, room: Room) -> OwnedRoom:
        owner = self._stores.owners.get(room.room_id)
        return OwnedRoom(room.room_id, owner, room.version, room.users, self._stores.beats.get(owner or ""))

    async def room_of(self, user: UserId) -> OwnedRoom | None:
        async def look() -> OwnedRoom | None:
            repository = self._stores.repository
            room = repository.open.get(repository.seats.get(user, RoomId("")))
            return None if room is None else self._open(room)

        return await self._wires.postgres(look, reads=True)

    async def take_over(self, room: OwnedRoom) -> bool:
        async def take() -> bool:
            stores = self._stores
            current = stores.repository.open.get(room.room_id)
            if current is None or (current.version, stores.owners.get(room.room_id)) != (room.version, room.owner):
                return False
            self._taken(room)
            return True

        return await self._wires.postgres(take)

    async def claim_orphans(self, living: Collection[str], *, ends_within_ms: int | None = None) -> list[OwnedRoom]:
        async def claim() -> list[OwnedRoom]:
            stores, until = self._stores, self._stores.now() + (ends_within_ms or 0)
            rooms = list(stores.repository.open.values())
            if ends_within_ms is not None:
                rooms = [room for room in rooms if room.ends_at is not None and room.ends_at <= until]
            orphans = [room for room in map(self._open, rooms) if room.owner not in living]
            return [replace(self._open(self._taken(room)), owner_seen_at=room.owner_seen_at) for room in orphans]

        return await self._wires.postgres(claim)

    async def owners(self, room_ids: Collection[RoomId]) -> Mapping[RoomId, str | None]:
        async def look() -> Mapping[RoomId, str | None]:
            stores = self._stores
            return {room_id: stores.owners.get(room_id) for room_id in room_ids if room_id in stores.repository.open}

        return await self._wires.postgres(look, reads=True)


class SimRoomRepository:
    """The repository as one node sees it."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._inner = wires.stores.repository

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(method):
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self._wires.postgres(lambda: method(*args, **kwargs), reads=name in READS)

        return call

    def submit(self, change: RoomWrite, done: Done) -> None:
        spawn(self.commit(change), done)

    def submit_cooldown(self, pair: Pair, done: Done, *, until: int) -> None:
        spawn(self._wires.postgres(lambda: self._inner.extend_cooldown(pair, until=until)), done)

    def submit_receipt(self, receipt: Receipt, done: Done) -> None:
        spawn(self._wires.postgres(lambda: self._inner.record_receipt(receipt)), done)

    async def commit(self, change: RoomWrite) -> Message | None:
        """As PostgreSQL: an outcome that is not known at first is resolved by a second look."""
        wires, stores = self._wires, self._wires.stores
        done: list[Message | None] = []

        async def store() -> Message | None:
            if done:
                return done[0]
            done.append(await self._inner.commit(change))
            if change.before is None:
                stores.owners[change.after.room_id] = wires.node
            return done[0]

        while True:
            try:
                return await wires.postgres(store)
            except Unavailable:
                if not done:
                    raise

    async def room(self, room_id: RoomId) -> Room | None:
        room = await self._wires.postgres(lambda: self._inner.room(room_id), reads=True)
        if room is not None and self._wires.stores.owners.get(room_id) not in (None, self._wires.node):
            raise TakenOver
        return room
