"""A whole column of texts → times. What one row means is never decided by that row alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.feeds.numbers import MISSING
from models.feeds.times.plausible import NO_TIME, impossible
from models.feeds.times.texts import NO_OFFSET, Grain, read_texts
from models.feeds.times.weeks import WeekCalendar
from models.feeds.times.zoned import instants, never_was
from models.timing.zone import zone_of

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class TimeColumn:
    """Times of a column; all arrays have shape (n,).

    Attributes
    ----------
    ms : ndarray of int64
        Instant (or beginning of the day, week, …), epoch milliseconds; 1000 times a plain number;
        `NO_TIME` where there is none, also where it is impossible.
    local_ms : ndarray of int64
        What the wall clock shows at it, as milliseconds since 1970-01-01 00:00.
    grain : Grain
    form : str
        How the column was read, for people.
    missing, unreadable, impossible : ndarray of bool
        Why there is no time.
    notes : tuple of str
        What else a person should know.
    weeks : WeekCalendar or None
        Of weeks.
    """

    ms: Ints
    local_ms: Ints
    grain: Grain
    form: str
    missing: Mask
    unreadable: Mask
    impossible: Mask
    notes: tuple[str, ...] = ()
    weeks: WeekCalendar | None = None

    @property
    def known(self) -> Mask:
        """Where there is a time."""
        return np.asarray(self.ms != NO_TIME)


def read_times(
    texts: Sequence[str],
    *,
    zone: str | None = None,
    form: str | None = None,
    groups: Ints | None = None,
    others: Callable[[], Iterable[str]] = tuple,
    is_utc: bool = False,
) -> TimeColumn:
    """Read a column of times.

    Parameters
    ----------
    texts : sequence of str, length n
        Empty where there is no value.
    zone : str, optional
        IANA zone of times without an offset; without it they count as UTC.
    form : str, optional
        What the user said: one of `FORMS`, or a pattern of `strptime`. Without it the column
        decides.
    groups : ndarray, shape (n,), int64, optional
        Series of each row; used for the hour that comes twice.
    others : callable
        Gives texts of other columns of the file; asked only where the order of day and month is
        not proven by this one.
    is_utc : bool
        Whether times without an offset are of UTC, whatever the zone.

    Raises
    ------
    UnclearTimes
        The column may mean two things; the sentence names the option that settles it.

    Examples
    --------
    >>> read_times(["2024-03-01T20:00Z", "soon", ""]).ms[0]
    np.int64(1709323200000)
    >>> read_times(["13/02/2024", "01/03/2024"]).form
    'day first'
    """
    distinct, at = _distinct(texts)
    read = read_texts(distinct, np.bincount(at, minlength=len(distinct)).tolist(), form, others)
    local, offset = read.local_ms[at], read.offset_ms[at]
    if is_utc:
        offset = np.where((local != NO_TIME) & (offset == NO_OFFSET), 0, offset)
    missing = np.array([text.strip().lower() in MISSING for text in distinct], dtype=bool)[at]
    ms, notes = _instants(local, offset, zone, groups)
    wrong = impossible(ms) & (read.grain is not Grain.NUMBER)
    ms[wrong] = NO_TIME
    return TimeColumn(
        ms=ms,
        local_ms=_wall_clock(ms, local, offset, zone),
        grain=read.grain,
        form=read.form,
        missing=missing,
        unreadable=(local == NO_TIME) & ~missing,
        impossible=wrong,
        notes=notes,
        weeks=read.weeks,
    )


def _distinct(texts: Sequence[str]) -> tuple[list[str], Ints]:
    """Give the texts that differ, in the order of their first rows, and which one each row has."""
    known: dict[str, int] = {}
    at = np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)
    return list(known), at


def _instants(
    local: Ints, offset: Ints, zone: str | None, groups: Ints | None
) -> tuple[Ints, tuple[str, ...]]:
    """Epoch milliseconds of each row, and what is to be said about them."""
    ms = np.where((local != NO_TIME) & (offset != NO_OFFSET), local - offset, local)
    at = np.flatnonzero((local != NO_TIME) & (offset == NO_OFFSET))
    if zone is None or not at.size:
        return ms, ()
    ms[at], twice = instants(local[at], zone, None if groups is None else groups[at])
    notes = []
    if twice:
        notes.append(f"{twice} times stand in the hour that comes twice in {zone}, read by order")
    if never := int(never_was(local[at], ms[at], zone).sum()):
        notes.append(f"{never} times never were in {zone} (clocks set forward)")
    return ms, tuple(notes)


def _wall_clock(ms: Ints, local: Ints, offset: Ints, zone: str | None) -> Ints:
    """Give what the clock on the wall shows in the zone; without a zone, what is written."""
    if zone is None:
        return np.where(ms == NO_TIME, NO_TIME, local)
    return np.where(ms == NO_TIME, NO_TIME, zone_of(zone).local(np.where(ms == NO_TIME, 0, ms)))
