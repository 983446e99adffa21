"""The room repository in PostgreSQL: one facade for all subjects, with group commit for everything hot."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any, TypedDict, TypeVar

import asyncpg
import msgspec

from matchmaker.domain.errors import Invalid, TakenOver, TargetUnavailable, Unavailable, VersionConflict
from matchmaker.domain.ids import MessageId, Pair, RoomId, UserId
from matchmaker.domain.invite import Invite
from matchmaker.domain.message import Message, Receipt
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from matchmaker.ports.callbacks import Done, completed
from matchmaker.ports.room_repository import MESSAGES_IN_STATE
from server.db.accounts import referrals
from server.db.group_commit import DOUBT_S, PACE_S, GroupCommitter, OnCommit, OnFault, log_fault, no_listener
from server.db.people import blocks
from server.db.people.blocks import BlockedUser
from server.db.pool import Pool
from server.db.rooms import cooldowns, history, meetings, messages, room_rows
from server.db.rooms.cooldowns import Cooldown, Question
from server.db.rooms.history import CallRecord
from server.db.rooms.in_doubt import InDoubtCommits, move_again, open_and_end_again
from server.db.rooms.meetings import EndedInvite
from server.db.rooms.room_commit import open_and_end
from server.db.rooms.room_updates import move_rooms, revise_rooms
from server.domain.ban_policy import NEWCOMERS_MS

Result = TypeVar("Result")
Store = Callable[[Pool, Sequence[RoomWrite]], Awaitable[list[Result]]]

REVISED_AT_ONCE = 1_000


class Common(TypedDict):
    """What all commit queues share."""

    on_commit: OnCommit
    on_fault: OnFault
    doubt_s: float


class PostgresRoomRepository:
    """Implements `RoomRepository`. *on_commit* is called for every commit: queue, items, seconds."""

    def __init__(
        self,
        pool: Pool,
        *,
        on_commit: OnCommit = no_listener,
        on_fault: OnFault = log_fault,
        doubt_s: float = DOUBT_S,
        newcomers_ms: int = NEWCOMERS_MS,
        node: str | None = None,
    ) -> None:
        """*node*: the process that owns the rooms opened here; None: there is only one.

        *newcomers_ms*: how long a block keeps newer accounts of the blocked person's origins apart.
        """
        self._pool = pool
        self._node = node
        self._newcomers_ms = newcomers_ms
        self._doubts = InDoubtCommits(pool, owner=node)
        common: Common = {"on_commit": on_commit, "on_fault": on_fault, "doubt_s": doubt_s}
        self._rooms: GroupCommitter[RoomWrite, None] = GroupCommitter(
            "room",
            self._first(partial(open_and_end, owner=node)),
            again=self._first(partial(open_and_end_again, owner=node)),
            keys=_people,
            kind=lambda change: "open" if change.before is None else "end",
            on_doubt=self._doubts.add,
            pace_s=PACE_S,
            **common,
        )
        self._moves: GroupCommitter[RoomWrite, Message | None] = GroupCommitter(
            "move",
            self._first(move_rooms),
            again=self._first(move_again),
            keys=lambda change: (change.after.room_id,),
            on_doubt=self._doubts.add,
            pace_s=PACE_S,
            **common,
        )
        self._receipts: GroupCommitter[Receipt, bool] = GroupCommitter(
            "receipt", lambda items: messages.receive(pool, items), keys=lambda item: (item.room_id,), **common
        )
        self._lengthenings: GroupCommitter[tuple[Pair, int], int] = GroupCommitter(
            "cooldown", lambda items: cooldowns.lengthen(pool, items), keys=lambda item: item[:1], **common
        )
        self._questions: GroupCommitter[Question, dict[UserId, int]] = GroupCommitter(
            "avoided", lambda items: cooldowns.read_avoided(pool, items), **common
        )
        self._invites: GroupCommitter[EndedInvite, None] = GroupCommitter(
            "invite", lambda items: meetings.record_invites(pool, items), **common
        )
        self._keeping: set[asyncio.Task[None]] = set()
        self._acquaintances: GroupCommitter[UserId, dict[UserId, str | None]] = GroupCommitter(
            "introduced", lambda items: referrals.read_introduced(pool, items), **common
        )

    async def close(self) -> None:
        """Return once all given items are stored, or refused, with what their callbacks gave. The pool stays open."""
        queues: tuple[GroupCommitter[Any, Any], ...] = (
            self._rooms, self._moves, self._receipts, self._lengthenings, self._questions, self._acquaintances,
        )  # fmt: skip
        while self._keeping or any(queue.is_busy for queue in queues):
            for queue in queues:
                await queue.close()
            await self.invites_recorded()

    async def avoided(self, users: Sequence[UserId], *, now: int) -> Mapping[UserId, dict[UserId, int]]:
        """Return for each of *users* their exclusions with the ends; concurrent calls share a query."""
        if len(users) == 1:
            return {users[0]: await self._questions.submit(Question(users[0], now))}
        if not users:
            return {}
        answers = await cooldowns.read_avoided(self._pool, [Question(user, now) for user in users])
        return {user: answer for user, answer in zip(users, answers, strict=True) if isinstance(answer, dict)}

    async def introduced(self, user: UserId) -> Mapping[UserId, str | None]:
        """Return the introductions of *user*, either way, with the introducer; concurrent calls share a query."""
        return await self._acquaintances.submit(user)

    def submit(self, change: RoomWrite, done: Done) -> None:
        """Make *change* durable, then call *done* with its message as stored, or with the error.

        The room's version is one above that of `change.before` then (1 after an opening); after a message alone it is
        the same. Errors are those of the contract, and `Invalid`: PostgreSQL cannot hold the text (U+0000), or it is
        too long; the codec should have said so.
        """
        changes_room = change.before is not None and change.ending is None
        line: GroupCommitter[RoomWrite, Any] = self._moves if changes_room else self._rooms
        line.post(change, partial(self._committed, change, done))

    async def commit(self, change: RoomWrite) -> Message | None:
        """Call `submit`; return its message, or raise the error."""
        message: Message | None = await completed(partial(self.submit, change))
        return message

    def _committed(self, change: RoomWrite, done: Done, message: Message | None, error: Exception | None) -> None:
        if error is None:
            done(message, None)
        elif (
            isinstance(error, VersionConflict)
            and change.ending is not None
            and self._doubts.ended(change.after.room_id)
        ):
            done(None, None)
        else:
            done(None, _refusal_of(error))

    def submit_cooldown(self, pair: Pair, done: Done, *, until: int) -> None:
        """Extend the cooldown of *pair* to at least *until*, then call *done* with its end. Never shortens."""
        self._lengthenings.post((pair, until), done)

    async def extend_cooldown(self, pair: Pair, *, until: int) -> int:
        """Call `submit_cooldown`; return the end."""
        return await self._lengthenings.submit((pair, until))

    def submit_receipt(self, receipt: Receipt, done: Done) -> None:
        """Record that `receipt.by` has received or read messages of the peer; call *done* with whether that changed
        anything.
        """
        self._receipts.post(receipt, done)

    async def record_receipt(self, receipt: Receipt) -> bool:
        """Call `submit_receipt`; return whether that changed anything."""
        return await self._receipts.submit(receipt)

    async def messages(self, room_id: RoomId, *, before: MessageId | None = None, limit: int = 50) -> list[Message]:
        """Return the last *limit* messages of a room (before *before*, if given), oldest first."""
        await self._doubts.resolve()
        return await messages.last(self._pool, room_id, before=before, limit=limit)

    async def room(self, room_id: RoomId) -> Room | None:
        """Return an open room; None if there is none with this id.

        Raises:
            TakenOver: another process owns it.
        """
        await self._doubts.resolve()
        room = (await room_rows.load(self._pool, [room_id])).get(room_id)
        if room is not None and self._node is not None:
            owner = await room_rows.owner_of(self._pool, room_id)
            if owner not in (None, self._node):
                raise TakenOver
        return room

    async def rooms(self, *, after: RoomId | None = None, limit: int = 200) -> list[tuple[Room, list[Message]]]:
        """Return up to *limit* open rooms with an id above *after*, by id, each with its last 50 messages."""
        await self._doubts.resolve()
        page = await room_rows.load_page(self._pool, after=after, limit=limit)
        latest = await messages.last_of_each(self._pool, [room.room_id for room in page], limit=MESSAGES_IN_STATE)
        return [(room, latest[room.room_id]) for room in page]

    async def update_rooms(self, pairs: Iterable[tuple[Room, Room]]) -> list[Room]:
        """Store rooms in chunks, each by compare-and-set; return the stored ones, at their new version."""
        await self._doubts.resolve()
        revised: list[Room] = []
        for chunk in _chunks(pairs, REVISED_AT_ONCE):
            stored = await revise_rooms(self._pool, chunk)
            revised += [
                msgspec.structs.replace(after, version=before.version + 1)
                for before, after in chunk
                if after.room_id in stored
            ]
        return revised

    async def room_of(self, user: UserId) -> RoomId | None:
        """Return the open room that *user* is in."""
        await self._doubts.resolve()
        return await room_rows.room_of(self._pool, user)

    async def block(self, user: UserId, target: UserId, *, now: int) -> None:
        """Block *target* for *user*; idempotent. Raises as `blocks.block`."""
        await blocks.block(self._pool, user, target, now=now, newcomers_ms=self._newcomers_ms)

    def record_invite(self, invite: Invite, *, now: int) -> None:
        """Schedule a write of a direct invite that ended without a room, so that it can be reported; never raises."""
        task = asyncio.create_task(self._record_invite(meetings.ended_invite(invite, now=now)))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def invites_recorded(self) -> None:
        """Return once every invite given to `record_invite` is stored, or cannot be."""
        await asyncio.gather(*self._keeping)

    async def _record_invite(self, invite: EndedInvite) -> None:
        with suppress(Unavailable):
            await self._invites.submit(invite)

    async def unblock(self, user: UserId, target: UserId) -> set[UserId]:
        """Remove the block of *target* by *user*; idempotent. Return *target* and every other user it had excluded."""
        return await blocks.unblock(self._pool, user, target)

    async def sweep(self, *, now: int) -> int:
        """Delete expired cooldowns, and return how many; once an hour is often enough."""
        deleted = 0
        while removed := await cooldowns.forget_ended(self._pool, now=now):
            deleted += removed
        return deleted

    # Used by the HTTP pages only.

    async def blocks(self, user: UserId) -> list[BlockedUser]:
        """Return the users that *user* has blocked, the latest first."""
        return await blocks.blocks_of(self._pool, user)

    async def cooldowns(self, user: UserId, *, now: int) -> list[Cooldown]:
        """Return the users in a cooldown with *user*, the earliest end first."""
        return await cooldowns.cooldowns_of(self._pool, user, now=now)

    async def calls(
        self, user: UserId, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[list[CallRecord], str | None]:
        """Return a page of the conversations of *user*, newest first. Raises as `history.calls`."""
        return await history.calls(self._pool, user, cursor=cursor, limit=limit)

    async def transcript(
        self, user: UserId, room_id: RoomId, *, cursor: str | None = None, limit: int = 100
    ) -> tuple[list[Message], str | None]:
        """Return a page of messages of a room of *user*, oldest first. Raises as `history.messages`."""
        return await history.messages(self._pool, user, room_id, cursor=cursor, limit=limit)

    def _first(self, store: Store[Result]) -> Callable[[Sequence[RoomWrite]], Awaitable[list[Result]]]:
        """Return *store*, after doubtful commits have been resolved."""

        async def run(changes: Sequence[RoomWrite]) -> list[Result]:
            await self._doubts.resolve()
            return await store(self._pool, changes)

        return run


def _refusal_of(error: Exception) -> Exception:
    """Return *error* as the contract words it."""
    refusal: Exception
    if isinstance(error, asyncpg.UniqueViolationError | asyncpg.TransactionRollbackError):
        refusal = VersionConflict("another node was faster")
    elif isinstance(error, asyncpg.ForeignKeyViolationError):
        refusal = TargetUnavailable()
    elif isinstance(error, asyncpg.CheckViolationError | asyncpg.DataError):
        refusal = Invalid("body", "this cannot be stored")
    else:
        return error
    refusal.__cause__ = error
    return refusal


def _people(change: RoomWrite) -> tuple[str, ...]:
    """Return the room and the users whose participation, totals and cooldowns are written; the mirror has none."""
    room = change.after
    offerer, answerer = room.offerer.profile, room.answerer.profile
    if offerer.mirror or answerer.mirror:
        return (room.room_id, *(profile.user_id for profile in (offerer, answerer) if not profile.mirror))
    return room.room_id, offerer.user_id, answerer.user_id


def _chunks(pairs: Iterable[tuple[Room, Room]], size: int) -> Iterator[list[tuple[Room, Room]]]:
    rest = iter(pairs)
    while chunk := list(islice(rest, size)):
        yield chunk
