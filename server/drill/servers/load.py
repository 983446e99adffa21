"""Foreign load: processor time of other processes; a timing beside it proves nothing."""

import asyncio
import os
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

EVERY_S: Final = 1.0
WINDOW_S: Final = 3.0
"""The load of a line is that of the busiest window of this length: a burst is enough to spoil a p99."""
PROC: Final = Path("/proc")

Ticks = Mapping[int, tuple[int, int]]
"""By process: its parent, and its processor time in ticks."""


class LoadMeter:
    """Samples how many cores other processes use; 0 on systems without /proc."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque()
        """Time of the sample, and the processor time of others up to then, in seconds."""
        self._known: dict[int, int] = {}
        self._ours = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start sampling."""
        await self._sample()
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop sampling."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def foreign_cores(self, since: float) -> float:
        """Return the cores used by others in the busiest `WINDOW_S` since an instant (monotonic)."""
        samples = [sample for sample in self._samples if sample[0] >= since - EVERY_S]
        found = 0.0
        for number, (at, used) in enumerate(samples):
            later = next(((end, total) for end, total in samples[number + 1 :] if end - at >= WINDOW_S), samples[-1])
            if later[0] - at >= EVERY_S / 2:
                found = max(found, (later[1] - used) / (later[0] - at))
        return max(0.0, found)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self._sample()

    async def _sample(self) -> None:
        with suppress(OSError):
            busy, table = await asyncio.to_thread(_read)
            self._ours += own_ticks(table, self._known, os.getpid())
            self._known = {process: ticks for process, (_, ticks) in table.items()}
            self._samples.append((time.monotonic(), (busy - self._ours) / os.sysconf("SC_CLK_TCK")))


def own_ticks(table: Ticks, known: Mapping[int, int], root: int) -> int:
    """Return the ticks that *root* and all its descendants have used since *known* was read; new
    ones count completely.
    """
    ours, more = {root}, True
    while more:
        found = {process for process, (parent, _) in table.items() if parent in ours and process not in ours}
        ours |= found
        more = bool(found)
    return sum(max(0, table[process][1] - known.get(process, 0)) for process in ours if process in table)


def _read() -> tuple[int, dict[int, tuple[int, int]]]:
    """Return the busy ticks of all cores since the boot, and those of every process (proc(5))."""
    user, nice, system, _, _, irq, softirq = (
        int(field) for field in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:8]
    )
    table: dict[int, tuple[int, int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                table[int(entry.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    return user + nice + system + irq + softirq, table
