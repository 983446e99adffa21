"""Invites of users whose socket is not at the node that owns them: each frame is answered once, and in order."""

import asyncio
import json
from typing import Any

from tests.cluster.test_hellos import ADA, BOB, Probe, played
from tests.properties.cluster.world import World, user_name

CAT = user_name(3)


async def ada_away(world: World) -> tuple[Probe, Probe]:
    """Let Ada, with a socket at the first node, invite Bob at the second one; Cat waits at the first."""
    edge, owner = world.nodes
    world.stores.repository.users.add(CAT)
    ada, bob, cat = Probe(edge), Probe(owner), Probe(edge)
    for probe, user in ((ada, ADA), (bob, BOB), (cat, CAT)):
        await probe.hello(user)
    for probe in (bob, cat):
        send(probe, "queue.join", mode="text", pairing="manual")
        await probe.first("reply")
    send(ada, "invite.send", id="bob", user_id=BOB, mode="text")
    await bob.first("invite.received")
    assert owner.cluster.context.owns(ADA)
    return ada, bob


def send(probe: Probe, kind: str, **fields: Any) -> None:
    probe.connection.on_text(json.dumps({"type": kind, "id": kind} | fields))


def answers(probe: Probe, *ids: str) -> list[dict[str, Any]]:
    return [frame for frame in probe.frames if frame.get("id") in ids]


async def answered(probe: Probe, *ids: str) -> list[dict[str, Any]]:
    """Return the answers to these frames, in the order in which they arrived."""
    async with asyncio.timeout(5):
        while len(answers(probe, *ids)) < len(ids):  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.001)
    return answers(probe, *ids)


@played
async def test_second_invite_is_refused_while_the_first_is_open(world: World) -> None:
    ada, _ = await ada_away(world)
    send(ada, "invite.send", id="cat", user_id=CAT, mode="text")
    (refused,) = await answered(ada, "cat")
    assert (refused["code"], refused["phase"]) == ("wrong_phase", "invited")


@played
async def test_frames_behind_an_invite_wait_for_the_way_home(world: World) -> None:
    ada, bob = await ada_away(world)
    invite = bob.of("invite.received")[0]["invite"]
    send(bob, "invite.decline", invite_id=invite["invite_id"])
    await bob.first("invite.closed")
    send(ada, "invite.send", id="cat", user_id=CAT, mode="text")
    send(ada, "ping", id="ping")
    send(ada, "queue.join", id="join", mode="text")
    heard = await answered(ada, "cat", "ping", "join")
    assert [frame["id"] for frame in heard] == ["cat", "ping", "join"]
    assert heard[0]["invite"]["peer"]["user_id"] == CAT
    assert heard[2]["code"] == "wrong_phase"
