"""A line of the last day as a small picture: lines alone; its words stand beside it in the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from dashboards.figures import style

WIDTH, HEIGHT = 1000, 300
_LINE: Final = 'fill="none" vector-effect="non-scaling-stroke" stroke-linejoin="round"'


def picture(values: Sequence[float | None], expected: Sequence[float | None], top: float) -> str:
    """Draw a line and, dashed, what was expected; a gap is a gap, never a line across it.

    Parameters
    ----------
    top : float
        Value at the upper edge; the lower one is zero.

    Returns
    -------
    str
        Address of the picture, which holds it whole.
    """
    paths = [
        f'<path d="M0 {HEIGHT}H{WIDTH}" stroke="{style.RULE}" stroke-width="2" {_LINE}/>',
        _path(expected, top, style.EXPECTED, 'stroke-width="2" stroke-dasharray="6 5"'),
        _path(values, top, style.OBSERVED, 'stroke-width="3"'),
    ]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'preserveAspectRatio="none">{"".join(paths)}</svg>'
    )
    return f"data:image/svg+xml,{quote(svg, safe=_SAFE)}"


_SAFE: Final = " =:/'<>,"


def points(
    values: Sequence[float | None], top: float, width: int = WIDTH, height: int = HEIGHT
) -> str:
    """Commands of a path through the known values, the first at the left edge.

    Examples
    --------
    >>> points([0.0, None, 2.0, 1.0], 2.0)
    'M0 300M667 0L1000 150'
    >>> points([], 1.0), points([None], 1.0)
    ('', '')
    """
    commands, is_drawing = [], False
    last = max(1, len(values) - 1)
    for at, value in enumerate(values):
        if value is None:
            is_drawing = False
            continue
        x, y = round(at * width / last), round(height - max(value, 0.0) / top * height)
        commands.append(f"{'L' if is_drawing else 'M'}{x} {y}")
        is_drawing = True
    return "".join(commands)


def _path(values: Sequence[float | None], top: float, colour: str, more: str) -> str:
    drawn = points(values, top)
    return f'<path d="{drawn}" stroke="{colour}" {more} {_LINE}/>' if drawn else ""
