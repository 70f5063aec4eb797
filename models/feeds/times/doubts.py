"""Columns that look like times and are none, or were damaged on their way: refused, not guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from models.feeds.times.stamp import Shape, Stamp, UnclearTimes

_SPAN: Final = re.compile(
    r".*?(\d{1,2}):(\d\d)(?::\d\d)?\s*[-~–—至到]\s*(\d{1,2}):(\d\d)(?::\d\d)?\s*"
)
_FEW: Final = 3  # texts that show what a column is


def refuse_spans(texts: Sequence[str]) -> None:
    """Refuse spans of the clock: `09:00-10:00` is not nine o'clock, ten hours behind Greenwich.

    An offset is the same on most rows; the end of a span goes along with its beginning.

    Raises
    ------
    UnclearTimes
        The texts name spans.
    """
    found = [(text, span) for text in texts if (span := _SPAN.fullmatch(text))]
    clocks = [[int(span[k]) * 60 + int(span[k + 1]) for k in (1, 3)] for _, span in found]
    lengths = {(end - begin) % (24 * 60) for begin, end in clocks}
    if len({begin for begin, _ in clocks}) > 1 and len(lengths) < len({e for _, e in clocks}):
        msg = f"texts such as {found[0][0]!r} are spans; write their beginning as a time"
        raise UnclearTimes(msg)


def refuse_seasons(stamps: Sequence[Stamp | None]) -> None:
    """Refuse years that run into the next, such as 2019/20 and 2020/21: no months and no weeks.

    Raises
    ------
    UnclearTimes
        Each number is that of the following year.
    """
    made = {s for s in stamps if s is not None and s.shape is Shape.MONTH}
    if len(made) > 1 and all(stamp.second == (stamp.first + 1) % 100 for stamp in made):
        year = min(stamp.first for stamp in made)
        msg = f"texts such as {year}/{(year + 1) % 100:02} are seasons; write their first year"
        raise UnclearTimes(msg)


def refuse_swapped(stamps: Sequence[Stamp | None]) -> None:
    """Refuse what a spreadsheet made of dates whose day it took for the month.

    It turns 03/02/2024 into a date, with day and month swapped, and leaves 13/02/2024 as a text.

    Raises
    ------
    UnclearTimes
        All dates have days up to 12, all texts days above.
    """
    dates = {s for s in stamps if s is not None and s.shape is Shape.DATE and s.sign in ("-", "/")}
    texts = {s for s in stamps if s is not None and s.shape is Shape.YEAR_LAST}
    if min(len(dates), len(texts)) < _FEW or any(date.third > 12 for date in dates):
        return
    if all(text.first > 12 for text in texts) or all(text.second > 12 for text in texts):
        msg = (
            "days up to 12 are written year first and later ones year last: a spreadsheet has taken"
            " days for months; export the column anew, as text"
        )
        raise UnclearTimes(msg)
