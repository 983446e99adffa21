"""Access levels: matching only for users with access."""

import asyncio
from xml.etree import ElementTree as ET

import pytest

from server.app import App
from server.db.pool import Pool
from tests.http.conftest import Caller, SignUp
from tests.http.meeting.test_referrals import meet

INVITE_ONLY = pytest.mark.settings(access="invite_only", rate_limits=False)
JOIN = {"type": "queue.join", "mode": "text", "id": 1}
MEETING = (JOIN, {"type": "discover", "id": 1}, {"type": "invite.send", "user_id": "", "mode": "text", "id": 1})


async def made(app: App, uses: int) -> str:
    """Return an administrator's code."""
    return (await app.services.access.make_code(uses=uses, by=None)).code


async def earned(who: Caller, pool: Pool, completions: int = 4) -> None:
    """Give a user an earned code (how: tests/db/test_access.py)."""
    await pool.execute(
        "UPDATE users SET access = 'verified', completions = $2 WHERE user_id = $1::uuid", who.user_id, completions
    )


async def test_access_is_open_by_default(anonymous: Caller, ada: Caller) -> None:
    assert (await anonymous.get("/v1/access")).body == {
        "access": "open",
        "min_age": 18,
        "asks_birth_date": False,
        "parts_by_age": False,
    }
    socket = await ada.connect()
    await socket.send_json(JOIN)
    assert (await socket.receive_json(timeout=5))["type"] == "reply"


@INVITE_ONLY
@pytest.mark.parametrize("frame", MEETING, ids=lambda frame: frame["type"])
async def test_user_without_a_code_can_look_around(ada: Caller, bob: Caller, frame: dict[str, object]) -> None:
    assert (await ada.get("/v1/access")).body["access"] == "invite_only"
    assert (await ada.get("/v1/me")).body["access"] == "unpaid"
    socket = await ada.connect()
    await socket.send_json(frame | ({"user_id": bob.user_id} if "user_id" in frame else {}))
    assert (await socket.receive_json(timeout=5))["code"] == "access_required"
    for path in ("/v1/me", "/v1/history", "/v1/notifications", "/v1/sessions", "/v1/ice"):
        assert (await ada.get(path)).status == 200
    assert (await ada.call("PUT", f"/v1/blocks/{bob.user_id}")).status == 204


@INVITE_ONLY
async def test_code_grants_access_immediately(app: App, ada: Caller) -> None:
    code = await made(app, 1)
    socket = await ada.connect()
    await socket.send_json(JOIN)
    assert (await socket.receive_json(timeout=5))["code"] == "access_required"
    spelt = f" {code[:8].lower()}-{code[8:]} ".replace("0", "o").replace("1", "l")
    reply = await ada.post("/v1/invite-code/redeem", {"code": spelt})
    assert (reply.status, reply.body) == (200, {"access": "grace"})
    await socket.send_json(JOIN)
    assert (await socket.receive_json(timeout=5))["type"] == "reply", "the live socket knows"
    await socket.close()
    again = await ada.connect()
    await again.send_json(JOIN)
    assert (await again.receive_json(timeout=5))["type"] == "reply", "and so does the next one"


@INVITE_ONLY
async def test_access_granted_on_another_node(ada: Caller, pool: Pool) -> None:
    socket = await ada.connect()
    await pool.execute("UPDATE users SET access = 'grace'")  # as another node does
    await socket.send_json(JOIN)
    assert (await socket.receive_json(timeout=5))["type"] == "reply"


@INVITE_ONLY
async def test_sign_up_with_a_code(app: App, sign_up: SignUp) -> None:
    ada = await sign_up("Ada", invite_code=await made(app, 1))
    assert (await ada.get("/v1/me")).body["access"] == "grace"
    socket = await ada.connect()
    await socket.send_json(JOIN)
    assert (await socket.receive_json(timeout=5))["type"] == "reply"


