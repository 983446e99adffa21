"""The sign-up gate: what the seventh sign-up of an address costs."""

import asyncio
import base64
from collections.abc import AsyncIterator
from hashlib import sha256
from itertools import count
from typing import Any

import pytest
from aiohttp import web

from server.accounts.proof_of_work import VALID_MS, is_solved, issue, zero_bits
from server.app import App
from server.auth.keyed_hash import KeyedHasher
from server.config.settings import Settings
from server.db.pool import Pool
from tests.http.conftest import Caller, Reply

ADA = {"display_name": "Ada", "adult": True}
HERE = {"X-Forwarded-For": "203.0.113.7"}
NETWORK = "203.0.113.0/24"
NOW = 1_800_000_000_000
behind_a_proxy = pytest.mark.settings(trusted_proxies=1, signup_gate_bits=6)


def solve(challenge: str, bits: int) -> str:
    return next(str(n) for n in count() if zero_bits(sha256(f"{challenge}:{n}".encode()).digest()) >= bits)


def answer(gate: dict[str, Any]) -> dict[str, Any]:
    return {"challenge": gate["challenge"], "solution": solve(gate["challenge"], gate["bits"])}


async def sign_up(caller: Caller, gate: object = None, headers: dict[str, str] = HERE) -> Reply:
    return await caller.post("/v1/auth/guest", ADA if gate is None else ADA | {"gate": gate}, headers=headers)


async def exhaust(caller: Caller, headers: dict[str, str] = HERE) -> None:
    for _ in range(6):
        assert (await sign_up(caller, headers=headers)).status == 201


@behind_a_proxy
async def test_seventh_sign_up_of_an_address_needs_work(anonymous: Caller) -> None:
    assert (await anonymous.get("/v1/auth/gate", headers=HERE)).body == {"kind": "none"}
    await exhaust(anonymous)
    gate = (await anonymous.get("/v1/auth/gate", headers=HERE)).body
    assert (gate["kind"], gate["bits"], set(gate)) == ("pow", 6, {"kind", "challenge", "bits"})
    refused = await sign_up(anonymous)
    assert (refused.status, refused.code) == (403, "gate_required")
    assert refused.body["error"]["kind"] == "pow"
    assert {"challenge", "bits", "site_key"} <= set(refused.body["error"])
    assert refused.body["error"]["site_key"] is None
    assert (await sign_up(anonymous, answer(gate))).status == 201
    assert (await sign_up(anonymous, answer(refused.body["error"]))).status == 201
    # Another address is not asked.
    assert (await sign_up(anonymous, headers={"X-Forwarded-For": "203.0.113.8"})).status == 201


@behind_a_proxy
async def test_solution_is_valid_once_and_for_its_network(anonymous: Caller) -> None:
    await exhaust(anonymous)
    solved = answer((await anonymous.get("/v1/auth/gate", headers=HERE)).body)
    elsewhere = {"X-Forwarded-For": "198.51.100.7"}
    await exhaust(anonymous, elsewhere)
    assert (await sign_up(anonymous, solved, elsewhere)).code == "gate_required"
    outcomes = await asyncio.gather(*(sign_up(anonymous, solved) for _ in range(4)))
    assert sorted(reply.status for reply in outcomes) == [201, 403, 403, 403]
    assert (await sign_up(anonymous, solved)).code == "gate_required"


@behind_a_proxy
@pytest.mark.parametrize(
    "gate",
    [
        {},
        {"challenge": "x", "solution": "0"},
        {"challenge": "A" * 40, "solution": "0"},
        {"challenge": "\ud83d", "solution": "0"},
        {"challenge": "é" * 40, "solution": "0"},
        {"solution": "0"},
        {"token": "made up"},
    ],
)
async def test_invalid_solutions(anonymous: Caller, gate: dict[str, str]) -> None:
    await exhaust(anonymous)
    if "\ud83d" in gate.get("challenge", ""):
        raw = b'{"display_name": "Ada", "adult": true, "gate": {"challenge": "\\ud83d", "solution": "0"}}'
        async with anonymous.session.post(f"{anonymous.base}/v1/auth/guest", data=raw, headers=HERE) as response:
            assert response.status in (400, 403)
        return
    assert (await sign_up(anonymous, gate)).code == "gate_required"


@behind_a_proxy
async def test_wrong_solution_counts_nothing_and_invalid_input_keeps_the_solution(anonymous: Caller) -> None:
    await exhaust(anonymous)
    gate = (await anonymous.get("/v1/auth/gate", headers=HERE)).body
    wrong = next(
        str(n) for n in count() if zero_bits(sha256(f"{gate['challenge']}:{n}".encode()).digest()) < gate["bits"]
    )
    for solution in (wrong, "0" * 65):
        reply = await sign_up(anonymous, {"challenge": gate["challenge"], "solution": solution})
        assert reply.code == "gate_required"
    nameless = ADA | {"display_name": "", "gate": answer(gate)}
    assert (await anonymous.post("/v1/auth/guest", nameless, headers=HERE)).code == "invalid"
    assert (await sign_up(anonymous, answer(gate))).status == 201


