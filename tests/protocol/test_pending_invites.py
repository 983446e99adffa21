"""Between the decision about an invite and the end of its commit: failure, kill, further frames, and lost sockets."""

from typing import Literal

import pytest

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import InviteId, pair_of
from matchmaker.services.invites import RETRY_MS
from tests.protocol.node import ADA, BOB, Client, Node

WISH = {"mode": "text"}
Fate = Literal["done", "lost"]


async def invited(node: Node, *, auto_accept: bool = False) -> tuple[Client, Client, str]:
    """Let Ada invite Bob, who waits; from now on commits wait for the test. *auto_accept*: he stays in the queue."""
    ada, bob = await node.connect(ADA), await node.connect(BOB)
    bob.send("queue.join", id=1, auto_accept=auto_accept, **WISH)
    await bob.until("reply")
    ada.send("invite.send", id=1, user_id=BOB, **WISH)
    invite = (await ada.until("reply"))["invite"]
    await node.mm.context.load([ADA, BOB])
    node.repository.slow = True
    return ada, bob, invite["invite_id"]


def is_open(node: Node, invite_id: str) -> bool:
    invite = node.mm.context.store.invite(InviteId(invite_id))
    return invite is not None and not invite.closing


async def test_invite_is_decided_synchronously() -> None:
    node = Node()
    ada, bob = await node.connect(ADA), await node.connect(BOB)
    bob.send("queue.join", id=1, **WISH)
    await bob.until("reply")
    await node.mm.context.load([ADA])
    ada.send("invite.send", id=1, user_id=BOB, **WISH)
    assert ada.heard("reply")[-1]["invite"]["role"] == "inviter"
    assert bob.heard("invite.received")
    assert node.phases() == ["invited", "invited"]


async def test_accept_reserves_both_and_tells_them_after_the_commit() -> None:
    node = Node()
    ada, bob, invite_id = await invited(node)
    bob.send("invite.accept", id=2, invite_id=invite_id)
    assert node.phases() == ["in_room", "in_room"]
    await node.commit_waiting()
    assert not ada.heard("invite.closed") + ada.heard("room.started") + bob.heard("room.started")
    await node.release("done")
    assert [frame["outcome"] for client in (ada, bob) for frame in client.heard("invite.closed")] == ["accepted"] * 2
    assert ada.heard("room.started")[0]["room"]["room_id"] in node.repository.open
    kinds = [frame["type"] for frame in bob.socket.sent]
    assert kinds[-3:] == ["reply", "invite.closed", "room.started"]


@pytest.mark.parametrize("kind", ["invite.accept", "invite.decline", "invite.cancel"])
async def test_failed_commit_keeps_the_invite_open(kind: str) -> None:
    node = Node()
    ada, bob, invite_id = await invited(node)
    client = ada if kind == "invite.cancel" else bob
    client.send(kind, id=5, invite_id=invite_id)
    await node.commit_waiting()
    assert [frame["id"] for frame in client.heard("reply")] == [1]
    await node.release("lost")
    assert [(error["id"], error["code"]) for error in client.heard("error")] == [(5, "unavailable")]
    assert not ada.heard("invite.closed") + bob.heard("invite.closed") + ada.heard("room.started")
    assert node.phases() == ["invited", "invited"]
    assert is_open(node, invite_id)
    assert not node.repository.cooldowns
    client.send(kind, id=6, invite_id=invite_id)
    await node.run_due()
    assert client.heard("reply")[-1]["id"] == 6
    assert len(ada.heard("invite.closed")) == len(bob.heard("invite.closed")) == 1


async def test_invite_whose_decline_failed_still_expires() -> None:
    node = Node()
    ada, bob, invite_id = await invited(node)
    bob.send("invite.decline", id=5, invite_id=invite_id)
    await node.commit_waiting()
    node.clock.advance(node.mm.context.rules.invite_ttl_ms - 1)
    await node.release("lost")
    await node.run_due()
    assert is_open(node, invite_id)
    node.clock.advance(1)
    await node.run_due()
    assert [frame["outcome"] for client in (ada, bob) for frame in client.heard("invite.closed")] == ["expired"] * 2


async def test_deadline_changes_nothing_while_the_outcome_is_committed() -> None:
    node = Node()
    ada, bob, invite_id = await invited(node)
    bob.send("invite.decline", id=5, invite_id=invite_id)
    await node.commit_waiting()
    node.clock.advance(node.mm.context.rules.invite_ttl_ms)
    await node.run_due()
    assert not ada.heard("invite.closed")
    await node.release("done")
    assert [frame["outcome"] for client in (ada, bob) for frame in client.heard("invite.closed")] == ["declined"] * 2
    assert pair_of(ADA, BOB) in node.repository.cooldowns


async def test_kill_before_the_commit_leaves_no_trace() -> None:
    node = Node()
    ada, bob, invite_id = await invited(node)
    bob.send("invite.decline", id=5, invite_id=invite_id)
    await node.commit_waiting()
    # The process dies here; the next one has only the repository.
    assert not ada.heard("invite.closed") + bob.heard("invite.closed")
    assert [frame["id"] for frame in bob.heard("reply")] == [1]
    assert not node.repository.cooldowns
    node.repository.slow = False
    again = Node(repository=node.repository)
    assert await again.mm.recover() == 0
    later = await again.connect(BOB)
    assert later.heard("welcome")[0]["state"]["phase"] == "idle"


