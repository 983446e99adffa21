"""Calls between friends: invite and room of kind `friend`, no cooldown, no completion, missed calls."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from matchmaker.domain.ids import UserId
from server.app import App
from server.db.pool import Pool
from server.domain.people.friend_calls import CallTerms
from server.people.friend_calls import FriendCallService
from tests.people.conftest import ConnectUser, Users, code_of
from tests.support.client import Person, go_live

pytestmark = pytest.mark.settings(rate_limits=False)


async def call(one: Person, other: Person, **fields: object) -> dict[str, object]:
    reply = await one.ask("invite.send", kind="friend", user_id=other.user_id, mode="video", **fields)
    invite: dict[str, object] = reply["invite"]
    return invite


async def answered(one: Person, other: Person, **fields: object) -> dict[str, object]:
    """Let *other* accept a call of *one*; return the room as *one* sees it."""
    await call(one, other, **fields)
    invite = (await other.receive("invite.received"))["invite"]
    await other.ask("invite.accept", invite_id=invite["invite_id"])
    await other.receive("room.started")
    room: dict[str, object] = (await one.receive("room.started"))["room"]
    return room


async def test_friends_call_each_other_without_a_cooldown(friends: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    for _ in range(2):
        room = await answered(ada, bob)
        assert (room["kind"], room["role"], room["mode"]) == ("friend", "offerer", "video")
        live = await go_live(ada, bob, str(room["room_id"]))
        assert live["ends_at"] is None
        await bob.ask("room.leave", room_id=room["room_id"], reason="next")
        for user in (ada, bob):
            ended = await user.receive("room.ended")
            assert (ended["reason"], ended["cooldown_until_at"]) == ("hangup", None)
            await user.receive_all()
            assert user.received("queue.update") == []
    assert await pool.fetchval("SELECT count(*) FROM cooldowns") == 0


async def test_call_survives_a_reconnect_and_is_no_completion(friends: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    room = await answered(ada, bob)
    await go_live(ada, bob, str(room["room_id"]))
    await pool.execute("UPDATE active_rooms SET live_at = live_at - interval '1 minute'")
    welcome = await ada.connect(features=["friends"])
    assert welcome["state"]["room"]["kind"] == "friend"
    await ada.ask("room.leave", room_id=room["room_id"])
    await bob.receive("room.ended")
    assert await pool.fetchval("SELECT count(*) FROM session_completions") == 0
    assert await pool.fetchval("SELECT sum(completions) FROM users") == 0


async def test_call_has_the_clock_of_the_caller(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    room = await answered(ada, bob, duration_s=14_400)
    live = await go_live(ada, bob, str(room["room_id"]))
    assert live["ends_at"] - live["live_at"] == 14_400_000
    await ada.ask("room.leave", room_id=room["room_id"])
    await bob.receive("room.ended")
    assert await code_of(call(ada, bob, duration_s=14_401)) == "invalid"
    assert await code_of(ada.ask("invite.send", user_id=bob.user_id, mode="video", duration_s=1_801)) == "invalid"
    assert await code_of(ada.ask("invite.send", kind="friend", user_id=bob.user_id, mode="text")) == "invalid"


async def test_declined_call_sets_no_cooldown(friends: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    await call(ada, bob)
    invite = (await bob.receive("invite.received"))["invite"]
    assert (invite["kind"], invite["duration_s"], invite["role"]) == ("friend", None, "invitee")
    await bob.ask("invite.decline", invite_id=invite["invite_id"])
    assert (await ada.receive("invite.closed"))["cooldown_until_at"] is None
    assert await pool.fetchval("SELECT count(*) FROM cooldowns") == 0


@pytest.mark.settings(rate_limits=False, invite_ttl_s=0.3)
async def test_missed_calls_are_notified_without_a_cooldown(friends: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    for _ in range(2):
        await call(ada, bob)
        assert (await ada.receive("invite.closed"))["outcome"] == "expired"
    missed: list[dict[str, Any]] = []
    while len(missed) < 2:
        told = (await bob.receive("notification"))["notification"]
        missed += [told] if told["kind"] == "missed_call" else []
    assert {one["person"]["display_name"] for one in missed} == {"Ada"}
    assert {one["details"]["outcome"] for one in missed} == {"expired"}
    assert await pool.fetchval("SELECT count(*) FROM cooldowns") == 0


async def test_who_can_be_called(friends: Users, connect_user: ConnectUser) -> None:
    ada, bob, cleo = await friends("Ada", "Bob", "Cleo")
    stranger = await connect_user("Eve")
    assert await code_of(call(ada, stranger)) == "target_unavailable"
    assert await code_of(call(ada, ada)) == "invalid"
    await bob.connect(features=[])
    assert await code_of(call(ada, bob)) == "target_unavailable"
    assert await code_of(call(bob, ada)) == "invalid"
    await bob.connect(features=["friends"])
    await bob.ask("queue.join", mode="text", auto_accept=True, auto_next=True)
    await call(ada, bob)
    invite = (await bob.receive("invite.received"))["invite"]
    assert await code_of(call(cleo, bob)) == "target_unavailable"
    assert await code_of(call(ada, cleo)) == "wrong_phase"
    await bob.ask("invite.decline", invite_id=invite["invite_id"])
    assert (await bob.receive("queue.update"))["queued"] is True
    await bob.ask("queue.leave")
    await ada.call("DELETE", f"/v1/friends/{bob.user_id}")
    assert await code_of(call(ada, bob)) == "target_unavailable"


async def test_mutual_calls_open_one_room(friends: Users) -> None:
    ada, bob = await friends("Ada", "Bob")
    await asyncio.gather(call(ada, bob), call(bob, ada))
    rooms = {(await user.receive("room.started"))["room"]["room_id"] for user in (ada, bob)}
    assert len(rooms) == 1


async def test_block_during_a_call_ends_it(friends: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = (await ada.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    await answered(ada, bob)
    sent, _ = await asyncio.gather(
        code_of(bob.ask("channel.send", channel_id=dm, client_id="1", body="hello")),
        ada.ask("block", user_id=bob.user_id),
    )
    assert sent in ("ok", "channel_closed"), "before the block, or refused"
    assert await code_of(bob.ask("channel.send", channel_id=dm, client_id="2", body="hello")) == "channel_closed"
    assert await code_of(ada.call("GET", f"/v1/channels/{dm}")) == "not_found"
    assert (await bob.receive("room.ended"))["reason"] == "hangup"
    assert await pool.fetchval("SELECT count(*) FROM cooldowns") == 0
    assert await pool.fetchval("SELECT count(*) FROM friendships") == 0


async def test_room_does_not_open_for_former_friends(friends: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    await call(ada, bob)
    invite = (await bob.receive("invite.received"))["invite"]
    await ada.call("DELETE", f"/v1/friends/{bob.user_id}")
    assert await code_of(bob.ask("invite.accept", invite_id=invite["invite_id"])) == "target_unavailable"
    assert (await ada.receive("invite.closed"))["outcome"] == "unavailable"
    assert await pool.fetchval("SELECT count(*) FROM active_rooms") == 0


@pytest.mark.settings(rate_limits=True, friend_calls=2)
async def test_unanswered_calls_to_a_friend_are_limited(friends: Users, app: App, pool: Pool) -> None:
    ada, bob, cleo = await friends("Ada", "Bob", "Cleo")
    dm = (await ada.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    for _ in range(2):
        invite = await call(ada, bob)
        # A message with the id of the one about the call would take its place.
        taken = {"channel_id": dm, "client_id": f"call:{invite['invite_id']}", "body": "x"}
        assert await code_of(ada.ask("channel.send", **taken)) == "invalid"
        assert await code_of(ada.call("POST", f"/v1/channels/{dm}/messages", taken)) == "invalid"
        await ada.ask("invite.cancel", invite_id=invite["invite_id"])
    assert await code_of(call(ada, bob)) == "rate_limited"
    invite = await call(ada, cleo)
    await ada.ask("invite.cancel", invite_id=invite["invite_id"])
    # Another node, and one that was restarted, count the same calls.
    other = FriendCallService(
        pool,
        sender=app.people.sender,
        clock=app.clock,
        terms=CallTerms(many=2),
        on_fault=print,
        record=app.people.channels.service.record_call,
    )
    assert 0 < (await other.call_wait_ms(UserId(ada.user_id), UserId(bob.user_id)) or 0) <= 600_000
    assert await other.call_wait_ms(UserId(bob.user_id), UserId(ada.user_id)) == 0
    assert await other.call_wait_ms(UserId(ada.user_id), UserId(str(uuid4()))) is None


async def test_call_is_in_the_dm_if_the_process_dies_after_the_room(friends: Users, pool: Pool) -> None:
    ada, bob = await friends("Ada", "Bob")
    dm = (await ada.call("PUT", f"/v1/dms/{bob.user_id}"))["channel"]["channel_id"]
    room = await answered(ada, bob)
    # Somebody writes to the channel and takes their time: the room ends all the same, and leaves a row.
    async with pool.transaction() as connection:
        await connection.execute("SELECT FROM channels WHERE channel_id = $1::uuid FOR UPDATE", dm)
        await ada.ask("room.leave", room_id=room["room_id"])
        await bob.receive("room.ended")
        assert await pool.fetchval("SELECT call_id::text FROM friend_calls") == room["room_id"]
    for user in (ada, bob):
        message = (await user.receive("channel.message"))["message"]
        assert (message["kind"], message["from"], message["details"]["outcome"]) == ("call", ada.user_id, "accepted")
    assert await pool.fetchval("SELECT count(*) FROM friend_calls") == 0
    # The row of a process that has died is taken up.
    await pool.execute(
        """INSERT INTO friend_calls (call_id, caller_id, callee_id, mode, live_ms, ended_at)
           VALUES (gen_random_uuid(), $1::uuid, $2::uuid, 'video', 61000, now() - interval '1 minute')""",
        bob.user_id,
        ada.user_id,
    )
    assert (await ada.receive("channel.message"))["message"]["details"]["live_s"] == 61
    assert await pool.fetchval("SELECT count(*) FROM friend_calls") == 0
