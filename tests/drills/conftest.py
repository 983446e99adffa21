"""Drills as an operator runs them, by their command: several at the same time, for most of a drill is waiting."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from server.drill.reporting.report import DrillReport

AT_ONCE = 3
CODE = Path(__file__).parents[2]
PATIENCE_S = 600
Words = tuple[str, ...]


class DrillResult(NamedTuple):
    """What a command has left behind."""

    report: DrillReport
    page: str
    log_text: str

    @property
    def broken(self) -> list[object]:
        """Broken lines that could be run; timings need a quiet machine."""
        return [line for line in self.report.lines if line.outcome == "broken" and not line.is_pace]


RunDrill = Callable[[Words], DrillResult]


@pytest.fixture(scope="session")
def drill_result(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Words], DrillResult]]:
    """Return what `rondo drill` with these words has found; all that were asked for begin with the first."""
    selected = [item.callspec.params.get("words") for item in request.session.items if hasattr(item, "callspec")]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running: dict[Words, Future[DrillResult]] = {
            words: pool.submit(_run_drill, words, tmp_path_factory.mktemp("drill"))
            for words in selected
            if words is not None
        }
        yield lambda words: running[words].result()
        for future in running.values():
            future.cancel()


def _run_drill(words: Words, folder: Path) -> DrillResult:
    command = [sys.executable, "-m", "server", "drill", *words, "--brief", "--report", str(folder)]
    done = subprocess.run(command, cwd=CODE, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    data = list(folder.glob("*.json"))
    assert data, (words, done.stderr[-2_000:])
    report = msgspec.json.decode(data[0].read_bytes(), type=DrillReport)
    return DrillResult(report, data[0].with_suffix(".html").read_text(), done.stderr)
