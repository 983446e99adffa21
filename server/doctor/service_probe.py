"""Check of the running service from outside, as a browser: ready, sockets, origins, and the headers of proxies."""

import asyncio
import time
from contextlib import suppress
from urllib.parse import urlsplit

import aiohttp
import msgspec

from server.config.settings import Settings
from server.doctor import clock_skew
from server.doctor.finding import Finding
from server.doctor.settings_check import LOCAL, is_plain, origins
from server.http.account.client_address import ClientAddressResponse
from server.http.errors import ErrorResponse
from server.http.site.health import Status

PATIENCE_S = 5.0
LOOKS = 3
FORGED = "203.0.113.77"
"""A documentation address (RFC 5737): a client that appears with it has sent it in a header."""
STRANGER = "https://stranger.invalid"
HEADERS = ("X-Forwarded-For", "X-Real-IP")
ASK = "rondo doctor --url https://… checks the running service"


async def examine(settings: Settings, url: str | None) -> list[Finding]:
    """Check the service at *url*; None: check what the settings alone show."""
    if url is None:
        proxies = Finding("proxies", "skip", f"{settings.trusted_proxies} trusted; whether that is right, {ASK}")
        return [*origins(settings), proxies]
    base = url.rstrip("/")
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        service = await _connect(session, base)
        if service.state == "fail":
            return [
                service,
                *origins(settings),
                Finding("proxies", "skip", "not checked: the service is not reachable"),
            ]
        return [service, *await _pages(session, base, settings), *await _proxies(session, base)]


async def clock(url: str | None) -> clock_skew.ClockReading | None:
    """Return the clock of the service at *url*; None if it cannot be reached, or does not report it."""
    if url is None:
        return None
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session:
            looks = [await _examine(session, url.rstrip("/")) for _ in range(LOOKS)]
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None
    return min(looks, key=lambda look: look.round_trip_ms)


async def _examine(session: aiohttp.ClientSession, base: str) -> clock_skew.ClockReading:
    asked_at = time.time() * 1_000
    server_at = (await _whence(session, base)).server_at
    answered_at = time.time() * 1_000
    if not server_at:
        raise ValueError("a release that does not report it")
    return clock_skew.ClockReading(clock_skew.ahead_ms(asked_at, server_at, answered_at), answered_at - asked_at)


async def _connect(session: aiohttp.ClientSession, base: str) -> Finding:
    """Check whether the service is ready."""
    try:
        async with session.get(f"{base}/readyz") as response:
            status, body = response.status, await response.read()
        figures = await _status(session, f"{base}/metrics")
    except aiohttp.InvalidURL:
        return Finding("service", "fail", f"{base} is not a URL", "write it like https://rondo.example")
    except aiohttp.ClientConnectorCertificateError:
        return Finding("service", "fail", f"{base} has no valid certificate", "renew it, or use the name in it")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        remedy = "check that it runs, the name, the firewall, and that the proxy forwards to its port"
        return Finding("service", "fail", f"{base} cannot be reached ({type(error).__name__})", remedy)
    if (fault := judge_readiness(base, status, body)) is not None:
        return fault
    if is_plain(base):
        return Finding(
            "service",
            "warn",
            f"{base} is ready, without TLS",
            "serve it over https: browsers give a page without it no camera",
        )
    if figures == 200 and urlsplit(base).hostname not in LOCAL:
        remedy = "set RONDO_PUBLIC_METRICS=off, and RONDO_OPS_PORT for the monitoring"
        return Finding("service", "warn", f"{base} is ready, and serves its metrics to the public", remedy)
    return Finding("service", "ok", f"{base} is ready")


