"""The runbook is walked: each fault is caused, and the log lines and series that its section names are there."""

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
    "rooms_lost": "a node that stands still for longer than the walk lets it: tests/nodes/test_failures.py",
    "postgres_ended": "only of an embedded database: tests/journeys/test_restart.py",
    "postgres_restarted": "the same",
    "postgres_start_failed": "the same",
    "clock_stepped": "a test may not set the clock of the machine: tests/http/test_clock_step.py",
    "sockets_refused": "limits are off on this machine's one address: tests/http/transport/test_handshakes.py",
    "socket_fallback": "needs another aiohttp: tests/http/site/test_metrics.py",
    "buffer_budget_exceeded": "takes megabytes for many readers: tests/protocol/test_buffer_budget.py",
    "buffer_budget_kept": "the same",
}
"""Log lines that the walk does not cause, and why."""

NOT_CAUSED = {
    "RondoFaults": "there is no fault that nobody foresaw to be had; tests/http/site/test_metrics.py injects one",
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


class Walk:
    """Two nodes, one with a proxy to Redis that can be cut, and their log lines since the start."""

    def __init__(self, http: aiohttp.ClientSession, one: Node, two: Node, cord: Proxy, owner: asyncpg.Connection):
        self.http, self.one, self.two, self.cord, self.owner = http, one, two, cord, owner
        self.figures: dict[tuple[str, ...], float] = {}

    def said(self, event: str, node: Node | None = None) -> list[dict[str, Any]]:
        nodes = (self.one, self.two) if node is None else (node,)
        return [line for one in nodes for line in one.log if line.get("event") == event]

    async def until_said(self, *events: str) -> None:
        for event in events:
            await self.until(lambda event=event: bool(self.said(event)), event)

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
async def walk(postgres: Postgres, template: str, tmp_path: Path, valkey: Valkey) -> AsyncIterator[Walk]:
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute(f"CREATE DATABASE runbook TEMPLATE {template} STRATEGY file_copy")
    await admin.close()
    dsn = postgres.dsn("runbook")
    owner = await asyncpg.connect(dsn, server_settings={"default_transaction_read_only": "off"})
    cord = Proxy(("127.0.0.1", valkey.port))
    await cord.open()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    settings = SHORT | {"RONDO_OPS_PORT": 0, "RONDO_CONNECT_TIMEOUT_S": 1, "RONDO_TEXT_GRACE_S": 1}
    cut = settings | {"REDIS_URL": f"redis://127.0.0.1:{cord.port}/0", "RONDO_NODE": "one"}
    # So many descriptors are kept back that there is room for a few connections.
    small = settings | {
        "REDIS_URL": valkey.url, "RONDO_NODE": "two", "RONDO_DESCRIPTOR_RESERVE": min(most, 1 << 20) - 40,
    }  # fmt: skip
    nodes = Node(dsn, tmp_path / "one", **cut), Node(dsn, tmp_path / "two", **small)
    for node in nodes:
        await node.start()
    async with aiohttp.ClientSession() as http:
        yield Walk(http, *nodes, cord, owner)
    for node in nodes:
        if node.is_running:
            node.stop_hard()
    await cord.close()
    await owner.close()


@pytest.fixture
def valkey() -> Any:
    server = Valkey().start()
    yield server
    server.stop()


async def _calls(walk: Walk) -> None:
    """Waiting users, calls that do not connect, a user who does not reconnect, undelivered signals."""
    ada, bob = await walk.person(walk.one, "Ada"), await walk.person(walk.one, "Bob")
    await walk.until_counted(walk.one, "rondo_people", above=1)
    await ada.ask("queue.join", mode="video", pairing="manual")
    await walk.until_counted(walk.one, "rondo_queue_depth", "video")
    await ada.ask("queue.leave")
    await meet(ada, bob, "video")
    await walk.until_counted(walk.one, "rondo_rooms_ended_total", "connect_failed")
    cleo, dan = await walk.person(walk.one, "Cleo"), await walk.person(walk.one, "Dan")
    room = (await meet(cleo, dan))["room_id"]
    await dan.vanish()
    await cleo.hear("room.peer_away")
    await cleo.ask("signal", room_id=room, candidate={"n": 1})
    await walk.until_counted(walk.one, "rondo_rooms_ended_total", "grace_expired")
    await walk.until_counted(walk.one, "rondo_signals_dropped_total")
    dan.welcome["resume_key"] = "x" * 22
    await dan.connect(resume=True)
    await walk.until_counted(walk.one, "rondo_resumes_total", "fresh")
    dan.token = "x" * 43
    with pytest.raises(Refused):
        await dan.connect()
    await walk.until_counted(walk.one, "rondo_closes_total", "4401")


async def _stall(walk: Walk) -> None:
    """A node stands still while an invite should expire, and a commit waits for a lock."""
    eve, fay = await walk.person(walk.one, "Eve"), await walk.person(walk.one, "Fay")
    await fay.ask("queue.join", mode="text", pairing="manual")
    await eve.ask("invite.send", user_id=fay.user_id, mode="text")
    os.kill(walk.one.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(2.5)
    finally:
        os.kill(walk.one.pid, signal.SIGCONT)
    await walk.until_said("node_stalled")
    slow = walk.figures["rondo_loop_lag_seconds_sum",]
    await walk.until_counted(walk.one, "rondo_loop_lag_seconds_sum", above=slow + 1)
    await walk.until_counted(walk.one, "rondo_deadline_late_seconds_sum", above=0.25)


async def _database(walk: Walk) -> None:
    async def has_logged(event: str, end_older: EndOlder) -> bool:
        await end_older()
        return bool(walk.said(event, walk.one))

    end_older = await set_read_only(walk.owner, on=True)
    await walk.until(lambda: has_logged("database_lost", end_older), "database_lost")
    with pytest.raises(Refused):
        await Person(walk.http, walk.one.base, "Gus").sign_up()
    await walk.until_counted(walk.one, "rondo_http_requests_total", "/v1/auth/guest", "503")
    async with walk.http.get(f"{walk.one.operators}/readyz") as answer:
        assert "(database_read_only)" in await answer.text()
    end_older = await set_read_only(walk.owner, on=False)
    await walk.until(lambda: has_logged("database_restored", end_older), "database_restored")


async def _redis(walk: Walk) -> None:
    """One node has lost Redis: its users meet only each other, and the other node takes it for cut off."""
    hal = await walk.person(walk.one, "Hal")
    walk.cord.cut()
    await walk.until_said("redis_lost", "node_cut_off")
    await walk.until_counted(walk.one, "rondo_node_deaf")
    await walk.until_counted(walk.one, "rondo_node_redis_seconds", above=1)
    await hal.ask("queue.join", mode="text")
    assert walk.figures["rondo_node_others",] == 0
    walk.cord.mend()
    await walk.until_said("redis_restored")


async def _connections(walk: Walk) -> None:
    """A node has no place for another connection, then not even a descriptor of the reserve."""
    port = int(walk.two.base.rpartition(":")[2])
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]
    await walk.until_said("connections_refused")
    assert walk.said("connections_refused")[0]["reason"] == "process"
    await walk.until_counted(walk.two, "rondo_tcp_refused_total", "process")
    limits = resource.prlimit(walk.two.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(walk.two.pid, resource.RLIMIT_NOFILE, (8, limits[1]))
    await walk.until_said("descriptors_exhausted")
    resource.prlimit(walk.two.pid, resource.RLIMIT_NOFILE, limits)
    await walk.until_said("descriptors_available")
    await walk.until_counted(walk.two, "rondo_descriptors_exhausted_total")
    for _, writer in held:
        writer.close()


async def _nodes(walk: Walk) -> None:
    """A node dies, comes back and leaves."""
    started = walk.figures["process_start_time_seconds",]
    walk.one.stop_hard()
    await walk.until_said("node_lost")
    with pytest.raises(aiohttp.ClientError):
        await walk.http.get(f"{walk.one.operators}/healthz")
    await walk.one.start()
    await walk.until_counted(walk.one, "process_start_time_seconds", above=started)
    await walk.until_said("node_joined")
    await walk.one.stop()
    await walk.until_said("node_left")


async def test_faults_produce_what_the_runbook_names(walk: Walk) -> None:
    await walk.until_counted(walk.one, "rondo_node_others")
    for cause in (_calls, _stall, _database, _redis, _connections):
        try:
            await cause(walk)
        except Exception as fault:
            raise AssertionError(f"{cause.__name__[1:]}: {fault}") from fault
    await _nodes(walk)
    exported = {key[0] for key in walk.figures}
    for alert, section in SECTIONS.items():
        for name in names(section):
            if name in EVENTS and name not in NOT_SEEN:
                assert walk.said(name), f"{alert}: nobody said {name}"
            elif SERIES.fullmatch(name) and name not in EVENTS:
                assert name in exported or f"{name}_bucket" in exported, f"{alert}: nobody exports {name}"
    assert walk.said("node_lost")[0].keys() >= {"other_node", "reason", "users", "silent_s", "node", "version"}
