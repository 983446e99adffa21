"""The contract of the room repository: state that survives a restart. It decides nothing; time is an argument."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from matchmaker.domain.ids import MessageId, Pair, RoomId, UserId
from matchmaker.domain.invite import Invite
from matchmaker.domain.message import Message, Receipt
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from matchmaker.ports.callbacks import Done

MESSAGES_IN_STATE = 50
"""How many of the last messages are sent to a user who connects to a room."""


class RoomRepository(Protocol):
    """Rooms, messages, cooldowns and blocks. Any call may raise `errors.Unavailable`; then nothing was stored."""

    async def avoided(self, users: Sequence[UserId], *, now: int) -> Mapping[UserId, dict[UserId, int]]:
        """Return for each of *users* the users they must not meet, with the end of each exclusion.

        Cooldowns that end after *now*, and blocks in either direction as `timing.FOREVER`.
        """
        ...

    async def introduced(self, user: UserId) -> Mapping[UserId, str | None]:
        """Return the users *user* was introduced to, either way, with the introducer's name; the latest 100.

        None: the introducer has deleted their account.
        """
        ...

    def submit(self, change: RoomWrite, done: Done) -> None:
        """Make *change* durable, then call *done* with its message as stored in the repository, or with the error.

        A message whose `client_id` its sender has used in this room before is not stored again: the earlier one is
        returned, and nothing else of the change is stored either. Concurrent calls share a transaction.

        Errors beside `Unavailable`, each of which means that nothing was stored:
            VersionConflict: the room is not at the version of `change.before`, or, when opening, one of the two is in
                another room already.
            CooldownActive: when opening, the two may not meet yet.
            TargetUnavailable: when opening, one blocks the other, or one of them was deleted.
        """
        ...

    def submit_cooldown(self, pair: Pair, done: Done, *, until: int) -> None:
        """Extend the cooldown of *pair* to at least *until*, then call *done* with its end. Never shortens."""
        ...

    def submit_receipt(self, receipt: Receipt, done: Done) -> None:
        """Record that `receipt.by` has received or read the peer's messages, up to that message.

        Then call *done* with whether that changed anything: False when it was recorded before, or the message is
        unknown.
        """
        ...

    async def messages(self, room_id: RoomId, *, before: MessageId | None = None, limit: int = 50) -> list[Message]:
        """Return the last *limit* messages of a room (before *before*, if given), oldest first."""
        ...

    async def room(self, room_id: RoomId) -> Room | None:
        """Return an open room; None if there is none with this id."""
        ...

    async def rooms(self, *, after: RoomId | None = None, limit: int = 200) -> list[tuple[Room, list[Message]]]:
        """Return up to *limit* open rooms with an id above *after*, by id, each with its last 50 messages."""
        ...

    async def update_rooms(self, rooms: Iterable[tuple[Room, Room]]) -> list[Room]:
        """Store many rooms in one statement, each `(before, after)` by compare-and-set; return the stored ones."""
        ...

    async def room_of(self, user: UserId) -> RoomId | None:
        """Return the open room that *user* is in."""
        ...

    async def block(self, user: UserId, target: UserId, *, now: int) -> None:
        """Block *target* for *user*; idempotent."""
        ...

    def record_invite(self, invite: Invite, *, now: int) -> None:
        """Schedule a write of a direct invite that ended without a room, so that it can be reported; never raises."""
        ...

    async def unblock(self, user: UserId, target: UserId) -> Collection[UserId]:
        """Remove the block of *target* by *user*; idempotent. Return *target* and every other user it had excluded."""
        ...
