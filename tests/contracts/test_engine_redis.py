"""What only the engine in Redis promises: nodes hear of each other, and the store may forget, stop and return."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from matchmaker import course
from matchmaker.bus_redis import RedisBus
from matchmaker.change import Change, Claim
from matchmaker.engine_redis import RedisEngine
from matchmaker.errors import Conflict, Unavailable
from matchmaker.fact import AnyFact, Apart, Forgiven, Interrupted, Reseated, RoomGone, RoomMoved
from matchmaker.ids import RoomId, UserId
from matchmaker.invite import Party
from matchmaker.news import AnyNews, QueueUpdate
from matchmaker.pipe_redis import Pipe
from matchmaker.seat import Seat
from tests.contracts.test_engine import NOW, RULES, invite_of, ticket_of
from tests.valkey import Valkey

A, B, C = (UserId(name) for name in "abc")
ROOM = replace(
    course.begin(
        RoomId("room"),
        "text",
        *(Party(profile=ticket_of(name).profile, wish=ticket_of(name).wish) for name in "ab"),
        now=NOW,
        rules=RULES,
    ),
    version=1,
)


class Node:
    """One node's engine, and what it has told and learnt."""

    def __init__(self, url: str, name: str, pool: str) -> None:
        self.name = name
        self.told: list[AnyNews] = []
        self.learnt: list[AnyFact] = []
        self.pipe = Pipe(url)
        self.bus = RedisBus(self.pipe, name, pool=pool, beat_s=0.05)
        self.engine = RedisEngine(self.pipe, self.bus, self.told.append, pool=pool)

    async def open(self) -> "Node":
        await self.pipe.open()
        await self.bus.open()
        await self.engine.begin()
        self.engine.trust()
        self.engine.learn = self.learnt.append
        return self

    async def close(self) -> None:
        await self.bus.close()
        await self.pipe.close()

    async def sit(self, user: UserId, *, since: int | None = None, **wish: object) -> Seat:
        """Let somebody be on this node, waiting if *since* is given."""
        seat = await self.engine.seat(user) or Seat(profile=ticket_of(user).profile)
        ticket = None if since is None else ticket_of(user, since=since, **wish)
        await self.engine.commit(Change(seats=(replace(seat, connected=True, node=self.name, ticket=ticket),)))
        return await self.seat(user)

    async def seat(self, user: UserId) -> Seat:
        found = await self.engine.seat(user)
        assert found is not None
        return found

    async def hears(self, count: int, kind: type[object] = object) -> list[object]:
        """Return what was told and learnt once there is so much of it."""
        async with asyncio.timeout(5):
            # What is told comes in by a plain call.
            while len(heard := [item for item in (*self.told, *self.learnt) if isinstance(item, kind)]) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        return heard


@pytest.fixture
async def one(redis: Valkey, pool_name: str) -> AsyncIterator[Node]:
    node = await Node(redis.url, "one", pool_name).open()
    yield node
    await node.close()


@pytest.fixture
async def two(redis: Valkey, pool_name: str) -> AsyncIterator[Node]:
    node = await Node(redis.url, "two", pool_name).open()
    yield node
    await node.close()


@pytest.fixture
async def own(pool_name: str) -> AsyncIterator[tuple[Valkey, Node]]:
    """A node with a Redis of its own, which may be treated badly."""
    server = Valkey().start()
    node = await Node(server.url, "one", pool_name).open()
    yield server, node
    await node.close()
    server.stop()


def update(user: UserId, reason: str) -> QueueUpdate:
    return QueueUpdate(to=user, queued=True, reason=reason)


async def test_news_goes_to_the_node_that_has_the_person_in_order(one: Node, two: Node) -> None:
    await one.sit(A)
    seat = await two.sit(B)
    await one.engine.tell([update(A, "1"), update(B, "2")])
    await one.engine.commit(Change(seats=(replace(await one.seat(A), last_room=ROOM.room_id),), tell=(update(B, "3"),)))
    await one.engine.tell([update(B, "4"), update(C, "nobody has C")])
    assert [item.reason for item in await two.hears(3, QueueUpdate)] == ["2", "3", "4"]
    await one.hears(2, QueueUpdate)
    assert one.told == [update(A, "1"), update(C, "nobody has C")]
    assert await two.seat(B) is seat, "of one's own people one need not ask"


async def test_a_node_is_told_what_others_do_to_its_people(one: Node, two: Node) -> None:
    before = await two.sit(B, since=NOW)
    stale = await one.seat(B)
    assert stale == replace(before, ticket=stale.ticket)
    await one.engine.commit(Change(seats=(replace(stale, ticket=None),)))
    (fact,) = await two.hears(1, Reseated)
    assert fact == Reseated(to=B, before=before, seat=replace(before, version=2, ticket=None))
    assert (await two.seat(B)).ticket is None
    assert two.engine.holds(B)
    await one.engine.commit(Change(seats=(replace(await one.seat(B), node="one"),)))
    _, gone = await two.hears(2, Reseated)
    assert gone == Reseated(to=B, before=_seat_of(fact), seat=None)
    assert not two.engine.holds(B)
    assert one.engine.holds(B)
    assert await one.engine.people("two") == []
    assert await one.engine.people("one") == [B]


