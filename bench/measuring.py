"""Measures several servers in turn, each figure by a load process of its own."""

import multiprocessing
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench import process
from bench.load import Broken
from bench.machine import Company
from bench.scenarios import SCENARIOS, Sizes
from bench.servers import Start, Unavailable, can_do

Runs = dict[str, list[dict[str, float]]]
"""By server: the figures of every scenario of every run."""
LOG_TAIL = 2_000


def prepare_all(prepares: Mapping[str, Callable[[], Start]]) -> dict[str, Start]:
    """Prepare each server; print why one is not available on this machine, and omit it."""
    starts = {}
    for name, prepare in prepares.items():
        progress(f"preparing {name}")
        try:
            starts[name] = prepare()
        except Unavailable as reason:
            print(f"without {name}: {reason}")
    return starts


def interleave(starts: Mapping[str, Start], scenarios: Iterable[str], sizes: Sizes, runs: int, *, logs: Path) -> Runs:
    """Measure every server in every scenario, *runs* times; each server is measured before the next run begins.

    Raises:
        SystemExit: a server returned an error, closed a socket or stopped answering; the message ends with the logs in
        *logs*.
    """
    found: Runs = {name: [] for name in starts}
    scenarios = list(scenarios)
    for run in range(runs):
        for scenario in scenarios:
            for name, start in starts.items():
                if not can_do(name, scenario):
                    continue
                progress(f"run {run + 1} of {runs}: {scenario}, {name}")
                try:
                    found[name].append(apart(_measure, start, scenario, sizes))
                except Broken as trouble:
                    raise SystemExit(f"\n{scenario}, {name}: {trouble}\n{_log_tails(logs)}") from None
    return found


def apart(function: Callable[..., dict[str, float]], *arguments: object) -> dict[str, float]:
    """Call *function* in a separate process, so that no figure depends on earlier measurements."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        figures: dict[str, float] = pool.submit(function, *arguments).result()
    return figures


def progress(text: str) -> None:
    """Show the progress, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _measure(start: Start, scenario: str, sizes: Sizes) -> dict[str, float]:
    process.raise_files()
    process.pin(process.LOAD_CORE)
    company = Company()
    with start() as server:
        figures = SCENARIOS[scenario](server, sizes)
    # Only ended processes count as ours.
    return {**figures, "others_share": company.share()}


def _log_tails(folder: Path) -> str:
    return "\n".join(f"{log.name}: {log.read_text()[-LOG_TAIL:]}" for log in folder.glob("*.log"))
