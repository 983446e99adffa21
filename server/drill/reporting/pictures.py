"""The charts of a report: rooms around the fault, times to resume, frames of the real calls, quantities over time."""

import math
from bisect import bisect
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from server.drill.drill_context import node_name
from server.drill.judgement.verdict import percentile
from server.drill.reporting.chart import Plane, Point
from server.drill.reporting.report import DrillReport, Lane

ROWS: Final = 120
"""Maximum number of rooms that are drawn; of more, a regular sample."""
BEFORE_S, AFTER_S = 3.0, 4.0
"""Time shown before the first and after the last mark, in seconds."""
OVER_S, STEP_S = 1.0, 0.1
"""Window over which frames are counted, and its step."""
BARS: Final = 40
COLOURS: Final = 4
"""Number of nodes with distinct colours."""


class ReportChart:
    """One chart and its explanation."""

    def __init__(self, title: str, text: str, svg: str, legend: Sequence[tuple[str, str]] = ()) -> None:
        self.title = title
        self.text = text
        self.svg = svg
        self.legend = legend


def pictures(report: DrillReport) -> list[ReportChart]:
    """Return every chart that has data."""
    drawn: list[ReportChart | None] = [_inside(report), _lanes(report), _flow(report)]
    drawn += [_histogram(name, values) for name, values in report.samples.items() if name not in _DRAWN_OTHERWISE]
    drawn += [_series(report, name, points) for name, points in report.series.items()]
    return [one for one in drawn if one is not None]


_DRAWN_OTHERWISE: Final = frozenset(("between two frames", "between two data messages"))


def _window(report: DrillReport) -> tuple[float, float]:
    """Return the time range."""
    if not report.marks:
        return 0.0, max(report.took_s, 1.0)
    return max(0.0, report.marks[0][0] - BEFORE_S), min(report.marks[-1][0] + AFTER_S, max(report.took_s, 1.0))


def _inside(report: DrillReport) -> ReportChart | None:
    """Draw the number of users connected and in a room, in all and, of several nodes, on each."""
    if not report.lanes:
        return None
    window = _window(report)
    spans = [span for lane in report.lanes for span in lane.spans if span[2]]
    total = _count([(since, until) for since, until, *_ in spans], window)
    plane = Plane(window, (0, max(1, *(y for _, y in total)) * 1.15))
    plane.axes("seconds since the beginning", "people in their room")
    places = _places(report)
    for place in places:
        here = _count([span[:2] for span in spans if span[3] == place], window)
        plane.steps(here, f"line strong at{place % COLOURS}")
    plane.steps(total, "line strong all" if places else "line strong")
    plane.marks(report.marks)
    legend = [("whole", "in all"), *((f"node{place % COLOURS}", f"at {node_name(place)}") for place in places)]
    return ReportChart(
        "People in their room",
        "How many people were connected and in a room, by their own sockets.",
        plane.svg("people in their room over time"),
        legend if places else (),
    )


def _count(spans: Sequence[tuple[float, float]], window: tuple[float, float]) -> list[Point]:
    """Return the number of *spans* at each moment of the range."""
    changes = sorted([(since, 1) for since, _ in spans] + [(until, -1) for _, until in spans])
    now = sum(step for at, step in changes if at <= window[0])
    points: list[Point] = [(window[0], now)]
    for at, step in changes:
        if window[0] < at < window[1]:
            now += step
            points.append((at, now))
    points.append((window[1], now))
    return points


def _places(report: DrillReport) -> range:
    """Return the indices of the nodes; none if there is only one."""
    count = int(report.options.get("nodes", 1))
    return range(count if count > 1 else 0)


