"""Line plots as SVG text, so that the figures of the documentation need no plotting library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 400
LEFT, RIGHT, TOP, BOTTOM = 64, 250, 40, 52  # margins; the legend stands at the right
COLOURS: Final = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999",
)  # fmt: skip

Point = tuple[float, float]


def lines(
    series: Mapping[str, Sequence[Point]],
    *,
    title: str,
    x: str,
    y: str,
    is_log_x: bool = False,
    y_range: tuple[float, float] = (0.0, 1.0),
    marks: Mapping[str, float] | None = None,
) -> str:
    """Draw series as lines with a legend.

    Parameters
    ----------
    series : mapping of str to sequence of (x, y)
        At least one point in all; x over 0 where the axis is logarithmic.
    title, x, y : str
        Words over the plot and at its axes.
    is_log_x : bool
    y_range : (float, float)
    marks : mapping of str to float, optional
        Horizontal dashed lines, such as a goal, by their names.

    Returns
    -------
    str
        An SVG document that needs no font or style of its own.

    Raises
    ------
    ValueError
        There is no point.
    """
    xs = [at for points in series.values() for at, _ in points]
    if not xs:
        msg = "a plot needs at least one point"
        raise ValueError(msg)
    frame = _Frame(min(xs), max(xs), *y_range, is_log_x)
    parts = [_text(LEFT, 22, title, "start", 15), *frame.axes(x, y)]
    for name, height in (marks or {}).items():
        parts += frame.mark(name, height)
    for number, (name, points) in enumerate(series.items()):
        parts += frame.line(points, COLOURS[number % len(COLOURS)], number, name)
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
    )


class _Frame:
    """The plotting area: from values to places."""

    def __init__(self, left: float, right: float, low: float, high: float, is_log: bool) -> None:
        self.is_log = is_log
        self.left, self.right = self._scale(left), self._scale(right)
        self.low, self.high = low, high

    def _scale(self, value: float) -> float:
        return math.log10(value) if self.is_log else value

    def x(self, value: float) -> float:
        span = self.right - self.left or 1.0
        return LEFT + (self._scale(value) - self.left) / span * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def axes(self, x: str, y: str) -> list[str]:
        """Draw the grid lines with their values, and the words at the axes."""
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        parts = [_stroke(LEFT, bottom, right, bottom, "#333333")]
        for step in range(6):
            value = self.low + (self.high - self.low) * step / 5
            parts.append(_stroke(LEFT, self.y(value), right, self.y(value), "#dddddd"))
            parts.append(_text(LEFT - 8, self.y(value) + 4, f"{value:g}", "end"))
        for step in range(6):
            place = self.left + (self.right - self.left) * step / 5
            value = 10**place if self.is_log else place
            parts.append(_text(self.x(value), bottom + 18, f"{value:.2g}", "middle"))
        parts.append(_text((LEFT + right) / 2, HEIGHT - 12, x, "middle"))
        middle = (TOP + bottom) / 2
        turned = f'<text x="16" y="{middle:g}" font-size="12" text-anchor="middle" '
        return [*parts, f'{turned}transform="rotate(-90 16 {middle:g})">{escape(y)}</text>']

    def mark(self, name: str, height: float) -> list[str]:
        at, right = self.y(height), WIDTH - RIGHT
        dashed = _stroke(LEFT, at, right, at, "#666666").replace("/>", ' stroke-dasharray="5 4"/>')
        return [dashed, _text(right - 4, at - 5, name, "end", 11)]

    def line(self, points: Sequence[Point], colour: str, number: int, name: str) -> list[str]:
        """Draw one line, its points, and its entry in the legend."""
        places = [(self.x(a), self.y(b)) for a, b in sorted(points)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        at = TOP + 14 + 20 * number
        return [
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
            *(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.5" fill="{colour}"/>' for a, b in places),
            _stroke(WIDTH - RIGHT + 14, at, WIDTH - RIGHT + 34, at, colour, 2),
            _text(WIDTH - RIGHT + 40, at + 4, name, "start"),
        ]


def _text(x: float, y: float, words: str, anchor: str, size: int = 12) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}"'
    return f'<text {place} font-size="{size}" text-anchor="{anchor}">{escape(words)}</text>'


def _stroke(x: float, y: float, to_x: float, to_y: float, colour: str, width: int = 1) -> str:
    place = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line {place} stroke="{colour}" stroke-width="{width}"/>'
