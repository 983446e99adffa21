"""Between a decision and the end of its commit: failure, kill, further frames, and lost sockets."""

from typing import Literal

import pytest

from matchmaker.domain.ids import RoomId
from matchmaker.domain.room import Room
from tests.protocol.node import ADA, BOB, Client, Node

WISH = {"mode": "text", "auto_accept": True}
Fate = Literal["done", "lost"]


async def in_queue(node: Node) -> tuple[Client, Client]:
    """Put Ada into the queue, ready for Bob to join: from now on commits wait for the test."""
    ada, bob = await node.connect(ADA), await node.connect(BOB)
    ada.send("queue.join", id=1, **WISH)
    await ada.until("reply")
    await node.mm.context.load([BOB])
    node.repository.slow = True
    return ada, bob


async def in_room(node: Node) -> tuple[Client, Client, Room]:
    """Put both into a room; from now on commits wait for the test."""
    ada, bob = await node.meet()
    (room,) = node.repository.open.values()
    node.repository.slow = True
    return ada, bob, room


async def test_frame_is_decided_synchronously() -> None:
    node = Node()
    ada, bob = await in_queue(node)
    bob.send("queue.join", id=2, **WISH)
    assert bob.heard("reply")[-1]["queue"]["mode"] == "text"
    assert node.phases() == ["in_room", "in_room"]
    assert not ada.heard("room.started")


async def test_events_follow_the_commit() -> None:
    node = Node()
    ada, bob = await in_queue(node)
    bob.send("queue.join", **WISH)
    await node.commit_waiting()
    assert not ada.heard("room.started") + bob.heard("room.started")
    await node.release("done")
    assert ada.heard("room.started")[0]["room"]["room_id"] in node.repository.open
    assert bob.heard("room.started")


async def test_failed_commit_returns_both_to_their_places() -> None:
    node = Node()
    ada, bob = await in_queue(node)
    joined_at = node.clock.at
    bob.send("queue.join", id=2, **WISH)
    await node.commit_waiting()
    node.clock.advance(100)
    await node.release("lost")
    assert node.phases() == ["queued", "queued"]
    state = node.mm.context.store.cached_state(ADA)
    assert state is not None
    assert state.ticket is not None
    assert state.ticket.joined_at == joined_at
    assert not ada.heard("room.started") + bob.heard("error")
    node.clock.advance(1_000)
    await node.run_due()
    assert ada.heard("room.started")
    assert bob.heard("room.started")


@pytest.mark.parametrize("kind", ["room.leave", "chat.send", "room.ready"])
async def test_failed_commit_is_refused_and_changes_nothing(kind: str) -> None:
    node = Node()
    ada, bob = await node.meet(mode="video") if kind == "room.ready" else await node.meet()
    (room,) = node.repository.open.values()
    node.repository.slow = True
    fields = {"client_id": "1", "body": "hello"} if kind == "chat.send" else {}
    ada.send(kind, id=5, room_id=room.room_id, **fields)
    await node.commit_waiting()
    assert not ada.heard("reply")
    await node.release("lost")
    assert [(error["id"], error["code"]) for error in ada.heard("error")] == [(5, "unavailable")]
    assert not ada.heard("room.ended") + bob.heard("room.ended") + bob.heard("chat.message")
    entry = node.mm.rooms.cached(room.room_id)
    assert entry is not None
    assert entry.room == room == node.repository.open[room.room_id]
    assert node.phases() == ["in_room", "in_room"]
    ada.send(kind, id=6, room_id=room.room_id, **fields)
    await node.run_due()
    assert ada.heard("reply")[-1]["id"] == 6


async def test_kill_before_the_commit_keeps_the_stored_state() -> None:
    node = Node()
    ada, _, room = await in_room(node)
    ada.send("room.leave", id=5, room_id=room.room_id)
    await node.commit_waiting()
    assert not ada.heard("reply") + ada.heard("room.ended")
    # The process dies here; the next one has only the repository.
    assert node.repository.open == {room.room_id: room}
    node.repository.slow = False
    again = Node(repository=node.repository)
    assert await again.mm.recover() == 1
    assert again.phases() == ["in_room", "in_room"]


