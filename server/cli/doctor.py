"""`rondo doctor`."""

import asyncio
import os
import sys
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.config.errors import ConfigError
from server.config.loader import load_with_sources
from server.config.version import VERSION
from server.doctor import settings_check
from server.doctor.examination import examine
from server.doctor.finding import Finding

LOOKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "bold red"), "skip": ("·", "dim")}


class DoctorReport(msgspec.Struct):
    """The output of `--json`."""

    ok: bool
    """Whether no check fails; warnings do not count."""
    version: str
    checks: Sequence[Finding]


def run(url: str | None, *, as_json: bool) -> None:
    """Run the checks and print the findings; exit with 1 if a check fails."""
    try:
        found = asyncio.run(examine(load_with_sources(os.environ), url))
    except ConfigError as error:
        # With invalid settings the other checks cannot run.
        found = settings_check.faulty(error.faults)
    is_well = all(finding.state != "fail" for finding in found)
    if as_json:
        report = DoctorReport(ok=is_well, version=VERSION, checks=found)
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")
    else:
        _show(found)
    sys.exit(0 if is_well else 1)


def _show(found: Sequence[Finding]) -> None:
    """Print a table, and below it the remedies."""
    console = Console(highlight=False)
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for finding in found:
        mark, style = LOOKS[finding.state]
        # Text, not markup: messages of other programs may contain brackets.
        said = Text(finding.found, style="dim" if finding.state == "skip" else "")
        if finding.remedy:
            said.append(f"\n→ {finding.remedy}", style="cyan" if finding.state != "ok" else "dim")
        table.add_row(Text(mark, style), Text(finding.check, style), said)
    console.print(table)
    worst = [sum(finding.state == state for finding in found) for state in ("fail", "warn")]
    failing, warning = worst
    if failing or warning:
        console.print(f"\nfailing: {failing}, warnings: {warning}", style="red" if failing else "yellow")
    else:
        console.print("\nall is well", style="green")
