"""Each fault of the runbook is caused, and the log lines and series that its section names are there."""

import asyncio
import os
import re
import resource
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from server.drill.servers.proxy import Proxy
from server.postgres import Postgres
from tests.deploy.conftest import ROOT, Node
from tests.deploy.figures import read_values
from tests.journeys.conftest import SHORT
from tests.support.client import Person, Refused, meet
from tests.support.databases import EndOlder, set_read_only
from tests.support.valkey import Valkey

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
SECTIONS = dict(section.split("\n", 1) for section in re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:])
SOURCE = "\n".join(
    path.read_text() for folder in ("server", "signaling", "matchmaker") for path in (ROOT / folder).rglob("*.py")
)
EVENTS = set(re.findall(r'(?:log\.\w+|Repeated|\.report|\.warn|Outage\[\w+\])\(\s*"(\w+)"', SOURCE)) | set(
    re.findall(r'Outage\[\w+\]\("\w+", "(\w+)"\)', SOURCE)
)
SERIES = re.compile(r"rondo_\w+|process_(?:cpu|max|open|resident|start|virtual)_\w+")
FOREIGN = {"proxy_buffering": "nginx", "pg_stat_activity": "PostgreSQL", "process_max_fds": "prometheus_client"}
"""What is not ours, and whose it is."""

NOT_SEEN = {
    "rooms_lost": "a node that is stopped for longer than here: tests/nodes/test_failures.py",
    "postgres_ended": "only of an embedded database: tests/journeys/test_restart.py",
    "postgres_restarted": "the same",
    "postgres_start_failed": "the same",
    "worker_lost": "only of `rondo serve --workers`: tests/nodes/test_workers.py",
    "worker_not_started": "the same",
    "clock_stepped": "a test may not set the clock of the machine: tests/http/test_clock_step.py",
    "sockets_refused": "limits are off on this machine's one address: tests/http/transport/test_handshakes.py",
    "socket_fallback": "needs another aiohttp: tests/http/site/test_metrics.py",
    "buffer_budget_exceeded": "takes megabytes for many readers: tests/protocol/test_buffer_budget.py",
    "buffer_budget_kept": "the same",
}
"""Log lines that these tests do not cause, and why."""

NOT_CAUSED = {
    "RondoFaults": "an unexpected fault cannot be caused from outside; tests/http/site/test_metrics.py injects one",
    "RondoFull": "8,000 sockets",
    "RondoMemory": "1.5 GB",
    "RondoSlowReaders": "a reader that takes nothing: tests/protocol/test_buffer_budget.py",
    "RondoSocketFallback": "needs another aiohttp",
    "RondoBufferBudget": "the same, many of them",
    "RondoEmailsFail": "retries for 32 hours: tests/people",
    "RondoSlowCommits": "five minutes of slow commits",
    "RondoPeopleGone": "half of the people, five minutes later; here only the number is seen",
}
"""Alerts whose fault is not caused as such, and why; what their sections name is looked for all the same."""


def names(section: str) -> set[str]:
    """Return what *section* quotes that could be an event, a series, a field or a value."""
    return set(re.findall(r"`(\w+_\w+)(?:[{ ][^`]*)?`", section))


def test_every_name_in_the_runbook_exists() -> None:
    words = set(re.findall(r'"([a-z_]+)"|\b([a-z_]+)=', SOURCE))
    known = {word for pair in words for word in pair} | set(FOREIGN) | EVENTS
    exported = set(re.findall(r'"(rondo_\w+)"', SOURCE)) | {
        f"rondo_{name}" for name in re.findall(r'_histogram\(\s*"(\w+)"', SOURCE)
    }
    for alert, section in SECTIONS.items():
        for name in names(section):
            if SERIES.fullmatch(name) and name not in FOREIGN and name not in EVENTS:
                known_as = {name, name.removesuffix("_total"), re.sub("_(bucket|sum|count)$", "", name)}
                assert known_as & (exported | known), f"{alert}: no node exports {name}"
            elif name.islower():
                assert name in known, f"{alert}: {name} is in no code"


def test_omitted_faults_are_named_in_the_runbook() -> None:
    assert set(NOT_SEEN) <= {name for section in SECTIONS.values() for name in names(section)} & EVENTS
    assert {alert for alert, section in SECTIONS.items() if "Not caused in a test" in section} == set(NOT_CAUSED)