async def test_later_frames_of_the_user_wait_for_the_commit() -> None:
    node = Node()
    ada, bob, room = await in_room(node)
    ada.send("chat.send", id=1, room_id=room.room_id, client_id="1", body="bye")
    ada.send("room.leave", id=2, room_id=room.room_id)
    ada.send("queue.join", id=3, **WISH)
    await node.commit_waiting()
    assert not ada.heard("reply")
    assert node.phases() == ["in_room", "in_room"]
    await node.release("done")
    await node.run_due()
    assert [frame["id"] for frame in ada.heard("reply")] == [1, 2, 3]
    kinds = [frame["type"] for frame in bob.socket.sent]
    assert kinds.index("chat.message") < kinds.index("room.ended")
    ended = [frame["type"] for frame in ada.socket.sent]
    # The event that results from a frame follows its answer.
    assert ended.index("room.ended") == ended.index("reply", ended.index("reply") + 1) + 1
    assert node.phases() == ["queued", "idle"]


@pytest.mark.parametrize("fate", ["done", "lost"])
async def test_disconnect_during_the_commit_marks_the_user_away(fate: Fate) -> None:
    node = Node()
    ada, bob = await in_queue(node)
    bob.send("queue.join", **WISH)
    await node.commit_waiting()
    bob.connection.on_close()
    await node.run_due()
    await node.release(fate)
    await node.run_due()
    assert not bob.heard("room.started")
    if fate == "done":
        assert node.phases() == ["in_room", "in_room"]
        assert ada.heard("room.peer_away")
    else:
        assert node.phases() == ["queued", "queued"]
        node.clock.advance(node.mm.context.rules.queue_hold_ms)
        await node.run_due()
        assert node.phases() == ["queued", "idle"]


async def test_leave_during_the_commit_ends_the_room_once() -> None:
    node = Node()
    ada, bob, room = await in_room(node)
    ada.send("chat.send", id=1, room_id=room.room_id, client_id="1", body="bye")
    bob.send("room.leave", id=2, room_id=room.room_id)
    ada.send("room.leave", id=3, room_id=room.room_id)
    await node.commit_waiting()
    assert not bob.heard("reply")
    await node.release("done")
    await node.run_due()
    assert [frame["id"] for frame in ada.heard("reply")] == [1, 3]
    assert [frame["id"] for frame in bob.heard("reply")] == [2]
    assert [frame["by"] for client in (ada, bob) for frame in client.heard("room.ended")] == [BOB, BOB]
    assert not node.repository.open
    assert node.phases() == ["idle", "idle"]


async def test_unknown_room_is_refused_without_waiting() -> None:
    node = Node()
    ada = await node.connect(ADA)
    node.repository.down = True
    ada.send("room.leave", id=1, room_id=RoomId("01890a5d-ac96-774b-bcce-b302099a8057"))
    assert [error["code"] for error in ada.heard("error")] == ["not_in_room"]


class BrokenOwner:
    """A node that cannot take frames."""

    def forward(self, text: str | bytes) -> None:
        raise ZeroDivisionError

    def lost(self) -> None:
        """Nothing to report."""


async def test_fault_in_the_next_frame_does_not_answer_the_one_before_again() -> None:
    faults: list[BaseException] = []
    node = Node(faults=faults)
    ada, _ = await node.connect(ADA), await node.connect(BOB)
    ada.send("invite.send", id=1, user_id=BOB, mode="text")  # waits for the cooldowns of both
    ada.send("queue.leave", id=2)
    ada.send("queue.leave", id=3)
    assert not ada.heard("reply")
    ada.connection.owner = BrokenOwner()
    await node.run_due()
    assert [frame["id"] for frame in ada.socket.sent if "id" in frame] == [1]
    assert [type(fault) for fault in faults] == [ZeroDivisionError] * 2
    ada.connection.owner = None
    ada.send("queue.leave", id=4)
    assert (await ada.until("reply"))["id"] == 4
