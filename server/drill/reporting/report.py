"""The report as data: everything that a reader, or a later run, needs."""

from collections.abc import Sequence
from typing import Any

import msgspec

from server.drill.clients.client_log import ClientLog
from server.drill.drill_context import DrillContext
from server.drill.judgement.evidence import DrillEvidence
from server.drill.judgement.verdict import Distribution, Outcome, VerdictLine, worst_of

SCHEMA = 3


class Machine(msgspec.Struct, frozen=True):
    """The machine of the drill."""

    system: str
    cores: int
    model: str
    python: str
    load: float = 0.0
    """Load average of the last minute at the end of the drill, including its own processes."""


class Lane(msgspec.Struct, frozen=True):
    """One person's connection over time, in seconds since the beginning: `[since, until, in a room, at which node]`."""

    name: str
    room_id: str
    mode: str
    spans: list[tuple[float, float, bool, int]]


class DrillReport(msgspec.Struct, frozen=True):
    """The report of one run of a drill."""

    schema: int
    drill: str
    summary: str
    outcome: Outcome
    """`holds` only if every line does."""
    version: str
    seed: int
    url: str | None
    began_at: int
    """Unix milliseconds."""
    took_s: float
    machine: Machine
    options: dict[str, Any]
    counts: dict[str, float]
    figures: dict[str, Distribution]
    lines: list[VerdictLine]
    marks: list[tuple[float, str]]
    """Seconds since the beginning, and the event."""
    samples: dict[str, list[float]]
    frames: dict[str, list[float]]
    """By real peer: when each frame was decoded, in seconds since the beginning."""
    series: dict[str, list[tuple[float, float]]]
    lanes: list[Lane]


def report_of(
    context: DrillContext,
    evidence: DrillEvidence,
    *,
    drill: tuple[str, str],
    machine: Machine,
    version: str,
    began_at: int,
    url: str | None,
) -> DrillReport:
    """Return the report of a finished run."""
    zero, bases = context.began, context.clients.bases
    return DrillReport(
        schema=SCHEMA,
        drill=drill[0],
        summary=drill[1],
        outcome=worst_of(context.lines),
        version=version,
        seed=context.options.seed,
        url=url,
        began_at=began_at,
        took_s=round(evidence.ended_at - zero, 3),
        machine=machine,
        options=msgspec.to_builtins(context.options),
        counts=context.counts | _counts(evidence),
        figures={what: figures for what, figures in context.figures.items() if figures.count},
        lines=context.lines,
        marks=[(round(mark.at - zero, 4), mark.text) for mark in context.marks],
        samples={what: [round(value, 4) for value in values] for what, values in context.samples.items()},
        frames={who: [round(at - zero, 4) for at in frames] for who, frames in context.frames.items()},
        series={
            what: [(round(at - zero, 3), value) for at, value in points] for what, points in context.series.items()
        },
        lanes=[lane for one in evidence.logs if (lane := _lane(one, zero, evidence.ended_at, bases)) is not None],
    )


def _counts(evidence: DrillEvidence) -> dict[str, float]:
    heard = sum(1 for one in evidence.logs for entry in one.entries if entry.kind == "heard")
    sent = sum(1 for one in evidence.logs for entry in one.entries if entry.kind == "sent")
    found: dict[str, float] = {
        "people": len(evidence.logs),
        "sockets": sum(1 for one in evidence.logs for entry in one.entries if entry.kind == "opened"),
        "frames heard": heard,
        "frames sent": sent,
        "messages acknowledged": sum(len(one.acknowledged()) for one in evidence.logs),
        "signals delivered": sum(len(one.heard("signal")) for one in evidence.logs),
    }
    if evidence.books is not None:
        found["rooms open at the end"] = len(evidence.books.rooms)
    return found


def _lane(log: ClientLog, zero: float, end: float, bases: Sequence[str]) -> Lane | None:
    """Return when one client was connected, to which node, and whether in a room, for the chart."""
    spans: list[tuple[float, float, bool, int]] = []
    room_id, mode, since, inside, place = "", "", None, False, 0
    for entry in log.entries:
        room: Any = None
        if entry.kind == "opened":
            url = entry.frame.get("url", "")
            place = next((n for n, base in enumerate(bases) if url.startswith(base + "/")), 0)
        if entry.kind == "heard" and entry.type in ("welcome", "room.started", "room.mode_changed"):
            room = entry.frame["state"]["room"] if entry.type == "welcome" else entry.frame["room"]
            if room is not None and not room_id:
                room_id, mode = room["room_id"], room["mode"]
        elif not (entry.kind == "lost" or (entry.kind == "heard" and entry.type == "room.ended")):
            continue
        if since is not None:
            spans.append((round(since - zero, 3), round(entry.at - zero, 3), inside, place))
        since = None if entry.kind == "lost" else entry.at
        inside = room is not None
    if since is not None:
        spans.append((round(since - zero, 3), round(end - zero, 3), inside, place))
    return Lane(log.name, room_id, mode, spans) if room_id else None