class RunbookNodes:
    """Two nodes, one with a proxy to Redis that can be cut, and their log lines since the start."""

    def __init__(
        self, http: aiohttp.ClientSession, one: Node, two: Node, redis_proxy: Proxy, owner: asyncpg.Connection
    ):
        self.http, self.one, self.two, self.redis_proxy, self.owner = http, one, two, redis_proxy, owner
        self.figures: dict[tuple[str, ...], float] = {}

    def logged(self, event: str, node: Node | None = None) -> list[dict[str, Any]]:
        nodes = (self.one, self.two) if node is None else (node,)
        return [line for one in nodes for line in one.log if line.get("event") == event]

    async def until_logged(self, *events: str) -> None:
        for event in events:
            await self.until(lambda event=event: bool(self.logged(event)), event)

    async def until(self, is_so: Callable[[], bool | Awaitable[bool]], what: str) -> None:
        try:
            async with asyncio.timeout(20):
                while True:
                    found = is_so()
                    if found if isinstance(found, bool) else await found:
                        return
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(what) from None

    async def until_counted(self, node: Node, *key: str, above: float = 0) -> None:
        """Return once a sample of *node* is above; samples in between are recorded."""

        async def is_counted() -> bool:
            async with self.http.get(f"{node.operators}/metrics") as answer:
                found = read_values(await answer.text())
            self.figures |= found
            return found.get(key, 0) > above

        await self.until(is_counted, f"{key} above {above}")

    async def person(self, node: Node, name: str) -> Person:
        person = await Person(self.http, node.base, name).sign_up()
        await person.connect()
        return person


@pytest.fixture
async def nodes(postgres: Postgres, template: str, tmp_path: Path, valkey: Valkey) -> AsyncIterator[RunbookNodes]:
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute(f"CREATE DATABASE runbook TEMPLATE {template} STRATEGY file_copy")
    await admin.close()
    dsn = postgres.dsn("runbook")
    owner = await asyncpg.connect(dsn, server_settings={"default_transaction_read_only": "off"})
    redis_proxy = Proxy(("127.0.0.1", valkey.port))
    await redis_proxy.open()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    settings = SHORT | {"RONDO_OPS_PORT": 0, "RONDO_CONNECT_TIMEOUT_S": 1, "RONDO_TEXT_GRACE_S": 1}
    cut = settings | {"REDIS_URL": f"redis://127.0.0.1:{redis_proxy.port}/0", "RONDO_NODE": "one"}
    # So many descriptors are kept back that there is room for a few connections.
    small = settings | {
        "REDIS_URL": valkey.url, "RONDO_NODE": "two", "RONDO_DESCRIPTOR_RESERVE": min(most, 1 << 20) - 40,
    }  # fmt: skip
    nodes = Node(dsn, tmp_path / "one", **cut), Node(dsn, tmp_path / "two", **small)
    for node in nodes:
        await node.start()
    async with aiohttp.ClientSession() as http:
        yield RunbookNodes(http, *nodes, redis_proxy, owner)
    for node in nodes:
        if node.is_running:
            node.stop_hard()
    await redis_proxy.close()
    await owner.close()


@pytest.fixture
def valkey() -> Any:
    server = Valkey().start()
    yield server
    server.stop()


async def _calls(nodes: RunbookNodes) -> None:
    """Waiting users, calls that do not connect, a user who does not reconnect, undelivered signals."""
    ada, bob = await nodes.person(nodes.one, "Ada"), await nodes.person(nodes.one, "Bob")
    await nodes.until_counted(nodes.one, "rondo_people", above=1)
    await ada.ask("queue.join", mode="video", pairing="manual")
    await nodes.until_counted(nodes.one, "rondo_queue_depth", "video")
    await ada.ask("queue.leave")
    await meet(ada, bob, "video")
    await nodes.until_counted(nodes.one, "rondo_rooms_ended_total", "connect_failed")
    cleo, dan = await nodes.person(nodes.one, "Cleo"), await nodes.person(nodes.one, "Dan")
    room = (await meet(cleo, dan))["room_id"]
    await dan.abort()
    await cleo.receive("room.peer_away")
    await cleo.ask("signal", room_id=room, candidate={"n": 1})
    await nodes.until_counted(nodes.one, "rondo_rooms_ended_total", "grace_expired")
    await nodes.until_counted(nodes.one, "rondo_signals_dropped_total")
    dan.welcome["resume_key"] = "x" * 22
    await dan.connect(resume=True)
    await nodes.until_counted(nodes.one, "rondo_resumes_total", "fresh")
    dan.token = "x" * 43
    with pytest.raises(Refused):
        await dan.connect()
    await nodes.until_counted(nodes.one, "rondo_closes_total", "4401")


