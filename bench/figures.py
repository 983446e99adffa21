"""Numbers from samples."""

from collections.abc import Iterable, Sequence
from statistics import median


def quantile(samples: Sequence[float], share: float) -> float:
    """Return the sample below which that share of all is; NaN when there is none."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def medians(runs: Iterable[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure over the runs that have it."""
    return {name: median(several) for name, several in by_figure(runs).items()}


def by_figure(runs: Iterable[dict[str, float]]) -> dict[str, list[float]]:
    """Return each figure's values of the runs that have it."""
    values: dict[str, list[float]] = {}
    for run in runs:
        for name, value in run.items():
            values.setdefault(name, []).append(value)
    return values
