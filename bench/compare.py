"""Two servers side by side: every row as a ratio, with the range of the runs."""

from collections.abc import Sequence
from math import isnan
from statistics import median

from bench.measuring import Runs
from bench.table import Row, align


def render_ratios(rows: Sequence[Row], found: Runs, name: str, base: str) -> str:
    """Return what *name* measured beside *base*: medians, their ratio, and the lowest and the highest run of each.

    Where the two ranges overlap, the difference is within the noise of the machine.
    """
    lines = [["", base, "", name, "", "ratio", ""]]
    for row in rows:
        before, after = (_values(row, found[server]) for server in (base, name))
        if not (before and after):
            continue
        ratio = median(after) / median(before) if median(before) else float("nan")
        lines.append(
            [
                row.label,
                *(cell for values in (before, after) for cell in _cells(row, values)),
                f"{ratio:.2f}",
                "within noise" if max(min(before), min(after)) <= min(max(before), max(after)) else "",
            ]
        )
    return align(lines, left={0, 6})


def _values(row: Row, runs: Sequence[dict[str, float]]) -> list[float]:
    return [value for figures in runs if (value := row.value(figures)) is not None and not isnan(value)]


def _cells(row: Row, values: Sequence[float]) -> tuple[str, str]:
    low, high = row.form.format(min(values)), row.form.format(max(values))
    return row.form.format(median(values)), f"({low} to {high})"
