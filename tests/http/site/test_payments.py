"""The webhook of payment providers, with signatures made as documented."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
import structlog

from server.db.pool import Pool
from tests.http.conftest import Caller, Reply

SECRETS = pytest.mark.settings(payment_secret="a secret of ours", stripe_secret="whsec_test", access="invite_only")
NOBODY = "00000000-0000-7000-8000-000000000000"


def signed(body: bytes, secret: str, *, age_s: int = 0) -> str:
    """Return `t=…,v1=…`: the timestamp, a full stop and the body, under HMAC-SHA256, in hexadecimal."""
    at = str(int(time.time()) - age_s)
    digest = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def generic(user_id: str, payment_id: str = "payment 1", **more: Any) -> bytes:
    return json.dumps({"payment_id": payment_id, "user_id": user_id, **more}).encode()


def checkout(user_id: str | None, *, kind: str = "checkout.session.completed", status: str = "paid") -> bytes:
    """Return an event as Stripe sends it."""
    session = {"id": "cs_1", "object": "checkout.session", "client_reference_id": user_id, "payment_status": status}
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": session}}).encode()


async def send(anonymous: Caller, body: bytes, headers: Mapping[str, str]) -> Reply:
    return await anonymous.call("POST", "/v1/payments/webhook", data=body, headers=headers)


async def pay(anonymous: Caller, body: bytes, **how: Any) -> Reply:
    return await send(anonymous, body, {"Rondo-Signature": signed(body, "a secret of ours", **how)})


async def pay_stripe(anonymous: Caller, body: bytes, **how: Any) -> Reply:
    return await send(anonymous, body, {"Stripe-Signature": signed(body, "whsec_test", **how)})


async def access(who: Caller) -> str:
    found: str = (await who.get("/v1/me")).body["access"]
    return found


@SECRETS
async def test_payment_grants_access_immediately(anonymous: Caller, ada: Caller) -> None:
    socket = await ada.connect()
    reply = await pay(anonymous, generic(ada.user_id, note="whatever else it says"))
    assert (reply.status, reply.body) == (200, {"status": "paid"})
    assert await access(ada) == "paid"
    await socket.send_json({"type": "queue.join", "mode": "text", "id": 1})
    assert (await socket.receive_json(timeout=5))["type"] == "reply"


@SECRETS
async def test_repeated_payment_counts_once(anonymous: Caller, ada: Caller, pool: Pool) -> None:
    body = generic(ada.user_id)
    replies = await asyncio.gather(*(pay(anonymous, body) for _ in range(20)))
    assert {reply.status for reply in replies} == {200}
    assert sorted(reply.body["status"] for reply in replies) == ["paid", *["repeated"] * 19]
    assert await pool.fetchval("SELECT count(*) FROM payments") == 1


@SECRETS
async def test_payment_id_of_another_user_changes_nothing(anonymous: Caller, ada: Caller, bob: Caller) -> None:
    await pay(anonymous, generic(ada.user_id))
    assert (await pay(anonymous, generic(bob.user_id))).body == {"status": "repeated"}
    assert await access(bob) == "unpaid"


@SECRETS
@pytest.mark.parametrize(
    ("before", "after"), [("unpaid", "paid"), ("grace", "paid"), ("verified", "verified"), ("paid", "paid")]
)
async def test_payment_lowers_no_access_level(
    anonymous: Caller, ada: Caller, pool: Pool, before: str, after: str
) -> None:
    await pool.execute("UPDATE users SET access = $1", before)
    reply = await pay(anonymous, generic(ada.user_id))
    assert reply.body == {"status": "paid" if before != after else "kept"}
    assert await access(ada) == after


@SECRETS
async def test_invalid_signature_changes_nothing(anonymous: Caller, ada: Caller, pool: Pool) -> None:
    body, now = generic(ada.user_id), int(time.time())
    good = signed(body, "a secret of ours")
    forged = [
        {},
        {"Rondo-Signature": ""},
        {"Rondo-Signature": "nonsense"},
        {"Rondo-Signature": signed(body, "another secret")},
        {"Rondo-Signature": signed(body, "whsec_test")},
        {"Rondo-Signature": signed(body + b" ", "a secret of ours")},
        {"Rondo-Signature": signed(body, "a secret of ours", age_s=310)},
        {"Rondo-Signature": signed(body, "a secret of ours", age_s=-310)},
        {"Rondo-Signature": good.replace(f"t={good[2:12]}", f"t={now + 100}")},
        {"Rondo-Signature": good.partition(",")[0]},
        {"Rondo-Signature": good.partition(",")[2]},
        {"Rondo-Signature": good.replace("v1=", "v0=")},
        {"Rondo-Signature": f"t={now},v1=é"},
        {"Rondo-Signature": f"t={'9' * 40},v1={'0' * 64}"},
        {"Rondo-Signature": f"t={now}" + ",v1=00" * 100},
        {"Stripe-Signature": good},
    ]
    for headers in forged:
        reply = await send(anonymous, body, headers)
        assert (reply.status, reply.code, reply.body["error"]["field"]) == (400, "invalid", "signature"), headers
    assert await access(ada) == "unpaid"
    assert await pool.fetchval("SELECT count(*) FROM payments") == 0
    assert (await send(anonymous, body, {"Rondo-Signature": good})).status == 200, "and the good one is good"


@SECRETS
async def test_refusal_is_logged_without_the_secret(anonymous: Caller, ada: Caller) -> None:
    body = generic(ada.user_id)
    with structlog.testing.capture_logs() as logged:
        await pay(anonymous, body, age_s=400)
        await send(anonymous, body, {"Rondo-Signature": signed(body, "another secret")})
        await pay(anonymous, b"{}")
        await pay(anonymous, body)
        await pay(anonymous, body)
    told = [entry for entry in logged if entry["event"].startswith("payment")]
    assert [entry["log_level"] for entry in told] == ["warning"] * 3 + ["info"] * 2
    assert [entry.get("reason") for entry in told[:3]] == ["too late", "no signature fits", "body"]
    assert [entry["outcome"] for entry in told[3:]] == ["paid", "repeated"]
    assert "secret of ours" not in str(told)


@SECRETS
async def test_forged_payments_are_logged_once_a_minute(anonymous: Caller) -> None:
    with structlog.testing.capture_logs() as logged:
        for _ in range(20):
            assert (await send(anonymous, b"{}", {"Rondo-Signature": signed(b"{}", "another secret")})).status == 400
    told = [entry for entry in logged if entry["event"] == "payment_refused"]
    assert [(entry["provider"], entry["count"]) for entry in told] == [("generic", 1)]


@SECRETS
async def test_signature_is_valid_for_five_minutes(anonymous: Caller, ada: Caller) -> None:
    assert (await pay(anonymous, generic(ada.user_id), age_s=290)).body == {"status": "paid"}


@SECRETS
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'{"payment_id": "", "user_id": "%b"}' % NOBODY.encode(), b'{"payment_id": 1}',
     b'{"payment_id": "1", "user_id": "ada"}', b'{"payment_id": "\\u0000", "user_id": "%b"}' % NOBODY.encode()],
)  # fmt: skip
async def test_signed_payload_that_is_invalid(anonymous: Caller, body: bytes) -> None:
    reply = await pay(anonymous, body)
    assert (reply.status, reply.code in ("bad_frame", "invalid")) == (400, True)


@SECRETS
async def test_payment_of_an_unknown_user_is_recorded(anonymous: Caller, pool: Pool) -> None:
    assert (await pay(anonymous, generic(NOBODY))).body == {"status": "unknown_user"}
    assert (await pay(anonymous, generic(NOBODY))).body == {"status": "repeated"}


@SECRETS
async def test_stripe_checkout_event(anonymous: Caller, ada: Caller) -> None:
    assert (await pay_stripe(anonymous, checkout(ada.user_id))).body == {"status": "paid"}
    assert await access(ada) == "paid"
    later = checkout(ada.user_id, kind="checkout.session.async_payment_succeeded")
    assert (await pay_stripe(anonymous, later)).body == {"status": "repeated"}, "another event about the same checkout"


@SECRETS
async def test_stripe_secret_rotation(anonymous: Caller, ada: Caller) -> None:
    body = checkout(ada.user_id)
    old, new = signed(body, "whsec_old"), signed(body, "whsec_test")
    header = f"{old},{new.partition(',')[2]},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"
    assert (await send(anonymous, body, {"Stripe-Signature": header})).body == {"status": "paid"}


@SECRETS
async def test_other_stripe_events_are_ignored(anonymous: Caller, ada: Caller, pool: Pool) -> None:
    for body in (
        checkout(ada.user_id, status="unpaid"),
        checkout(ada.user_id, kind="invoice.created"),
        checkout("an order of another product"),
        checkout(None),
        b'{"type": "ping"}',
    ):
        assert (await pay_stripe(anonymous, body)).body == {"status": "ignored"}
    assert await access(ada) == "unpaid"
    assert await pool.fetchval("SELECT count(*) FROM payments") == 0


@SECRETS
async def test_late_stripe_event_is_refused(anonymous: Caller, ada: Caller) -> None:
    assert (await pay_stripe(anonymous, checkout(ada.user_id), age_s=310)).code == "invalid"
    assert await access(ada) == "unpaid"


async def test_without_a_secret_there_is_no_webhook(anonymous: Caller, ada: Caller) -> None:
    body = generic(ada.user_id)
    for headers in ({}, {"Rondo-Signature": signed(body, "")}, {"Stripe-Signature": signed(body, "")}):
        assert (await send(anonymous, body, headers)).status == 404


@pytest.mark.settings(stripe_secret="whsec_test")
async def test_secret_of_one_scheme_enables_no_other(anonymous: Caller, ada: Caller) -> None:
    body = generic(ada.user_id)
    assert (await send(anonymous, body, {"Rondo-Signature": signed(body, "whsec_test")})).status == 404