async def test_later_frames_of_the_user_wait_for_the_commit() -> None:
    node = Node()
    _, bob, invite_id = await invited(node)
    bob.send("invite.decline", id=2, invite_id=invite_id)
    bob.send("queue.leave", id=3)
    bob.send("invite.accept", id=4, invite_id=invite_id)
    await node.commit_waiting()
    assert [frame["id"] for frame in bob.heard("reply")] == [1]
    assert node.phases() == ["invited", "invited"]
    await node.release("done")
    await node.run_due()
    assert [frame["id"] for frame in bob.heard("reply")] == [1, 2, 3]
    assert [(error["id"], error["code"]) for error in bob.heard("error")] == [(4, "invite_gone")]
    assert node.phases() == ["idle", "idle"]


async def test_answer_of_the_other_user_is_too_late() -> None:
    node = Node()
    ada, bob, invite_id = await invited(node)
    bob.send("invite.decline", id=2, invite_id=invite_id)
    ada.send("invite.cancel", id=3, invite_id=invite_id)
    await node.commit_waiting()
    assert [(error["id"], error["code"]) for error in ada.heard("error")] == [(3, "invite_gone")]
    await node.release("done")
    assert [frame["outcome"] for client in (ada, bob) for frame in client.heard("invite.closed")] == ["declined"] * 2


@pytest.mark.parametrize("fate", ["done", "lost"])
async def test_disconnect_during_the_commit_of_an_accept(fate: Fate) -> None:
    node = Node()
    ada, bob, invite_id = await invited(node)
    bob.send("invite.accept", id=2, invite_id=invite_id)
    await node.commit_waiting()
    bob.connection.on_close()
    await node.run_due()
    await node.release(fate)
    await node.run_due()
    if fate == "done":
        assert node.phases() == ["in_room", "in_room"]
        assert ada.heard("room.peer_away")
    else:
        assert node.phases() == ["invited", "invited"]
        node.clock.advance(node.mm.context.rules.queue_hold_ms)
        await node.run_due()
        assert [frame["outcome"] for frame in ada.heard("invite.closed")] == ["unavailable"]
        assert node.phases() == ["idle", "idle"]


@pytest.mark.parametrize("fate", ["done", "lost"])
async def test_disconnect_during_the_commit_of_a_cancel(fate: Fate) -> None:
    node = Node()
    ada, bob, invite_id = await invited(node)
    ada.send("invite.cancel", id=2, invite_id=invite_id)
    await node.commit_waiting()
    ada.connection.on_close()
    await node.run_due()
    assert node.phases() == ["invited", "invited"]
    await node.release(fate)
    await node.run_due()
    assert is_open(node, invite_id) is (fate == "lost")
    node.clock.advance(node.mm.context.rules.queue_hold_ms)
    await node.run_due()
    # She has left either way: the inviter's absence cancels as well.
    await node.repository.rest()
    assert [frame["outcome"] for frame in bob.heard("invite.closed")] == ["cancelled"]
    assert node.phases() == ["idle", "queued"]


async def test_invitee_who_left_during_a_failed_cancel_does_not_hold_the_invite_open() -> None:
    node = Node()
    ada, bob, invite_id = await invited(node)
    ada.send("invite.cancel", id=2, invite_id=invite_id)
    await node.commit_waiting()
    bob.connection.on_close()
    await node.run_due()
    node.clock.advance(node.mm.context.rules.queue_hold_ms)
    await node.run_due()
    await node.release("lost")
    await node.run_due()
    node.clock.advance(RETRY_MS)
    await node.run_due()
    await node.repository.rest()
    assert [frame["outcome"] for frame in ada.heard("invite.closed")] == ["unavailable"]
    assert node.phases() == ["idle", "idle"]


async def test_side_invite_whose_cancel_failed_is_closed_for_an_invitee_who_has_left_the_queue() -> None:
    node = Node()
    ada, bob, invite_id = await invited(node, auto_accept=True)
    assert node.mm.context.user_state(BOB).side_invite == invite_id
    ada.send("invite.cancel", id=2, invite_id=invite_id)
    await node.commit_waiting()
    bob.send("queue.leave", id=2)
    await node.run_due()
    await node.release("lost")
    await node.run_due()
    assert [frame["outcome"] for frame in bob.heard("invite.closed")] == ["unavailable"]
    assert node.phases() == ["idle", "idle"]


async def test_receipt_is_refused_when_its_commit_fails() -> None:
    node = Node()
    ada, bob = await node.meet()
    (room,) = node.repository.open.values()
    ada.send("chat.send", id=1, room_id=room.room_id, client_id="1", body="hello")
    message = (await bob.until("chat.message"))["message"]
    node.repository.slow = True
    bob.send("chat.receipt", id=2, room_id=room.room_id, message_id=message["message_id"], status="read")
    await node.commit_waiting()
    assert not ada.heard("chat.receipt")
    await node.release("lost")
    assert [(error["id"], error["code"]) for error in bob.heard("error")] == [(2, Unavailable.code)]
    bob.send("chat.receipt", id=3, room_id=room.room_id, message_id=message["message_id"], status="read")
    await node.run_due()
    assert bob.heard("reply")[-1]["id"] == 3
    assert len(ada.heard("chat.receipt")) == 1
