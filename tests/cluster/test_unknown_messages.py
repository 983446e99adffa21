"""Messages that this release cannot decode are rejected and counted, and the link continues: with the real code."""

import asyncio
from typing import Any

import msgspec
import structlog.testing

from matchmaker.domain.user_updates import IntroductionAdded
from server.cluster.node_topics import PUBLISHED
from server.cluster.wire.messages import BroadcastMessage, NodeMessage, encode
from tests.properties.cluster.virtual_time import run
from tests.properties.cluster.world import World, user_name

pack = msgspec.msgpack.encode


class Novelty(NodeMessage, frozen=True, tag="novelty"):
    """A message of a later release."""

    text: str


class LongerNotice(NodeMessage, frozen=True, tag="notice"):
    """A message to which a later release has added a field."""

    topic: str
    body: bytes
    is_kept: bool
    added: dict[str, int]


def received(*sent: bytes, batches: tuple[bytes, ...] = ()) -> tuple[World, list[tuple[str, bytes]], list[Any]]:
    """Send messages, and raw entries of a stream; return the world, what arrived of a known topic, and warnings."""
    arrived: list[tuple[str, bytes]] = []

    async def main() -> World:
        world = World(1, nodes=2, users=0, faults_s=0, faults=())
        await asyncio.gather(*(node.opening for node in world.nodes))
        sender, receiver = world.nodes
        receiver.cluster.topics.on("known", lambda node, body: arrived.append((node, body)))
        for batch in batches:
            world.stores.mailboxes.put(receiver.name, batch)
        for message in sent:
            sender.cluster.context.bus.send(receiver.name, message)
        sender.cluster.topics.send(receiver.name, "known", b"last")
        async with asyncio.timeout(5):
            while (sender.name, b"last") not in arrived:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.01)
        return world

    with structlog.testing.capture_logs() as lines:
        world: World = run(main())
    assert not world.violations, "nothing is raised"
    return world, arrived, [line for line in lines if line["log_level"] == "warning"]


def test_unknown_kind_and_shape_are_counted_with_one_line() -> None:
    wrong_type = pack(["gone", "no number"])
    world, arrived, (line,) = received(encode(Novelty("hi")), b"\xc1", wrong_type, pack(["down", 1]), pack(7))
    assert world.nodes[1].cluster.refused == 5
    assert len(arrived) == 1
    assert (line["event"], line["other_node"]) == ("message_refused", world.nodes[0].name)
    assert "novelty" in line["reason"]


def test_unreadable_batch_is_counted() -> None:
    world, _, _ = received(batches=(b"\xc1", pack(["sender"]), pack({"sender": 1})))
    assert world.nodes[1].cluster.context.bus.refused == 3


def test_unknown_topic_and_shape_of_a_notice_are_counted_with_one_line() -> None:
    later = pack({"kind": "novelty", "user": user_name(1)})
    notices = (
        BroadcastMessage("unknown", b""),
        BroadcastMessage(PUBLISHED, later),
        BroadcastMessage(PUBLISHED, b"\xc1"),
    )
    world, _, (line,) = received(*map(encode, notices))
    assert world.nodes[1].cluster.topics.refused == 3
    assert (line["event"], line["topic"]) == ("notice_refused", "unknown")


def test_key_error_in_the_handler_of_a_notice_is_a_fault_and_no_unknown_topic() -> None:
    async def main() -> World:
        world = World(1, nodes=2, users=0, faults_s=0, faults=())
        await asyncio.gather(*(node.opening for node in world.nodes))
        sender, receiver = world.nodes
        receiver.cluster.topics.on("known", lambda node, body: {}[body])
        sender.cluster.topics.send(receiver.name, "known", b"absent")
        await asyncio.sleep(1)
        return world

    with structlog.testing.capture_logs():
        world: World = run(main())
    (fault,) = world.violations
    assert "KeyError: b'absent'" in fault
    assert world.nodes[1].cluster.topics.refused == 0


def test_kept_notice_of_unknown_shape_does_not_disturb_a_user_who_arrives() -> None:
    user = user_name(1)
    world, _, _ = received(encode(BroadcastMessage(PUBLISHED, pack({"kind": "novelty", "user": user}))))
    topics = world.nodes[1].cluster.topics

    async def arrive() -> None:
        topics.apply_kept(user)

    run(arrive())
    assert topics.refused == 2


def test_added_fields_are_ignored() -> None:
    known = IntroductionAdded(user=user_name(1), other=user_name(2), by=None)
    world, arrived, lines = received(
        encode(LongerNotice("known", b"first", False, {"a": 1})),
        encode(BroadcastMessage(PUBLISHED, pack(msgspec.to_builtins(known) | {"added": 1}))),
    )
    assert [body for _, body in arrived] == [b"first", b"last"]
    assert (world.nodes[1].cluster.refused, world.nodes[1].cluster.topics.refused, lines) == (0, 0, [])