def _lanes(report: DrillReport) -> ReportChart | None:
    """Draw the rooms one below the other, one lane per user; each of several nodes has its colour."""
    rooms: dict[str, list[Lane]] = {}
    for lane in report.lanes:
        rooms.setdefault(lane.room_id, []).append(lane)
    if not rooms:
        return None
    places = _places(report)
    chosen = list(rooms.values())[:: math.ceil(len(rooms) / ROWS)]
    height = max(160, min(560, 70 + 8 * len(chosen)))
    plane = Plane(_window(report), (0, len(chosen)), height=height)
    plane.axes("seconds since the beginning", "rooms")
    kinds: dict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
    for row, lanes in enumerate(chosen):
        for side, lane in enumerate(lanes[:2]):
            top = len(chosen) - row - 0.08 - side * 0.44
            for since, until, inside, place in lane.spans:
                kind = f"node{place % COLOURS}" if places else lane.mode
                kinds[kind if inside else "idle"].append((since, until, top, top - 0.4))
            for (_, until, *_), (since, *_) in pairwise(lane.spans):
                if since > until:
                    kinds["gap"].append((until, since, top, top - 0.4))
    for kind, spans in kinds.items():
        plane.bars(spans, kind)
    plane.marks(report.marks)
    shown = f"{len(chosen)} of {len(rooms)} rooms" if len(chosen) < len(rooms) else f"all {len(rooms)} rooms"
    legend = [(f"node{place % COLOURS}", f"in a room, at {node_name(place)}") for place in places]
    legend = legend or [("video", "in a video room"), ("text", "in a text room")]
    return ReportChart(
        "The rooms around the fault",
        f"{shown}, two lanes each, one per user.",
        plane.svg("rooms over time"),
        [*legend, ("gap", "connection lost"), ("idle", "connected, no room")],
    )


def _flow(report: DrillReport) -> ReportChart | None:
    """Draw the frames per second that each real peer decoded."""
    frames = {who: at for who, at in report.frames.items() if at}
    if not frames:
        return None
    window = _window(report)
    plane = Plane(window, (0, 20))
    plane.axes("seconds since the beginning", "decoded frames a second")
    # Only complete windows: at both ends the count would show a false drop.
    since = max(window[0], *(at[0] for at in frames.values())) + OVER_S
    until = min(window[1], *(at[-1] for at in frames.values()))
    for at in frames.values():
        points: list[Point] = []
        for n in range(int(max(0.0, until - since) / STEP_S)):
            now = since + n * STEP_S
            points.append((now - OVER_S / 2, (bisect(at, now) - bisect(at, now - OVER_S)) / OVER_S))
        plane.line(points, "line thin")
    plane.marks(report.marks)
    worst = max(later - earlier for at in frames.values() for earlier, later in pairwise(at))
    text = f"{len(frames)} WebRTC peers, a line each. The longest time between two frames was {worst * 1_000:.0f} ms."
    return ReportChart("Frames of the real calls", text, plane.svg("frames per second of the real calls"))


def _histogram(name: str, values: Sequence[float]) -> ReportChart | None:
    """Draw the distribution of a quantity."""
    if len(values) < 2:
        return None
    low, high = min(0.0, *values), max(values) or 1.0
    high = low + (high - low) * 1.05 or 1.0
    width = (high - low) / BARS
    counts = [0] * BARS
    for value in values:
        counts[min(BARS - 1, int((value - low) / width))] += 1
    plane = Plane((low, high), (0, max(counts) * 1.1), height=200)
    plane.axes("seconds", "how many")
    plane.bars(
        ((low + n * width, low + (n + 0.92) * width, count, 0) for n, count in enumerate(counts) if count), "bar"
    )
    for share in (0.5, 0.99):
        plane.upright(percentile(values, share), f"p{share * 100:g} {percentile(values, share):.3g} s")
    return ReportChart(name[0].upper() + name[1:], f"{len(values)} values, in seconds.", plane.svg(name))


def _series(report: DrillReport, name: str, points: Sequence[Point]) -> ReportChart | None:
    """Draw a quantity over time."""
    if len(points) < 2:
        return None
    high = max(value for _, value in points) or 1.0
    plane = Plane((points[0][0], points[-1][0]), (0, high * 1.15), height=200)
    plane.axes("seconds since the beginning", name)
    plane.line(points, "line strong")
    plane.marks(report.marks)
    return ReportChart(name[0].upper() + name[1:], f"From {points[0][1]:g} to {points[-1][1]:g}.", plane.svg(name))