@INVITE_ONLY
@pytest.mark.parametrize("wrong", ["0" * 16, "short", "used"])
async def test_sign_up_with_an_invalid_code_is_refused(
    app: App, anonymous: Caller, pool: Pool, sign_up: SignUp, wrong: str
) -> None:
    if wrong == "used":
        wrong = await made(app, 1)
        await sign_up("Ada", invite_code=wrong)
    before = await pool.fetchval("SELECT count(*) FROM users")
    reply = await anonymous.post("/v1/auth/guest", {"display_name": "Eve", "adult": True, "invite_code": wrong})
    assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, "invalid", "invite_code")
    assert await pool.fetchval("SELECT count(*) FROM users") == before


@INVITE_ONLY
async def test_sign_up_with_an_invite_code_ignores_a_dead_referral_code(
    app: App, anonymous: Caller, pool: Pool
) -> None:
    code = await made(app, 1)
    body = {"display_name": "Eve", "adult": True, "invite_code": code, "referral_code": "0" * 10}
    reply = await anonymous.post("/v1/auth/guest", body)
    assert (reply.status, reply.body["user"]["access"]) == (201, "grace")
    assert await pool.fetchval("SELECT uses_left FROM invite_codes") == 0
    assert await pool.fetchval("SELECT count(*) FROM referral_follows") == 0


@INVITE_ONLY
async def test_invalid_invite_code_uses_up_no_referral(
    app: App, anonymous: Caller, ada: Caller, bob: Caller, pool: Pool
) -> None:
    await pool.execute("UPDATE users SET access = 'grace'")
    await meet(ada, bob)
    link = (await ada.post("/v1/referrals", {"target_user_id": bob.user_id})).body["code"]
    body = {"display_name": "Eve", "adult": True, "invite_code": "0" * 16, "referral_code": link}
    reply = await anonymous.post("/v1/auth/guest", body)
    assert (reply.status, reply.body["error"]["field"]) == (400, "invite_code")
    assert await pool.fetchval("SELECT count(*) FROM referral_follows") == 0
    assert await pool.fetchval("SELECT count(*) FROM users") == 2


@INVITE_ONLY
async def test_hundred_users_race_for_four_uses(app: App, sign_up: SignUp, pool: Pool) -> None:
    code = await made(app, 4)
    people = [await sign_up(f"Person {n}") for n in range(100)]
    replies = await asyncio.gather(*(one.post("/v1/invite-code/redeem", {"code": code}) for one in people))
    assert sorted(reply.status for reply in replies) == [200] * 4 + [404] * 96
    assert await pool.fetchval("SELECT uses_left FROM invite_codes") == 0
    assert await pool.fetchval("SELECT count(*) FROM users WHERE access = 'grace'") == 4


@INVITE_ONLY
async def test_hundred_sign_ups_race_for_four_uses(app: App, anonymous: Caller, pool: Pool) -> None:
    body = {"display_name": "Eve", "adult": True, "invite_code": await made(app, 4)}
    replies = await asyncio.gather(*(anonymous.post("/v1/auth/guest", body) for _ in range(100)))
    assert sorted(reply.status for reply in replies) == [201] * 4 + [400] * 96
    assert await pool.fetchval("SELECT count(*) FROM users") == 4


@INVITE_ONLY
async def test_user_uses_up_a_code_once(app: App, ada: Caller, pool: Pool) -> None:
    codes = [await made(app, 2) for _ in range(2)]
    replies = await asyncio.gather(*(ada.post("/v1/invite-code/redeem", {"code": c}) for c in codes * 10))
    assert sorted({reply.status for reply in replies}) == [200, 409]
    assert await pool.fetchval("SELECT sum(uses_left) FROM invite_codes") == 3