def _seat_of(fact: object) -> Seat | None:
    assert isinstance(fact, Reseated)
    return fact.seat


async def test_a_forgotten_person_is_forgotten_everywhere(one: Node, two: Node) -> None:
    await two.sit(B, since=NOW)
    await one.engine.commit(Change(forgotten=(await one.seat(B),)))
    (fact,) = await two.hears(1, Reseated)
    assert _seat_of(fact) is None
    assert await two.engine.seat(B) is None
    assert await one.engine.depth() == {"video": 0, "text": 0}


async def test_people_of_two_nodes_meet(one: Node, two: Node) -> None:
    mine = (await one.sit(A, since=NOW)).ticket
    theirs = (await two.sit(B, since=NOW + 1, interests=("go",))).ticket
    assert mine is not None
    assert theirs is not None
    assert (await two.engine.heads(theirs, now=NOW)).new == mine
    found = (await one.engine.heads(mine, now=NOW)).new
    assert found is not None
    assert found.user == B
    seats = tuple([replace(await one.seat(user), invite=invite_of(A, B).invite_id) for user in (A, B)])
    await one.engine.commit(Change(seats=seats, invites=(invite_of(A, B),), tell=(update(A, ""), update(B, ""))))
    await two.hears(1, QueueUpdate)
    assert (await two.seat(B)).invite == invite_of(A, B).invite_id
    with pytest.raises(Conflict):
        await two.engine.commit(Change(seats=(replace(await two.seat(B), version=1, invite=None),)))


async def test_a_cooldown_reaches_tickets_on_other_nodes_and_is_taken_back(one: Node, two: Node) -> None:
    await two.sit(B, since=NOW)
    mine = (await one.sit(A, since=NOW + 1, avoid={"x": NOW + 7})).ticket
    assert mine is not None
    for shorter in (0, 3):
        await one.engine.tell([Apart(to=B, other=A, until=NOW + 9 - shorter)])
    heads = await one.engine.heads(mine, now=NOW + 8)
    assert (heads.new, heads.retry_at) == (None, NOW + 9)
    assert [fact.until for fact in await two.hears(2, Apart)] == [NOW + 9, NOW + 6]
    await one.engine.tell([Forgiven(to=B, other=A, until=NOW + 8)])
    assert (await one.engine.heads(mine, now=NOW)).new is None, "another one, which is longer, stays"
    await one.engine.tell([Forgiven(to=B, other=A, until=NOW + 9)])
    assert (await one.engine.heads(mine, now=NOW)).new is not None


async def test_facts_go_only_to_other_nodes(one: Node, two: Node) -> None:
    await one.sit(A)
    await two.sit(B)
    facts = [RoomMoved(to=user, room=ROOM) for user in (A, B)] + [RoomGone(to=B, room_id=ROOM.room_id)]
    await one.engine.tell(facts)
    await two.hears(2)
    assert two.learnt == facts[1:]
    assert one.learnt == []


async def test_scripts_survive_being_flushed(one: Node, two: Node, redis: Valkey) -> None:
    await two.sit(B)
    for n in range(3):
        redis.ask("SCRIPT", "FLUSH")
        await asyncio.gather(one.sit(A, since=NOW), one.engine.tell([update(B, str(2 * n)), update(B, str(2 * n + 1))]))
        await one.engine.heads(ticket_of("z"), now=NOW)
    assert [item.reason for item in await two.hears(6, QueueUpdate)] == list("012345")


async def test_every_deadline_is_known_to_all_until_it_is_met(one: Node, two: Node) -> None:
    await one.engine.commit(Change(seats=(replace(Seat(profile=ticket_of(A).profile), deadline=NOW + 2, node="one"),)))
    invite = invite_of(A, B)
    await one.engine.commit(Change(invites=(invite,)))
    one.engine.watch(ROOM.room_id, NOW + 1)
    claim = Claim(room=ROOM, before=(await one.sit(B), await one.seat(A)), invite=invite, until=NOW + 3)
    await one.engine.commit(Change(claim=claim))
    every = [("room", "room"), ("seat", A), ("claim", "room"), ("invite", invite.invite_id)]
    assert await two.engine.due(before=NOW + 99_000, limit=9) == every
    assert await two.engine.due(before=NOW + 2, limit=9) == every[:1]
    assert await two.engine.due(before=NOW + 99_000, limit=2) == every[:2]
    assert await two.engine.claim(ROOM.room_id) == claim
    one.engine.settle(ROOM.room_id)
    one.engine.watch(ROOM.room_id, None)
    await one.engine.commit(Change(ended=(replace(invite, version=1),), forgotten=(await one.seat(A),)))
    assert await two.engine.due(before=NOW + 99_000, limit=9) == []
    assert await two.engine.claim(ROOM.room_id) is None


