"""Whatever goes wrong gets an answer of the contract."""

import asyncio

import aiohttp
import pytest
from structlog.testing import capture_logs

from server.app import App
from server.http.application import BODY_MAX
from tests.http.conftest import Caller

GUEST = "/v1/auth/guest"
PAGE = "https://page.example"


@pytest.mark.parametrize("path", ["/nowhere", "/v1/nowhere", "/v1/auth", "/..%2fpyproject.toml", "/v1/me/"])
async def test_unknown_path(anonymous: Caller, path: str) -> None:
    reply = await anonymous.get(path)
    assert (reply.status, reply.code) == (404, "not_found")


async def test_wrong_method(anonymous: Caller) -> None:
    reply = await anonymous.get(GUEST)
    assert (reply.status, reply.code, reply.headers["Allow"]) == (405, "not_found", "POST")


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"nonsense", b"\xff\xfe", b'{"display_name": "\xff", "adult": true}', b'{"a":' * 5_000, b"[" * 60_000],
)
async def test_body_that_is_not_json(anonymous: Caller, raw: bytes) -> None:
    reply = await anonymous.post(GUEST, data=raw)
    assert (reply.status, reply.code) == (400, "bad_frame")


@pytest.mark.parametrize("raw", [b"[]", b"1", b"null", b'"x"'])
async def test_body_that_is_not_an_object(anonymous: Caller, raw: bytes) -> None:
    reply = await anonymous.post(GUEST, data=raw)
    assert (reply.status, reply.code) == (400, "bad_frame")


async def test_body_of_64_kib_and_one_byte_more(anonymous: Caller) -> None:
    filled = b'{"display_name": "Ada", "adult": true}'.ljust(BODY_MAX)
    assert (await anonymous.post(GUEST, data=filled)).status == 201
    reply = await anonymous.post(GUEST, data=filled + b" ")
    assert (reply.status, reply.code) == (413, "too_large")


async def test_unknown_fields_are_ignored(anonymous: Caller) -> None:
    body = {"display_name": "Ada", "adult": True, "nickname": "x", "role": "admin", "user_id": "x"}
    reply = await anonymous.post(GUEST, body)
    assert (reply.status, reply.body["user"]["role"]) == (201, None)


async def test_internal_error_is_reported_as_one(app: App, ada: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(app.users, "get", fail)
    reply = await ada.get("/v1/me")
    assert (reply.status, reply.code) == (500, "internal")
    assert "secret" not in reply.body["error"]["message"]


async def test_without_storage_requests_are_unavailable(app: App, ada: Caller, anonymous: Caller) -> None:
    await app.services.users._pool.close()
    assert (await ada.get("/v1/me")).code == "unavailable"
    assert (await anonymous.post(GUEST, {"display_name": "Bob", "adult": True})).status == 503
    # A token that is remembered needs no storage, one that is not does.
    assert (await ada.get("/v1/ice")).status == 200
    assert (await anonymous.get("/v1/ice", headers={"Authorization": "Bearer " + "A" * 43})).status == 503


async def test_security_headers(anonymous: Caller) -> None:
    for path in ("/healthz", "/nowhere", "/"):
        headers = (await anonymous.get(path)).headers
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Permissions-Policy"] == "camera=(self), microphone=(self)"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Server"] == "rondo"


async def test_other_origin_gets_no_cors_permission(anonymous: Caller) -> None:
    asks = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    assert (await anonymous.call("OPTIONS", GUEST, headers=asks)).status == 403
    headers = (await anonymous.get("/healthz", headers={"Origin": PAGE})).headers
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize(
    ("origin", "shown"),
    [(PAGE, PAGE), ("null", "an unknown origin"), ("https://x.example/\u00e4", "an unknown origin")],
)
async def test_refused_origin_is_logged_with_its_setting(anonymous: Caller, origin: str, shown: str) -> None:
    with capture_logs() as logged:
        asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        assert (await anonymous.call("OPTIONS", GUEST, headers=asks)).status == 403
    lines = [line for line in logged if line["event"] == "origin_refused"]
    assert [(line["origin"], line["setting"]) for line in lines] == [(shown, "RONDO_ALLOWED_ORIGINS")]


@pytest.mark.settings(allowed_origins=(PAGE,))
async def test_allowed_origin_gets_cors_permission(anonymous: Caller) -> None:
    asks = {"Origin": PAGE, "Access-Control-Request-Method": "PATCH"}
    reply = await anonymous.call("OPTIONS", "/v1/me", headers=asks)
    assert reply.status == 204
    assert reply.headers["Access-Control-Allow-Origin"] == PAGE
    assert "PATCH" in reply.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in reply.headers["Access-Control-Allow-Headers"]
    # An error too can be read by the page.
    reply = await anonymous.get("/v1/me", headers={"Origin": PAGE})
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (401, PAGE)
    assert reply.headers["Vary"] == "Origin"


@pytest.mark.parametrize(("origin", "status"), [(PAGE, 403), ("null", 403), (None, 101)])
async def test_socket_of_a_foreign_origin_is_refused(anonymous: Caller, origin: str | None, status: int) -> None:
    if status == 101:
        await anonymous.session.ws_connect(anonymous.base + "/v1/ws", origin=origin)
        return
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await anonymous.session.ws_connect(anonymous.base + "/v1/ws", origin=origin)
    assert refused.value.status == status


@pytest.mark.settings(allowed_origins=(PAGE,))
@pytest.mark.parametrize("own", [True, False])
async def test_sockets_of_allowed_origins(anonymous: Caller, own: bool) -> None:
    socket = await anonymous.session.ws_connect(
        anonymous.base + "/v1/ws", origin=anonymous.base if own else PAGE, protocols=("rondo.v1",)
    )
    assert socket.protocol == "rondo.v1"


async def test_get_without_an_upgrade(anonymous: Caller) -> None:
    reply = await anonymous.get("/v1/ws")
    assert (reply.status, reply.code) == (400, "bad_frame")


async def test_new_requests_are_refused_during_the_stop(app: App, ada: Caller) -> None:
    app.health.phase = "draining"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await ada.connect()
    assert refused.value.status == 503


async def test_client_that_disconnects_within_a_body_causes_no_error(anonymous: Caller) -> None:
    host, _, port = anonymous.base.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /v1/auth/guest HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()
    assert (await anonymous.get("/healthz")).status == 200
