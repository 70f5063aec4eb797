"""A day's figures of all units as one submission: complete or not, plausible or not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date

import msgspec

from models.feeds.kinds.reports.book import ReportsBook
from models.feeds.kinds.reports.config import ReportsFeed
from models.feeds.kinds.reports.rows import figures_of


class UnitFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit reported of the day.

    Attributes
    ----------
    state : str
        `in-time`, `late` or `missing`.
    figures : dict of str to float, or None
        None of a unit that is missing: nothing is made up for it.
    implausible : list of str
        Figures that the unit's own past does not explain; they are sent all the same.
    corrected : int
        How often the unit has sent other figures since its first report.
    """

    unit: str
    title: dict[str, str]
    state: str
    figures: dict[str, float] | None = None
    implausible: list[str] = []
    corrected: int = 0


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """One figure over the units that reported it: `units` says how many that are."""

    value: float
    units: int


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one day, as the platform is sent them.

    Attributes
    ----------
    id : str
        The same for each repeat of one revision.
    day : str
        ISO 8601, local.
    revision : int
        0 of the first one of the day.
    corrects : str or None
        Id of the revision that this one replaces; None where the platform took none before.
    as_of_ms : int
        What had come by then is in it, epoch milliseconds.
    came, owed : int
        Units that reported, of those that owe it.
    """

    id: str
    district: str
    feed: str
    day: str
    revision: int
    corrects: str | None
    as_of_ms: int
    came: int
    owed: int
    totals: dict[str, Total]
    units: list[UnitFigures]
    type: str = "gridpulse.daily-figures"

    @property
    def is_complete(self) -> bool:
        """Whether every unit has reported."""
        return self.came == self.owed

    @property
    def implausible(self) -> list[UnitFigures]:
        """Units with figures that their own past does not explain."""
        return [unit for unit in self.units if unit.implausible]


def digest_of(units: Iterable[UnitFigures]) -> str:
    """Give what tells two contents of a day apart, whatever time and revision they have.

    Examples
    --------
    >>> gas = UnitFigures(unit="gas", title={}, state="in-time", figures={"filed": 3})
    >>> digest_of([gas]) == digest_of([gas]), digest_of([gas]) == digest_of([])
    (True, False)
    """
    told = [(unit.unit, unit.state, unit.figures, unit.implausible) for unit in units]
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:32]


def units_of(feed: ReportsFeed, book: ReportsBook, day: date) -> list[UnitFigures]:
    """Give what each unit that owes a report of a day has told by now."""
    return [_unit(feed, book, unit, day) for unit in feed.units]


def _unit(feed: ReportsFeed, book: ReportsBook, unit: str, day: date) -> UnitFigures:
    title, told = dict(feed.units[unit].title), book.report(unit, day.isoformat())
    if told is None:
        return UnitFigures(unit=unit, title=title, state="missing")
    return UnitFigures(
        unit=unit,
        title=title,
        state="late" if told.first_ms > book.due_ms(day) else "in-time",
        figures=figures_of(told.figures),
        implausible=book.odd(unit, day.isoformat()),
        corrected=told.corrected,
    )


def submission_of(
    feed: ReportsFeed,
    district: str,
    day: date,
    units: list[UnitFigures],
    at_ms: int,
    *,
    revision: int = 0,
    corrects: int | None = None,
) -> Submission:
    """Put the figures of the units of a day together, as a revision that corrects another."""
    told = [unit.figures for unit in units if unit.figures is not None]
    return Submission(
        id=id_of(district, feed.name, day, revision),
        district=district,
        feed=feed.name,
        day=day.isoformat(),
        revision=revision,
        corrects=None if corrects is None else id_of(district, feed.name, day, corrects),
        as_of_ms=at_ms,
        came=len(told),
        owed=len(units),
        totals={
            code: Total(value=sum(each[code] for each in told), units=len(told))
            for code in feed.figures
        },
        units=units,
    )


def id_of(district: str, feed: str, day: date, revision: int) -> str:
    """Name a submission.

    Examples
    --------
    >>> id_of("110101", "unit-reports", date(2009, 3, 1), 0)
    '110101-unit-reports-2009-03-01-0'
    """
    return f"{district}-{feed}-{day.isoformat()}-{revision}"
