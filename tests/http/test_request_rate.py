"""Requests under /v1 have a rate, per address and per account; nothing else does."""

import time

import pytest

from matchmaker.domain.errors import RateLimited
from server.app import App
from server.domain.webhook_signature import sign
from server.http import request_rate as module
from server.http.request_rate import RateMeter, RequestRateLimits
from signaling.connection.rate_limits import Rate
from tests.http.conftest import Caller, SignUp, serving

SLOW = {"http_every_s": 60, "http_burst": 12, "http_write_every_s": 60, "http_write_burst": 4}
"""A minute for each token, so that a busy machine changes nothing."""


class Seconds:
    """A clock that moves when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def spend(pace: RequestRateLimits, address: str, method: str = "GET") -> int:
    """Return how many requests *address* may send in a burst."""
    for count in range(100_000):
        try:
            pace.require_address_rate(address, method)
        except RateLimited:
            return count
    raise AssertionError("no end")


def default(clock: Seconds, *, on: bool = True) -> RequestRateLimits:
    return RequestRateLimits(Rate(50, 60), Rate(500, 20), on=on, clock=clock)


def test_burst_of_60_then_20_per_second() -> None:
    clock = Seconds()
    pace = default(clock)
    assert spend(pace, "192.0.2.7") == 60
    clock.now = 1
    assert spend(pace, "192.0.2.7") == 20
    clock.now = 60
    assert spend(pace, "192.0.2.7") == 60


def test_writes_burst_of_20_then_2_per_second() -> None:
    clock = Seconds()
    pace = default(clock)
    assert spend(pace, "192.0.2.7", "POST") == 20
    assert spend(pace, "192.0.2.7", "GET") == 40
    clock.now = 3
    assert spend(pace, "192.0.2.7", "DELETE") == 6


def test_retry_after_is_exact() -> None:
    clock = Seconds()
    pace = default(clock)
    spend(pace, "192.0.2.7", "PUT")
    with pytest.raises(RateLimited) as refused:
        pace.require_address_rate("192.0.2.7", "PATCH")
    assert refused.value.details["retry_after_ms"] == 500
    clock.now = 0.499
    with pytest.raises(RateLimited):
        pace.require_address_rate("192.0.2.7", "PATCH")
    clock.now = 0.5
    pace.require_address_rate("192.0.2.7", "PATCH")


def test_every_prefix_has_its_limit() -> None:
    pace = default(Seconds())
    assert sum(spend(pace, f"192.0.2.{n}") for n in range(20)) == 8 * 60
    assert sum(spend(pace, f"2001:db8:0:1{n:02x}::1") for n in range(10)) == 4 * 60
    assert sum(spend(pace, f"2001:db8:0:{n:x}00::1") for n in range(2, 30)) == 12 * 60  # what is left of the /48
    # Refused at the /24, counted at no address.
    assert spend(pace, "192.0.2.99") == 0


def test_rate_limit_can_be_switched_off() -> None:
    pace = default(Seconds(), on=False)
    for _ in range(1_000):
        pace.require_address_rate("192.0.2.7", "POST")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED_MAX", 1_000)
    meter = RateMeter(Rate(1_000, 1))
    for n in range(5_000):
        meter.take(str(n), 1, 0)
    assert len(meter) == 1_000
    meter.sweep(1_000)
    assert len(meter) == 0


@pytest.mark.settings(trusted_proxies=1, **SLOW)
async def test_address_over_its_limit_gets_retry_after(anonymous: Caller) -> None:
    headers = {"X-Forwarded-For": "203.0.113.7"}
    replies = [await anonymous.get("/v1/access", headers=headers) for _ in range(13)]
    assert [reply.status for reply in replies] == [200] * 12 + [429]
    assert replies[-1].code == "rate_limited"
    assert 50_000 < replies[-1].body["error"]["retry_after_ms"] <= 60_000
    assert 50 < int(replies[-1].headers["Retry-After"]) <= 60
    assert (await anonymous.get("/v1/nowhere", headers=headers)).status == 429
    assert (await anonymous.get("/v1/access", headers={"X-Forwarded-For": "203.0.113.8"})).status == 200


@pytest.mark.settings(trusted_proxies=1, **SLOW)
async def test_account_is_limited_over_all_addresses(ada: Caller) -> None:
    replies = [await ada.get("/v1/me", headers={"X-Forwarded-For": f"203.0.{n}.7"}) for n in range(13)]
    assert [reply.status for reply in replies] == [200] * 12 + [429]
    statuses = [
        (await ada.call("PUT", "/v1/blocks/x", headers={"X-Forwarded-For": f"203.1.{n}.7"})).status for n in range(2)
    ]
    assert statuses == [429, 429]


@pytest.mark.settings(trusted_proxies=1, **SLOW)
async def test_requests_that_do_not_count(app: App, sign_up: SignUp) -> None:
    ada = await sign_up("Ada")
    for path in ("/", "/rondo.js", "/healthz", "/readyz", "/openapi.json", "/asyncapi.json", "/metrics"):
        for _ in range(15):
            assert (await ada.get(path)).status in (200, 404), path
    for _ in range(15):
        await (await ada.connect()).close()
    assert (await ada.get("/v1/me")).status == 200
    # Operators have their own listener.
    async with serving(app, app.ops) as ops:
        operator = Caller(ada.session, ops, ada.token)
        assert {(await operator.get("/v1/me")).status for _ in range(30)} == {200}


@pytest.mark.settings(payment_secret="s", trusted_proxies=1, **SLOW)
async def test_payments_are_not_limited_and_forgeries_are(ada: Caller) -> None:
    async def pay(n: int, secret: str) -> int:
        body = b'{"payment_id": "%d", "user_id": "%b"}' % (n, ada.user_id.encode())
        at = int(time.time())
        headers = {"Rondo-Signature": f"t={at},v1={sign(body, secret, at=at)}"}
        return (await ada.call("POST", "/v1/payments/webhook", headers=headers, data=body)).status

    assert [await pay(n, "s") for n in range(30)] == [200] * 30
    assert [await pay(n, "forged") for n in range(5)] == [400, 400, 400, 429, 429]  # the sign-up was a write, too
    assert await pay(99, "s") == 200
