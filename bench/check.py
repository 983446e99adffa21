"""`make bench-check`: compare Rondo's costs, as multiples of the C floor's in the same run, with a baseline.

A ratio to the floor is the same on a fast machine and a slow one; the tolerances allow for a busy one.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import machine, process
from bench.figures import medians
from bench.measuring import interleave, prepare_all, progress
from bench.scenarios import Sizes
from bench.servers import prepare
from bench.table import align

BASELINE = Path(__file__).with_name("baseline.json")
SCENARIOS = ("rounds", "relay", "idle")
SIZES = Sizes(
    runs=3, clients=1_000, warm=1_000, rounds=5_000, paced_s=1.0, relayed=500,
    active_clients=0, idle_clients=5_000, idle_s=1.0,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure and its baseline."""

    figure: str
    ratio: float
    baseline: float
    tolerance: float

    @property
    def is_worse(self) -> bool:
        """Whether it is worse by more than noise."""
        return self.ratio > self.baseline * (1 + self.tolerance)

    @property
    def is_better(self) -> bool:
        """Whether it is so much better that the baseline is outdated."""
        return self.ratio < self.baseline / (1 + self.tolerance)


def ratios(rondo: Mapping[str, float], floor: Mapping[str, float], figures: Mapping[str, object]) -> dict[str, float]:
    """Return each of *figures* as a multiple of the floor's."""
    return {figure: rondo[figure] / floor[figure] for figure in figures}


def judge(measured: Mapping[str, float], baseline: Mapping[str, Mapping[str, float]]) -> list[Verdict]:
    """Compare each ratio with its baseline."""
    return [Verdict(figure, measured[figure], entry["ratio"], entry["tolerance"]) for figure, entry in baseline.items()]


def main() -> None:
    """Measure, print, and exit with 1 if a figure is worse."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=SIZES.runs, help="interleaved, of which the medians are taken")
    parser.add_argument("--update", action="store_true", help="write what was measured as the new baseline")
    options = parser.parse_args()
    baseline = json.loads(BASELINE.read_text())
    company = machine.Company()
    process.raise_files()
    process.pin(process.LOAD_CORE)
    with tempfile.TemporaryDirectory(prefix="rondo-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root, the embedded database runs as another user
        starts = prepare_all({name: partial(prepare, name, folder, SIZES.people) for name in ("rondo", "C")})
        if len(starts) < 2:
            sys.exit("bench-check needs rondo and the C floor")
        found = interleave(starts, SCENARIOS, SIZES, options.runs, logs=folder)
    progress("")
    rondo, floor = medians(found["rondo"]), medians(found["C"])
    verdicts = judge(ratios(rondo, floor, baseline), baseline)
    print(_table(verdicts))
    print(f"\nForeign load during the run: {company.share():.0%} of the machine.")
    if options.update:
        for verdict in verdicts:
            baseline[verdict.figure]["ratio"] = round(verdict.ratio, 2)
        BASELINE.write_text(json.dumps(baseline, indent=2) + "\n")
    elif any(verdict.is_worse for verdict in verdicts):
        sys.exit(1)


def _table(verdicts: list[Verdict]) -> str:
    lines = [["times the C floor", "measured", "baseline", "tolerance", ""]]
    for verdict in verdicts:
        word = "WORSE" if verdict.is_worse else "better: update the baseline" if verdict.is_better else "ok"
        cells = f"{verdict.ratio:.2f}", f"{verdict.baseline:.2f}", f"{verdict.tolerance:.0%}"
        lines.append([verdict.figure, *cells, word])
    return align(lines, left={0, 4})


if __name__ == "__main__":
    main()
