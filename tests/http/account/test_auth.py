"""Coming and going."""

import asyncio
from uuid import UUID

import aiohttp
import pytest

from server.auth.tokens import hash_of
from server.db.pool import Pool
from tests.http.conftest import Caller, SignUp

BLANK = (
    "\u3164",
    "\u115f",
    "\uffa0",
    "\u2800",
    "\U0001d159",
    "\u180e",
    "\u2060\u3164",
    "\u0301",
    "\ue000",
    "\U000e0020",
)
"""Texts without a visible character: Hangul fillers, blank symbols, format and private characters, a lone accent."""
ADA = {"display_name": "Ada", "adult": True}
DOOR = {"email": "Ada@Example.org", "password": "correct horse"}


async def test_guest_signs_up_with_a_name(anonymous: Caller) -> None:
    reply = await anonymous.post("/v1/auth/guest", ADA | {"display_name": "  Ada  ", "gender": "female"})
    assert reply.status == 201
    user = reply.body["user"]
    assert (user["display_name"], user["gender"], user["interests"], user["permanent"]) == ("Ada", "female", [], False)
    assert len(reply.body["token"]) == 43
    assert reply.headers["Cache-Control"] == "no-store"


async def test_only_token_hashes_are_stored(ada: Caller, pool: Pool) -> None:
    assert ada.token
    stored = await pool.fetchval("SELECT token_hash FROM sessions")
    assert stored == hash_of(ada.token)


async def test_interests_are_normalized(sign_up: SignUp) -> None:
    ada = await sign_up(interests=[" Chess ", "chess", "Go"])
    assert (await ada.get("/v1/me")).body["interests"] == ["chess", "go"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"adult": False}, "invalid", "adult"),
        ({"adult": 1}, "invalid", "adult"),
        ({"adult": "true"}, "invalid", "adult"),
        ({"adult": None}, "invalid", "adult"),
        ({"display_name": ""}, "invalid", "display_name"),
        ({"display_name": " \t "}, "invalid", "display_name"),
        ({"display_name": "x" * 41}, "invalid", "display_name"),
        ({"display_name": "a\nb"}, "invalid", "display_name"),
        ({"display_name": "a\u0000b"}, "invalid", "display_name"),
        ({"display_name": "a\u202eb"}, "invalid", "display_name"),
        ({"display_name": "\u200d"}, "invalid", "display_name"),
        *(({"display_name": blank}, "invalid", "display_name") for blank in BLANK),
        ({"display_name": 7}, "bad_frame", "display_name"),
        ({"display_name": None}, "bad_frame", "display_name"),
        ({"gender": "robot"}, "invalid", "gender"),
        ({"gender": 1}, "bad_frame", "gender"),
        ({"interests": "chess"}, "bad_frame", "interests"),
        ({"interests": [str(n) for n in range(11)]}, "invalid", "interests"),
        ({"interests": [""]}, "invalid", "interests"),
        ({"interests": ["x" * 41]}, "invalid", "interests"),
        ({"interests": ["a\u0000"]}, "invalid", "interests"),
        ({"interests": ["\u2800"]}, "invalid", "interests"),
    ],
)
async def test_invalid_guest_fields_are_refused(
    anonymous: Caller, change: dict[str, object], code: str, field: str
) -> None:
    reply = await anonymous.post("/v1/auth/guest", ADA | change)
    assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, code, field)


async def test_missing_field_is_named(anonymous: Caller) -> None:
    reply = await anonymous.post("/v1/auth/guest", {"adult": True})
    assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, "bad_frame", "display_name")
    reply = await anonymous.post("/v1/auth/guest", {"display_name": "Ada"})
    assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, "invalid", "adult")


async def test_user_id_reveals_no_sign_up_time(sign_up: SignUp) -> None:
    ada = await sign_up("Ada")
    assert UUID(ada.user_id).version == 4


async def test_name_has_at_most_40_characters(sign_up: SignUp) -> None:
    name = "é" * 39 + "😀"
    ada = await sign_up(name)
    assert (await ada.get("/v1/me")).body["display_name"] == name


async def test_six_sign_ups_in_ten_minutes(anonymous: Caller) -> None:
    for _ in range(6):
        assert (await anonymous.post("/v1/auth/guest", ADA)).status == 201
    # What is refused for another reason is not counted, and is told before the limit is.
    assert (await anonymous.post("/v1/auth/guest", {"display_name": "", "adult": True})).code == "invalid"
    reply = await anonymous.post("/v1/auth/guest", ADA)
    assert (reply.status, reply.code) == (429, "rate_limited")
    assert 590_000 < reply.body["error"]["retry_after_ms"] <= 600_000
    assert 590 <= int(reply.headers["Retry-After"]) <= 600


@pytest.mark.settings(rate_limits=False)
async def test_limits_can_be_switched_off(anonymous: Caller) -> None:
    for _ in range(20):
        assert (await anonymous.post("/v1/auth/guest", ADA)).status == 201


@pytest.mark.settings(trusted_proxies=1)
async def test_limits_use_the_address_behind_the_proxy(anonymous: Caller) -> None:
    for n in range(8):
        headers = {"X-Forwarded-For": f"6.6.6.6, 203.0.113.{n}"}
        assert (await anonymous.post("/v1/auth/guest", ADA, headers=headers)).status == 201


