"""The repository as dictionaries: a real implementation of the contract, for tests that want no database."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from matchmaker.domain.errors import CooldownActive, Invalid, NotFound, TargetUnavailable, VersionConflict
from matchmaker.domain.ids import MessageId, Pair, RoomId, UserId, pair_of
from matchmaker.domain.invite import Invite
from matchmaker.domain.message import Message, Receipt
from matchmaker.domain.room import Room
from matchmaker.domain.timing import FOREVER, LIVE_FOR_COMPLETION_MS, LIVE_FOR_HISTORY_MS
from matchmaker.domain.transactions import RoomClosure, RoomWrite
from matchmaker.ports.callbacks import Done, spawn
from matchmaker.ports.room_repository import MESSAGES_IN_STATE


class MemoryRoomRepository:
    """Stores everything immediately; its history can be inspected."""

    def __init__(self) -> None:
        self.users: set[UserId] = set()
        self.cooldowns: dict[Pair, int] = {}
        self.blocks: set[tuple[UserId, UserId]] = set()
        self.introductions: dict[Pair, str] = {}
        self.open: dict[RoomId, Room] = {}
        self.seats: dict[UserId, RoomId] = {}
        self.said: defaultdict[RoomId, list[Message]] = defaultdict(list)
        self.history: list[tuple[UserId, RoomId, RoomClosure]] = []
        self.completions: list[tuple[UserId, RoomId]] = []
        self.invites: list[tuple[Invite, int]] = []
        self.endings: dict[RoomId, RoomClosure] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        """Commits that are under way."""

    async def avoided(self, users: Sequence[UserId], *, now: int) -> Mapping[UserId, dict[UserId, int]]:
        """Return the users that each must not be matched with, and until when."""
        answer: dict[UserId, dict[UserId, int]] = {user: {} for user in users}
        for pair, until in self.cooldowns.items():
            for one, other in (pair, pair[::-1]):
                if one in answer and until > now:
                    answer[one][other] = until
        for pair in self.blocks:
            for one, other in (pair, pair[::-1]):
                if one in answer:
                    answer[one][other] = FOREVER
        return answer

    async def introduced(self, user: UserId) -> Mapping[UserId, str | None]:
        """Return the users that *user* was introduced to, and by whom."""
        return {other: by for pair, by in self.introductions.items() for other in set(pair) - {user} if user in pair}

    def submit(self, change: RoomWrite, done: Done) -> None:
        """Store *change* soon, then call *done*."""
        self._soon(self.commit(change), done)

    def submit_cooldown(self, pair: Pair, done: Done, *, until: int) -> None:
        """Keep *pair* apart soon, then call *done* with the end."""
        self._soon(self.extend_cooldown(pair, until=until), done)

    def submit_receipt(self, receipt: Receipt, done: Done) -> None:
        """Record *receipt* soon, then call *done*."""
        self._soon(self.record_receipt(receipt), done)

    async def close(self) -> None:
        """Return once everything that was submitted is stored, or refused."""
        while self.tasks:
            await asyncio.wait(self.tasks)

    def _soon(self, work: Coroutine[Any, Any, object], done: Done) -> None:
        task = spawn(work, done)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def commit(self, change: RoomWrite) -> Message | None:
        """Store *change* whole or not at all."""
        if change.before is None:
            return self._begin(change.after)
        if change.ending is not None:
            return self._finish(change.before, change.after, change.ending)
        message = change.message
        if message is not None:
            for earlier in self.said[message.room_id]:
                if (earlier.sender, earlier.client_id) == (message.sender, message.client_id):
                    return earlier
        self._check(change.before)
        if change.after is not change.before:
            self.open[change.after.room_id] = replace(change.after, version=change.before.version + 1)
        if message is not None:
            self.said[message.room_id].append(message)
        return message

    async def extend_cooldown(self, pair: Pair, *, until: int) -> int:
        """Keep *pair* apart at least until *until*."""
        return self._lengthen(pair, until)

    async def record_receipt(self, receipt: Receipt) -> bool:
        """Mark the peer's messages, up to and including one, as received."""
        told = self.said[receipt.room_id]
        last = next((i for i, message in enumerate(told) if message.message_id == receipt.message_id), -1)
        news = False
        for i, message in enumerate(told[: last + 1]):
            if message.sender == receipt.by:
                continue
            marked = replace(
                message,
                delivered_at=receipt.at if message.delivered_at is None else message.delivered_at,
                read_at=receipt.at if receipt.status == "read" and message.read_at is None else message.read_at,
            )
            news = news or marked != message
            told[i] = marked
        return news

    async def messages(self, room_id: RoomId, *, before: MessageId | None = None, limit: int = 50) -> list[Message]:
        """Return the last *limit* messages, oldest first."""
        told = self.said.get(room_id, [])
        end = next((i for i, message in enumerate(told) if message.message_id == before), len(told))
        return told[max(0, end - limit) : end]

    async def room(self, room_id: RoomId) -> Room | None:
        """Return an open room."""
        return self.open.get(room_id)

    async def rooms(self, *, after: RoomId | None = None, limit: int = 200) -> list[tuple[Room, list[Message]]]:
        """Return open rooms by id, each with its last messages."""
        ids = sorted(room_id for room_id in self.open if after is None or room_id > after)[:limit]
        return [(self.open[room_id], await self.messages(room_id, limit=MESSAGES_IN_STATE)) for room_id in ids]

    async def update_rooms(self, rooms: Iterable[tuple[Room, Room]]) -> list[Room]:
        """Store each room that is still at the version of its `before`; return them as they now stand."""
        stored = []
        for before, after in rooms:
            current = self.open.get(before.room_id)
            if current is not None and current.version == before.version:
                self.open[before.room_id] = replace(after, version=before.version + 1)
                stored.append(self.open[before.room_id])
        return stored

    async def room_of(self, user: UserId) -> RoomId | None:
        """Return the open room that *user* is in."""
        return self.seats.get(user)

    async def block(self, user: UserId, target: UserId, *, now: int) -> None:
        """Block two users for each other."""
        if user == target:
            raise Invalid("user_id", "you cannot block yourself")
        if target not in self.users:
            raise NotFound("there is no such person")
        self.blocks.add((user, target))

    def record_invite(self, invite: Invite, *, now: int) -> None:
        """Remember that a direct invite has ended without a room."""
        self.invites.append((invite, now))

    async def unblock(self, user: UserId, target: UserId) -> set[UserId]:
        """Take a block back."""
        self.blocks.discard((user, target))
        return {target}

    def _begin(self, room: Room) -> None:
        one, other = room.users
        real = [p.user for p in room.people if not p.profile.mirror]
        pair = pair_of(one, other)
        if (one, other) in self.blocks or (other, one) in self.blocks or not self.users.issuperset(real):
            raise TargetUnavailable
        until = self.cooldowns.get(pair, 0)
        if not room.is_mirror and until > room.started_at:
            raise CooldownActive(until)
        if any(user in self.seats for user in real):
            raise VersionConflict
        self.open[room.room_id] = replace(room, version=1)
        self.seats.update(dict.fromkeys(real, room.room_id))
        if not room.is_mirror and room.cooldown_until is not None:
            self._lengthen(pair, room.cooldown_until)

    def _finish(self, before: Room, room: Room, ending: RoomClosure) -> None:
        self._check(before)
        del self.open[room.room_id]
        self.endings[room.room_id] = ending
        for participant in room.people:
            user = participant.user
            if self.seats.get(user) == room.room_id:
                del self.seats[user]
            if not room.is_mirror and ending.live_ms >= LIVE_FOR_HISTORY_MS:
                self.history.append((user, room.room_id, ending))
            if not room.is_mirror and ending.live_ms >= LIVE_FOR_COMPLETION_MS:
                self.completions.append((user, room.room_id))
        if room.is_mirror:
            self.said.pop(room.room_id, None)
            return
        pair = pair_of(*room.users)
        until, written = ending.cooldown_until, room.cooldown_until
        if until is None:
            return
        if written is None or until >= written:
            self._lengthen(pair, until)
        elif self.cooldowns.get(pair) == written:
            self.cooldowns[pair] = until

    def _check(self, before: Room) -> None:
        current = self.open.get(before.room_id)
        if current is None or current.version != before.version:
            raise VersionConflict

    def _lengthen(self, pair: Pair, until: int) -> int:
        self.cooldowns[pair] = max(until, self.cooldowns.get(pair, 0))
        return self.cooldowns[pair]
