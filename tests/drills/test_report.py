"""The report: a file for machines and a page for people, which loads nothing."""

import asyncio
import math
import re
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from server.drill.judgement.verdict import (
    BUSY_CORES,
    VerdictLine,
    all_of,
    at_most,
    exactly,
    none_of,
    not_run,
    percentile,
    spread,
    worst_of,
)
from server.drill.reporting.chart import ticks
from server.drill.reporting.page import html, write
from server.drill.reporting.report import DrillReport, Lane, Machine
from server.drill.servers.load import LoadMeter, own_ticks


@pytest.fixture
def report() -> DrillReport:
    return DrillReport(
        schema=1,
        drill="sigkill",
        summary="a <kill> & a start",
        outcome="broken",
        version="1.2.3",
        seed=7,
        url=None,
        began_at=1_700_000_000_000,
        took_s=20.0,
        machine=Machine(system="Linux", cores=2, model="x", python="3.11"),
        options={"rooms": 2},
        counts={"people": 4, "start to ready (s)": 0.61},
        figures={"time to resume": spread([0.1, 0.2, 0.3])},
        lines=[at_most("time", 1.0, 2.0), none_of("<b>violations</b>", ["room & board"], looked_at=3)],
        marks=[(8.0, "SIGKILL"), (9.0, "ready")],
        samples={"time to resume": [0.1, 0.2, 0.3]},
        frames={"Ada": [n / 15 for n in range(300)], "Bob": []},
        series={"memory (MB)": [(0.0, 90.0), (20.0, 91.0)]},
        lanes=[
            Lane("Ada", "R", "video", [(1.0, 8.0, True, 0), (9.5, 20.0, True, 1)]),
            Lane("Bob", "R", "video", [(1.0, 8.1, True, 1), (9.4, 9.6, False, 1), (9.7, 20.0, True, 1)]),
        ],
    )


def test_report_page_loads_nothing(report: DrillReport) -> None:
    page = html(report)
    assert not re.findall(r"<(?:script|link|img|iframe)|url\(|@import|https?://", page)
    assert "<kill>" not in page
    assert "<b>violations" not in page
    assert "of 2 lines 1 broken" in page


def test_every_chart_is_inside_its_frame(report: DrillReport) -> None:
    pictures = re.findall(r"<svg viewBox=\"0 0 960.*?</svg>", html(report), re.DOTALL)
    assert len(pictures) == 5
    for picture in pictures:
        root = ET.fromstring(picture)
        height = float(root.attrib["viewBox"].split()[3])
        numbers = [float(one) for path in root.iter("path") for one in re.findall(r"-?\d+\.\d", path.attrib["d"])]
        assert all(-1 <= number <= max(960, height) for number in numbers)


def test_page_shows_the_node_of_each_client(report: DrillReport) -> None:
    assert "node A" not in html(report)
    page = html(msgspec.structs.replace(report, options={"rooms": 2, "nodes": 2}))
    assert "in a room, at node A" in page
    assert "in a room, at node B" in page
    assert "2 nodes of its own" in page


def test_files_can_be_read_back(report: DrillReport, tmp_path: Path) -> None:
    data, page = write(report, tmp_path / "new")
    again = msgspec.json.decode(data.read_bytes(), type=DrillReport)
    assert (again.drill, again.seed, again.lanes, again.lines) == (report.drill, 7, report.lanes, report.lines)
    assert page.read_text().startswith("<!doctype html>")


def test_lines_without_a_measurement_do_not_hold() -> None:
    assert not at_most("nothing", math.nan, 1.0).holds
    assert not all_of("nobody", 0, 0).holds
    assert not all_of("somebody", 1, 2).holds
    assert exactly("same", 1, 1).holds
    assert none_of("nothing", [], looked_at=0) == VerdictLine("nothing", "none", "0 of 0", holds=True)


def test_slow_timing_on_a_busy_machine_is_inconclusive() -> None:
    slow = at_most("time to resume", 2.0, 1.0)
    assert slow.outcome == "broken"
    assert replace(slow, load=BUSY_CORES - 0.01).outcome == "broken"
    assert replace(slow, load=BUSY_CORES).outcome == "inconclusive"
    assert replace(at_most("time to resume", 1.0, 1.0), load=2.0).outcome == "holds"
    assert replace(all_of("people who are back", 1, 2), load=2.0).outcome == "broken"


def test_line_that_could_not_run_is_never_green() -> None:
    line = not_run("a dropped link", "there are no network namespaces")
    assert (line.outcome, line.holds) == ("not run", False)
    assert worst_of([all_of("everybody", 2, 2), line]) == "not run"
    assert worst_of([line, exactly("one", 1, 2)]) == "broken"
    assert worst_of([replace(at_most("time", 2.0, 1.0), load=2.0), all_of("everybody", 2, 2)]) == "inconclusive"


def test_page_shows_load_and_open_questions(report: DrillReport) -> None:
    lines = [replace(at_most("time", 2.0, 1.0), load=1.234), not_run("a dropped link", "no namespaces")]
    page = html(replace(report, lines=lines, outcome=worst_of(lines)))
    assert "of 2 lines 1 not run, 1 inconclusive" in page
    assert ">1.23</td>" in page
    assert "? inconclusive" in page
    assert "- not run" in page


def test_processor_time_includes_descendants() -> None:
    before = {1: 100, 10: 50, 11: 20, 12: 5}
    table = {1: (0, 200), 10: (1, 80), 11: (10, 25), 12: (11, 5), 13: (12, 7), 20: (1, 900)}
    assert own_ticks(table, before, 10) == 30 + 5 + 0 + 7


async def test_processor_time_of_others_is_separated() -> None:
    meter = LoadMeter()
    began = time.monotonic()
    await meter.start()
    spin = "import time; end = time.monotonic() + 3\nwhile time.monotonic() < end: pass"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", spin)
    await process.wait()
    mine = meter.foreign_cores(began)
    # The same work, by a process with another parent.
    script = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {spin!r}], start_new_session=True)"
    stranger = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    await stranger.wait()
    since = time.monotonic()
    await asyncio.sleep(3.5)
    theirs = meter.foreign_cores(since)
    await meter.close()
    # Whatever else the machine does counts in both.
    assert theirs > 0.2
    assert mine >= 0


def test_percentiles_are_measured_values() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0], 0.99) == 1.0
    assert math.isnan(percentile([], 0.5))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (8.3, 17.1), (0, 2000), (0, 0.003), (5, 5)])
def test_ticks_are_few_and_in_view(low: float, high: float) -> None:
    found = ticks(low, high, count=5)
    assert 1 <= len(found) <= 8
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in found)
