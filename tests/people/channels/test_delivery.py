"""Delivery over several nodes: in order, once, with holes read from PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest

from matchmaker.domain.ids import UserId
from server.db.channels.records import Change
from server.people.channels.node_delivery import NodeChannelDelivery
from server.people.nodes import Owners, Take
from signaling.routing.people_sender import EncodedEvent
from signaling.routing.people_stream import PeopleStream
from signaling.routing.positions import Positions
from tests.people.channels.conftest import World, link

MINUTE = 60_000


class Net:
    """Nodes in one process: messages are delivered when the test decides."""

    def __init__(self) -> None:
        self.owner: dict[UserId, str] = {}
        self.moving: set[UserId] = set()
        self.takers: dict[str, dict[str, Take]] = {}
        self.queue: list[tuple[str, str, str, bytes]] = []

    def flush(self) -> None:
        queue, self.queue = self.queue, []
        for sender, node, topic, body in queue:
            self.takers[node][topic](sender, body)


class Node:
    """One of the nodes, as the people services see it."""

    def __init__(self, net: Net, name: str) -> None:
        self._net = net
        self.name = name
        net.takers[name] = {}

    def owns(self, user: UserId) -> bool:
        return self._net.owner.get(user) == self.name and user not in self._net.moving

    is_single = is_cut_off = False

    @property
    def others(self) -> list[str]:
        return [name for name in self._net.takers if name != self.name]

    def is_dead(self, node: str) -> bool:
        return False

    async def owner_of(self, user: UserId) -> str | None:
        return self._net.owner.get(user)

    def send(self, node: str, topic: str, body: bytes) -> None:
        self._net.queue.append((self.name, node, topic, body))

    def on(self, topic: str, take: Take) -> None:
        self._net.takers[self.name][topic] = take


class Sent:
    """What was sent to each user: numbers of messages, `r` and the revision of changes, and resets."""

    def __init__(self) -> None:
        self.received: dict[UserId, list[str]] = {}
        self.arrived = asyncio.Event()
        self.streams: dict[UserId, PeopleStream] = {}

    def add(self, user: UserId, text: str) -> None:
        self.received.setdefault(user, []).append(text)
        self.arrived.set()


class Sender:
    """Sends to the users of one node."""

    def __init__(self, sent: Sent, node: Node) -> None:
        self._sent = sent
        self._node = node

    def stream_of(self, user: UserId, feature: str) -> PeopleStream | None:
        if not self._node.owns(user):
            return None
        return self._sent.streams.setdefault(user, PeopleStream(256, frozenset((feature,))))

    def deliver_encoded(self, user: UserId, event: EncodedEvent) -> None:
        message = msgspec.json.decode(b"".join(event.body))["message"]
        self._sent.add(user, str(message["n"]) if event.kind == "channel.message" else f"r{message['rev']}")

    def reset(self, user: UserId, *, within_ms: int) -> None:
        self._sent.add(user, "reset")


class DeliveryHarness:
    """Two nodes over one database."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.net, self.sent = Net(), Sent()
        self.deliveries = {}
        for name in ("a", "b"):
            node = Node(self.net, name)
            self.deliveries[name] = NodeChannelDelivery(
                world.pool,
                Sender(self.sent, node),  # type: ignore[arg-type]
                node,
                Owners(node),
                link=link,
                clock=world.clock,
                on_fault=world.faults.append,
            )

    async def lose(self) -> None:
        """Lose what the nodes send next."""
        async with asyncio.timeout(20):
            while not self.net.queue:  # noqa: ASYNC110 - of a task of the delivery
                await asyncio.sleep(0.005)
        self.net.queue.clear()

    async def received(self, user: UserId, count: int) -> list[str]:
        async with asyncio.timeout(20):
            while len(self.sent.received.get(user, [])) < count:
                self.sent.arrived.clear()
                self.net.flush()
                try:
                    async with asyncio.timeout(0.02):
                        await self.sent.arrived.wait()
                except TimeoutError:
                    continue
        return self.sent.received[user]


