"""The repository in memory, which other tests use, and the one in PostgreSQL give the same answers."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec.structs import replace

from matchmaker.domain.errors import RequestError, VersionConflict
from matchmaker.domain.ids import MessageId, new_id, pair_of
from matchmaker.domain.message import Receipt
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from matchmaker.ports.room_repository import RoomRepository as Contract
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from server.db.rooms.room_rows import as_stored
from tests.db.users import Accounts, opening
from tests.support.repository_memory import MemoryRoomRepository

STEPS = 400


class RandomCalls:
    """Chooses calls at random: mostly valid ones, some that are refused."""

    def __init__(self, accounts: Accounts, memory: MemoryRoomRepository, seed: int) -> None:
        self.accounts = accounts
        self.memory = memory
        self.draw = random.Random(seed)
        self.rooms: list[Room] = []
        self.said: list[tuple[Room, MessageId]] = []

    def next(self) -> Callable[[Contract], Awaitable[Any]]:
        """Return the next call of a repository."""
        self.accounts.clock.advance(self.draw.choice((0, 1, 1_000, 40_000_000)))
        writes = (self._open, self._open, self._move, self._say, self._say, self._end, self._receive)
        return self.draw.choice((*writes, self._lengthen, self._block, self._ask, self._ask, self._ask))()

    def _two(self) -> list[str]:
        return self.draw.sample(list(self.accounts.profiles), 2)

    def _room(self) -> Room:
        """An open room, or one that is over, was never there, or has another version."""
        if self.memory.open and self.draw.random() < 0.8:
            return self.memory.open[self.draw.choice(sorted(self.memory.open))]
        room = self.draw.choice(self.rooms[-6:]) if self.rooms else self.accounts.room(*self._two())
        return replace(room, version=self.draw.choice((1, 2)))

    def _open(self) -> Callable[[Contract], Awaitable[Any]]:
        room = self.accounts.room(*self._two(), mode=self.draw.choice(("video", "text")))
        self.rooms.append(room)
        return lambda repository: repository.commit(opening(room))

    def _move(self) -> Callable[[Contract], Awaitable[Any]]:
        room, now = self._room(), self.accounts.clock.now()
        after = replace(
            room,
            offerer=replace(room.offerer, away_until=self.draw.choice((None, now + 5)), said_at=now),
            asked_by=self.draw.choice((None, *room.users)),
            paused_at=self.draw.choice((None, now)),
            idle=self.draw.choice(((), room.users, (room.answerer.user,))),
        )
        if self.draw.random() < 0.2:
            after = replace(after, mode="video")
        if self.draw.random() < 0.5:
            return lambda repository: repository.update_rooms([(room, after)])
        return lambda repository: repository.commit(RoomWrite(before=room, after=after))

    def _say(self) -> Callable[[Contract], Awaitable[Any]]:
        room = self._room()
        sender = self.draw.choice(room.people).profile.display_name
        message = self.accounts.message(room, sender, str(len(self.said)), client_id=str(self.draw.randrange(12)))
        self.said.append((room, message.message_id))
        after = room
        if self.draw.random() < 0.5:
            after = replace(room, answerer=replace(room.answerer, said_at=self.accounts.clock.now()))
        return lambda repository: repository.commit(RoomWrite(before=room, after=after, message=message))

    def _end(self) -> Callable[[Contract], Awaitable[Any]]:
        room = self._room()
        change = self.accounts.end(
            room, self.draw.choice(("hangup", "connect_failed")), live_ms=self.draw.randrange(40_000)
        )
        return lambda repository: repository.commit(change)

    def _receive(self) -> Callable[[Contract], Awaitable[Any]]:
        room, message_id = self.draw.choice(self.said[-9:]) if self.said else (self._room(), MessageId(new_id(0)))
        receipt = Receipt(
            room_id=room.room_id,
            message_id=message_id,
            status=self.draw.choice(("delivered", "read")),
            by=self.draw.choice(room.users),
            at=self.accounts.clock.now(),
        )
        return lambda repository: repository.record_receipt(receipt)

    def _lengthen(self) -> Callable[[Contract], Awaitable[Any]]:
        one, other = (self.accounts[name] for name in self._two())
        until = self.accounts.clock.now() + self.draw.randrange(100_000_000)
        return lambda repository: repository.extend_cooldown(pair_of(one, other), until=until)

    def _block(self) -> Callable[[Contract], Awaitable[Any]]:
        one, other = (self.accounts[name] for name in self._two())
        if self.draw.random() < 0.1:
            return lambda repository: repository.block(one, other, now=0)
        return lambda repository: repository.unblock(one, other)

    def _ask(self) -> Callable[[Contract], Awaitable[Any]]:
        room, now = self._room(), self.accounts.clock.now()
        users = [self.accounts[name] for name in self._two()]
        place = self.draw.choice([None, *(message_id for _, message_id in self.said[-5:])])
        questions: list[Callable[[Contract], Awaitable[Any]]] = [
            lambda repository: repository.room(room.room_id),
            lambda repository: repository.rooms(after=self.draw.choice((None, room.room_id)), limit=3),
            lambda repository: repository.room_of(users[0]),
            lambda repository: repository.avoided(users, now=now),
            lambda repository: repository.messages(room.room_id, before=place, limit=4),
        ]
        return self.draw.choice(questions)


async def answer(ask: Callable[[Contract], Awaitable[Any]], repository: Contract) -> Any:
    """Return what *repository* answers, as it can be compared."""
    try:
        said = await ask(repository)
    except (RequestError, VersionConflict) as refusal:
        return type(refusal), getattr(refusal, "details", None)
    return _plain(said)


def _plain(said: Any) -> Any:
    if isinstance(said, Room):
        return as_stored(said)
    if isinstance(said, (list, tuple)):
        return [_plain(one) for one in said]
    return said


def _kind(said: Any) -> str:
    return str(said[0].__name__ if isinstance(said, tuple) else type(said).__name__)


@pytest.mark.parametrize("seed", range(4))
async def test_both_repositories_answer_alike(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts, seed: int
) -> None:
    await accounts.sign_up("mirror", mirror=True)
    memory = MemoryRoomRepository()
    memory.users |= {profile.user_id for profile in accounts.profiles.values()}
    story = RandomCalls(accounts, memory, seed)
    heard: Counter[str] = Counter()
    for step in range(STEPS):
        ask, state = story.next(), story.draw.getstate()
        answers = []
        for one in (memory, repository):
            story.draw.setstate(state)
            answers.append(await answer(ask, one))
        assert answers[0] == answers[1], (step, ask)
        heard[_kind(answers[0])] += 1
    # A story worth telling: everything succeeded, and everything was refused.
    assert not {"NoneType", "Room", "Message", "VersionConflict", "CooldownActive", "TargetUnavailable"} - set(heard), (
        heard
    )
    assert len(story.rooms) > len(memory.endings) > 3
    for table, kept in (("chat_history", memory.history), ("session_completions", memory.completions)):
        rows = await pool.fetch(f"SELECT user_id::text, room_id::text FROM {table}")
        assert {tuple(row) for row in rows} == {(user, room_id) for user, room_id, *_ in kept}
