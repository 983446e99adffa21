"""`rondo drill`."""

import sys
from pathlib import Path
from typing import Final, Self

import click
import uvloop
from rich.console import Console
from rich.table import Table

from server.drill.drill_context import Options
from server.drill.judgement.verdict import Outcome
from server.drill.reporting.page import summary_of, write
from server.drill.reporting.report import DrillReport
from server.drill.run import find, names, perform

EXIT: Final[dict[Outcome, int]] = {"holds": 0, "broken": 1, "inconclusive": 3, "not run": 3}
SHOWN: Final[dict[Outcome, str]] = {
    "holds": "[green]holds[/]",
    "broken": "[bold red]BROKEN[/]",
    "inconclusive": "[yellow]inconclusive[/]",
    "not run": "[yellow]not run[/]",
}


class Terminal:
    """Progress on a terminal: permanent lines, and one that is updated in place."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        self._status = self.console.status("")

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def say(self, text: str) -> None:
        """Print a line."""
        self.console.print(f"  {text}", markup=False)
        self._status.update(text)

    def count(self, what: str, done: int, of: int) -> None:
        """Show the progress of *what*."""
        self._status.update(f"{what}: {done} of {of}")


def show() -> None:
    """Print the list of drills."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name in names():
        table.add_row(name, find(name).summary)
    Console().print(table)


def run(
    name: str,
    *,
    rooms: int | None,
    nodes: int | None,
    seed: int,
    again: int,
    minutes: float,
    calls: int,
    brief: bool,
    one_address: bool,
    report: Path,
    url: str | None,
) -> None:
    """Run a drill and write its report.

    The exit code is 0 if every line of the verdict holds, 1 if one is broken, and 3 if nothing is broken, but something
    could not be run, or was too slow on a machine that was busy with other work.

    Raises:
        StartupError: it cannot be run.
    """
    drill = find(name)
    options = Options(
        rooms=rooms or (drill.brief_rooms if brief else drill.rooms),
        nodes=nodes or drill.nodes,
        seed=seed,
        again=again,
        minutes=minutes,
        calls=calls,
        brief=brief,
        one_address=one_address,
    )
    with Terminal() as terminal:
        terminal.say(f"{drill.name}: {drill.summary}")
        found = uvloop.run(perform(drill, options, terminal, url=url))
    paths = write(found, report)
    _print(terminal.console, found)
    for path in paths:
        click.echo(path)
    sys.exit(EXIT[found.outcome])


def _print(console: Console, report: DrillReport) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), title=f"{report.drill}, seed {report.seed}", title_justify="left")
    for column in ("", "verdict", "wanted", "found", "foreign load"):
        table.add_column(column)
    for line in report.lines:
        table.add_row(SHOWN[line.outcome], line.name, line.wanted, line.found, f"{line.load:.2f}")
        for detail in line.details:
            table.add_row("", f"[dim]{detail}[/]")
    console.print(table)
    console.print(summary_of(report), style="bold")