@pytest.fixture
async def harness(world: World) -> AsyncIterator[DeliveryHarness]:
    harness = DeliveryHarness(world)
    yield harness
    for delivery in harness.deliveries.values():
        await delivery.close()


def through(harness: DeliveryHarness, name: str) -> Callable[..., None]:
    return harness.deliveries[name].publish


async def test_commits_of_two_nodes_arrive_in_order(harness: DeliveryHarness) -> None:
    world = harness.world
    (ada, bob, cat), group = await world.group(3)
    harness.net.owner |= {ada: "a", bob: "b", cat: "a"}
    changes = await commit(world, group, [ada, bob, ada, bob, ada, bob])
    through(harness, "b")(changes[1:2])
    through(harness, "a")(changes[2:3])
    through(harness, "a")(changes[0:1])
    through(harness, "b")(changes[3:4])
    assert await harness.received(cat, 4) == ["2", "3", "4", "5"]
    assert await harness.received(bob, 2) == ["2", "4"]
    through(harness, "b")(changes[3:4])
    through(harness, "a")(changes[4:5])
    assert await harness.received(cat, 5) == ["2", "3", "4", "5", "6"]
    assert await harness.received(ada, 2) == ["3", "5"]


async def test_lost_message_is_read_from_the_database(harness: DeliveryHarness) -> None:
    world = harness.world
    (ada, bob, cat), group = await world.group(3)
    harness.net.owner |= {ada: "a", bob: "b", cat: "b"}
    changes = await commit(world, group, [ada, ada, bob, ada])
    through(harness, "a")(changes[0:1])
    assert await harness.received(cat, 1) == ["2"]
    edited = await world.channels.edit(ada, group, 3, "edited")
    last = world.published[-1]
    through(harness, "a")([last])
    assert await harness.received(cat, 4) == ["2", "3", "4", "5"]
    assert edited.rev == 1
    assert await harness.received(bob, 3) == ["2", "3", "5"]


async def test_messages_lost_with_a_link_are_read_once(harness: DeliveryHarness) -> None:
    world = harness.world
    (ada, bob, cat), group = await world.group(3)
    harness.net.owner |= {ada: "a", bob: "b", cat: "b"}
    changes = await commit(world, group, [ada, ada, bob, ada])
    through(harness, "a")(changes[0:1])
    assert await harness.received(cat, 1) == ["2"]
    through(harness, "a")(changes[1:2])
    await harness.lose()
    await world.channels.edit(bob, group, 4, "edited")
    for name in ("a", "b"):
        assert await harness.deliveries[name].reread(world.clock.now() - MINUTE)
    assert await harness.received(cat, 4) == ["2", "3", "4", "5"]
    assert await harness.received(bob, 3) == ["2", "3", "5"]
    assert await harness.received(ada, 1) == ["4"]
    # What arrives late after all is dropped, and what comes next is in order.
    through(harness, "a")(changes[1:2])
    through(harness, "b")(changes[2:3])
    through(harness, "a")(changes[3:4])
    await world.say(bob, group)
    through(harness, "b")(world.published[-1:])
    assert await harness.received(cat, 5) == ["2", "3", "4", "5", "6"]
    assert await harness.received(ada, 2) == ["4", "6"]


async def test_change_of_a_message_from_before_joining_is_not_sent_and_leaves_no_hole(harness: DeliveryHarness) -> None:
    world = harness.world
    (ada, bob, cat), group = await world.group(3)
    (eve,) = await world.users(1)
    await world.befriend(ada, eve)
    harness.net.owner |= {ada: "a", bob: "b", cat: "b", eve: "b"}
    await commit(world, group, [ada])
    await world.channels.add_member(ada, group, eve)
    through(harness, "a")(world.published[-1:])
    assert await harness.received(eve, 1) == await harness.received(cat, 1) == ["3"]
    await world.channels.edit(ada, group, 2, "edited")
    through(harness, "a")(world.published[-1:])
    await world.say(ada, group)
    through(harness, "a")(world.published[-1:])
    assert await harness.received(cat, 3) == ["3", "r1", "4"]
    assert await harness.received(eve, 2) == ["3", "4"]