@pytest.mark.settings(trusted_proxies=1, signup_gate_bits=2, signup_gate_step=2, signups_gated=12)
async def test_work_grows_with_sign_ups_up_to_a_bound(anonymous: Caller) -> None:
    await exhaust(anonymous)
    bits = []
    for _ in range(6):
        gate = (await anonymous.get("/v1/auth/gate", headers=HERE)).body
        bits.append(gate["bits"])
        assert (await sign_up(anonymous, answer(gate))).status == 201
    assert bits == [2, 2, 3, 3, 4, 4]
    gate = (await anonymous.get("/v1/auth/gate", headers=HERE)).body
    assert (await sign_up(anonymous, answer(gate))).code == "rate_limited"


@pytest.mark.settings(trusted_proxies=1, signup_gate_bits=2, signup_gate_step=1)
async def test_stock_of_easy_challenges_expires(anonymous: Caller) -> None:
    await exhaust(anonymous)
    stockpile = [answer((await anonymous.get("/v1/auth/gate", headers=HERE)).body) for _ in range(4)]
    # One bit easier than what is issued now: others signed up while it was solved. No more than that.
    assert [(await sign_up(anonymous, solved)).status for solved in stockpile] == [201, 201, 403, 403]
    refused = await sign_up(anonymous, stockpile[3])
    assert (refused.code, refused.body["error"]["bits"]) == ("gate_required", 4)
    assert (await sign_up(anonymous, answer(refused.body["error"]))).status == 201


@pytest.mark.settings(trusted_proxies=1, signup_gate_bits=1, signups=1, signups_gated=4)
async def test_gate_counts_at_every_prefix(anonymous: Caller) -> None:
    for n in range(8):
        assert (await sign_up(anonymous, headers={"X-Forwarded-For": f"203.0.113.{n}"})).status == 201
    fresh = {"X-Forwarded-For": "203.0.113.99"}
    gate = (await anonymous.get("/v1/auth/gate", headers=fresh)).body
    assert gate["kind"] == "pow"
    assert (await sign_up(anonymous, headers=fresh)).code == "gate_required"
    assert (await sign_up(anonymous, answer(gate), fresh)).status == 201


@pytest.mark.parametrize("address", ["10.0.0.7", "192.168.1.7", "100.64.0.7", "127.0.0.1", "fd00::7"])
@behind_a_proxy
async def test_address_without_a_network_has_six_and_no_gate(anonymous: Caller, address: str) -> None:
    private = {"X-Forwarded-For": address}
    await exhaust(anonymous, private)
    assert (await anonymous.get("/v1/auth/gate", headers=private)).body == {"kind": "none"}
    assert (await sign_up(anonymous, headers=private)).code == "rate_limited"


@pytest.mark.settings(trusted_proxies=1, signup_gate="off")
async def test_without_a_gate_six_are_the_limit(anonymous: Caller) -> None:
    await exhaust(anonymous)
    assert (await anonymous.get("/v1/auth/gate", headers=HERE)).body == {"kind": "none"}
    assert (await sign_up(anonymous)).code == "rate_limited"


@pytest.mark.settings(trusted_proxies=1, rate_limits=False)
async def test_without_limits_there_is_no_gate(anonymous: Caller) -> None:
    for _ in range(8):
        assert (await sign_up(anonymous)).status == 201
    assert (await anonymous.get("/v1/auth/gate", headers=HERE)).body == {"kind": "none"}


async def test_challenge_expires_after_five_minutes_and_cannot_be_forged(pool: Pool) -> None:
    seals = KeyedHasher(pool, b"k" * 32)
    challenge = await issue(seals, NETWORK, bits=6, now=NOW)
    solution = solve(challenge.text, 6)
    assert len(challenge.text) == 40
    assert await is_solved(seals, NETWORK, challenge.text, solution, least=1, now=NOW + VALID_MS - 1_000)
    assert not await is_solved(seals, NETWORK, challenge.text, solution, least=challenge.bits + 1, now=NOW)
    assert not await is_solved(seals, NETWORK, challenge.text, solution, least=1, now=NOW + VALID_MS)
    assert not await is_solved(seals, "198.51.100.0/24", challenge.text, solution, least=1, now=NOW)
    other = KeyedHasher(pool, b"l" * 32)
    assert not await is_solved(other, NETWORK, challenge.text, solution, least=1, now=NOW)
    easier = base64.urlsafe_b64decode(challenge.text)
    forged = base64.urlsafe_b64encode(b"\0" + easier[1:]).decode()
    assert not await is_solved(seals, NETWORK, forged, "0", least=1, now=NOW)


