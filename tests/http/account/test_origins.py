"""The networks and devices of accounts: noted as digests when they are seen, kept for 30 days, exported, deleted."""

import asyncio
from http.cookies import SimpleCookie

import pytest

from server.app import App
from server.db.accounts import login_origins
from server.db.pool import Pool
from server.http.account.device_cookie import COOKIE, new_device
from tests.http.conftest import Caller, Reply

DAY_MS = 86_400_000
ONE, OTHER = "203.0.113.7", "198.51.100.9"

pytestmark = pytest.mark.settings(trusted_proxies=1, rate_limits=False)


async def sign_up(anonymous: Caller, address: str, *, device: str | None = None) -> tuple[Caller, Reply]:
    headers = {"X-Forwarded-For": address} | ({"Cookie": f"{COOKIE}={device}"} if device else {})
    reply = await anonymous.post("/v1/auth/guest", {"display_name": "Ada", "adult": True}, headers=headers)
    caller = Caller(anonymous.session, anonymous.base, reply.body["token"])
    caller.user_id = reply.body["user"]["user_id"]
    return caller, reply


async def kinds(pool: Pool, user: str) -> list[str]:
    rows = await pool.fetch("SELECT kind FROM login_origins WHERE user_id = $1::uuid ORDER BY kind", user)
    return [row["kind"] for row in rows]


async def test_sign_up_stores_network_and_device_as_digests(anonymous: Caller, pool: Pool, app: App) -> None:
    ada, _ = await sign_up(anonymous, ONE, device=new_device())
    assert await kinds(pool, ada.user_id) == ["device", "network"]
    assert await app.origins.is_known(ada.user_id, "203.0.113.200"), "the same /24"  # type: ignore[arg-type]
    assert not await app.origins.is_known(ada.user_id, OTHER)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "100.64.0.9", "fd00::1", "169.254.0.3"])
async def test_address_that_is_no_network_stores_none(anonymous: Caller, pool: Pool, address: str) -> None:
    ada, _ = await sign_up(anonymous, address)
    assert await kinds(pool, ada.user_id) == ["device"]


async def test_device_cookie_is_bound_to_the_host_and_kept_by_the_next_sign_up(anonymous: Caller, pool: Pool) -> None:
    _, reply = await sign_up(anonymous, ONE)
    cookie = SimpleCookie(reply.headers["Set-Cookie"])[COOKIE]
    assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "Strict")
    assert cookie["secure"]
    assert cookie["httponly"]
    _, again = await sign_up(anonymous, OTHER, device=cookie.value)
    assert SimpleCookie(again.headers["Set-Cookie"])[COOKIE].value == cookie.value
    devices = await pool.fetch("SELECT DISTINCT digest FROM login_origins WHERE kind = 'device'")
    assert len(devices) == 1
    assert cookie.value.encode() not in devices[0]["digest"]


async def test_device_cookie_that_was_not_made_here_is_replaced(anonymous: Caller) -> None:
    _, reply = await sign_up(anonymous, ONE, device="x" * 500)
    assert len(SimpleCookie(reply.headers["Set-Cookie"])[COOKIE].value) == 43


async def test_network_of_a_later_request_and_socket_is_noted(anonymous: Caller, app: App) -> None:
    ada, _ = await sign_up(anonymous, ONE)
    await ada.get("/v1/me", headers={"X-Forwarded-For": OTHER})
    headers = {"X-Forwarded-For": "192.0.2.1"}
    async with ada.session.ws_connect(f"{ada.base}/v1/ws", headers=headers) as socket:
        await socket.send_json({"type": "hello", "token": ada.token})
        assert (await socket.receive_json(timeout=5))["type"] == "welcome"
    await app.origins.close()
    for address in (ONE, OTHER, "192.0.2.77"):
        assert await app.origins.is_known(ada.user_id, address)  # type: ignore[arg-type]


async def test_log_in_notes_where_it_came_from_and_signing_out_keeps_it(anonymous: Caller, app: App) -> None:
    ada, _ = await sign_up(anonymous, ONE)
    credentials = {"email": "ada@example.org", "password": "correct horse"}
    await ada.post("/v1/auth/upgrade", credentials, headers={"X-Forwarded-For": ONE})
    reply = await anonymous.post("/v1/auth/login", credentials, headers={"X-Forwarded-For": OTHER})
    assert COOKIE in reply.headers["Set-Cookie"]
    phone = Caller(anonymous.session, anonymous.base, reply.body["token"])
    assert (await phone.post("/v1/auth/logout", headers={"X-Forwarded-For": OTHER})).status == 204
    assert await app.origins.is_known(ada.user_id, OTHER)  # type: ignore[arg-type]


async def test_origin_is_known_for_thirty_days(anonymous: Caller, app: App, pool: Pool) -> None:
    ada, _ = await sign_up(anonymous, ONE)
    now = app.clock.now()
    (origin, *_) = await app.origins.of(ONE)
    user = ada.user_id
    await pool.execute("UPDATE login_origins SET last_seen_at = at_ms($1)", now - 30 * DAY_MS + 60_000)
    assert await login_origins.is_known(pool, user, origin, now=now)  # type: ignore[arg-type]
    assert await login_origins.forget(pool, now=now) == 0
    await pool.execute("UPDATE login_origins SET last_seen_at = at_ms($1)", now - 30 * DAY_MS)
    assert not await login_origins.is_known(pool, user, origin, now=now)  # type: ignore[arg-type]
    assert await login_origins.forget(pool, now=now) == 2


async def test_origins_of_one_account_are_bounded(anonymous: Caller, app: App, pool: Pool) -> None:
    ada, _ = await sign_up(anonymous, ONE)
    for third in range(3):
        seen = [(await app.origins.of(f"198.{18 + third}.{n}.1"))[0] for n in range(40)]
        now = app.clock.now() + third
        await login_origins.record(pool, [(ada.user_id, origin) for origin in seen], now=now)  # type: ignore[misc]
    count = await pool.fetchval("SELECT count(*) FROM login_origins WHERE kind = 'network'")
    assert count <= login_origins.ORIGINS_MAX + 40
    assert await app.origins.is_known(ada.user_id, "198.20.3.1")  # type: ignore[arg-type]


async def test_origins_are_exported_and_deleted_with_the_account(anonymous: Caller, pool: Pool) -> None:
    ada, _ = await sign_up(anonymous, ONE)
    rows = (await ada.get("/v1/me/export")).body["sections"]["login_origins"]
    assert {row["kind"] for row in rows} == {"network", "device"}
    assert {len(row["digest"]) for row in rows} == {32}
    await ada.call("DELETE", "/v1/me")
    assert await kinds(pool, ada.user_id) == []


async def test_a_network_in_steady_use_is_written_once_an_hour(anonymous: Caller, app: App, pool: Pool) -> None:
    ada, _ = await sign_up(anonymous, ONE)
    rows = "SELECT xmin::text, xmax::text, kind FROM login_origins ORDER BY kind"
    before = await pool.fetch(rows)
    app.authenticator.forget(ada.user_id)  # type: ignore[arg-type]
    await asyncio.gather(*(ada.get("/v1/me", headers={"X-Forwarded-For": ONE}) for _ in range(5)))
    await app.origins.close()
    assert await pool.fetch(rows) == before