async def test_a_closing_invite_is_looked_at_when_nobody_closes_it(one: Node) -> None:
    invite = replace(invite_of(A, B), closing=True, closing_until=NOW + 5)
    await one.engine.commit(Change(invites=(invite,)))
    assert await one.engine.due(before=NOW + 6, limit=9) == [("invite", invite.invite_id)]


async def test_while_redis_is_gone_everything_is_refused_at_once_and_goes_on_by_itself(
    own: tuple[Valkey, Node],
) -> None:
    server, node = own
    seat = await node.sit(A, since=NOW)
    server.kill()
    async with asyncio.timeout(1):
        with pytest.raises(Unavailable):
            await node.engine.commit(Change(seats=(replace(seat, epoch=7),)))
        with pytest.raises(Unavailable):
            await node.engine.heads(ticket_of("z"), now=NOW)
        with pytest.raises(Unavailable):
            await node.engine.seat(B)
    await node.engine.tell([update(A, "people here are told"), update(B, "and others when it is back")])
    assert node.told == [update(A, "people here are told")]
    server.start()
    await node.hears(1, Interrupted)
    with pytest.raises(Unavailable):
        await node.engine.commit(Change(seats=(replace(seat, epoch=8),)))
    await node.engine.begin()
    assert await node.engine.recall([A]) == [None]
    assert node.engine.own() == [seat]
    await node.engine.commit(Change(restored=((0, replace(seat, epoch=9)),)))
    node.engine.trust()
    assert await node.engine.recall([A]) == [replace(seat, epoch=9, version=2, ticket=(await node.seat(A)).ticket)]
    assert (await node.engine.heads(ticket_of("z"), now=NOW)).new is not None
    await node.hears(2, QueueUpdate)


async def test_a_paused_redis_is_slow_once_and_refused_after_that(own: tuple[Valkey, Node]) -> None:
    server, node = own
    seat = await node.sit(A)
    server.pause()
    with pytest.raises(Unavailable):
        async with asyncio.timeout(2):
            await node.engine.commit(Change(seats=(replace(seat, epoch=7),), tell=(update(A, "late"),)))
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(Unavailable):
        await node.engine.commit(Change(seats=(replace(seat, epoch=8),)))
    assert loop.time() - began < 0.1
    server.go_on()
    await node.hears(1, QueueUpdate)
    assert (await node.seat(A)).epoch == 7, "what was given up has happened all the same, and is known"
    assert node.learnt == [], "the connection was kept"


async def test_news_wait_for_a_redis_that_was_slow_and_keep_their_order(
    own: tuple[Valkey, Node], pool_name: str
) -> None:
    server, node = own
    other = await Node(server.url, "two", pool_name).open()
    await other.sit(B)
    server.pause()
    await node.engine.tell([update(B, "first")])
    with pytest.raises(Unavailable):
        async with asyncio.timeout(2):
            await node.engine.commit(Change(seats=(Seat(profile=ticket_of(A).profile),)))
    await node.engine.tell([update(B, "second")])
    await node.engine.tell([update(B, "third")])
    server.go_on()
    await node.engine.tell([update(B, "fourth")])
    heard = [item.reason for item in await other.hears(4, QueueUpdate) if isinstance(item, QueueUpdate)]
    assert heard == ["first", "second", "third", "fourth"]
    assert node.learnt == [], "on the same connection"
    await other.close()


async def test_what_was_on_its_way_when_the_connection_broke_is_said_again(
    own: tuple[Valkey, Node], pool_name: str
) -> None:
    server, node = own
    server.pause()
    await node.engine.tell([update(B, "while nobody answers")])
    await asyncio.sleep(0)
    server.kill()
    server.start()
    await node.hears(1, Interrupted)
    other = await Node(server.url, "two", pool_name).open()
    await other.sit(B)
    await node.engine.begin()
    node.engine.trust()
    (heard,) = await other.hears(1, QueueUpdate)
    assert heard == update(B, "while nobody answers")
    await other.close()


async def test_an_emptied_redis_is_noticed_by_whoever_asks(own: tuple[Valkey, Node]) -> None:
    server, node = own
    seat = await node.sit(A, since=NOW)
    server.ask("FLUSHALL")
    with pytest.raises(Unavailable):
        await node.engine.commit(Change(seats=(replace(seat, epoch=7),)))
    with pytest.raises(Unavailable):
        await node.engine.heads(ticket_of("z"), now=NOW)
    assert await node.hears(1, Interrupted)
    assert node.engine.own() == [seat]


async def test_a_deaf_node_notices(own: tuple[Valkey, Node]) -> None:
    server, node = own
    await node.sit(A)
    node.pipe.post("UNSUBSCRIBE")
    async with asyncio.timeout(8):
        await node.hears(1, Interrupted)
    await node.engine.commit(Change(seats=(replace(await node.seat(A), last_room=ROOM.room_id),)))
    assert not node.bus.is_deaf
    assert server.is_running
