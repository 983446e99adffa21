"""What is public, and what is for operators only."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from matchmaker.domain.ids import UserId
from server.app import App
from server.auth.ip_bans import network
from server.config.settings import Settings
from server.db.pool import Pool
from server.http.routes import ROUTES
from tests.http.conftest import Caller, SignUp, serving
from tests.http.meeting.test_referrals import meet

PUBLIC = {"host": "::"}
FIGURES, DESK = "/metrics", "/v1/admin/stats"
PAGES = ("/admin", "/admin.html", "/admin.js", "/admin.css", "/admin/api.js")
FORWARDED = {"X-Forwarded-For": "203.0.113.7"}


@pytest.fixture
async def operator(app: App) -> AsyncIterator[Caller]:
    """Somebody who reaches the operators' listener, without a token."""
    async with serving(app, app.ops) as base, aiohttp.ClientSession() as session:
        yield Caller(session, base)


async def statuses(caller: Caller, *paths: str, headers: dict[str, str] | None = None) -> set[int]:
    return {(await caller.get(path, headers=headers or {})).status for path in paths}


async def test_one_listener_serves_everything_on_loopback(anonymous: Caller) -> None:
    assert await statuses(anonymous, FIGURES, *PAGES) == {200}
    assert (await anonymous.get(DESK)).status == 401


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host", "x-forwarded-proto", "Via", "CF-Connecting-IP"],
)
async def test_metrics_are_refused_to_forwarded_requests(anonymous: Caller, header: str) -> None:
    assert (await anonymous.get(FIGURES, headers={header: "203.0.113.7"})).status == 404
    assert await statuses(anonymous, DESK, *PAGES, headers={header: "203.0.113.7"}) == {404}


async def test_silent_proxy_gets_nothing_private(anonymous: Caller) -> None:
    # As nginx asks with `proxy_pass` and no other setting.
    reader, writer = await asyncio.open_connection("127.0.0.1", int(anonymous.base.rpartition(":")[2]))
    writer.write(f"GET {FIGURES} HTTP/1.0\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n\r\n".encode())
    assert (await reader.readline()).split()[1] == b"404"
    writer.close()


@pytest.mark.parametrize(
    "host", ["rondo.example", "localhost.example:8080", "203.0.113.7", "127.0.0.1.example", "[::2]", "::1"]
)
async def test_foreign_host_name_gets_nothing_private(anonymous: Caller, operator: Caller, host: str) -> None:
    assert await statuses(anonymous, FIGURES, DESK, *PAGES, headers={"Host": host}) == {404}
    assert await statuses(operator, FIGURES, DESK, "/healthz", *PAGES, headers={"Host": host}) == {404}
    assert await statuses(anonymous, "/", "/healthz", headers={"Host": host}) == {200}


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.8.9.1:8080", "[::1]", "[::1]:8080"])
async def test_host_names_of_this_machine_are_allowed(anonymous: Caller, operator: Caller, host: str) -> None:
    assert await statuses(anonymous, FIGURES, *PAGES, headers={"Host": host}) == {200}
    assert await statuses(operator, FIGURES, *PAGES, headers={"Host": host}) == {200}


@pytest.mark.parametrize(
    "settings",
    [
        Settings(trusted_proxies=1),
        Settings(real_ip_from=("192.0.2.0/24",)),
        Settings(public_url="https://rondo.example"),
    ],
    ids=["trusted-proxies", "real-ip-from", "public-url"],
)
async def test_proxy_setting_ends_private_access(anonymous: Caller) -> None:
    assert await statuses(anonymous, FIGURES, DESK, *PAGES) == {404}


@pytest.mark.settings(public_url="https://rondo.example/")
async def test_public_url_is_used_in_links_and_hsts(ada: Caller, bob: Caller) -> None:
    await meet(ada, bob)
    reply = await ada.post("/v1/referrals", {"target_user_id": bob.user_id}, headers={"Host": "evil.example"})
    assert reply.body["url"] == f"https://rondo.example/?intro={reply.body['code']}"
    for path in ("/", "/v1/me", "/nowhere"):
        assert (await ada.get(path)).headers["Strict-Transport-Security"] == "max-age=31536000"
    # A proxy may have changed the Host header: our own page may connect all the same.
    socket = await ada.session.ws_connect(f"{ada.base}/v1/ws", origin="https://rondo.example")
    await socket.close()


@pytest.mark.settings(public_url="https://rondo.example/")
async def test_preview_image_has_an_absolute_url(anonymous: Caller) -> None:
    page = (await anonymous.get("/", headers={"Accept-Encoding": "gzip"})).body
    assert '<meta property="og:image" content="https://rondo.example/og.png">' in page
    assert (await anonymous.session.get(f"{anonymous.base}/og.png")).content_type == "image/png"


@pytest.mark.parametrize("settings", [Settings(), Settings(public_url="http://rondo.example")], ids=["none", "http"])
async def test_no_hsts_without_https(anonymous: Caller) -> None:
    assert "Strict-Transport-Security" not in (await anonymous.get("/")).headers


@pytest.mark.settings(public_metrics=True)
async def test_hsts_without_https_if_configured(anonymous: Caller) -> None:
    assert (await anonymous.get(FIGURES, headers=FORWARDED)).status == 200