class Cloudflare:
    """A stand-in of siteverify, as developers.cloudflare.com/turnstile documents it."""

    url: str

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.status = 200
        self.fault: list[str] = []
        self.hangs = False

    async def verify(self, request: web.Request) -> web.StreamResponse:
        body = {name: str(value) for name, value in (await request.post()).items()}
        if self.hangs:
            await asyncio.sleep(30)
        if self.status != 200:
            return web.Response(status=self.status, text="sorry")
        if self.fault:
            return web.json_response({"success": False, "error-codes": self.fault})
        if body.get("secret") != "our secret":
            return web.json_response({"success": False, "error-codes": ["invalid-input-secret"]})
        spent = [one["response"] for one in self.asked]
        self.asked.append(body)
        if not body.get("response", "").startswith("good"):
            return web.json_response({"success": False, "error-codes": ["invalid-input-response"]})
        if body["response"] in spent:
            return web.json_response({"success": False, "error-codes": ["timeout-or-duplicate"]})
        return web.json_response({"success": True, "error-codes": [], "hostname": "rondo.example"})


@pytest.fixture
async def cloudflare() -> AsyncIterator[Cloudflare]:
    there = Cloudflare()
    app = web.Application()
    app.router.add_post("/turnstile/v0/siteverify", there.verify)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    there.url = f"http://127.0.0.1:{runner.addresses[0][1]}/turnstile/v0/siteverify"
    yield there
    await runner.cleanup()


class TestTurnstile:
    """Cloudflare Turnstile in place of work."""

    @pytest.fixture
    def settings(self, request: pytest.FixtureRequest, cloudflare: Cloudflare) -> Settings:
        marker = request.node.get_closest_marker("settings")
        given = {
            "trusted_proxies": 1,
            "signup_gate": "turnstile",
            "turnstile_site_key": "0x4AAA",
            "turnstile_secret": "our secret",
            "turnstile_url": cloudflare.url,
        }
        return Settings(**given | (marker.kwargs if marker else {}))

    async def test_turnstile_token_is_valid_once(self, anonymous: Caller, cloudflare: Cloudflare) -> None:
        await exhaust(anonymous)
        assert cloudflare.asked == []
        shown = (await anonymous.get("/v1/auth/gate", headers=HERE)).body
        assert shown == {"kind": "turnstile", "site_key": "0x4AAA"}
        refused = (await sign_up(anonymous)).body["error"]
        assert (refused["code"], refused["kind"], refused["site_key"]) == ("gate_required", "turnstile", "0x4AAA")
        assert (await sign_up(anonymous, {"token": "good 1"})).status == 201
        assert cloudflare.asked == [{"secret": "our secret", "response": "good 1"}]
        for token in ("good 1", "made up", "", "x" * 2_049):
            assert (await sign_up(anonymous, {"token": token})).code == "gate_required"

    @pytest.mark.parametrize("fault", ["status", "secret", "internal"])
    async def test_siteverify_error_stores_nothing(
        self, *, anonymous: Caller, cloudflare: Cloudflare, app: App, pool: Pool, fault: str
    ) -> None:
        await exhaust(anonymous)
        cloudflare.status = 503 if fault == "status" else 200
        cloudflare.fault = {"secret": ["invalid-input-secret"], "internal": ["internal-error"]}.get(fault, [])
        for _ in range(2):
            reply = await sign_up(anonymous, {"token": "good 1"})
            assert (reply.status, reply.code) == (503, "unavailable")
        assert await pool.fetchval("SELECT count(*) FROM users") == 6
        assert await app.limits.sign_ups.spent("203.0.113.7") == [6, 6]
        cloudflare.status, cloudflare.fault = 200, []
        assert (await sign_up(anonymous, {"token": "good 1"})).status == 201
        assert app.metrics.gate_outcomes["unavailable"] == 2

    @pytest.mark.settings(turnstile_url="http://127.0.0.1:1/siteverify")
    async def test_unreachable_siteverify_is_unavailable(self, anonymous: Caller) -> None:
        await exhaust(anonymous)
        assert (await sign_up(anonymous, {"token": "good 1"})).code == "unavailable"

    async def test_csp_allows_the_turnstile_script_only_here(self, anonymous: Caller) -> None:
        policy = (await anonymous.get("/")).headers["Content-Security-Policy"]
        assert "script-src 'self' https://challenges.cloudflare.com;" in policy
        assert "frame-src https://challenges.cloudflare.com;" in policy


async def test_csp_allows_our_own_worker(anonymous: Caller) -> None:
    policy = (await anonymous.get("/")).headers["Content-Security-Policy"]
    assert "worker-src 'self';" in policy
    assert "cloudflare" not in policy
