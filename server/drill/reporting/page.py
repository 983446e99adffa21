"""The report as files: one JSON, and one self-contained page to read."""

import math
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Final

import msgspec

from server.drill.judgement.verdict import WORST, Distribution, Outcome, VerdictLine
from server.drill.reporting.pictures import ReportChart, pictures
from server.drill.reporting.report import DrillReport

STYLE = Path(__file__).with_name("page.css")
BADGES: Final[dict[Outcome, str]] = {
    "holds": '<span class="badge yes">✓ holds</span>',
    "broken": '<span class="badge no">✗ broken</span>',
    "inconclusive": '<span class="badge open">? inconclusive</span>',
    "not run": '<span class="badge open">- not run</span>',
}


def write(report: DrillReport, folder: Path) -> list[Path]:
    """Write the report into *folder*; return the files, the JSON first."""
    folder.mkdir(parents=True, exist_ok=True)
    at = datetime.fromtimestamp(report.began_at / 1_000, UTC)
    data, page = (folder / f"{report.drill}-{at:%Y%m%d-%H%M%S}{kind}" for kind in (".json", ".html"))
    data.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
    page.write_text(html(report))
    return [data, page]


def html(report: DrillReport) -> str:
    """Return the page."""
    verdict = summary_of(report)
    at = datetime.fromtimestamp(report.began_at / 1_000, UTC)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(report.drill)}: {verdict}</title>
<style>
{STYLE.read_text()}</style>
</head>
<body>
<main>
<header>
<div><h1>Drill “{escape(report.drill)}”</h1><p>{escape(_upper(report.summary))}</p></div>
<div class="verdict {report.outcome.replace(" ", "-")}">{verdict}</div>
</header>
<section><h2>The verdict</h2>{_lines(report.lines)}</section>
{"".join(_picture(picture) for picture in pictures(report))}
{_figures(report.figures)}
<section><h2>What went on</h2>{_counts(report.counts)}</section>
<footer>{at:%d %B %Y, %H:%M:%S} UTC · {report.took_s:.1f} s · rondo {escape(report.version)} · seed {report.seed} ·
{escape(report.url or _servers(report))} · {escape(report.machine.system)}, {report.machine.cores} cores
(load {report.machine.load:g}), Python {escape(report.machine.python)}</footer>
</main>
</body>
</html>
"""


def summary_of(report: DrillReport) -> str:
    """Return the verdict in a few words."""
    counts = Counter(line.outcome for line in report.lines)
    if report.outcome == "holds":
        return "every line holds"
    bad = [f"{counts[outcome]} {outcome}" for outcome in WORST if outcome != "holds" and counts[outcome]]
    return f"of {len(report.lines)} lines {', '.join(bad)}"


def _servers(report: DrillReport) -> str:
    nodes = int(report.options.get("nodes", 1))
    return "a server of its own" if nodes == 1 else f"{nodes} nodes of its own"


def _lines(lines: Iterable[VerdictLine]) -> str:
    rows = []
    for line in lines:
        badge = BADGES[line.outcome]
        details = "".join(f'<p class="detail">{escape(detail)}</p>' for detail in line.details)
        rows.append(
            f"<tr><td>{badge}</td><td>{escape(_upper(line.name))}{details}</td>"
            f'<td class="number">{escape(line.wanted)}</td><td class="number">{escape(line.found)}</td>'
            f'<td class="number">{line.load:.2f}</td></tr>'
        )
    head = "".join(f'<th class="number">{name}</th>' for name in ("wanted", "found", "foreign load, cores"))
    head = f"<tr><th></th><th></th>{head}</tr>"
    return f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>'


def _picture(picture: ReportChart) -> str:
    legend = "".join(
        f'<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="{kind}" width="12" height="12" rx="3"/></svg>'
        f"{escape(text)}</li>"
        for kind, text in picture.legend
    )
    below = f'<ul class="legend">{legend}</ul>' if legend else ""
    return (
        f"<section><h2>{escape(picture.title)}</h2><p>{escape(picture.text)}</p>"
        f'<div class="scroll">{picture.svg}</div>{below}</section>\n'
    )


def _figures(figures: dict[str, Distribution]) -> str:
    if not figures:
        return ""
    names = ("count", "min", "p50", "p90", "p99", "max")
    head = "".join(f'<th class="number">{name}</th>' for name in names)
    rows = "".join(
        f"<tr><td>{escape(_upper(name))}</td>"
        + "".join(f'<td class="number">{_number(getattr(figure, one))}</td>' for one in names)
        + "</tr>"
        for name, figure in figures.items()
    )
    return (
        f'<section><h2>Figures</h2><p>In seconds.</p><div class="scroll"><table class="figures">'
        f"<tr><th></th>{head}</tr>{rows}</table></div></section>\n"
    )


def _counts(counts: dict[str, float]) -> str:
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{_number(value)}</dd></div>" for name, value in counts.items())
    return f"<dl>{cells}</dl>"


def _number(value: float) -> str:
    if math.isnan(value):
        return "none"
    return f"{value:,.0f}" if value == int(value) else f"{value:.3f}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
