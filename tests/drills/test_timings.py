"""The clients of a drill give up and come back exactly as a page does."""

import asyncio
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from server.config import assets
from server.drill.clients.balancer import DIAL_S, EVERY_S, TIMEOUT_S, Balancer
from server.drill.clients.timings import Backoff, timings
from server.drill.clients.watch import Watch
from server.drill.servers.link import NetworkLink, NoLink

WELCOME = {"heartbeat_s": 0.6, "heartbeat": {"ping_s": 0.3, "server_silent_s": 0.5, "client_silent_s": 0.8}}
BUSY_S = 2.0
ROOT = Path(__file__).parents[2]


def test_timings_are_those_of_rondo_js() -> None:
    source = (assets.web() / "client" / "timings.js").read_text()
    assert timings().backoff_base * 1_000 == int(re.search(r"BACKOFF_BASE_MS = (\d+);", source)[1])  # type: ignore[index]
    socket = (assets.web() / "client" / "socket.js").read_text() + (assets.web() / "client" / "watch.js").read_text()
    assert set(re.findall(r"\b([A-Z_]+)_MS\b", socket)) == {name.upper() for name in timings().__struct_fields__}
    assert not re.findall(r"const [A-Z_]+_MS =", socket), "timings stand in timings.js alone"


def test_backoff_doubles_to_a_cap_and_resets_after_a_good_connection() -> None:
    backoff = Backoff()
    assert [backoff.longest_s() for _ in range(6)] == [0.3, 0.6, 1.2, 2.4, 4.0, 4.0]
    backoff.welcomed(100.0)
    backoff.lost(100.0 + timings().proven - 0.001)
    assert backoff.longest_s() == 4.0
    backoff.welcomed(200.0)
    backoff.lost(200.0 + timings().proven)
    assert backoff.longest_s() == 0.3


def test_balancer_checks_nodes_like_the_caddyfile() -> None:
    caddy = (ROOT / "deploy" / "Caddyfile").read_text()
    assert f"health_interval {EVERY_S:g}s" in caddy
    assert f"health_timeout {TIMEOUT_S:g}s" in caddy
    assert timings().hello_timeout > DIAL_S, "a page waits long enough to be tried at another node"


async def test_balancer_skips_nodes_that_are_not_ready() -> None:
    asked: list[str] = []

    async def is_ready(base: str) -> bool:
        asked.append(base)
        return base != "http://b"

    balancer = Balancer(["http://a", "http://b"], is_ready)
    while len(asked) < 2 or balancer.is_up("http://b/v1/ws"):  # noqa: ASYNC110 - a condition of another task
        await asyncio.sleep(0.01)
    assert balancer.is_up("http://a/v1/ws")
    await balancer.close()


class Line:
    """A server that answers pings until it is silent."""

    def __init__(self, *, is_urgent: bool, welcome: dict[str, Any] = WELCOME) -> None:
        self.is_silent = False
        self.pings: list[float] = []
        self.gave_up: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.watch = Watch(ask=self._ask, give_up=self._give_up)
        self.watch.set_urgent(is_urgent)
        self.watch.start(welcome)

    def _ask(self) -> None:
        self.pings.append(asyncio.get_running_loop().time())
        if not self.is_silent:
            asyncio.get_running_loop().call_soon(self.watch.heard)

    def _give_up(self) -> None:
        self.watch.stop()
        self.gave_up.set_result(asyncio.get_running_loop().time())


async def test_silent_server_is_left_after_server_silent_s_in_a_room() -> None:
    line = Line(is_urgent=True)
    while len(line.pings) < 4:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.01)
    gaps = [later - earlier for earlier, later in zip(line.pings, line.pings[1:], strict=False)]
    assert min(gaps) >= 0.29
    line.is_silent = True
    last = line.pings[-1]
    at = await asyncio.wait_for(line.gave_up, 0.5 + BUSY_S)
    assert at - last >= 0.49, "not before the time is over"


async def test_numbers_without_time_for_an_answer_do_not_disconnect() -> None:
    heartbeat = {"ping_s": 3, "server_silent_s": 1, "client_silent_s": 0.6}
    line = Line(is_urgent=True, welcome={"heartbeat_s": 20, "heartbeat": heartbeat})
    await asyncio.sleep(1.5)
    assert not line.gave_up.done()
    line.watch.stop()
    assert len(line.pings) >= 4


async def test_server_may_be_silent_for_longer_outside_of_rooms() -> None:
    line = Line(is_urgent=False)
    line.is_silent = True
    line.watch.heard()
    await asyncio.sleep(0.9)
    assert not line.gave_up.done()
    line.watch.stop()


async def test_client_sends_heartbeats_while_receiving() -> None:
    line = Line(is_urgent=True)
    for _ in range(10):
        await asyncio.sleep(0.1)
        line.watch.heard()
    line.watch.stop()
    assert len(line.pings) >= 3, "the server takes clients for lost that send nothing"


async def test_cut_link_reports_nothing_and_a_mended_one_delivers() -> None:
    link = NetworkLink()
    try:
        await link.open()
    except NoLink as why:
        pytest.skip(str(why))
    try:
        code = "import socket; s = socket.create_server(('{}', 7)); c = s.accept()[0]; c.sendall(c.recv(9))"
        server = await asyncio.create_subprocess_exec(*link.prefix, "python3", "-c", code.format(link.address))
        reader, writer = await _connect(link.address)
        await link.cut()
        writer.write(b"lost?")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(9), 0.5)
        await link.mend()
        assert await asyncio.wait_for(reader.read(9), 10) == b"lost?"
        writer.close()
        await server.wait()
    finally:
        await link.close()


async def test_link_does_not_change_the_network_of_the_machine() -> None:
    link = NetworkLink()
    with ThreadPoolExecutor(1) as outside:
        before = outside.submit(socket.if_nameindex).result()
        try:
            await link.open()
        except NoLink as why:
            pytest.skip(str(why))
        try:
            assert outside.submit(socket.if_nameindex).result() == before
            assert socket.if_nameindex() != before
        finally:
            await link.close()
    assert socket.if_nameindex() == before


async def test_no_link_without_iproute2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoLink, match="iproute2"):
        await NetworkLink().open()


async def _connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(10):
        while True:
            try:
                return await asyncio.open_connection(address, 7)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
