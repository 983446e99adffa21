"""Dashboard and alerts ask only for what a node exports, and what it exports is looked at."""

import asyncio
import json
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import yaml

from server.drill.servers.ports import steady_port
from server.observability.metrics import ALARMING
from tests.deploy.conftest import DEPLOY, ROOT, Node, guest, tool
from tests.deploy.figures import Figures, Question, families, family_of, read

DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "rondo.json").read_text())
RULES = [rule for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
ASKED = [target["expr"] for panel in PANELS for target in panel["targets"]]
ASKED_ELSEWHERE = [rule["expr"] for rule in RULES] + [note["expr"] for note in DASHBOARD["annotations"]["list"]]
NOT_SHOWN = {"process_virtual_memory_bytes": "what is reserved says nothing; what is resident is shown"}
"""Figures that are on no panel, and why."""


@pytest.fixture(scope="session")
def scrapes(nodes: tuple[Node, Node]) -> tuple[str, ...]:
    """What both nodes export once everything has happened that they count."""

    async def live() -> tuple[str, ...]:
        async with aiohttp.ClientSession() as http:
            await _everything_happens(http, *nodes)
            return tuple([await (await http.get(f"{node.operators}/metrics")).text() for node in nodes])

    return asyncio.run(live())


@pytest.fixture(scope="session")
def figures(scrapes: tuple[str, ...]) -> Figures:
    return read(*scrapes)


async def _everything_happens(http: aiohttp.ClientSession, one: Node, other: Node) -> None:
    """Two users on two nodes meet, chat, are declined, move, and one reports the other."""
    ada, bob = await guest(http, one.base, "Ada"), await guest(http, other.base, "Bob")
    here, there = await ada.connect(), await bob.connect()
    for socket in (here, there):
        await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
    room = (await _event(here, "room.started"))["room"]["room_id"]
    await _event(there, "room.started")
    for socket in (here, there):
        await socket.send_json({"type": "chat.typing", "room_id": room})
    await _event(here, "chat.typing")
    await there.send_json({"type": "chat.send", "room_id": room, "client_id": "1", "body": "hello"})
    await _event(here, "chat.message")
    # Bob comes back on the other node, with a session that is not there.
    await there.close()
    there = await http.ws_connect(f"{one.base}/v1/ws")
    await there.send_json({"type": "hello", "token": bob.token, "resume": {"key": "x" * 22, "seq": 1}})
    assert (await _event(there, "welcome"))["resumed"] is False
    reply = await ada.post("/v1/reports", {"user_id": bob.user_id, "category": "spam"})
    assert reply.status == 201
    await _event(there, "room.ended")
    cleo = await guest(http, other.base, "Cleo")
    waiting = await cleo.connect()
    await waiting.send_json({"type": "queue.join", "mode": "text", "pairing": "manual", "id": 1})
    await _event(waiting, "reply")
    await there.send_json({"type": "invite.send", "user_id": cleo.user_id, "mode": "text"})
    invite = (await _event(waiting, "invite.received"))["invite"]["invite_id"]
    await waiting.send_json({"type": "invite.decline", "invite_id": invite})
    await _event(there, "invite.closed")
    for socket in (here, there, waiting):
        await socket.close()


async def _event(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = await socket.receive_json(timeout=10)
        if frame["type"] == kind:
            return frame


@pytest.mark.parametrize("text", ASKED + ASKED_ELSEWHERE)
def test_queried_series_are_exported(text: str, figures: Figures) -> None:
    assert Question(text).unknown(figures) == []


def test_exported_series_are_shown_or_omitted_with_a_reason(scrapes: tuple[str, ...]) -> None:
    shown = {family_of(name) for text in ASKED for name in Question(text).figures}
    exported = {family_of(name) for name in families(*scrapes)}
    assert exported - shown - set(NOT_SHOWN) == set()
    assert set(NOT_SHOWN) <= exported


def test_every_labelled_series_was_observed(scrapes: tuple[str, ...], figures: Figures) -> None:
    """Otherwise the first test would accept series that are not exported."""
    seen = {family_of(name) for name in figures}
    assert {family_of(name) for name in families(*scrapes)} - seen == set()


def test_series_initialized_to_zero_are_those_of_alerts() -> None:
    asked = {name for rule in RULES for name in Question(rule["expr"]).figures}
    assert {f"{name}_total" for name in ALARMING} <= asked


def test_every_alert_has_a_runbook_section() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text()
    sections = re.split(r"^## ", runbook, flags=re.MULTILINE)[1:]
    assert [section.split("\n", 1)[0] for section in sections] == [rule["alert"] for rule in RULES]
    for section in sections:
        for part in ("- **Users**", "- **Check**", "- **Do**"):
            assert part in section, section[:40]
    for rule in RULES:
        page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert (ROOT / page).is_file()
        assert anchor == rule["alert"].lower()
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_every_alert_is_tested() -> None:
    played = (ROOT / "tests" / "deploy" / "alerts_test.yml").read_text()
    assert set(re.findall(r'alertname="(\w+)"', played)) == {rule["alert"] for rule in RULES}


def test_prometheus_accepts_configuration_and_rules() -> None:
    promtool = tool("promtool")
    for words in (
        ["check", "config", DEPLOY / "prometheus.yml"],
        ["test", "rules", Path(__file__).parent / "alerts_test.yml"],
    ):
        done = subprocess.run([promtool, *map(str, words)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_dashboard_is_valid() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}
        letters = [target["refId"] for target in panel["targets"]]
        assert len(letters) == len(set(letters))


def test_grafana_is_provisioned() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    (source,) = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in compose
    (provider,) = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/rondo.yml").read_text())["providers"]
    mounts = dict(volume.split(":")[:2] for volume in compose["grafana"]["volumes"])
    assert mounts["./grafana/dashboards"] == provider["options"]["path"]
    assert mounts["./grafana/provisioning"] == "/etc/grafana/provisioning"


async def test_prometheus_answers_every_panel(
    nodes: tuple[Node, Node], scrapes: tuple[str, ...], tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    program, port = tool("prometheus"), steady_port()
    configuration = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
    configuration["global"] = {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"}
    rondo, itself = configuration["scrape_configs"]
    rondo["static_configs"][0]["targets"] = [node.operators.partition("://")[2] for node in nodes]
    # Both are on this machine: here the port distinguishes them.
    rondo["relabel_configs"] = []
    itself["static_configs"][0]["targets"] = [f"127.0.0.1:{port}"]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    shutil.copy(DEPLOY / "alerts.yml", tmp_path)
    words = (f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data")
    process = subprocess.Popen(
        [program, *words, f"--web.listen-address=127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}/api/v1"

    async def ask(question: str) -> list[Any]:
        async with http.get(f"{base}/query?query={quote(question)}") as reply:
            answer = await reply.json()
            assert answer["status"] == "success", (question, answer)
            return list(answer["data"]["result"])

    try:
        began, up = time.monotonic(), 0
        while up < 2:
            assert time.monotonic() - began < 30
            assert process.poll() is None
            try:
                # A rate needs two looks.
                up = len(await ask('sum_over_time(up{job="rondo"}[1m]) >= 3'))
            except aiohttp.ClientError:
                up = 0
        empty = [
            (panel["title"], target["expr"])
            for panel in PANELS
            for target in panel["targets"]
            if not await ask(target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*"))
        ]
        assert empty == []
        async with http.get(f"{base}/rules") as reply:
            rules = [rule for group in (await reply.json())["data"]["groups"] for rule in group["rules"]]
        assert {rule["name"] for rule in rules} == {rule["alert"] for rule in RULES}
        assert [rule for rule in rules if rule["health"] == "err"] == []
    finally:
        process.terminate()
        process.wait(20)
