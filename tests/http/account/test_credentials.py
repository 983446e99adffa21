"""Passwords that are guessed, and what needs the password of an account that is signed in."""

from urllib.parse import quote

import pytest

from server.app import App
from server.db.pool import Pool
from tests.http.conftest import Caller

DOOR = {"email": "ada@example.org", "password": "correct hörse"}
WRONG = DOOR | {"password": "wrong horse"}
PASSWORD = {"X-Rondo-Password": quote(DOOR["password"])}
HOME, ELSEWHERE = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "198.51.100.7"}
behind_a_proxy = pytest.mark.settings(trusted_proxies=1)


async def guess_from(ada: Caller, anonymous: Caller, addresses: str) -> None:
    """Make Ada permanent at home, and guess her password from these addresses until it is one too many."""
    await ada.post("/v1/auth/upgrade", DOOR, headers=HOME)
    assert (await anonymous.post("/v1/auth/login", DOOR, headers=HOME)).status == 200
    statuses = [
        (await anonymous.post("/v1/auth/login", WRONG, headers={"X-Forwarded-For": addresses.format(n)})).status
        for n in range(31)
    ]
    assert statuses == [401] * 30 + [429]


@behind_a_proxy
async def test_guesses_from_other_networks_do_not_lock_the_owner_out(ada: Caller, anonymous: Caller) -> None:
    await guess_from(ada, anonymous, "198.51.{}.7")
    # From a network that the account was used from, and not from a new one.
    assert (await anonymous.post("/v1/auth/login", DOOR, headers={"X-Forwarded-For": "203.0.113.99"})).status == 200
    assert (await anonymous.post("/v1/auth/login", DOOR, headers=ELSEWHERE)).status == 429


@behind_a_proxy
async def test_guesses_from_a_known_network_are_limited(ada: Caller, anonymous: Caller) -> None:
    await guess_from(ada, anonymous, "203.0.113.{}")


async def test_only_failures_count(ada: Caller, anonymous: Caller) -> None:
    await ada.post("/v1/auth/upgrade", DOOR)
    assert {(await anonymous.post("/v1/auth/login", DOOR)).status for _ in range(32)} == {200}


@behind_a_proxy
async def test_password_change_is_not_limited_by_guesses_of_others(ada: Caller, anonymous: Caller) -> None:
    await ada.post("/v1/auth/upgrade", DOOR, headers=HOME)
    for n in range(31):
        await anonymous.post("/v1/auth/login", WRONG, headers={"X-Forwarded-For": f"198.51.{n}.7"})
        await anonymous.post("/v1/auth/login", {**WRONG, "email": f"{n}@example.org"}, headers=HOME)
    assert (await anonymous.post("/v1/auth/login", DOOR, headers=HOME)).status == 429
    change = {"password": DOOR["password"], "new_password": "battery staple"}
    assert (await ada.post("/v1/auth/password", change, headers=HOME)).status == 204


async def test_guesses_with_a_stolen_token_are_limited_per_session(ada: Caller, anonymous: Caller) -> None:
    await ada.post("/v1/auth/upgrade", DOOR)
    other = Caller(ada.session, ada.base, (await anonymous.post("/v1/auth/login", DOOR)).body["token"])
    guesses = [{"X-Rondo-Password": f"guess{n}"} for n in range(31)]
    replies = [await ada.get("/v1/me/export", headers=guess) for guess in guesses]
    assert [reply.code for reply in replies] == ["password_required"] * 30 + ["rate_limited"]
    change = {"password": "wrong horse", "new_password": "battery staple"}
    assert (await ada.post("/v1/auth/password", change)).code == "rate_limited"
    assert (await other.get("/v1/me/export", headers=PASSWORD)).status == 200


async def test_export_and_deletion_need_the_password_of_a_permanent_account(ada: Caller, bob: Caller) -> None:
    await ada.post("/v1/auth/upgrade", DOOR)
    socket = await ada.connect()
    for method, path in (("GET", "/v1/me/export"), ("DELETE", "/v1/me")):
        for headers in ({}, {"X-Rondo-Password": "wrong"}, {"X-Rondo-Password": "%ff%"}, {"X-Rondo-Password": ""}):
            reply = await ada.call(method, path, headers=headers)
            assert (reply.status, reply.code) == (403, "password_required")
    assert not socket.closed
    assert (await ada.get("/v1/me/export", headers=PASSWORD)).status == 200
    assert (await ada.call("DELETE", "/v1/me", headers=PASSWORD)).status == 204
    # A guest has none.
    assert (await bob.get("/v1/me/export")).status == 200
    assert (await bob.call("DELETE", "/v1/me")).status == 204


@pytest.mark.settings(allowed_origins=("https://app.example",))
async def test_password_header_is_allowed_by_cors(anonymous: Caller) -> None:
    asks = {"Origin": "https://app.example", "Access-Control-Request-Method": "DELETE"}
    reply = await anonymous.call("OPTIONS", "/v1/me", headers=asks)
    assert "X-Rondo-Password" in reply.headers["Access-Control-Allow-Headers"]


@pytest.mark.settings(sessions_max=3)
async def test_oldest_session_ends_above_the_maximum(ada: Caller, anonymous: Caller) -> None:
    await ada.post("/v1/auth/upgrade", DOOR)
    socket = await ada.connect()
    tokens = [(await anonymous.post("/v1/auth/login", DOOR)).body["token"] for _ in range(3)]
    await socket.receive(timeout=5)
    assert socket.close_code == 4401
    assert (await ada.get("/v1/me")).status == 401
    others = [Caller(ada.session, ada.base, token) for token in tokens]
    assert [(await other.get("/v1/me")).status for other in others] == [200] * 3
    assert len((await others[0].get("/v1/sessions")).body["sessions"]) == 3


def test_twenty_sessions_are_the_default(app: App) -> None:
    assert app.services.settings.sessions_max == 20


async def test_pending_password_is_in_no_export(ada: Caller, pool: Pool) -> None:
    await pool.execute("UPDATE users SET pending_email = 'a@example.org', pending_password_hash = '$argon2id$x'")
    document = (await ada.get("/v1/me/export")).body
    assert document["sections"]["profile"][0]["pending_email"] == "a@example.org"
    assert "argon2id" not in str(document)