def judge_readiness(base: str, status: int, body: bytes) -> Finding | None:
    """Return what is wrong by this answer of /readyz; None: nothing."""
    if status != 200:
        reason = f"not ready ({status})"
        with suppress(msgspec.DecodeError):  # not the answer of a node, but of a proxy without one
            reason = msgspec.json.decode(body, type=ErrorResponse).error.message
        return Finding("service", "fail", f"{base}: {reason}", "see its log, and docs/runbook.md, RondoNotReady")
    with suppress(msgspec.DecodeError):
        if msgspec.json.decode(body, type=Status).redis == "unavailable":
            remedy = "restore Redis, or the network to it: until then users meet within a node only"
            return Finding("service", "warn", f"{base} is ready, without Redis", remedy)
    return None


async def _pages(session: aiohttp.ClientSession, base: str, settings: Settings) -> list[Finding]:
    """Check that pages of our own and of allowed origins can open a socket, and others cannot."""
    own = f"{urlsplit(base).scheme}://{urlsplit(base).netloc}"
    if (status := await _try_upgrade(session, base, own)) != 101:
        if status == 403:
            remedy = "have the proxy forward the Host header, or add our own page to RONDO_ALLOWED_ORIGINS"
            return [Finding("origins", "fail", f"our own page {own} may not connect", remedy)]
        remedy = "have the proxy forward WebSockets: HTTP/1.1 with the headers Upgrade and Connection"
        return [Finding("origins", "fail", f"no WebSocket at {base}/v1/ws ({status})", remedy)]
    if await _try_upgrade(session, base, STRANGER) == 101:
        remedy = "have the proxy forward the Origin header: without it any page can act for its visitors"
        return [Finding("origins", "fail", "pages of foreign origins may connect", remedy)]
    refused = [page for page in settings.allowed_origins if await _try_upgrade(session, base, page) != 101]
    if refused:
        remedy = "give the service the same RONDO_ALLOWED_ORIGINS as this command has"
        return [Finding("origins", "warn", f"may not connect: {', '.join(refused)}", remedy)]
    return origins(settings)


async def _proxies(session: aiohttp.ClientSession, base: str) -> list[Finding]:
    """Check which client address the service sees, with and without a forged header."""
    try:
        plain = await _whence(session, base)
        forged = await _whence(session, base, FORGED)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return [
            Finding(
                "proxies", "warn", f"it does not report it ({type(error).__name__})", "run this version of rondo there"
            )
        ]
    return [judge(plain, forged)]


def judge(plain: ClientAddressResponse, forged: ClientAddressResponse) -> Finding:
    """Return the finding for the client address that the service saw, without and with a forged header."""
    right = f"set RONDO_TRUSTED_PROXIES={plain.forwarded}"
    if forged.address == FORGED:
        remedy = f"{right}; have the proxy overwrite X-Real-IP, or remove its network from RONDO_REAL_IP_FROM"
        return Finding("proxies", "fail", "clients can forge their address with a header", remedy)
    if plain.forwarded > plain.believed and not plain.edges:
        found = f"every client appears as {plain.address}: {plain.forwarded} in front, {plain.believed} trusted"
        return Finding("proxies", "fail", found, f"{right}: else all clients share one limit and one ban")
    how = f"{plain.believed} trusted" if plain.believed else "by X-Real-IP" if plain.edges else "none in front"
    return Finding("proxies", "ok", f"our address is {plain.address} ({how}), and a forged header does not change it")


async def _whence(session: aiohttp.ClientSession, base: str, says: str | None = None) -> ClientAddressResponse:
    headers = {} if says is None else dict.fromkeys(HEADERS, says)
    async with session.get(f"{base}/v1/address", headers=headers) as response:
        response.raise_for_status()
        return msgspec.json.decode(await response.read(), type=ClientAddressResponse)


async def _status(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(url) as response:
        return response.status


async def _try_upgrade(session: aiohttp.ClientSession, base: str, origin: str) -> int:
    """Return the status of a WebSocket handshake by a page of *origin*: 101 if it is accepted. No frame is sent."""
    try:
        async with asyncio.timeout(PATIENCE_S), session.ws_connect(f"{base}/v1/ws", origin=origin):
            return 101
    except aiohttp.WSServerHandshakeError as error:
        return error.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return 0
