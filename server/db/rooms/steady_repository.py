"""The room repository as the matchmaker sees it: instants of its steady clock here, of the wall clock in the
database.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from matchmaker.domain.clock import WallClock
from matchmaker.domain.errors import CooldownActive
from matchmaker.domain.ids import MessageId, Pair, RoomId, UserId
from matchmaker.domain.instants import shifted
from matchmaker.domain.invite import Invite
from matchmaker.domain.message import Message, Receipt
from matchmaker.domain.room import Room
from matchmaker.domain.timing import FOREVER
from matchmaker.domain.transactions import RoomWrite
from matchmaker.ports.callbacks import Done
from matchmaker.ports.room_repository import RoomRepository

Value = TypeVar("Value")


class SteadyRoomRepository:
    """Implements `RoomRepository` over *ledger*. As long as the clock was never stepped it adds 0."""

    def __init__(self, repository: RoomRepository, clock: WallClock) -> None:
        self._repository = repository
        self._clock = clock

    async def avoided(self, users: Sequence[UserId], *, now: int) -> Mapping[UserId, dict[UserId, int]]:
        """Return for each of *users* the users they must not meet, with the end of each exclusion."""
        ahead = self._ahead
        found = await self._repository.avoided(users, now=now + ahead)
        if not ahead:
            return found
        return {
            user: {other: at if at >= FOREVER else at - ahead for other, at in whom.items()}
            for user, whom in found.items()
        }

    async def introduced(self, user: UserId) -> Mapping[UserId, str | None]:
        """Return the introductions of *user*, either way, with the introducer."""
        return await self._repository.introduced(user)

    def submit(self, change: RoomWrite, done: Done) -> None:
        """Make *change* durable, then call *done* with its message as stored, or with the error."""
        if ahead := self._ahead:
            change, done = shifted(change, ahead), partial(_committed, done, ahead)
        self._repository.submit(change, done)

    def submit_cooldown(self, pair: Pair, done: Done, *, until: int) -> None:
        """Extend the cooldown of *pair* to at least *until*, then call *done* with its end."""
        ahead = self._ahead

        def extended(end: int | None, error: Exception | None) -> None:
            done(None if end is None else end - ahead, error)

        self._repository.submit_cooldown(pair, extended, until=until + ahead)

    def submit_receipt(self, receipt: Receipt, done: Done) -> None:
        """Record that `receipt.by` has received or read messages of the peer; call *done* with whether that changed
        anything.
        """
        self._repository.submit_receipt(self._there(receipt), done)

    async def messages(self, room_id: RoomId, *, before: MessageId | None = None, limit: int = 50) -> list[Message]:
        """Return the last *limit* messages of a room (before *before*, if given), oldest first."""
        return self._here(await self._repository.messages(room_id, before=before, limit=limit))

    async def room(self, room_id: RoomId) -> Room | None:
        """Return an open room; None if there is none with this id."""
        return self._here(await self._repository.room(room_id))

    async def rooms(self, *, after: RoomId | None = None, limit: int = 200) -> list[tuple[Room, list[Message]]]:
        """Return up to *limit* open rooms with an id above *after*, by id, each with its last 50 messages."""
        return self._here(await self._repository.rooms(after=after, limit=limit))

    async def update_rooms(self, rooms: Iterable[tuple[Room, Room]]) -> list[Room]:
        """Store many rooms in one statement, each `(before, after)` by compare-and-set; return the stored ones."""
        return self._here(await self._repository.update_rooms([self._there(pair) for pair in rooms]))

    async def room_of(self, user: UserId) -> RoomId | None:
        """Return the open room that *user* is in."""
        return await self._repository.room_of(user)

    async def block(self, user: UserId, target: UserId, *, now: int) -> None:
        """Block *target* for *user*; idempotent."""
        await self._repository.block(user, target, now=now + self._ahead)

    def record_invite(self, invite: Invite, *, now: int) -> None:
        """Schedule a write of a direct invite that ended without a room."""
        self._repository.record_invite(self._there(invite), now=now + self._ahead)

    async def unblock(self, user: UserId, target: UserId) -> Collection[UserId]:
        """Remove the block of *target* by *user*; idempotent."""
        return await self._repository.unblock(user, target)

    @property
    def _ahead(self) -> int:
        return self._clock.offset_ms

    def _there(self, value: Value) -> Value:
        return shifted(value, self._ahead)

    def _here(self, value: Value) -> Value:
        return shifted(value, -self._ahead)


def _committed(done: Done, ahead: int, message: Message | None, error: Exception | None) -> None:
    if isinstance(error, CooldownActive):
        error = CooldownActive(error.until_at - ahead)
    done(shifted(message, -ahead), error)
