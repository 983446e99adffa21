"""A hello on one node of a user owned by another, when that or Redis does not answer: real code, virtual time."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import structlog.testing
from msgspec.structs import replace

from matchmaker.domain.ids import UserId
from matchmaker.domain.ticket import MatchPreferences
from matchmaker.domain.timing import FOREVER
from matchmaker.domain.user_updates import UsersSeparated
from server.cluster.context import ANSWER_S
from tests.properties.cluster.virtual_time import run
from tests.properties.cluster.world import Node, World, user_name

ADA, BOB = user_name(1), user_name(2)


class Probe:
    """A socket at a node; implements `signaling.routing.outbox.Socket`."""

    def __init__(self, node: Node) -> None:
        self.frames: list[dict[str, Any]] = []
        self.code: int | None = None
        self.at = 0.0
        """When the last frame, or the end, came."""
        connection = node.speaker.open(self, address="192.0.2.1", device="probe")
        assert connection is not None
        self.connection = connection

    def send(self, frame: bytes) -> None:
        self.frames.append(json.loads(frame))
        self.at = asyncio.get_running_loop().time()

    def close(self, code: int, reason: str = "") -> None:
        self.code, self.at = code, asyncio.get_running_loop().time()
        asyncio.get_running_loop().call_soon(self.connection.on_close)

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def ping(self) -> None: ...

    def unsent(self) -> int:
        return 0

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the frames of this type."""
        return [frame for frame in self.frames if frame["type"] == kind]

    async def first(self, kind: str) -> dict[str, Any]:
        """Return the first frame of this type once it is here."""
        async with asyncio.timeout(10):
            while not self.of(kind):  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.001)
        return self.of(kind)[0]

    async def hello(self, user: str) -> dict[str, Any]:
        """Return the answer."""
        self.connection.on_text(json.dumps({"type": "hello", "id": "h", "token": user}))
        async with asyncio.timeout(10):
            while not self.frames:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.001)
        return self.frames[0]

    async def closed(self) -> int:
        async with asyncio.timeout(10):
            while self.code is None:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.001)
        return self.code


def played(story: Callable[[World], Awaitable[None]]) -> Callable[[], None]:
    @wraps(story)
    def test() -> None:
        async def main() -> None:
            world = World(1, nodes=2, users=0, faults_s=0, faults=())
            world.stores.repository.users |= {ADA, BOB}
            await asyncio.gather(*(node.opening for node in world.nodes))
            await asyncio.sleep(5)
            await story(world)
            assert not world.violations

        with structlog.testing.capture_logs():
            run(main())

    del test.__wrapped__  # pytest reads the parameters of the story otherwise
    return test


async def in_a_room(node: Node, one: UserId = ADA, other: UserId = BOB) -> None:
    """Let two users meet at *node*, with sockets there."""
    for user in (one, other):
        assert (await Probe(node).hello(user))["type"] == "welcome"
        await node.matchmaker.join(user, MatchPreferences(mode="text", auto_accept=True))
    await node.matchmaker.find_match(other)
    async with asyncio.timeout(5):
        while node.matchmaker.context.user_state(one).room is None:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.01)


@played
async def test_owner_that_does_not_answer_is_an_error_and_a_close_after_2_5_s(world: World) -> None:
    owner, edge = world.nodes
    await in_a_room(owner)
    owner.wires.frozen_until = asyncio.get_running_loop().time() + 2.9  # not yet dead
    began, probe = asyncio.get_running_loop().time(), Probe(edge)
    answer = await probe.hello(ADA)
    assert (answer["type"], answer["code"], answer["id"]) == ("error", "unavailable", "h")
    assert await probe.closed() == 1001
    assert ANSWER_S <= probe.at - began < ANSWER_S + 0.2


@played
async def test_older_of_two_hellos_gets_4001_only_if_they_are_apart(world: World) -> None:
    first = Probe(world.nodes[0])
    await first.hello(ADA)
    await asyncio.sleep(2)
    second = Probe(world.nodes[1])
    assert (await second.hello(ADA))["type"] == "welcome"
    assert (await first.closed(), second.code) == (4001, None)


@played
async def test_without_redis_a_user_without_a_room_is_admitted_and_a_room_elsewhere_is_unavailable(
    world: World,
) -> None:
    owner, edge = world.nodes
    await in_a_room(owner)
    edge.wires.redis_cut_until = asyncio.get_running_loop().time() + 30
    await asyncio.sleep(1)
    assert (await Probe(edge).hello(user_name(3)))["type"] == "welcome"
    assert not edge.cluster.context.users[user_name(3)].is_sure
    assert (await Probe(edge).hello(ADA))["code"] == "unavailable"


@played
async def test_node_that_hears_neither_store_admits_no_user(world: World) -> None:
    node = world.nodes[0]
    node.wires.redis_cut_until = node.wires.postgres_cut_until = asyncio.get_running_loop().time() + 30
    await asyncio.sleep(2)
    assert (await Probe(node).hello(user_name(3)))["code"] == "unavailable"