async def _stall(nodes: RunbookNodes) -> None:
    """A node stands still while an invite should expire, and a commit waits for a lock."""
    eve, fay = await nodes.person(nodes.one, "Eve"), await nodes.person(nodes.one, "Fay")
    await fay.ask("queue.join", mode="text", pairing="manual")
    await eve.ask("invite.send", user_id=fay.user_id, mode="text")
    os.kill(nodes.one.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(2.5)
    finally:
        os.kill(nodes.one.pid, signal.SIGCONT)
    await nodes.until_logged("node_stalled")
    slow = nodes.figures["rondo_loop_lag_seconds_sum",]
    await nodes.until_counted(nodes.one, "rondo_loop_lag_seconds_sum", above=slow + 1)
    await nodes.until_counted(nodes.one, "rondo_deadline_late_seconds_sum", above=0.25)


async def _database(nodes: RunbookNodes) -> None:
    async def has_logged(event: str, end_older: EndOlder) -> bool:
        await end_older()
        return bool(nodes.logged(event, nodes.one))

    end_older = await set_read_only(nodes.owner, on=True)
    await nodes.until(lambda: has_logged("database_lost", end_older), "database_lost")
    with pytest.raises(Refused):
        await Person(nodes.http, nodes.one.base, "Gus").sign_up()
    await nodes.until_counted(nodes.one, "rondo_http_requests_total", "/v1/auth/guest", "503")
    async with nodes.http.get(f"{nodes.one.operators}/readyz") as answer:
        assert "(database_read_only)" in await answer.text()
    end_older = await set_read_only(nodes.owner, on=False)
    await nodes.until(lambda: has_logged("database_restored", end_older), "database_restored")


async def _redis(nodes: RunbookNodes) -> None:
    """One node has lost Redis: its users meet only each other, and the other node takes it for cut off."""
    hal = await nodes.person(nodes.one, "Hal")
    nodes.redis_proxy.cut()
    await nodes.until_logged("redis_lost", "node_cut_off")
    await nodes.until_counted(nodes.one, "rondo_node_deaf")
    await nodes.until_counted(nodes.one, "rondo_node_redis_seconds", above=1)
    await hal.ask("queue.join", mode="text")
    assert nodes.figures["rondo_node_others",] == 0
    nodes.redis_proxy.mend()
    await nodes.until_logged("redis_restored")


async def _connections(nodes: RunbookNodes) -> None:
    """A node has no place for another connection, then not even a descriptor of the reserve."""
    port = int(nodes.two.base.rpartition(":")[2])
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]
    await nodes.until_logged("connections_refused")
    assert nodes.logged("connections_refused")[0]["reason"] == "process"
    await nodes.until_counted(nodes.two, "rondo_tcp_refused_total", "process")
    limits = resource.prlimit(nodes.two.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(nodes.two.pid, resource.RLIMIT_NOFILE, (8, limits[1]))
    await nodes.until_logged("descriptors_exhausted")
    resource.prlimit(nodes.two.pid, resource.RLIMIT_NOFILE, limits)
    await nodes.until_logged("descriptors_available")
    await nodes.until_counted(nodes.two, "rondo_descriptors_exhausted_total")
    for _, writer in held:
        writer.close()


async def _nodes(nodes: RunbookNodes) -> None:
    """A node dies, comes back and leaves."""
    started = nodes.figures["process_start_time_seconds",]
    nodes.one.stop_hard()
    await nodes.until_logged("node_lost")
    with pytest.raises(aiohttp.ClientError):
        await nodes.http.get(f"{nodes.one.operators}/healthz")
    await nodes.one.start()
    await nodes.until_counted(nodes.one, "process_start_time_seconds", above=started)
    await nodes.until_logged("node_joined")
    await nodes.one.stop()
    await nodes.until_logged("node_left")


async def test_faults_produce_what_the_runbook_names(nodes: RunbookNodes) -> None:
    await nodes.until_counted(nodes.one, "rondo_node_others")
    for cause in (_calls, _stall, _database, _redis, _connections):
        try:
            await cause(nodes)
        except Exception as fault:
            raise AssertionError(f"{cause.__name__[1:]}: {fault}") from fault
    await _nodes(nodes)
    exported = {key[0] for key in nodes.figures}
    for alert, section in SECTIONS.items():
        for name in names(section):
            if name in EVENTS and name not in NOT_SEEN:
                assert nodes.logged(name), f"{alert}: no node logged {name}"
            elif SERIES.fullmatch(name) and name not in EVENTS:
                assert name in exported or f"{name}_bucket" in exported, f"{alert}: no node exports {name}"
    assert nodes.logged("node_lost")[0].keys() >= {"other_node", "reason", "users", "silent_s", "node", "version"}
