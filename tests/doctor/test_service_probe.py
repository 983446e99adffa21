"""The running service from outside: itself, its origins, and what proxies in front of it do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from server.doctor.finding import Finding
from server.doctor.service_probe import FORGED, clock, examine, judge, judge_readiness
from server.http.account.client_address import ClientAddressResponse
from server.http.errors import response_for
from server.http.site.health import Status
from server.observability.health import NotReady
from tests.doctor.conftest import of, settings
from tests.journeys.conftest import StartService
from tests.support.service import Service

Stand = Callable[..., Awaitable[str]]


async def served(start_service: StartService, **environ: Any) -> Service:
    return await asyncio.to_thread(start_service, {"RONDO_RATE_LIMITS": "off", **environ})


async def seen(url: str | None, **environ: str) -> list[Finding]:
    return await examine(settings(**environ), url)


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """Stand a reverse proxy in front of a service; it *appends* the address it sees, or it does not."""
    proxies: list[TestServer] = []

    async def proxy(base: str, *, appends: bool = True, host: bool = True, sockets: bool = True) -> str:
        async def forward(request: web.Request) -> web.StreamResponse:
            headers = request.headers.copy()
            if not host:
                headers["Host"] = "inside"
            if appends:
                known = [headers["X-Forwarded-For"]] if "X-Forwarded-For" in headers else []
                headers["X-Forwarded-For"] = ", ".join([*known, "198.51.100.99"])
            if not sockets:
                headers.popall("Upgrade", None)
            async with (
                aiohttp.ClientSession() as session,
                session.request(request.method, base + request.path_qs, headers=headers) as response,
            ):
                if response.status == 101:
                    # The handshake is all that is looked at.
                    socket = web.WebSocketResponse()
                    await socket.prepare(request)
                    return socket
                return web.Response(body=await response.read(), status=response.status)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", forward)
        proxies.append(TestServer(app))
        await proxies[-1].start_server()
        return str(proxies[-1].make_url("")).rstrip("/")

    yield proxy
    for one in proxies:
        await one.close()


async def test_working_service(start_service: StartService) -> None:
    found = await seen((await served(start_service)).base)
    assert [(finding.check, finding.state) for finding in found] == [
        ("service", "ok"), ("origins", "ok"), ("proxies", "ok"),
    ]  # fmt: skip
    assert "none in front" in of(found, "proxies").found


async def test_clock_of_the_service(start_service: StartService) -> None:
    found = await clock((await served(start_service)).base)
    assert found is not None
    assert abs(found.ahead_ms) <= found.round_trip_ms / 2 + 1
    assert await clock(None) is None
    assert await clock("http://127.0.0.1:1") is None


async def test_service_behind_a_configured_proxy(start_service: StartService, stand: Stand) -> None:
    service = await served(start_service, RONDO_TRUSTED_PROXIES=1)
    found = of(await seen(await stand(service.base)), "proxies")
    assert (found.state, "198.51.100.99" in found.found) == ("ok", True)


async def test_service_behind_an_unconfigured_proxy(start_service: StartService, stand: Stand) -> None:
    found = of(await seen(await stand((await served(start_service)).base)), "proxies")
    assert found.state == "fail"
    assert found.remedy.startswith("set RONDO_TRUSTED_PROXIES=1")


async def test_service_configured_for_a_missing_proxy(start_service: StartService) -> None:
    service = await served(start_service, RONDO_TRUSTED_PROXIES=1)
    found = of(await seen(service.base), "proxies")
    assert found.state == "fail"
    assert found.remedy.startswith("set RONDO_TRUSTED_PROXIES=0")


async def test_proxy_that_replaces_the_host(start_service: StartService, stand: Stand) -> None:
    found = of(await seen(await stand((await served(start_service)).base, host=False)), "origins")
    assert (found.state, "Host header" in found.remedy) == ("fail", True)


async def test_proxy_without_websockets(start_service: StartService, stand: Stand) -> None:
    found = of(await seen(await stand((await served(start_service)).base, sockets=False)), "origins")
    assert (found.state, "Upgrade" in found.remedy) == ("fail", True)


async def test_service_with_other_origins(start_service: StartService) -> None:
    page = "https://rondo.example"
    known = await served(start_service, RONDO_ALLOWED_ORIGINS=page)
    assert of(await seen(known.base, RONDO_ALLOWED_ORIGINS=page), "origins").state == "ok"
    strange = await served(start_service)
    assert of(await seen(strange.base, RONDO_ALLOWED_ORIGINS=page), "origins").state == "warn"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}", "https://127.0.0.1:{port}", "http://nowhere.invalid", "what"]
)
async def test_unreachable_service(closed_port: int, url: str) -> None:
    service, *others = await seen(url.format(port=closed_port))
    assert (service.state, bool(service.remedy)) == ("fail", True)
    assert [finding.state for finding in others] == ["ok", "skip"]


async def test_other_software_at_the_url(stand: Stand) -> None:
    app = web.Application()
    async with TestServer(app) as other:
        service = of(await seen(str(other.make_url("")).rstrip("/")), "service")
    assert (service.state, "404" in service.found) == ("fail", True)


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (
            503,
            response_for(NotReady("redis_unreachable")).body,
            "x: not ready: Redis does not answer (redis_unreachable)",
        ),
        (503, b"<html>", "x: not ready (503)"),
        (200, msgspec.json.encode(Status("ok", redis="unavailable")), "x is ready, without Redis"),
        (200, msgspec.json.encode(Status("ok")), None),
    ],
)
def test_reason_of_a_node_that_is_not_ready(status: int, body: bytes, found: str | None) -> None:
    fault = judge_readiness("x", status, body)
    assert (fault and fault.found) == found


async def test_no_url_probes_nothing() -> None:
    found = await seen(None, RONDO_ALLOWED_ORIGINS="http://rondo.example")
    assert [(finding.check, finding.state) for finding in found] == [("origins", "warn"), ("proxies", "skip")]
    assert of(await seen(None, RONDO_ALLOWED_ORIGINS="http://localhost:3000"), "origins").state == "ok"


def whence(
    address: str = "198.51.100.1", forwarded: int = 0, believed: int = 0, edges: int = 0
) -> ClientAddressResponse:
    return ClientAddressResponse(address=address, forwarded=forwarded, believed=believed, edges=edges)


def test_own_address_as_seen_by_the_service() -> None:
    assert judge(whence(), whence()).state == "ok"
    assert judge(whence(), whence(FORGED)).state == "fail"
    assert judge(whence(forwarded=2, believed=2), whence(forwarded=3, believed=2)).state == "ok"
    assert judge(whence(forwarded=2, believed=1), whence(forwarded=3, believed=1)).state == "fail"
    assert judge(whence(forwarded=1, edges=1), whence(forwarded=2, edges=1)).state == "ok"
    assert judge(whence(edges=1), whence(FORGED, edges=1)).state == "fail"
