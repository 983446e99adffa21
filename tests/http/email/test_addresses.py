"""An e-mail address counts once it is verified."""

import asyncio

import pytest

from server.app import App
from server.db.accounts import email_addresses
from server.db.moderation import moderators
from server.db.pool import Pool
from tests.http.conftest import Caller, SignUp
from tests.http.email.conftest import Relay, code_in, verified

DOOR = {"email": "Ada@example.org", "password": "correct horse"}

# An account of a release without verification: an address, as entered, and a password.
LEGACY = "UPDATE users SET email = $2, password_hash = $3 WHERE user_id = $1::uuid"


async def legacy(app: App, pool: Pool, caller: Caller, email: str, password: str) -> Caller:
    await pool.execute(LEGACY, caller.user_id, email, await app.passwords.hash(password))
    await pool.execute("UPDATE sessions SET permanent = true WHERE user_id = $1::uuid", caller.user_id)
    app.authenticator.forget(caller.user_id)  # type: ignore[arg-type]
    return caller


async def test_account_is_permanent_once_the_address_is_verified(ada: Caller, anonymous: Caller, relay: Relay) -> None:
    user = (await ada.post("/v1/auth/upgrade", DOOR)).body["user"]
    assert (user["permanent"], user["email"], user["pending_email"]) == (False, None, "Ada@example.org")
    code = await relay.code("Ada@example.org")
    assert (await anonymous.post("/v1/auth/login", DOOR)).status == 401
    assert (await ada.post("/v1/auth/email/verify", {"code": code})).status == 204
    user = (await ada.get("/v1/me")).body
    assert (user["permanent"], user["email"], user["pending_email"]) == (True, "Ada@example.org", None)
    assert user["email_verified"] is True
    (session,) = (await ada.get("/v1/sessions")).body["sessions"]
    assert session["permanent"] is True
    assert (await anonymous.post("/v1/auth/login", DOOR | {"email": "ada@EXAMPLE.org"})).status == 200
    assert (await ada.post("/v1/auth/email/verify", {"code": code})).code == "not_found"


async def test_verification_needs_the_account_that_asked(
    ada: Caller, bob: Caller, anonymous: Caller, relay: Relay
) -> None:
    await ada.post("/v1/auth/upgrade", DOOR)
    code = {"code": await relay.code("Ada@example.org")}
    assert (await anonymous.post("/v1/auth/email/verify", code)).code == "unauthenticated"
    assert (await bob.post("/v1/auth/email/verify", code)).code == "not_found"
    assert (await ada.post("/v1/auth/email/verify", code)).status == 204


async def test_verification_email_can_be_repeated_and_replaces_the_former(ada: Caller, relay: Relay) -> None:
    await ada.post("/v1/auth/upgrade", DOOR)
    first = await relay.code("Ada@example.org")
    assert (await ada.post("/v1/auth/email/letter")).status == 204
    second = await relay.code("Ada@example.org")
    assert (await ada.post("/v1/auth/email/verify", {"code": first})).code == "not_found"
    assert (await ada.post("/v1/auth/email/verify", {"code": second})).status == 204


async def test_another_address_replaces_the_pending_one(ada: Caller, relay: Relay) -> None:
    await ada.post("/v1/auth/upgrade", DOOR | {"email": "oda@example.org"})
    wrong = await relay.code("oda@example.org")
    await ada.post("/v1/auth/upgrade", DOOR)
    code = await relay.code("Ada@example.org")
    assert (await ada.post("/v1/auth/email/verify", {"code": wrong})).code == "not_found"
    assert (await ada.post("/v1/auth/email/verify", {"code": code})).status == 204
    assert (await ada.get("/v1/me")).body["email"] == "Ada@example.org"


async def test_upgrade_answers_the_same_for_a_taken_address(ada: Caller, bob: Caller, relay: Relay) -> None:
    await verified(ada, relay, DOOR)
    mine = await bob.post("/v1/auth/upgrade", {"email": "new@example.org", "password": "battery staple"})
    await relay.code("new@example.org")
    hers = await bob.post("/v1/auth/upgrade", {"email": "ada@example.org", "password": "battery staple"})
    assert mine.status == hers.status == 200
    assert mine.body["user"] | {"pending_email": ""} == hers.body["user"] | {"pending_email": ""}
    # Only her e-mail has the details, and it has no code.
    told = await relay.text("ada@example.org")
    assert "belongs to an account already" in told
    assert code_in(told) is None
    assert (await ada.get("/v1/me")).body["permanent"] is True


async def test_first_of_two_to_verify_gets_the_address(ada: Caller, bob: Caller, relay: Relay) -> None:
    codes = []
    for caller in (ada, bob):
        await caller.post("/v1/auth/upgrade", DOOR)
        codes.append({"code": await relay.code("Ada@example.org")})
    tries = [caller.post("/v1/auth/email/verify", code) for caller, code in zip((ada, bob), codes, strict=True)]
    assert sorted(reply.status for reply in await asyncio.gather(*tries)) == [204, 409]


