"""Hours of places as a whole picture with its words: on a page, and as a file that stands alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, NamedTuple

import numpy as np

from dashboards.common.fitting import broken, fitting, width_em
from dashboards.common.messages import message
from dashboards.common.shown_history import HistoryShown
from dashboards.common.wording import local, number
from dashboards.figures import style
from dashboards.figures.line_chart import points
from dashboards.figures.time_marks import marked_times
from models.detect.contract import Floats
from models.printable import printable
from models.timing.units import DAY_MS, HOUR_MS

_TICK_EM: Final = 4.5  # of an hour or a date, with air
_LEAST_TOP: Final = 50.0  # so that noise near zero does not look like a mountain
_NICE: Final = {1.0: 5, 1.5: 3, 2.0: 4, 3.0: 3, 4.0: 4, 5.0: 5, 6.0: 3, 8.0: 4, 10.0: 5}
_AIR: Final = 16  # around a picture that stands alone, px
_HEADROOM: Final = 1.04


class PictureSize(NamedTuple):
    """Of a picture and its letters, px."""

    width: int
    height: int
    letters: int


DESK: Final = PictureSize(900, 440, 17)
PHONE: Final = PictureSize(358, 330, 15)


@dataclass(frozen=True, kw_only=True)
class _Plane:
    """Where the lines are, px, and what its upper edge stands for."""

    left: int
    top: int
    width: int
    height: int
    most: float
    rows: int
    hours: int

    def x(self, hour: float) -> int:
        return self.left + round(hour * self.width / max(1, self.hours - 1))

    def y(self, value: float) -> int:
        return self.top + self.height - round(max(value, 0.0) / self.most * self.height)


def season_chart(
    shown: HistoryShown, language: str, size: PictureSize, foot: Sequence[str] = ()
) -> str:
    """Draw a history; with one place its season's band as well.

    Parameters
    ----------
    foot : sequence of str
        Sentences below it: what a file has to say of itself.

    Returns
    -------
    str
        A whole SVG. Hours without a value anywhere are hatched: no data never look calm.
    """
    said = list(_legend(shown, language))
    legend, legend_rows = _laid_out(said, size)
    row = round(size.letters * 1.6)
    below = [line for each in foot for line in broken(printable(each), 0.95 * _em(size))]
    height = size.height + row * len(below)
    air = _AIR if foot else 0  # a page gives its own
    wide, tall = size.width + 2 * air, height + 2 * air
    bottom = size.height - row - round(size.letters * 0.6)
    top = row * legend_rows + round(size.letters * 2.2)
    left = round(size.letters * 3.1)
    most, rows = upper_edge(shown)
    plane = _Plane(
        left=left,
        top=top,
        width=size.width - left - size.letters,
        height=bottom - top,
        most=most,
        rows=rows,
        hours=len(shown.at_ms),
    )
    inside = [
        f'<rect x="{-air}" y="{-air}" width="{wide}" height="{tall}" fill="{style.PAPER}"/>',
        *legend,
        *_across(plane, size, shown.metric.unit),
        *_hatched(shown, plane),
        *_band(shown, plane),
        *_lines(shown, plane),
        *_cases(shown, plane),
        *_times(shown, plane, size),
        *(_text(0, size.height + row * (at + 1) - 4, each, size) for at, each in enumerate(below)),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-air} {-air} {wide} {tall}" '
        f'width="{wide}" height="{tall}" font-family="{style.FONT}">'
        f"{_HATCH}{''.join(inside)}</svg>"
    )


def upper_edge(shown: HistoryShown) -> tuple[float, int]:
    """Give the value at the upper edge, a round number above all, and the lines across below it."""
    drawn = [place.mean for place in shown.places]
    if len(shown.places) == 1:
        drawn.append(shown.places[0].band.high)
    known = np.concatenate(drawn) if drawn else np.zeros(0)
    known = known[np.isfinite(known)]
    most = max(float(known.max()) * _HEADROOM if len(known) else 0.0, _LEAST_TOP)
    size = 10.0 ** int(np.floor(np.log10(most)))
    return next((each * size, rows) for each, rows in _NICE.items() if each * size >= most)


def _em(size: PictureSize) -> float:
    return size.width / size.letters


_HATCH: Final = (
    '<defs><pattern id="none" width="8" height="8" patternUnits="userSpaceOnUse" '
    f'patternTransform="rotate(45)"><rect width="3" height="8" fill="{style.NOTHING}"/></pattern>'
    "</defs>"
)


def _legend(shown: HistoryShown, language: str) -> Iterator[tuple[str, str]]:
    """Give a sign, drawn around (0, 0) and 26 px wide, and what it stands for."""
    for at, place in enumerate(shown.places):
        yield f'<path d="M0 0H26" {_stroke(at)}/>', place.title[language]
    if len(shown.places) == 1 and shown.places[0].band.is_known:
        years = shown.places[0].band.years
        told = message("history.legend.band", first=str(years[-1]), last=str(years[0]))
        yield (
            f'<rect y="-7" width="26" height="14" fill="{style.BAND}"/>'
            f'<path d="M0 0H26" {_MEDIAN}/>',
            told[language],
        )
    if shown.cases:
        yield _mark(13, 0), message("history.legend.case")[language]
    if shown.unknown.any():
        shape = '<rect y="-7" width="26" height="14" fill="url(#none)" stroke="#77818b"/>'
        yield shape, message("history.legend.none")[language]


def _laid_out(said: Sequence[tuple[str, str]], size: PictureSize) -> tuple[list[str], int]:
    """Put signs and words side by side as long as there is room, then below."""
    x, line, placed = 0.0, 0, []
    row = round(size.letters * 1.6)
    for sign, words in said:
        told = fitting(printable(words), _em(size) - 36 / size.letters)
        wide = 34 + width_em(told) * size.letters * 1.05
        if x and x + wide > size.width:
            x, line = 0.0, line + 1
        y = row * line + size.letters
        placed.append(f'<g transform="translate({round(x)} {y - size.letters // 3})">{sign}</g>')
        placed.append(_text(round(x) + 32, y, told, size))
        x += wide + size.letters
    return placed, line + 1


def _across(plane: _Plane, size: PictureSize, unit: str) -> Iterator[str]:
    yield _text(0, plane.top - round(size.letters * 0.9), unit, size, "quiet")
    for at in range(plane.rows + 1):
        value = plane.most * at / plane.rows
        y = plane.y(value)
        yield f'<path d="M{plane.left} {y}h{plane.width}" stroke="{style.ACROSS}"/>'
        told, edge = number(value), plane.left - round(size.letters * 0.4)
        yield _text(edge, y + size.letters // 3, told, size, "end")


def _times(shown: HistoryShown, plane: _Plane, size: PictureSize) -> Iterator[str]:
    zone, first = shown.city.zone, int(shown.at_ms[0])
    most = max(2, int(plane.width / (_TICK_EM * size.letters)))
    times = marked_times(first, int(shown.at_ms[-1]), zone, most)
    apart_ms = times[1] - times[0] if len(times) > 1 else DAY_MS
    for at_ms in times:
        x = plane.x((at_ms - first) / HOUR_MS)
        then = local(at_ms, zone)
        is_day = apart_ms >= DAY_MS or then.hour == 0
        told = f"{then:%m-%d}" if is_day else f"{then:%H:%M}"
        half = width_em(told) * size.letters / 2
        yield f'<path d="M{x} {plane.top}v{plane.height + 5}" stroke="{style.ACROSS}"/>'
        if half <= x <= size.width - half:
            yield _text(x, size.height - size.letters // 2, told, size, "middle")


def _hatched(shown: HistoryShown, plane: _Plane) -> Iterator[str]:
    half = plane.width / max(1, plane.hours - 1) / 2
    for begin, end in _runs(shown.unknown):
        x = max(plane.left, round(plane.x(begin) - half))
        wide = min(plane.left + plane.width, round(plane.x(end - 1) + half)) - x
        yield (
            f'<rect x="{x}" y="{plane.top}" width="{max(2, wide)}" height="{plane.height}" '
            'fill="url(#none)"/>'
        )


def _band(shown: HistoryShown, plane: _Plane) -> Iterator[str]:
    if len(shown.places) != 1:
        return
    band = shown.places[0].band
    for begin, end in _runs(np.isfinite(band.median)):
        up = [f"{plane.x(at)} {plane.y(band.high[at])}" for at in range(begin, end)]
        down = [f"{plane.x(at)} {plane.y(band.low[at])}" for at in reversed(range(begin, end))]
        yield f'<path d="M{"L".join(up + down)}Z" fill="{style.BAND}"/>'
    yield _path(band.median, plane, _MEDIAN)


def _lines(shown: HistoryShown, plane: _Plane) -> Iterator[str]:
    for at, place in enumerate(shown.places):
        yield _path(place.mean, plane, _stroke(at))
        colour = style.SERIES[at][0]
        for begin, end in _runs(np.isfinite(place.mean)):
            if end - begin == 1:  # an hour alone would be a line without length
                x, y = plane.x(begin), plane.y(place.mean[begin])
                yield f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>'


def _path(values: Floats, plane: _Plane, stroke: str) -> str:
    known = [float(each) if np.isfinite(each) else None for each in values]
    drawn = points(known, plane.most, plane.width, plane.height)
    place = f'transform="translate({plane.left} {plane.top})"'
    return f'<path d="{drawn}" {place} {stroke}/>' if drawn else ""


def _cases(shown: HistoryShown, plane: _Plane) -> Iterator[str]:
    first = int(shown.at_ms[0])
    for case in shown.cases:
        x = plane.x((case.opened_ms - first) / HOUR_MS)
        yield _mark(min(max(x, plane.left), plane.left + plane.width), plane.y(0))


def _mark(x: int, y: int) -> str:
    return f'<path d="M{x} {y - 8}l6 8l-6 8l-6 -8Z" fill="{style.CASE}" stroke="{style.PAPER}"/>'


def _runs(wanted: np.ndarray) -> Iterator[tuple[int, int]]:
    """Give where True begins, and where it has ended, of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _stroke(at: int) -> str:
    colour, dashes = style.SERIES[at]
    more = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'fill="none" stroke="{colour}" stroke-width="2.5" stroke-linejoin="round"{more}'


_MEDIAN: Final = (
    f'fill="none" stroke="{style.USUAL}" stroke-width="2" stroke-dasharray="2 4" '
    'stroke-linejoin="round"'
)
_ANCHORS: Final = {"end": ' text-anchor="end"', "middle": ' text-anchor="middle"'}


def _text(x: int, y: int, words: str, size: PictureSize, how: str = "") -> str:
    colour = style.WORDS_QUIET if how else style.WORDS
    return (
        f'<text x="{x}" y="{y}" font-size="{size.letters}" fill="{colour}"'
        f"{_ANCHORS.get(how, '')}>{escape(words)}</text>"
    )
