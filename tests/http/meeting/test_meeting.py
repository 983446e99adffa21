"""What remains of meeting: history, messages, cooldowns, blocks."""

from typing import Any

import aiohttp
import msgspec
import pytest

from server.db.pool import Pool
from tests.http.conftest import Caller

NOBODY = "00000000-0000-7000-8000-000000000000"


async def hear(socket: aiohttp.ClientWebSocketResponse, kind: str) -> Any:
    while (event := await socket.receive_json(timeout=2))["type"] != kind:
        pass
    return event


async def meet(ada: Caller, bob: Caller, pool: Pool, *, live_s: int = 40) -> str:
    """Make two users meet, apparently for *live_s*, and leave; return the room."""
    here, there = await ada.connect(), await bob.connect()
    for socket in (here, there):
        await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
    room_id: str = (await hear(there, "room.started"))["room"]["room_id"]
    await hear(here, "room.started")
    for n in range(3):
        frame = {"type": "chat.send", "id": n, "room_id": room_id, "client_id": str(n), "body": f"word {n}"}
        await here.send_json(frame)
        await hear(here, "reply")
    await here.send_json({"type": "room.leave", "room_id": room_id})
    await hear(here, "room.ended")
    await hear(there, "room.ended")
    await here.close()
    await there.close()
    return room_id


async def remember(pool: Pool, ada: Caller, bob: Caller, room_id: str, *, ago_s: int, live_ms: int) -> None:
    """Write what the end of a room of some length would have written."""
    for one, other in ((ada, bob), (bob, ada)):
        await pool.execute(
            """INSERT INTO chat_history VALUES ($1::uuid, $2::uuid, $3::uuid, 'text',
                   date_trunc('milliseconds', now()) - make_interval(secs => $4), now(), $5, 'hangup', 3)""",
            one.user_id,
            room_id,
            other.user_id,
            ago_s,
            live_ms,
        )


async def test_conversation_is_in_the_history_of_both(ada: Caller, bob: Caller, pool: Pool) -> None:
    room_id = await meet(ada, bob, pool)
    await remember(pool, ada, bob, room_id, ago_s=60, live_ms=40_900)
    reply = await bob.get("/v1/history")
    (call,) = reply.body["calls"]
    assert reply.body["cursor"] is None
    assert (call["room_id"], call["mode"], call["duration_s"], call["message_count"]) == (room_id, "text", 40, 3)
    assert call["peer"]["user_id"] == ada.user_id
    assert call["peer"]["display_name"] == "Ada"


async def test_history_is_paged_newest_first(ada: Caller, bob: Caller, pool: Pool) -> None:
    for n in range(5):
        await remember(pool, ada, bob, f"00000000-0000-7000-8000-00000000000{n}", ago_s=100 - n, live_ms=5_000)
    first = (await ada.get("/v1/history?limit=3")).body
    second = (await ada.get("/v1/history", params={"limit": "3", "cursor": first["cursor"]})).body
    assert [call["room_id"][-1] for call in first["calls"] + second["calls"]] == ["4", "3", "2", "1", "0"]
    assert second["cursor"] is None


async def test_messages_are_paged_oldest_first(ada: Caller, bob: Caller, pool: Pool) -> None:
    room_id = await meet(ada, bob, pool)
    await remember(pool, ada, bob, room_id, ago_s=60, live_ms=40_000)
    path = f"/v1/history/{room_id}/messages"
    whole = (await bob.get(path)).body
    assert [message["body"] for message in whole["messages"]] == ["word 0", "word 1", "word 2"]
    assert {message["from"] for message in whole["messages"]} == {ada.user_id}
    first = (await bob.get(path + "?limit=2")).body
    second = (await bob.get(path, params={"limit": "2", "cursor": first["cursor"]})).body
    assert first["messages"] + second["messages"] == whole["messages"]


async def test_messages_of_others_cannot_be_read(ada: Caller, bob: Caller, sign_up: Any, pool: Pool) -> None:
    room_id = await meet(ada, bob, pool)
    await remember(pool, ada, bob, room_id, ago_s=60, live_ms=40_000)
    eve = await sign_up("Eve")
    for name in (room_id, NOBODY, "x"):
        reply = await eve.get(f"/v1/history/{name}/messages")
        assert (reply.status, reply.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("limit=0", "invalid", "limit"),
        ("limit=501", "invalid", "limit"),
        ("limit=x", "bad_frame", "limit"),
        ("cursor=x", "invalid", "cursor"),
        ("cursor=" + "9" * 101, "invalid", "cursor"),
        ("cursor=%00", "invalid", "cursor"),
    ],
)
async def test_invalid_query_is_refused(ada: Caller, query: str, code: str, field: str) -> None:
    for path in ("/v1/history", f"/v1/history/{NOBODY}/messages"):
        reply = await ada.get(f"{path}?{query}")
        assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, code, field)


async def test_cooldowns_after_a_meeting(ada: Caller, bob: Caller, pool: Pool) -> None:
    assert (await ada.get("/v1/cooldowns")).body == {"cooldowns": []}
    await meet(ada, bob, pool)
    (cooldown,) = (await ada.get("/v1/cooldowns")).body["cooldowns"]
    assert cooldown["user_id"] == bob.user_id
    assert (await bob.get("/v1/cooldowns")).body == {
        "cooldowns": [{"user_id": ada.user_id, "until_at": cooldown["until_at"]}]
    }


async def test_blocks_are_idempotent_both_ways(ada: Caller, bob: Caller) -> None:
    path = f"/v1/blocks/{bob.user_id}"
    for _ in range(2):
        assert (await ada.call("PUT", path)).status == 204
    (block,) = (await ada.get("/v1/blocks")).body["blocks"]
    assert (block["user_id"], block["display_name"]) == (bob.user_id, "Bob")
    assert (await bob.get("/v1/blocks")).body == {"blocks": []}
    for _ in range(2):
        assert (await ada.call("DELETE", path)).status == 204
    assert (await ada.get("/v1/blocks")).body == {"blocks": []}


async def test_unknown_user_and_self_cannot_be_blocked(ada: Caller) -> None:
    for name in (NOBODY, "x"):
        assert (await ada.call("PUT", f"/v1/blocks/{name}")).code == "not_found"
    reply = await ada.call("PUT", f"/v1/blocks/{ada.user_id}")
    assert (reply.status, reply.code) == (400, "invalid")


async def test_block_ends_the_room_and_hides(ada: Caller, bob: Caller) -> None:
    here, there = await ada.connect(), await bob.connect()
    for socket in (here, there):
        await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
    await hear(there, "room.started")
    await ada.call("PUT", f"/v1/blocks/{bob.user_id}")
    assert (await hear(there, "room.ended"))["reason"] == "hangup"


async def test_ids_are_accepted_in_every_uuid_form(ada: Caller, bob: Caller) -> None:
    assert (await ada.call("PUT", f"/v1/blocks/{bob.user_id.upper()}")).status == 204
    assert msgspec.json.encode((await ada.get("/v1/blocks")).body).count(bob.user_id.encode()) == 1
