"""The result of a drill: figures, and lines that hold or do not."""

import math
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

Outcome = Literal["holds", "broken", "inconclusive", "not run"]
WORST: Final[tuple[Outcome, ...]] = ("broken", "not run", "inconclusive", "holds")
BUSY_CORES: Final = 0.25
"""Cores of foreign load from which a timing that is too slow proves nothing."""


class VerdictLine(msgspec.Struct, frozen=True):
    """One line of the verdict."""

    name: str
    wanted: str
    found: str
    holds: bool
    details: tuple[str, ...] = ()
    """The first examples of what breaks it."""
    is_pace: bool = False
    """It is a timing, which a busy machine may break, not a matter of correctness."""
    was_run: bool = True
    """False: a requirement is missing here; `found` has the reason."""
    load: float = 0.0
    """Cores used by other processes during the measurement, in the busiest three seconds."""

    @property
    def outcome(self) -> Outcome:
        """The outcome of the line: a timing that is too slow on a busy machine is inconclusive."""
        if not self.was_run:
            return "not run"
        if self.holds:
            return "holds"
        return "inconclusive" if self.is_pace and self.load >= BUSY_CORES else "broken"


class Distribution(msgspec.Struct, frozen=True):
    """The distribution of a quantity."""

    count: int
    min: float
    p50: float
    p90: float
    p99: float
    max: float


def worst_of(lines: Iterable[VerdictLine]) -> Outcome:
    """Return the outcome of a verdict of these lines."""
    found = {line.outcome for line in lines}
    return next((outcome for outcome in WORST if outcome in found), "holds")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of *values* that is not below *share* of them; NaN of none."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def spread(values: Iterable[float]) -> Distribution:
    """Return the distribution of *values*."""
    ordered = sorted(values)
    if not ordered:
        return Distribution(0, *(math.nan,) * 5)
    p50, p90, p99 = (round(percentile(ordered, share), 4) for share in (0.5, 0.9, 0.99))
    return Distribution(len(ordered), round(ordered[0], 4), p50, p90, p99, round(ordered[-1], 4))


def none_of(name: str, violations: Sequence[str], *, looked_at: int | str) -> VerdictLine:
    """Return the line of an invariant: it holds if nothing violates it."""
    found = f"{len(violations)} of {looked_at}" if violations else f"0 of {looked_at}"
    return VerdictLine(name, "none", found, not violations, tuple(violations[:8]))


def at_most(name: str, value: float, bound: float, unit: str = "s", *, digits: int = 2) -> VerdictLine:
    """Return a line that holds if there is a value, and it is at most *bound*."""
    found = "nothing measured" if math.isnan(value) else f"{value:.{digits}f} {unit}"
    return VerdictLine(name, f"at most {bound:g} {unit}", found, value <= bound, is_pace=True)


def all_of(name: str, count: int, of: int) -> VerdictLine:
    """Return a line that holds if *count* is all of *of*, which is not 0."""
    return VerdictLine(name, "all", f"{count} of {of}", count == of > 0)


def exactly(name: str, value: object, wanted: object) -> VerdictLine:
    """Return a line that holds if *value* is the wanted one."""
    return VerdictLine(name, str(wanted), str(value), value == wanted)


def not_run(name: str, why: str) -> VerdictLine:
    """Return a line for a check that cannot be run here: it neither holds nor is broken."""
    return VerdictLine(name, "to be run", why, holds=False, was_run=False)
