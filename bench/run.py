"""`make bench`: measure Rondo and its floors side by side on this machine, and print one table."""

import argparse
import json
import multiprocessing
import signal
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench import machine, pairing, process
from bench.figures import medians
from bench.load import Broken
from bench.rows import rows
from bench.scenarios import SCENARIOS, Sizes
from bench.servers import BY_DEFAULT, NAMES, Start, Unavailable, prepare
from bench.table import render

QUICK = Sizes(
    runs=1, clients=100, warm=200, rounds=1_000, paced_s=1.0, relayed=100, active_clients=300, active_rounds=1_000,
    idle_clients=1_000, idle_s=2.0, waiting=(1_000, 10_000),
)  # fmt: skip
FULL = Sizes(waiting=(1_000, 10_000, 100_000, 1_000_000))
PAIRING = "pairing"
NOT_BY_DEFAULT = {"active"}


def main() -> None:
    """Measure what was asked for."""
    options = _options()
    # So that whatever runs is stopped, and the folder removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sizes = QUICK if options.quick else FULL if options.full else Sizes()
    runs = options.runs or sizes.runs
    wanted = options.only or [
        name for name in (*SCENARIOS, PAIRING) if options.quick or options.full or name not in NOT_BY_DEFAULT
    ]
    facts = machine.describe()
    print("  ".join(f"{name} {value}" for name, value in facts.items()))
    print(f"medians of {runs} interleaved, server and database on core 0, load on core 1, seed {options.seed}\n")
    process.raise_files()
    process.pin(process.LOAD_CORE)
    found: dict[str, list[dict[str, float]]] = {"rondo": []}
    with tempfile.TemporaryDirectory(prefix="rondo-bench-") as folder:
        # The embedded database runs as another user when we are root.
        Path(folder).chmod(0o711)
        measured = [name for name in wanted if name in SCENARIOS]
        starts = _prepare(options.servers, Path(folder), sizes.people) if measured else {}
        company = machine.Company()
        for run in range(runs):
            for scenario in measured:
                for name, start in starts.items():
                    _say(f"run {run + 1} of {runs}: {scenario}, {name}")
                    try:
                        found.setdefault(name, []).append(_apart(_measure, start, scenario, sizes))
                    except Broken as trouble:
                        raise SystemExit(f"\n{scenario}, {name}: {trouble}\n{_last_words(Path(folder))}") from None
    if PAIRING in wanted:
        for run in range(runs):
            _say(f"run {run + 1} of {runs}: pairing")
            found["rondo"].append(_apart(pairing.measure, sizes.waiting, options.seed))
    facts["others"] = f"{company.share():.0%}"
    _say("")
    figures = {name: medians(several) for name, several in found.items()}
    print(render(rows(sizes.waiting, sizes.idle_clients), figures, list(found)))
    print(f"\nOthers used {facts['others']} of the machine meanwhile; beyond a few per cent, latencies mean little.")
    if options.json:
        report = {"machine": facts, "seed": options.seed, "runs": runs, "medians": figures, "each": found}
        options.json.write_text(json.dumps(report, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run with 100 clients: does it work at all?")
    parser.add_argument("--full", action="store_true", help="also 10,000 active clients, and pairing among 1,000,000")
    parser.add_argument("--only", action="append", choices=[*SCENARIOS, PAIRING], help="measure this; may be repeated")
    parser.add_argument(
        "--servers",
        nargs="+",
        choices=NAMES,
        default=BY_DEFAULT,
        help="measure these (default: one node and its floors)",
    )
    parser.add_argument("--runs", type=int, help="instead of five")
    parser.add_argument("--seed", type=int, default=1, help="of the people in the pairing figures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write machine, versions, seed and every run there")
    return parser.parse_args()


def _prepare(names: list[str], work: Path, people: int) -> dict[str, Start]:
    starts = {}
    for name in names:
        _say(f"preparing {name}")
        try:
            starts[name] = prepare(name, work, people)
        except Unavailable as reason:
            print(f"without {name}: {reason}")
    return starts


def _measure(start: Start, scenario: str, sizes: Sizes) -> dict[str, float]:
    process.raise_files()
    process.pin(process.LOAD_CORE)
    with start() as server:
        return SCENARIOS[scenario](server, sizes)


def _apart(function: Callable[..., dict[str, float]], *arguments: object) -> dict[str, float]:
    """Call *function* in a process of its own, so that no figure depends on what was measured before it."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as apart:
        figures: dict[str, float] = apart.submit(function, *arguments).result()
    return figures


def _last_words(folder: Path) -> str:
    return "\n".join(f"{log.name}: {log.read_text()[-2000:]}" for log in folder.glob("*.log"))


def _say(progress: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{progress}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
