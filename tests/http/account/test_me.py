"""One's own account, and where one is signed in."""

import asyncio

import aiohttp
import pytest

from server.db.pool import Pool
from tests.http.conftest import Caller, SignUp


async def test_account_as_its_owner_sees_it(ada: Caller) -> None:
    reply = await ada.get("/v1/me")
    assert reply.status == 200
    me = reply.body
    assert (me["user_id"], me["display_name"], me["email"], me["role"]) == (ada.user_id, "Ada", None, None)
    assert (me["calls"], me["completions"], me["talk_s"]) == (0, 0, 0)
    assert "password_hash" not in me


async def test_omitted_fields_stay(sign_up: SignUp) -> None:
    ada = await sign_up("Ada", gender="female", interests=["chess"])
    reply = await ada.call("PATCH", "/v1/me", {"display_name": " Ada L. "})
    assert reply.status == 200
    assert (reply.body["display_name"], reply.body["gender"], reply.body["interests"]) == (
        "Ada L.",
        "female",
        ["chess"],
    )
    reply = await ada.call("PATCH", "/v1/me", {"gender": "nonbinary", "interests": []})
    assert (reply.body["display_name"], reply.body["gender"], reply.body["interests"]) == ("Ada L.", "nonbinary", [])
    assert (await ada.call("PATCH", "/v1/me", {})).body == reply.body


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"display_name": ""}, "invalid", "display_name"),
        ({"display_name": None}, "bad_frame", "display_name"),
        ({"gender": "robot"}, "invalid", "gender"),
        ({"gender": None}, "bad_frame", "gender"),
        ({"interests": [1]}, "bad_frame", "interests"),
    ],
)
async def test_refused_change_changes_nothing(ada: Caller, body: dict[str, object], code: str, field: str) -> None:
    before = (await ada.get("/v1/me")).body
    reply = await ada.call("PATCH", "/v1/me", {"display_name": "Eve"} | body)
    assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, code, field)
    assert (await ada.get("/v1/me")).body == before


async def test_new_name_is_shown_to_the_next_peer(ada: Caller, bob: Caller) -> None:
    here = await ada.connect()
    await here.send_json({"type": "queue.join", "id": 1, "mode": "text", "pairing": "manual"})
    await here.receive_json(timeout=2)
    await ada.call("PATCH", "/v1/me", {"display_name": "Augusta"})
    there = await bob.connect()
    await there.send_json({"type": "discover", "id": 1})
    (person,) = (await there.receive_json(timeout=2))["people"]
    assert person["display_name"] == "Augusta"


async def test_deleted_account_cannot_be_used(ada: Caller, bob: Caller, pool: Pool) -> None:
    here, there = await ada.connect(), await bob.connect()
    for socket in (here, there):
        await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
    for socket in (here, there):
        assert (await socket.receive_json(timeout=2))["type"] == "room.started"
    assert (await ada.call("DELETE", "/v1/me")).status == 204
    ended = await there.receive_json(timeout=2)
    assert (ended["type"], ended["reason"], ended["by"]) == ("room.ended", "deleted", ada.user_id)
    while (await here.receive(timeout=2)).type is not aiohttp.WSMsgType.CLOSE:
        pass
    assert here.close_code == 4401
    assert (await ada.get("/v1/me")).status == 401
    assert await pool.fetchval("SELECT count(*) FROM users") == 1
    assert await pool.fetchval("SELECT count(*) FROM sessions") == 1
    assert await pool.fetchval("SELECT count(*) FROM active_rooms") == 0


async def test_sessions_are_listed_with_devices(ada: Caller, bob: Caller, anonymous: Caller) -> None:
    door = {"email": "ada@example.org", "password": "correct horse"}
    await ada.post("/v1/auth/upgrade", door)
    reply = await anonymous.post("/v1/auth/login", door, headers={"User-Agent": "a phone\u00e9" + "x" * 300})
    phone = Caller(ada.session, ada.base, reply.body["token"])
    reply = await ada.get("/v1/sessions")
    sessions = {session["current"]: session for session in reply.body["sessions"]}
    assert sessions[False]["device"].startswith("a phone")
    assert len(sessions[False]["device"]) <= 200
    assert sessions[False]["address"] == "127.0.0.0/24"

    socket = await phone.connect()
    assert (await ada.call("DELETE", f"/v1/sessions/{sessions[False]['session_id']}")).status == 204
    assert (await socket.receive(timeout=2)).type is aiohttp.WSMsgType.CLOSE
    assert socket.close_code == 4401
    assert (await phone.get("/v1/me")).status == 401
    assert (await ada.get("/v1/me")).status == 200
    assert (await ada.call("DELETE", f"/v1/sessions/{sessions[False]['session_id']}")).status == 404


@pytest.mark.parametrize("name", ["x", "00000000-0000-0000-0000-000000000000", "%00"])
async def test_session_of_another_user_cannot_be_revoked(ada: Caller, bob: Caller, name: str) -> None:
    assert (await ada.call("DELETE", f"/v1/sessions/{name}")).code == "not_found"
    (theirs,) = (await bob.get("/v1/sessions")).body["sessions"]
    assert (await ada.call("DELETE", f"/v1/sessions/{theirs['session_id']}")).code == "not_found"
    assert (await bob.get("/v1/me")).status == 200


async def test_session_revoked_during_a_lookup_stays_revoked(ada: Caller) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(ada.post("/v1/auth/logout"))
        for _ in range(20):
            group.create_task(ada.get("/v1/me"))
    assert (await ada.get("/v1/me")).status == 401


async def test_new_name_needs_a_visible_character(ada: Caller) -> None:
    for blank in ("\u3164", "\u2800", "\U0001d159", "\uffa0\u115f"):
        reply = await ada.call("PATCH", "/v1/me", {"display_name": blank})
        assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, "invalid", "display_name")
    assert (await ada.get("/v1/me")).body["display_name"] == "Ada"