@played
async def test_state_that_arrives_gets_what_was_published_while_it_was_on_its_way(world: World) -> None:
    here, there = world.nodes
    await Probe(here).hello(ADA)
    await here.matchmaker.context.load([ADA])
    await here.matchmaker.join(ADA, MatchPreferences(mode="text", auto_accept=True))
    out = here.users.moves.take_out(ADA, there.name, keeps_socket=False)
    assert out is not None
    here.matchmaker.context.store.changes.stored.publish(UsersSeparated(user=ADA, other=BOB))
    await asyncio.sleep(0.5)
    assert await there.users.moves.install(here.name, out.state)
    await asyncio.sleep(0)
    avoided = there.matchmaker.context.exclusions.known(ADA)
    assert avoided is not None
    assert avoided[BOB] == FOREVER


@played
async def test_user_whose_move_stays_in_doubt_is_not_connected_at_the_other_node(world: World) -> None:
    edge, owner = world.nodes
    ada, bob = Probe(edge), Probe(owner)
    assert (await ada.hello(ADA))["type"] == "welcome"
    assert (await bob.hello(BOB))["type"] == "welcome"
    await owner.matchmaker.join(BOB, MatchPreferences(mode="text", auto_accept=True))
    owner.wires.frozen_until = asyncio.get_running_loop().time() + 1.2  # longer than the edge waits, not yet dead
    assert await edge.users.moves.push(ADA, owner.name, BOB)
    assert await ada.closed() == 1001
    async with asyncio.timeout(5):
        while ADA not in owner.cluster.context.users:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert not owner.matchmaker.context.user_state(ADA).connected
    assert len(owner.cluster.attached) == 0


@played
async def test_user_stays_while_a_second_hello_of_theirs_is_answered(world: World) -> None:
    here, there = world.nodes
    await Probe(here).hello(ADA)
    async with here.cluster.context.hub.hello_lock(ADA):
        assert here.users.moves.take_out(ADA, there.name, keeps_socket=False) is None
    assert here.users.moves.take_out(ADA, there.name, keeps_socket=False) is not None


@played
async def test_older_hello_is_refused_while_a_newer_one_is_answered_at_the_owner(world: World) -> None:
    owner, edge = world.nodes
    before = Probe(owner)
    await before.hello(ADA)
    before.connection.on_close()
    await asyncio.sleep(0.1)
    async with owner.cluster.context.hub.hello_lock(ADA):
        owner.cluster.context.users[ADA].came += 60_000
        older = Probe(edge)
        older.connection.on_text(json.dumps({"type": "hello", "token": ADA}))
        assert await older.closed() == 4001
    assert owner.cluster.context.owns(ADA)


@played
async def test_owner_learns_that_an_edge_has_closed_its_sockets_while_redis_was_away(world: World) -> None:
    owner, edge = world.nodes
    await in_a_room(owner)
    ada = Probe(edge)
    assert (await ada.hello(ADA))["type"] == "welcome"
    assert len(owner.cluster.attached) == 1
    world.stores.redis_until = asyncio.get_running_loop().time() + 4.5  # no node is dead, nothing is lost
    assert await ada.closed() == 1001
    await asyncio.sleep(2)
    assert not owner.matchmaker.context.user_state(ADA).connected
    assert len(owner.cluster.attached) == 0


@played
async def test_room_that_was_taken_once_more_in_between_is_looked_for_again(world: World) -> None:
    owner, edge = world.nodes
    await in_a_room(owner)
    found = await owner.cluster.context.owners.room_of(ADA)
    assert found is not None
    assert not await edge.users.take_room(replace(found, owner=edge.name))  # a moment ago it was
    assert (await Probe(edge).hello(ADA))["type"] == "welcome"
    assert owner.cluster.context.owns(ADA)
    assert not edge.cluster.context.owns(ADA)


@played
async def test_signals_of_a_room_that_opens_during_a_hello_arrive_with_it_and_in_order(world: World) -> None:
    opened_first = [await met_during_a_hello(world, user_name(n), user_name(n + 1)) for n in range(10, 50, 2)]
    assert any(opened_first)


async def met_during_a_hello(world: World, absent: UserId, present: UserId) -> bool:
    """Have *absent* return and be paired at once; return whether the room opened before the welcome."""
    node = world.nodes[0]
    world.stores.repository.users |= {absent, present}
    hello = {"type": "hello", "token": absent, "features": ["friends"], "heartbeat": True}
    join = json.dumps({"type": "queue.join", "id": "j", "mode": "text", "auto_accept": True})
    before, other, again = Probe(node), Probe(node), Probe(node)
    for probe, frame in ((before, hello), (other, hello | {"token": present})):
        probe.connection.on_text(json.dumps(frame))
        await probe.first("welcome")
    before.connection.on_text(join)
    await before.first("reply")
    before.connection.on_close()
    other.connection.on_text(join)
    await other.first("reply")

    key = before.frames[0]["resume_key"]
    again.connection.on_text(json.dumps(hello | {"resume": {"key": key, "seq": 0, "people_seq": 0}}))
    room = (await other.first("room.started"))["room"]["room_id"]
    opened_first = not again.frames
    for n in range(2):
        other.connection.on_text(json.dumps({"type": "signal", "room_id": room, "candidate": {"n": n}}))
        await asyncio.sleep(0.2)
    assert again.connection.watched_since is not None, "a client in a room has to send heartbeats"
    assert [frame["candidate"]["n"] for frame in again.of("signal")] == [0, 1]
    assert [frame["seq"] for frame in again.frames[1:] if "seq" in frame] == [1, 2, 3]
    for probe in (again, other):
        probe.connection.on_close()
    return opened_first
