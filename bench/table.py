"""One table: every figure with its floors and its target."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan

Figures = dict[str, dict[str, float]]
"""By server, then by figure; `machine` has what was measured without a server."""
Get = Callable[[dict[str, float]], float | None]
BLANK = "·"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: how its number is computed from a server's figures, and its target."""

    label: str
    value: Get
    form: str = "{:,.3f}"
    target: str = ""
    met: Callable[[Figures, float], bool | None] = lambda _figures, _value: None
    beside: Callable[[dict[str, float]], str] = lambda _figures: ""


def at_most(bound: float) -> Callable[[Figures, float], bool]:
    """Require a value of at most *bound*."""
    return lambda _, value: value <= bound


def at_least(bound: float) -> Callable[[Figures, float], bool]:
    """Require a value of at least *bound*."""
    return lambda _, value: value >= bound


def times(get: Get, **bounds: float) -> Callable[[Figures, float], bool | None]:
    """Require a value of at most a multiple of that of each named server; unknown while none was measured."""

    def met(figures: Figures, value: float) -> bool | None:
        floors = {name: get(figures[name]) for name in bounds if name in figures}
        known = {name: floor for name, floor in floors.items() if floor is not None}
        return all(value <= bounds[name] * floor for name, floor in known.items()) if known else None

    return met


def figure(name: str, scale: float = 1.0) -> Get:
    """Return a measured figure times *scale*."""
    return lambda figures: None if isnan(figures.get(name, float("nan"))) else figures[name] * scale


def per(name: str, scale: float = 1.0) -> Get:
    """Return how many make one unit of a figure; None where it was too small to measure."""
    return lambda figures: scale / figures[name] if figures.get(name) else None


def ratio(name: str, base: str) -> Get:
    """Return one figure divided by another; None where one of them was not measured, or is 0."""
    return lambda figures: figures[name] / figures[base] if name in figures and figures.get(base) else None


def render(rows: Sequence[Row], figures: Figures, servers: Sequence[str]) -> str:
    """Return the table as text; rows without a figure are left out."""
    lines = [["", *servers, "beside", "target", "met"]]
    for row in rows:
        values = {name: row.value(figures.get(name, {})) for name in servers}
        if all(value is None for value in values.values()):
            continue
        ours = next((values[name] for name in ("rondo", "3 nodes", "2 nodes") if values.get(name) is not None), None)
        met = row.met(figures, ours) if ours is not None and row.target else None
        lines.append(
            [
                row.label,
                *(BLANK if value is None else row.form.format(value) for value in values.values()),
                row.beside(figures.get("rondo", {})) or BLANK,
                row.target or BLANK,
                {True: "yes", False: "NO", None: BLANK}[met],
            ]
        )
    width = len(lines[0])
    return align(lines, left={0, width - 2, width - 3})


def align(lines: list[list[str]], *, left: set[int]) -> str:
    """Return *lines* in columns, with a rule below the first; those in *left* are left-aligned,
    numbers right-aligned.
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
