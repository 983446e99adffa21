"""Charts as SVG text: a plane with axes, and its content. Colours are classes, so that the page
can have a dark theme.
"""

import math
from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise
from typing import Final

import msgspec

WIDTH: Final = 960
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 40, 40
LETTER: Final = 7.6
"""Approximate width of a letter, in pixels."""
Point = tuple[float, float]


class Plane(msgspec.Struct):
    """A rectangle with two scales."""

    x: tuple[float, float]
    y: tuple[float, float]
    height: int = 240
    parts: list[str] = msgspec.field(default_factory=list)

    def at_x(self, value: float) -> float:
        """Return where *value* is, in pixels from the left."""
        low, high = self.x
        return LEFT + (value - low) / ((high - low) or 1) * (WIDTH - LEFT - RIGHT)

    def at_y(self, value: float) -> float:
        """Return where *value* is, in pixels from the top."""
        low, high = self.y
        return self.height - BOTTOM - (value - low) / ((high - low) or 1) * (self.height - TOP - BOTTOM)

    def axes(self, x_label: str, y_label: str, *, x_unit: str = "", y_unit: str = "") -> None:
        """Draw both axes with round numbers, and lines across."""
        floor = self.height - BOTTOM
        for tick in ticks(*self.y, count=4):
            y = self.at_y(tick)
            self.parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            self._text(LEFT - 8, y + 4, f"{tick:g}{y_unit}", "tick end")
        for tick in ticks(*self.x, count=10):
            x = self.at_x(tick)
            self.parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{floor}" y2="{floor + 5}"/>')
            self._text(x, floor + 18, f"{tick:g}{x_unit}", "tick middle")
        self.parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{floor}" y2="{floor}"/>')
        self._text(WIDTH - RIGHT, self.height - 6, x_label, "label end")
        self._text(4, 13, y_label, "label")

    def marks(self, marks: Iterable[tuple[float, str]]) -> None:
        """Draw a labelled vertical line at every instant in view; a label without space is omitted."""
        free_from = [0.0, 0.0]
        for at, text in sorted(marks):
            if not self.x[0] <= at <= self.x[1]:
                continue
            x, length = self.at_x(at), LETTER * len(text)
            self.parts.append(
                f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 16}" y2="{self.height - BOTTOM}"/>'
            )
            left = min(x + 4, WIDTH - length)
            row = next((n for n, free in enumerate(free_from) if left >= free), None)
            if row is not None:
                self._text(left, TOP - 8 - 13 * row, text, "marked")
                free_from[row] = left + length + 8

    def line(self, points: Sequence[Point], kind: str = "line") -> None:
        """Draw a line through *points*."""
        if points:
            path = "L".join(f"{self.at_x(x):.1f} {self.at_y(y):.1f}" for x, y in points)
            self.parts.append(f'<path class="{kind}" d="M{path}"/>')

    def steps(self, points: Sequence[Point], kind: str = "line") -> None:
        """Draw a quantity that keeps its value until it changes."""
        turns = [((later, before), (later, after)) for (_, before), (later, after) in pairwise(points)]
        self.line([*points[:1], *(point for turn in turns for point in turn)], kind)

    def bars(self, spans: Iterable[tuple[float, float, float, float]], kind: str) -> None:
        """Draw many rectangles `(x, x, y, y)` as one path, cut off at the edges."""
        path = []
        for x1, x2, y1, y2 in spans:
            left, right = max(x1, self.x[0]), min(x2, self.x[1])
            if right > left:
                a, b, c, d = self.at_x(left), self.at_x(right), self.at_y(y1), self.at_y(y2)
                path.append(f"M{a:.1f} {c:.1f}H{b:.1f}V{d:.1f}H{a:.1f}Z")
        if path:
            self.parts.append(f'<path class="{kind}" d="{"".join(path)}"/>')

    def upright(self, x: float, text: str) -> None:
        """Draw a labelled vertical line, for a percentile."""
        at = self.at_x(x)
        self.parts.append(f'<line class="upright" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{self.height - BOTTOM}"/>')
        anchor, shift = ("middle end", -4) if at > WIDTH - 120 else ("", 4)
        self._text(at + shift, TOP + 8, text, f"marked {anchor}")

    def svg(self, title: str) -> str:
        """Return the picture; *title* is for screen readers."""
        return (
            f'<svg viewBox="0 0 {WIDTH} {self.height}" role="img" aria-label="{escape(title, quote=True)}">'
            f"{''.join(self.parts)}</svg>"
        )

    def _text(self, x: float, y: float, text: str, kind: str) -> None:
        self.parts.append(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>')


def ticks(low: float, high: float, *, count: int) -> list[float]:
    """Return round numbers from *low* to *high*, about *count* of them."""
    if not high > low:
        return [low]
    raw = (high - low) / count
    power = 10 ** math.floor(math.log10(raw))
    step = next((power * factor for factor in (1, 2, 5) if power * factor >= raw), power * 10)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 10) for n in range(first, math.floor(high / step + 1e-9) + 1)]
