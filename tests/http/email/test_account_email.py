"""Letters through a real relay, and passwords that change."""

import asyncio

import aiohttp
import pytest
from structlog.testing import capture_logs

from server.app import App
from server.db.pool import Pool
from server.runtime.fault_log import Faults
from server.runtime.mail import Letter, Mailer
from tests.http.conftest import Caller, SignUp
from tests.http.email.conftest import Relay, verified

DOOR = {"email": "Ada@example.org", "password": "correct horse"}
HOUR_S = 3_600


@pytest.fixture
async def ada(sign_up: SignUp, relay: Relay) -> Caller:
    return await verified(await sign_up("Ada"), relay, DOOR)


async def test_password_reset(ada: Caller, anonymous: Caller, relay: Relay) -> None:
    socket = await ada.connect()
    assert (await anonymous.post("/v1/auth/reset/letter", {"email": "ada@EXAMPLE.org"})).status == 204
    code = await relay.code("Ada@example.org")
    reply = await anonymous.post("/v1/auth/reset", {"code": code, "password": "battery staple"})
    assert reply.status == 204
    assert (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
    assert socket.close_code == 4401
    assert (await ada.get("/v1/me")).status == 401
    assert (await anonymous.post("/v1/auth/login", DOOR)).status == 401
    assert (await anonymous.post("/v1/auth/login", DOOR | {"password": "battery staple"})).status == 200
    again = await anonymous.post("/v1/auth/reset", {"code": code, "password": "something else"})
    assert again.code == "not_found"


async def test_concurrent_uses_of_a_code_succeed_once(ada: Caller, anonymous: Caller, relay: Relay) -> None:
    await anonymous.post("/v1/auth/reset/letter", {"email": DOOR["email"]})
    code = await relay.code("Ada@example.org")
    tries = [anonymous.post("/v1/auth/reset", {"code": code, "password": f"battery {n}"}) for n in range(4)]
    assert sorted(reply.status for reply in await asyncio.gather(*tries)) == [204, 404, 404, 404]


async def test_code_is_valid_for_one_purpose(ada: Caller, anonymous: Caller, relay: Relay) -> None:
    await ada.post("/v1/auth/email/letter")
    code = await relay.code("Ada@example.org")
    assert (await anonymous.post("/v1/auth/reset", {"code": code, "password": "battery staple"})).code == "not_found"


async def test_code_expires_after_an_hour_or_with_the_next_email(
    ada: Caller, anonymous: Caller, relay: Relay, pool: Pool
) -> None:
    await anonymous.post("/v1/auth/reset/letter", {"email": DOOR["email"]})
    first = await relay.code("Ada@example.org")
    await anonymous.post("/v1/auth/reset/letter", {"email": DOOR["email"]})
    second = await relay.code("Ada@example.org")
    assert (await anonymous.post("/v1/auth/reset", {"code": first, "password": "battery staple"})).code == "not_found"
    left = await pool.fetchval("SELECT extract(epoch FROM expires_at - sent_at)::int FROM letters")
    assert left == HOUR_S
    await pool.execute("UPDATE letters SET expires_at = now()")
    assert (await anonymous.post("/v1/auth/reset", {"code": second, "password": "battery staple"})).code == "not_found"


async def test_answers_do_not_reveal_accounts(ada: Caller, anonymous: Caller, relay: Relay, app: App) -> None:
    known = await anonymous.post("/v1/auth/reset/letter", {"email": DOOR["email"]})
    unknown = await anonymous.post("/v1/auth/reset/letter", {"email": "bob@example.org"})
    assert (known.status, known.body) == (unknown.status, unknown.body) == (204, "")
    await app.mail.close()
    assert relay.letters.qsize() == 1


async def test_emails_per_mailbox_are_limited(ada: Caller, anonymous: Caller) -> None:
    # One was sent already, for the verification.
    statuses = [(await anonymous.post("/v1/auth/reset/letter", {"email": DOOR["email"]})).status for _ in range(3)]
    assert statuses == [204] * 2 + [429]


async def test_only_hashes_of_codes_are_stored(ada: Caller, relay: Relay, pool: Pool) -> None:
    await ada.post("/v1/auth/email/letter")
    code = await relay.code("Ada@example.org")
    (row,) = await pool.fetch("SELECT x::text AS row FROM letters x")
    assert code not in row["row"]


async def test_new_password_ends_other_sessions(ada: Caller, anonymous: Caller) -> None:
    reply = await anonymous.post("/v1/auth/login", DOOR)
    phone = Caller(ada.session, ada.base, reply.body["token"])
    socket = await phone.connect()
    reply = await ada.post("/v1/auth/password", {"password": "wrong", "new_password": "battery staple"})
    assert (reply.status, reply.body["error"]["field"]) == (400, "password")
    reply = await ada.post("/v1/auth/password", {"password": DOOR["password"], "new_password": "battery staple"})
    assert reply.status == 204
    assert (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
    assert (await phone.get("/v1/me")).status == 401
    assert (await ada.get("/v1/me")).status == 200
    assert (await anonymous.post("/v1/auth/login", DOOR)).status == 401


async def test_guest_has_no_password(bob: Caller) -> None:
    reply = await bob.post("/v1/auth/password", {"password": "x", "new_password": "battery staple"})
    assert (reply.status, reply.code) == (409, "conflict")
    assert (await bob.post("/v1/auth/email/letter")).code == "conflict"


@pytest.mark.settings(smtp_url=None)
async def test_missing_relay_is_reported(bob: Caller, anonymous: Caller) -> None:
    assert (await bob.post("/v1/auth/upgrade", DOOR)).body["user"]["permanent"] is True
    for reply in (
        await bob.post("/v1/auth/email/letter"),
        await anonymous.post("/v1/auth/reset/letter", {"email": DOOR["email"]}),
    ):
        assert (reply.status, reply.code) == (503, "unavailable")
        assert "RONDO_SMTP_URL" in reply.body["error"]["message"]


@pytest.mark.settings(smtp_url="smtp://127.0.0.1:1")
async def test_unreachable_relay_breaks_nothing_else(bob: Caller, app: App) -> None:
    assert (await bob.post("/v1/auth/upgrade", DOOR)).body["user"]["pending_email"] == DOOR["email"]
    assert (await bob.post("/v1/auth/email/letter")).status == 204
    await app.mail.close()
    assert (await bob.get("/v1/me")).body["permanent"] is False


async def test_email_failures_are_logged_once_a_minute() -> None:
    mail = Mailer("smtp://127.0.0.1:1", "Rondo <rondo@example.org>", Faults())

    async def write() -> Letter:
        return Letter("ada@example.org", "Hello", "Hello")

    with capture_logs() as logged:
        for _ in range(5):
            mail.post(write)
        await mail.close()
    assert [(entry["event"], entry["count"]) for entry in logged] == [("letter_not_sent", 1)]
