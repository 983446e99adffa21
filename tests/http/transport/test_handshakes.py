"""Handshakes and sockets are limited at every prefix of an address, before the upgrade."""

import aiohttp
import pytest
from structlog.testing import capture_logs

from server.app import App
from tests.http.conftest import Caller, SignUp

NEVER = 0.001
"""Handshakes a second: none comes back within a test."""


async def handshake(caller: Caller, address: str) -> aiohttp.ClientWebSocketResponse | int:
    """Return a socket of *address*, or the status with which it was refused."""
    try:
        return await caller.session.ws_connect(f"{caller.base}/v1/ws", headers={"X-Forwarded-For": address})
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status


async def hello(caller: Caller, address: str) -> aiohttp.ClientWebSocketResponse:
    socket = await handshake(caller, address)
    assert not isinstance(socket, int)
    await socket.send_json({"type": "hello", "token": caller.token})
    welcome = await socket.receive_json(timeout=5)
    assert welcome["type"] == "welcome", welcome
    return socket


@pytest.mark.settings(trusted_proxies=1, handshakes_per_s=NEVER)
async def test_refused_sockets_are_one_line_without_an_address(anonymous: Caller) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9"}
    with capture_logs() as logged:
        for _ in range(103):
            last = await anonymous.get("/v1/ws", headers=headers)
    assert last.status == 429
    (line,) = (line for line in logged if line["event"] == "sockets_refused")
    assert (line["log_level"], line["limit"], line["count"]) == ("warning", "handshakes", 1)
    assert "203.0.113" not in str(line)


@pytest.mark.settings(trusted_proxies=1, handshakes_per_s=NEVER)
async def test_100_handshakes_per_address(anonymous: Caller) -> None:
    headers = {"X-Forwarded-For": "203.0.113.7"}
    for _ in range(99):
        assert (await anonymous.get("/v1/ws", headers=headers)).status == 400
    socket = await handshake(anonymous, "203.0.113.7")
    assert not isinstance(socket, int)
    reply = await anonymous.get("/v1/ws", headers=headers)
    assert (reply.status, reply.code) == (429, "rate_limited")
    wait = reply.body["error"]["retry_after_ms"]
    assert 0 < wait <= 1_000_000
    assert int(reply.headers["Retry-After"]) == -(-wait // 1_000)
    assert await handshake(anonymous, "203.0.113.7") == 429
    assert not isinstance(await handshake(anonymous, "203.0.113.8"), int)


@pytest.mark.settings(trusted_proxies=1, handshakes_per_s=NEVER, handshakes_burst=2)
@pytest.mark.parametrize(
    ("network", "elsewhere", "addresses"),
    [
        ("203.0.113.{}", "203.0.114.1", 8),
        ("2001:db8:0:{}::1", "2001:db8:0:100::1", 4),
        ("2001:db8:0:{}00::1", "2001:db8:1::1", 16),
    ],
)
async def test_handshakes_are_limited_at_each_prefix(
    anonymous: Caller, network: str, elsewhere: str, addresses: int
) -> None:
    for number in range(addresses):
        address = network.format(f"{number:x}" if ":" in network else number)
        for _ in range(2):
            assert not isinstance(await handshake(anonymous, address), int)
    assert await handshake(anonymous, network.format("99")) == 429
    assert not isinstance(await handshake(anonymous, elsewhere), int)


@pytest.mark.settings(trusted_proxies=1, handshakes_per_s=NEVER, handshakes_burst=2)
async def test_valid_hello_refunds_its_handshake(anonymous: Caller, sign_up: SignUp) -> None:
    ada = await sign_up("Ada")
    for _ in range(5):
        await hello(ada, "203.0.113.7")
    for _ in range(2):
        socket = await handshake(anonymous, "203.0.113.7")
        assert not isinstance(socket, int)
        await socket.send_json({"type": "hello", "token": "x"})
        assert (await socket.receive_json(timeout=5))["code"] == "unauthenticated"
    assert await handshake(anonymous, "203.0.113.7") == 429


@pytest.mark.settings(trusted_proxies=1, connections_per_address=2)
async def test_network_has_eight_times_the_sockets_of_an_address(app: App, anonymous: Caller) -> None:
    sockets = [await handshake(anonymous, f"203.0.113.{number}") for number in [*range(8)] * 2]
    assert not any(isinstance(socket, int) for socket in sockets)
    assert app.signaling.stats.connections == 16
    refused = await handshake(anonymous, "203.0.113.99")
    assert not isinstance(refused, int)
    await refused.receive(timeout=5)
    assert refused.close_code == 4429
    assert not isinstance(await handshake(anonymous, "203.0.114.1"), int)


@pytest.mark.settings(trusted_proxies=1, handshakes_burst=1, connections_per_address=1, rate_limits=False)
async def test_limits_can_be_switched_off(app: App, anonymous: Caller) -> None:
    sockets = [await handshake(anonymous, "203.0.113.7") for _ in range(20)]
    assert not any(isinstance(socket, int) for socket in sockets)
    assert app.signaling.stats.connections == 20


@pytest.mark.settings(trusted_proxies=1, frames_burst=3, frames_per_s=NEVER, chat_burst=1)
async def test_frame_rate_is_a_setting(sign_up: SignUp) -> None:
    socket = await hello(await sign_up("Ada"), "203.0.113.7")
    kinds = []
    for _ in range(3):
        await socket.send_json({"type": "ping"})
        kinds.append((await socket.receive_json(timeout=5))["type"])
    assert kinds == ["pong", "pong", "error"]
