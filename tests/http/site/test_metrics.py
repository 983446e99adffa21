"""Metrics and log lines of faults."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from server.app import App
from server.config.settings import Settings
from server.config.version import VERSION, commit
from server.db.pool import Pool
from server.observability.metrics import ALARMING
from server.runtime.logs import lines_lost
from signaling.transport import aiohttp_fast_socket
from tests.http.conftest import Caller

Samples = dict[tuple[str, ...], float]


async def samples(caller: Caller) -> Samples:
    """Return each sample by its name and the values of its labels."""
    families = text_string_to_metric_families((await caller.get("/metrics")).body)
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value for family in families for sample in family.samples
    }


async def test_version_and_readiness(anonymous: Caller) -> None:
    lost = lines_lost()  # of this process, so of all tests that ran in it before
    found = await samples(anonymous)
    assert found["rondo_info", *sorted((VERSION, commit(), "fast"))] == found["rondo_ready", ""] == 1
    assert lost <= found["rondo_log_lines_lost_total",] <= lines_lost()


async def test_slower_sockets_are_logged_and_shown(
    pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aiohttp_fast_socket, "TESTED", frozenset(("0.0.1",)))
    with capture_logs() as logged:
        app = App(settings, pool)
    app.passwords.close()
    (line,) = (line for line in logged if line["event"] == "socket_fallback")
    assert (line["log_level"], line["reason"], line["tested"]) == ("warning", "aiohttp_untested", ["0.0.1"])
    assert b'socket="public"' in await app.services.prometheus.text()


async def test_metrics_are_served_without_storage(app: App, anonymous: Caller) -> None:
    await app.services.users._pool.close()
    assert (await samples(anonymous))["rondo_connections",] == 0


async def test_alerted_series_exist_before_the_first_event(anonymous: Caller) -> None:
    found = await samples(anonymous)
    for name, values in ALARMING.items():
        for value in values:
            assert found[f"{name}_total", value] == 0, (name, value)
    assert found["rondo_faults_total",] == 0


async def test_zero_rooms_are_a_sample(anonymous: Caller) -> None:
    found = await samples(anonymous)
    assert {key[1:]: value for key, value in found.items() if key[0] == "rondo_rooms"} == {
        ("live", "text"): 0,
        ("grace", "text"): 0,
        ("connecting", "video"): 0,
        ("live", "video"): 0,
        ("grace", "video"): 0,
    }


async def test_unexpected_exceptions_are_counted(app: App, ada: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(app.users, "get", fail)
    assert (await ada.get("/v1/me")).status == 500
    app.signaling.on_fault(ZeroDivisionError())
    assert (await samples(ada))["rondo_faults_total",] == 2
