"""Users who are friends, their channels, and what each is told: real services over a database of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

import pytest

from matchmaker.domain.clock import ManualClock
from matchmaker.domain.ids import UserId, new_user_id, pair_of
from server.db.channels.records import Change
from server.db.pool import Pool
from server.domain.people.channel_terms import ChannelTerms
from server.people.channels.marks import MarkBoard
from server.people.channels.reading import ChannelReader
from server.people.channels.sending import SendService
from server.people.channels.service import ChannelService
from server.people.channels.shown import change_events
from signaling.connection.channel_port import Draft
from signaling.wire.channel_models import MessageObject
from signaling.wire.event import Event


def link(attachment_id: str, name: str, media_type: str) -> str:
    return f"/v1/files/{attachment_id}"


class Heard:
    """What each user was told, in order."""

    def __init__(self) -> None:
        self.events: dict[UserId, list[Event]] = {}
        self.told = asyncio.Event()

    def deliver(self, events: Mapping[UserId, Event]) -> None:
        for user, event in events.items():
            self.events.setdefault(user, []).append(event)
            self.told.set()

    def of(self, user: UserId, kind: type[Event]) -> list[Event]:
        return [event for event in self.events.get(user, []) if type(event) is kind]


class Told:
    """Delivers each change to its members immediately, as a single node does."""

    def __init__(self, heard: Heard, published: list[Change]) -> None:
        self._heard = heard
        self._published = published

    def publish(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._published.append(change)
            self._heard.deliver(change_events(change, link=link))


class World:
    """Everything of channels, over one database; times are those of `clock`."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.clock = ManualClock()
        self.heard = Heard()
        self.terms = ChannelTerms()
        self.published: list[Change] = []
        delivery = Told(self.heard, self.published)
        self.faults: list[Exception] = []
        self.marks = MarkBoard(pool, self.heard, self.clock, every_s=0.01, on_fault=self.faults.append)
        self.reader = ChannelReader(pool, terms=self.terms, link=link)
        self.channels = ChannelService(
            pool,
            delivery=delivery,
            events=self.heard,
            marks=self.marks,
            reader=self.reader,
            clock=self.clock,
            terms=self.terms,
            link=link,
            verified=False,
        )
        self.commits: list[tuple[str, int]] = []
        """Name and size of each commit of sends."""
        self.sending = SendService(
            pool,
            delivery=delivery,
            events=self.heard,
            marks=self.marks,
            clock=self.clock,
            limits=self.terms.messages,
            link=link,
            typing_ms=3_000,
            email_ms=None,
            on_commit=lambda name, size, _: self.commits.append((name, size)),
        )
        self._numbers = 0

    async def users(self, count: int) -> list[UserId]:
        users = [new_user_id() for _ in range(count)]
        await self.pool.execute(
            """INSERT INTO users (user_id, display_name, adult_at)
               SELECT id, 'User', now() FROM unnest($1::uuid[]) AS t (id)""",
            users,
        )
        return users

    async def befriend(self, one: UserId, *others: UserId) -> None:
        for other in others:
            await self.pool.execute(
                """INSERT INTO friendships (low, high, since_at) VALUES ($1::uuid, $2::uuid, now())
                   ON CONFLICT DO NOTHING""",
                *pair_of(one, other),
            )

    async def unfriend(self, one: UserId, other: UserId) -> None:
        await self.pool.execute(
            "DELETE FROM friendships WHERE low = $1::uuid AND high = $2::uuid", *pair_of(one, other)
        )

    async def block(self, user: UserId, target: UserId) -> None:
        await self.pool.execute(
            "INSERT INTO blocks (user_id, target_id, since_at) VALUES ($1::uuid, $2::uuid, now())", user, target
        )

    async def friends(self, count: int) -> list[UserId]:
        """Sign up users; the first is a friend of each other one."""
        users = await self.users(count)
        await self.befriend(*users)
        return users

    async def dm(self) -> tuple[UserId, UserId, str]:
        one, other = await self.friends(2)
        return one, other, (await self.channels.open_dm(one, other)).channel_id

    async def group(self, size: int) -> tuple[list[UserId], str]:
        users = await self.friends(size)
        channel = await self.channels.create_group(users[0], "Chess", users[1:])
        return users, channel.channel_id

    async def say(self, user: UserId, channel_id: str, body: str = "hello", **fields: object) -> MessageObject:
        self._numbers += 1
        draft = {"client_id": f"c{self._numbers}", "body": body} | fields
        answer: asyncio.Future[MessageObject] = asyncio.get_running_loop().create_future()

        def done(outcome: MessageObject | Exception, _: bool) -> None:
            answer.set_exception(outcome) if isinstance(outcome, Exception) else answer.set_result(outcome)

        self.sending.send(user, Draft(channel_id=channel_id, **draft), done)  # type: ignore[arg-type]
        return await answer

    async def numbers(self, channel_id: str) -> list[int]:
        rows = await self.pool.fetch(
            "SELECT n FROM channel_messages WHERE channel_id = $1::uuid ORDER BY n", channel_id
        )
        return [row[0] for row in rows]


def bodies(messages: Sequence[MessageObject]) -> list[object]:
    return [message.body for message in messages]


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    pool = await Pool.open(database, size=8)
    world = World(pool)
    yield world
    await world.sending.close()
    assert world.faults == []
    await pool.close()