async def test_untrusted_header_evades_no_limit(anonymous: Caller) -> None:
    statuses = [
        (await anonymous.post("/v1/auth/guest", ADA, headers={"X-Forwarded-For": f"203.0.113.{n}"})).status
        for n in range(7)
    ]
    assert statuses == [201] * 6 + [429]


async def test_guest_becomes_permanent_and_keeps_the_id(ada: Caller) -> None:
    reply = await ada.post("/v1/auth/upgrade", DOOR)
    assert reply.status == 200
    user = reply.body["user"]
    assert (user["user_id"], user["email"], user["permanent"]) == (ada.user_id, "Ada@Example.org", True)
    assert (await ada.get("/v1/me")).body["permanent"] is True
    (session,) = (await ada.get("/v1/sessions")).body["sessions"]
    assert session["permanent"] is True
    days = (session["expires_at"] - session["last_seen_at"]) / 86_400_000
    assert days == 30


async def test_password_is_stored_as_argon2id(ada: Caller, pool: Pool) -> None:
    await ada.post("/v1/auth/upgrade", DOOR)
    stored = await pool.fetchval("SELECT password_hash FROM users")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_address_belongs_to_one_account(ada: Caller, bob: Caller) -> None:
    assert (await ada.post("/v1/auth/upgrade", DOOR)).status == 200
    reply = await bob.post("/v1/auth/upgrade", DOOR | {"email": "ADA@example.ORG"})
    assert (reply.status, reply.code) == (409, "conflict")
    reply = await ada.post("/v1/auth/upgrade", {"email": "other@example.org", "password": "correct horse"})
    assert (reply.status, reply.code) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"email": "ada", "password": "12345678"}, "invalid", "email"),
        ({"email": "@example.org", "password": "12345678"}, "invalid", "email"),
        ({"email": "a b@example.org", "password": "12345678"}, "invalid", "email"),
        ({"email": "a\u0000@example.org", "password": "12345678"}, "invalid", "email"),
        ({"email": "a@" + "x" * 254, "password": "12345678"}, "invalid", "email"),
        ({"email": "ada@example.org", "password": "1234567"}, "invalid", "password"),
        ({"email": "ada@example.org", "password": "x" * 1025}, "invalid", "password"),
        ({"email": "ada@example.org"}, "bad_frame", "password"),
        ({"email": 7, "password": "12345678"}, "bad_frame", "email"),
    ],
)
async def test_invalid_log_ins(ada: Caller, body: dict[str, object], code: str, field: str) -> None:
    reply = await ada.post("/v1/auth/upgrade", body)
    assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, code, field)


async def test_log_in_on_a_second_device(ada: Caller, anonymous: Caller) -> None:
    await ada.post("/v1/auth/upgrade", DOOR)
    reply = await anonymous.post("/v1/auth/login", DOOR | {"email": " ada@example.ORG "})
    assert reply.status == 200
    assert reply.body["user"]["user_id"] == ada.user_id
    assert reply.body["token"] != ada.token
    other = Caller(ada.session, ada.base, reply.body["token"])
    assert len((await other.get("/v1/sessions")).body["sessions"]) == 2


async def test_wrong_password_and_unknown_address_look_the_same(ada: Caller, anonymous: Caller) -> None:
    await ada.post("/v1/auth/upgrade", DOOR)
    wrong = await anonymous.post("/v1/auth/login", DOOR | {"password": "wrong horse"})
    unknown = await anonymous.post("/v1/auth/login", DOOR | {"email": "bob@example.org"})
    assert wrong.status == unknown.status == 401
    assert wrong.body == unknown.body
    assert wrong.code == "unauthenticated"


async def test_thirty_failed_log_ins_are_the_limit(anonymous: Caller) -> None:
    async with asyncio.TaskGroup() as group:
        attempts = [group.create_task(anonymous.post("/v1/auth/login", DOOR)) for _ in range(31)]
    assert sorted(attempt.result().status for attempt in attempts) == [401] * 30 + [429]


async def test_logout_revokes_the_token_and_closes_the_socket(ada: Caller) -> None:
    socket = await ada.connect()
    assert (await ada.post("/v1/auth/logout")).status == 204
    message = await socket.receive(timeout=2)
    assert (message.type, socket.close_code) == (aiohttp.WSMsgType.CLOSE, 4401)
    assert (await ada.get("/v1/me")).status == 401
    again = await ada.session.ws_connect(f"{ada.base}/v1/ws")
    await again.send_json({"type": "hello", "token": ada.token})
    assert (await again.receive_json(timeout=2))["code"] == "unauthenticated"
    await again.receive(timeout=2)
    assert again.close_code == 4401


@pytest.mark.parametrize("header", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer x"}])
async def test_missing_token_is_refused(anonymous: Caller, header: dict[str, str]) -> None:
    reply = await anonymous.get("/v1/me", headers=header)
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


async def test_unknown_well_formed_token_is_refused(anonymous: Caller) -> None:
    reply = await anonymous.get("/v1/me", headers={"Authorization": "bearer " + "A" * 43})
    assert (reply.status, reply.code) == (401, "unauthenticated")


async def test_expired_session_is_refused(ada: Caller, pool: Pool, app: object) -> None:
    await pool.execute("UPDATE sessions SET expires_at = now() - interval '1 second'")
    app.authenticator.forget(ada.user_id)  # type: ignore[attr-defined]
    assert (await ada.get("/v1/me")).status == 401