@INVITE_ONLY
async def test_repeated_redemption_is_free(app: App, ada: Caller, pool: Pool) -> None:
    code = await made(app, 2)
    for _ in range(2):
        assert (await ada.post("/v1/invite-code/redeem", {"code": code})).body == {"access": "grace"}
    other = await ada.post("/v1/invite-code/redeem", {"code": await made(app, 1)})
    assert (other.status, other.code) == (409, "conflict")
    assert await pool.fetchval("SELECT sum(uses_left) FROM invite_codes") == 2


@pytest.mark.parametrize("code", ["0" * 16, "", "nonsense", "x" * 64])
async def test_unknown_code(ada: Caller, code: str) -> None:
    reply = await ada.post("/v1/invite-code/redeem", {"code": code})
    assert (reply.status, reply.code) == (404, "not_found")


async def test_own_code_appears_when_earned(ada: Caller, bob: Caller, pool: Pool) -> None:
    for path in ("/v1/invite-code", "/v1/invite-code/qr.svg"):
        assert (await ada.get(path)).code == "not_found"
    await earned(ada, pool)
    replies = await asyncio.gather(*(ada.get("/v1/invite-code") for _ in range(20)))
    assert len({reply.body["code"] for reply in replies}) == 1, "looked at by many devices at once, it is one"
    mine = replies[0].body
    assert (len(mine["code"]), mine["uses"], mine["uses_left"]) == (16, 4, 4)
    assert (await bob.get("/v1/invite-code")).status == 404


@INVITE_ONLY
async def test_spent_code_has_zero_uses_left(ada: Caller, sign_up: SignUp, pool: Pool) -> None:
    await earned(ada, pool)
    code = (await ada.get("/v1/invite-code")).body["code"]
    assert (await ada.post("/v1/invite-code/redeem", {"code": code})).code == "conflict", "not for oneself"
    for left in (3, 2, 1, 0):
        await sign_up("Friend", invite_code=code)
        assert (await ada.get("/v1/invite-code")).body["uses_left"] == left


@INVITE_ONLY
async def test_owner_without_access_cannot_redeem_their_own_code(ada: Caller, pool: Pool) -> None:
    await earned(ada, pool)
    code = (await ada.get("/v1/invite-code")).body["code"]
    await pool.execute("UPDATE users SET access = 'unpaid'")
    assert (await ada.post("/v1/invite-code/redeem", {"code": code})).code == "not_found"
    assert await pool.fetchval("SELECT uses_left FROM invite_codes") == 4


async def test_code_as_an_image(ada: Caller, pool: Pool) -> None:
    await earned(ada, pool)
    reply = await ada.get("/v1/invite-code/qr.svg")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "image/svg+xml")
    svg = ET.fromstring(reply.body)
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<path" in reply.body


async def test_moderators_create_codes(ada: Caller, bob: Caller, app: App, pool: Pool) -> None:
    assert (await bob.post("/v1/admin/invite-codes", {"uses": 5})).code == "forbidden"
    assert (await bob.get("/v1/admin/invite-codes")).code == "forbidden"
    await pool.execute("UPDATE users SET role = 'admin' WHERE user_id = $1::uuid", ada.user_id)
    reply = await ada.post("/v1/admin/invite-codes", {"uses": 5})
    assert reply.status == 201
    assert (reply.body["uses"], reply.body["uses_left"], reply.body["made_by"]) == (5, 5, ada.user_id)
    assert (await bob.post("/v1/invite-code/redeem", {"code": reply.body["code"]})).status == 200
    (listed,) = (await ada.get("/v1/admin/invite-codes")).body["invite_codes"]
    assert (listed["code"], listed["uses_left"]) == (reply.body["code"], 4)
    for uses in (0, -1, 1_000_001):
        assert (await ada.post("/v1/admin/invite-codes", {"uses": uses})).code == "invalid"
    entry = await pool.fetchrow("SELECT actor_id::text, action, details::text FROM audit_log ORDER BY n DESC LIMIT 1")
    assert entry is not None
    assert (entry["actor_id"], entry["action"]) == (ada.user_id, "invite_code.made")
    assert reply.body["code"] not in entry["details"]
