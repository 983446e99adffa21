"""`make bench`: measure Rondo and its floors side by side on this machine, and print one table."""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench import machine, pairing, process
from bench.channels import archive
from bench.compare import render_ratios
from bench.figures import medians
from bench.measuring import Runs, apart, interleave, prepare_all, progress
from bench.revision import checked_out
from bench.rows import rows
from bench.scenarios import SCENARIOS, Sizes
from bench.servers import BY_DEFAULT, MESSENGERS, NAMES, Start, prepare, prepare_revision
from bench.table import Row, render

QUICK = Sizes(
    friends=400, archive=(20_000, 50_000),
    runs=1, clients=100, warm=200, rounds=1_000, paced_s=1.0, singly_s=30.0, relayed=100, active_clients=300,
    active_rounds=1_000, idle_clients=1_000, idle_s=2.0, waiting=(1_000, 10_000), messages=4_000,
)  # fmt: skip
FULL = Sizes(waiting=(1_000, 10_000, 100_000, 1_000_000), archive=(1_000_000, 10_000_000))
PAIRING, ARCHIVE = "pairing", "archive"
MESSAGES = ("sends", "friends", "beside", ARCHIVE)
"""What `--only messages` measures."""
NOT_BY_DEFAULT = {"active", "across", *MESSAGES}
NODES = (("1 node", "rondo"), ("2 nodes", "1 node"), ("3 nodes", "1 node"), ("rondo", "without friends"))
"""The servers that several nodes are compared with."""
NODE_CLIENTS = 1_000
"""Minimum number of users per server, if one has nodes: with a hundred there is no contention."""


def main() -> None:
    """Run the requested measurements."""
    options = _options()
    # So that servers are stopped, and the folder is removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sizes = QUICK if options.quick else FULL if options.full else Sizes()
    if not {name for pair in NODES for name in pair if name != "rondo"}.isdisjoint(options.servers or ()):
        sizes = replace(sizes, clients=max(sizes.clients, NODE_CLIENTS))
    runs = options.runs or sizes.runs
    wanted = [one for name in options.only or () for one in (MESSAGES if name == "messages" else (name,))] or [
        name
        for name in (*SCENARIOS, PAIRING)
        if name not in NOT_BY_DEFAULT or (name not in MESSAGES and (options.quick or options.full))
    ]
    measured = [name for name in wanted if name in SCENARIOS]
    by_default = MESSENGERS if measured and set(measured) <= set(MESSAGES) else BY_DEFAULT
    facts = machine.describe()
    print("  ".join(f"{name} {value}" for name, value in facts.items()))
    print(f"medians of {runs} interleaved, server and database on core 0, load on core 1, seed {options.seed}\n")
    process.raise_files()
    process.pin(process.LOAD_CORE)
    company = machine.Company()
    pairs = list(NODES)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rondo-bench-")))
        # As root, the embedded database runs as another user.
        folder.chmod(0o711)
        prepares: dict[str, Callable[[], Start]] = {
            name: partial(prepare, name, folder, sizes.people) for name in options.servers or by_default
        }
        if options.compare:
            commit, tree = stack.enter_context(checked_out(options.compare, folder))
            prepares = {"rondo": prepares["rondo"], commit: partial(prepare_revision, tree, folder, sizes.people)} | {
                name: start for name, start in prepares.items() if name != "rondo"
            }
            pairs.insert(0, ("rondo", commit))
        found: Runs = {"rondo": []}
        if measured:
            found |= interleave(prepare_all(prepares), measured, sizes, runs, logs=folder)
    if PAIRING in wanted:
        for run in range(runs):
            progress(f"run {run + 1} of {runs}: pairing")
            found["rondo"].append(apart(pairing.measure, sizes.waiting, options.seed))
    if ARCHIVE in wanted:
        progress("archive")
        found["rondo"].append(apart(archive.measure, sizes.archive, options.seed))
    facts["others"] = f"{company.share():.0%}"
    progress("")
    _report(found, rows(sizes), pairs)
    print(
        f"\nForeign load during the run: {facts['others']} of the machine; above a few per cent, latencies mean little"
    )
    if options.json:
        figures = {name: medians(several) for name, several in found.items()}
        report = {"machine": facts, "seed": options.seed, "runs": runs, "medians": figures, "each": found}
        options.json.write_text(json.dumps(report, indent=1) + "\n")


def _report(found: Runs, all_rows: list[Row], pairs: list[tuple[str, str]]) -> None:
    print(render(all_rows, {name: medians(several) for name, several in found.items()}, list(found)))
    for name, base in pairs:
        if found.get(name) and found.get(base):
            print(f"\n{name} beside {base}:\n{render_ratios(all_rows, found, name, base)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run with 100 clients: does it work at all?")
    parser.add_argument(
        "--full", action="store_true", help="also 10,000 active clients; pairing and `archive` of millions"
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=[*SCENARIOS, PAIRING, ARCHIVE, "messages"],
        help="measure this; may be repeated",
    )
    parser.add_argument(
        "--servers",
        nargs="+",
        choices=NAMES,
        default=None,
        help="measure these (default: one node and its floors)",
    )
    parser.add_argument(
        "--compare", metavar="REF", help="also measure another commit of this repository, in the same run"
    )
    parser.add_argument("--runs", type=int, help="instead of five")
    parser.add_argument("--seed", type=int, default=1, help="of the people in the pairing figures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write machine, versions, seed and every run there")
    options = parser.parse_args()
    if options.compare and "rondo" not in (options.servers or BY_DEFAULT):
        parser.error("--compare needs rondo among --servers")
    return options


if __name__ == "__main__":
    main()