async def test_no_event_from_before_joining_or_connecting(harness: DeliveryHarness) -> None:
    world = harness.world
    (ada, bob, cat, dan), group = await world.group(4)
    await world.channels.remove_member(dan, group, dan)
    harness.net.owner |= {ada: "a", bob: "b", cat: "b"}
    await commit(world, group, [ada, ada])
    (eve,) = await world.users(1)
    await world.befriend(ada, eve)
    await world.channels.add_member(ada, group, eve)
    harness.net.owner[eve] = "b"
    world.clock.advance(10_000)
    harness.sent.streams[cat] = PeopleStream(256, frozenset(("channels",)), began_at=world.clock.now())
    last = await commit(world, group, [ada], pause_ms=0)
    n = last[0].message.n
    assert await harness.deliveries["b"].reread(world.clock.now() - MINUTE)
    assert await harness.received(cat, 1) == [str(n)]
    assert await harness.received(eve, 2) == [str(n - 1), str(n)], "the notice of joining, and what came after it"
    assert (await harness.received(bob, 4))[-4:] == [str(n - 3), str(n - 2), str(n - 1), str(n)]


async def test_events_follow_a_user_who_moves(harness: DeliveryHarness) -> None:
    world = harness.world
    (ada, bob, cat), group = await world.group(3)
    harness.net.owner |= {ada: "a", bob: "b", cat: "b"}
    changes = await commit(world, group, [ada, ada, ada])
    through(harness, "a")(changes[0:1])
    assert await harness.received(cat, 1) == ["2"]
    harness.net.owner[cat] = "a"
    harness.net.moving.add(cat)  # the directory has `a`, which has not installed the state yet
    through(harness, "a")(changes[1:2])
    await asyncio.sleep(0)
    harness.net.moving.clear()
    assert await harness.received(cat, 2) == ["2", "3"]
    harness.net.owner[cat] = "b"
    harness.sent.streams[cat].positions = Positions()
    harness.deliveries["b"].publish(changes[2:3])  # held, for nothing is known of `cat`
    harness.net.owner[cat] = "a"
    assert await harness.received(cat, 3) == ["2", "3", "4"]


async def commit(world: World, group: str, senders: list[UserId], *, pause_ms: int = 2 * MINUTE) -> list[Change]:
    """Send a message of each, and return what was committed, as if nothing had happened in the channel before."""
    world.clock.advance(pause_ms)
    begin = len(world.published)
    for sender in senders:
        await world.say(sender, group)
    return world.published[begin:]


def test_positions_drop_repeats_and_wait_for_what_is_missing() -> None:
    positions = Positions()
    assert positions.judge("x", (5, 0), now=0) == "wait"
    assert positions.judge("x", (5, 0), now=0, is_first=True) == "deliver"
    positions.move("x", (5, 0), now=0)
    verdicts = [positions.judge("x", to, now=MINUTE - 1) for to in ((4, 0), (5, 0), (5, 1), (6, 0), (6, 1))]
    assert verdicts == ["drop", "drop", "deliver", "deliver", "wait"]
    positions.move("x", (4, 0), now=1)
    assert positions.get("x", now=1) == (5, 0)
    assert Positions(positions.packed).get("x", now=1) == (5, 0)
    assert positions.get("x", now=2 * MINUTE + 1) is None
    for number in range(300):
        positions.move(str(number), (1, 0), now=2)
    assert positions.get("0", now=2) is None
    assert positions.get("299", now=2) == (1, 0)