@pytest.mark.settings(**PUBLIC)
async def test_public_listener_has_neither_metrics_nor_admin(anonymous: Caller, sign_up: SignUp, pool: Pool) -> None:
    assert await statuses(anonymous, FIGURES, *PAGES) == {404}
    mod = await sign_up("Mod")
    await pool.execute("UPDATE users SET role = 'admin' WHERE user_id = $1::uuid", mod.user_id)
    for route in ROUTES:
        if route.staff:
            reply = await mod.call(route.method, route.path.replace("{", "").replace("}", ""), {})
            assert (reply.status, reply.code) == (404, "not_found"), route.path
    # As if they did not exist, and everything else is there.
    assert (await mod.get("/v1/admin/nowhere")).body == (await mod.get(DESK)).body
    assert await statuses(mod, "/healthz", "/readyz", "/v1/me", "/", "/rondo.js") == {200}
    await (await mod.connect()).close()


@pytest.mark.settings(**PUBLIC, public_admin=True)
async def test_admin_alone_can_be_enabled(anonymous: Caller) -> None:
    assert await statuses(anonymous, *PAGES) == {200}
    assert (await anonymous.get(DESK)).status == 401
    assert (await anonymous.get(FIGURES)).status == 404


@pytest.mark.settings(**PUBLIC, public_metrics=True)
async def test_metrics_alone_can_be_enabled(anonymous: Caller) -> None:
    assert (await anonymous.get(FIGURES)).status == 200
    assert await statuses(anonymous, DESK, *PAGES) == {404}


@pytest.mark.settings(public_metrics=False, public_admin=False)
async def test_both_can_be_disabled_on_loopback(anonymous: Caller) -> None:
    assert await statuses(anonymous, FIGURES, DESK, *PAGES) == {404}


@pytest.mark.settings(**PUBLIC)
async def test_ops_listener_has_metrics_probes_and_admin(operator: Caller) -> None:
    assert await statuses(operator, FIGURES, "/healthz", "/readyz", "/openapi.json", *PAGES, "/style.css") == {200}
    assert (await operator.get(FIGURES, headers=FORWARDED)).status == 200
    assert (await operator.get(DESK)).status == 401
    # And nothing else: users are not matched on this listener.
    assert await statuses(operator, "/", "/v1/history", "/v1/ice", "/v1/ws") == {404}


@pytest.mark.settings(**PUBLIC, metrics=False)
async def test_disabled_metrics_are_served_nowhere(operator: Caller) -> None:
    assert (await operator.get(FIGURES)).status == 404


@pytest.mark.settings(**PUBLIC)
async def test_moderator_can_work_on_the_ops_listener(operator: Caller, sign_up: SignUp, pool: Pool) -> None:
    mod = await sign_up("Mod")
    secret = {"email": "mod@rondo.example", "password": "a long password"}
    assert (await mod.post("/v1/auth/upgrade", secret)).status == 200
    await pool.execute("UPDATE users SET role = 'moderator' WHERE user_id = $1::uuid", mod.user_id)
    operator.token = (await operator.post("/v1/auth/login", secret)).body["token"]
    assert await statuses(operator, "/v1/me", DESK, "/v1/admin/reports", "/v1/admin/audit") == {200}


@pytest.mark.settings(**PUBLIC)
async def test_ban_of_ones_own_network_can_be_lifted_on_the_ops_listener(
    operator: Caller, sign_up: SignUp, app: App
) -> None:
    mod = await sign_up("Mod")
    await app.moderation.pool.execute("UPDATE users SET role = 'admin' WHERE user_id = $1::uuid", mod.user_id)
    operator.token = mod.token
    ban = await app.network_bans.ban(
        network("127.0.0.0/8"), reason="", until_at=None, by=UserId(mod.user_id), address="192.0.2.1"
    )
    assert (await mod.get("/v1/me")).code == "banned"
    assert (await operator.call("DELETE", f"/v1/admin/ip-bans/{ban.ip_ban_id}")).status == 204
    assert (await mod.get("/v1/me")).status == 200


@pytest.mark.settings(**PUBLIC, trusted_proxies=1)
async def test_ops_listener_trusts_no_proxy(operator: Caller, sign_up: SignUp, pool: Pool) -> None:
    mod = await sign_up("Mod")
    await pool.execute("UPDATE users SET role = 'admin' WHERE user_id = $1::uuid", mod.user_id)
    operator.token = mod.token
    await operator.post("/v1/admin/ip-bans", {"network": "192.0.2.7"}, headers=FORWARDED)
    (entry,) = (await operator.get("/v1/admin/audit?limit=1")).body["entries"]
    assert "203.0.113.7" not in str(entry)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_addresses_that_are_private(host: str) -> None:
    assert Settings(host=host).is_private


@pytest.mark.parametrize("host", ["::", "0.0.0.0", "192.168.1.4", "fd12::7", "rondo.example", "localhost.example"])
def test_addresses_that_are_public(host: str) -> None:
    assert not Settings(host=host).is_private


@pytest.mark.settings(**PUBLIC, real_ip_from=("127.0.0.0/8",))
async def test_client_addresses_behind_an_edge(ada: Caller) -> None:
    own = {"X-Real-IP": "203.0.113.7", "X-Forwarded-For": "198.51.100.9, 100.64.0.4", "X-Forwarded-Proto": "https"}
    secret = {"email": "ada@rondo.example", "password": "a long password"}
    await ada.post("/v1/auth/upgrade", secret)
    ada.token = (await ada.post("/v1/auth/login", secret, headers=own)).body["token"]
    sessions = (await ada.get("/v1/sessions", headers=own)).body["sessions"]
    assert "203.0.113.0/24" in {session["address"] for session in sessions}