async def test_unverified_address_is_for_log_in_only(
    app: App, pool: Pool, ada: Caller, anonymous: Caller, relay: Relay
) -> None:
    await legacy(app, pool, ada, "Ada@example.org", "correct horse")
    assert (await anonymous.post("/v1/auth/login", DOOR)).body["user"]["user_id"] == ada.user_id
    assert await moderators.appoint(pool, "ada@example.org", "admin", now=0) is None
    assert (await anonymous.post("/v1/auth/reset/letter", {"email": "ada@example.org"})).status == 204
    assert code_in(await relay.text("ada@example.org")) is None
    # Its holder verifies it.
    assert (await ada.post("/v1/auth/email/letter")).status == 204
    assert (await ada.post("/v1/auth/email/verify", {"code": await relay.code("Ada@example.org")})).status == 204
    assert await moderators.appoint(pool, "ADA@example.org", "admin", now=0) == ada.user_id
    assert await moderators.appoint(pool, ada.user_id, None, now=0) == ada.user_id


async def test_first_to_verify_a_log_in_name_gets_the_address_and_the_other_still_logs_in(
    *, app: App, pool: Pool, ada: Caller, bob: Caller, anonymous: Caller, relay: Relay
) -> None:
    squatter = await legacy(app, pool, ada, "bob@example.org", "correct horse")
    await email_addresses.fill_keys(pool)
    owner = await verified(bob, relay, {"email": "bob@example.org", "password": "battery staple"})
    logins = [
        await anonymous.post("/v1/auth/login", {"email": "BOB@example.org", "password": password})
        for password in ("correct horse", "battery staple", "neither of them")
    ]
    assert [reply.body.get("user", {}).get("user_id") for reply in logins] == [squatter.user_id, owner.user_id, None]
    me = (await squatter.get("/v1/me")).body
    assert (me["permanent"], me["email"], me["email_verified"]) == (True, None, False)
    # A new password for the address is its owner's alone.
    await anonymous.post("/v1/auth/reset/letter", {"email": "bob@example.org"})
    code = await relay.code("bob@example.org")
    assert (await anonymous.post("/v1/auth/reset", {"code": code, "password": "new password"})).status == 204
    assert (await squatter.get("/v1/me")).status == 200
    # The other one adds an address of their own, with their password.
    new = {"email": "ada@example.org", "password": "correct horse"}
    wrong = await squatter.post("/v1/auth/upgrade", new | {"password": "something else"})
    assert (wrong.code, wrong.body["error"]["field"]) == ("invalid", "password")
    await verified(squatter, relay, new)
    assert (await anonymous.post("/v1/auth/login", new)).status == 200
    old = {"email": "bob@example.org", "password": "correct horse"}
    assert (await anonymous.post("/v1/auth/login", old)).status == 401


async def test_email_goes_to_one_mailbox_in_ascii_if_possible(ada: Caller, relay: Relay) -> None:
    await ada.post("/v1/auth/upgrade", DOOR | {"email": "ada@bücher.example"})
    assert code_in(await relay.text("ada@xn--bcher-kva.example"))


@pytest.mark.settings(trusted_proxies=1)
async def test_address_that_smtp_reads_as_two_gets_no_email(
    app: App, pool: Pool, ada: Caller, anonymous: Caller, relay: Relay
) -> None:
    odd = {"email": "a@evil.example,victim@example.org", "password": "correct horse"}
    await legacy(app, pool, ada, **odd)
    assert (await anonymous.post("/v1/auth/login", odd)).body["user"]["user_id"] == ada.user_id
    reply = await ada.post("/v1/auth/email/letter")
    assert (reply.code, reply.body["error"]["field"]) == ("invalid", "email")
    assert (await anonymous.post("/v1/auth/reset/letter", {"email": odd["email"]})).status == 204
    await app.mail.close()
    assert relay.letters.empty()


async def test_unverified_address_of_a_deleted_account_ties_no_one(
    *, app: App, pool: Pool, ada: Caller, bob: Caller, sign_up: SignUp, relay: Relay
) -> None:
    await legacy(app, pool, ada, "Ada@example.org", "correct horse")
    await ada.call("PUT", f"/v1/blocks/{bob.user_id}")
    assert (await ada.call("DELETE", "/v1/me", headers={"X-Rondo-Password": "correct%20horse"})).status == 204
    assert await pool.fetchval("SELECT count(*) FROM departed_people") == 0
    await verified(await sign_up("Eve"), relay, DOOR)
    assert await pool.fetchval("SELECT count(*) FROM blocks") == 0
