"""Numbers of every area and day for the situation index, counted from the archive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from config.catalog import Catalog
from config.settings import Settings
from models.cases.history import FOLDER
from models.matters.kind import zone_of
from models.rules.contract import kind_of
from models.situation.index import LOOKED_DAYS
from models.timing.days import date_of, moment_of, number_of
from ops.analysis.archive import connect
from ops.analysis.case_history import NoCaseFound, Question
from ops.analysis.case_source import cases_of_archive
from streams.sinks.archive_files import day_files

DIGITS: Final = {"district": 6, "street": 9, "community": 12}  # of the code of an area
_WARNING_PARTS: Final = ("hazards", "warnings", "silence")
_WARNINGS: Final = """
    SELECT id, any_value(rule), any_value(area), min(raised_ms),
        arg_max(cleared_ms, (updated_ms, revision)), max(level)
    FROM warnings WHERE updated_ms < $end GROUP BY id
    HAVING arg_max(cleared_ms, (updated_ms, revision)) = 0
        OR arg_max(cleared_ms, (updated_ms, revision)) >= $start
"""
_READINGS: Final = """
    SELECT day, left(cell, $digits) AS area, sum("sum" * resolution) / sum(count)
    FROM panes WHERE feed = $feed AND metric = $metric AND start_ms >= $start AND start_ms < $end
    GROUP BY ALL
"""


@dataclass
class AreaDays:
    """Values by component, area and day.

    Attributes
    ----------
    counts : dict
        What is not in it is 0, on a day that is known.
    levels : dict
        What is not in it is unknown.
    known : dict of str to set of date
        Days of which the archive has data of a component.
    """

    counts: dict[tuple[str, str, date], float] = field(default_factory=lambda: defaultdict(float))
    levels: dict[tuple[str, str, date], float] = field(default_factory=dict)
    known: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))

    def value(self, code: str, area: str, day: date) -> float | None:
        """Give a number; None where it is not known."""
        if code == "environment":
            return self.levels.get((code, area, day))
        return self.counts.get((code, area, day), 0.0) if day in self.known[code] else None

    def past(self, code: str, area: str, day: date) -> list[float]:
        """Give the numbers of the same kind of days in the weeks before."""
        days = (day - timedelta(days=back) for back in range(1, LOOKED_DAYS + 1))
        alike = (each for each in days if (each.weekday() < 5) == (day.weekday() < 5))
        found = (self.value(code, area, each) for each in alike)
        return [each for each in found if each is not None]


def area_days(
    settings: Settings, catalog: Catalog, day: date, levels: Iterable[str] = DIGITS
) -> AreaDays:
    """Count the days up to one of them, of all areas of some levels.

    Raises
    ------
    InputError
        There is no archive.
    """
    zone = zone_of(catalog)
    first = day - timedelta(days=LOOKED_DAYS)
    start_ms, end_ms = (
        moment_of((each - date(1970, 1, 1)).days, 0, zone)
        for each in (first, day + timedelta(days=1))
    )
    found, digits = AreaDays(), [DIGITS[level] for level in levels]
    counter = _Counter(found, catalog, digits, (start_ms, end_ms))
    counter.cases(settings)
    with connect(settings.archive_dir, (first, day)) as connection:
        counter.readings(connection)
    with connect(settings.archive_dir) as connection:  # a warning may stand for long
        counter.warnings(connection)
    return found


class _Counter:
    def __init__(
        self, found: AreaDays, catalog: Catalog, digits: list[int], span_ms: tuple[int, int]
    ) -> None:
        self._found, self._catalog, self._digits = found, catalog, digits
        self._start_ms, self._end_ms = span_ms
        self._zone = zone_of(catalog)

    def cases(self, settings: Settings) -> None:
        """Count cases that began, those inside an event, and those past their limit."""
        if not day_files(settings.archive_dir, FOLDER)[0]:
            return
        try:
            question = Question(within_ms=(self._start_ms, self._end_ms))
            source = cases_of_archive(settings, self._catalog, question)
        except NoCaseFound:
            return
        for steps in source.histories.values():
            for step in steps:
                if step.ts_ms >= self._start_ms:
                    for code in ("cases", "overdue", "events"):
                        self._found.known[code].add(self._day(step.ts_ms))
        states = source.states(source.histories.values())
        for state, limits in zip(states, source.rules.limits(states), strict=True):
            began_ms = state.began_ms
            if began_ms is None:
                continue
            if began_ms >= self._start_ms:
                self._count("cases", state.cell, self._day(began_ms))
                if state.events:
                    self._count("events", state.cell, self._day(began_ms))
            if limits.close_ms is not None and not state.held:
                ended_ms = self._end_ms if state.is_open else state.since_ms
                for each in self._ends_between(limits.close_ms, ended_ms):
                    self._count("overdue", state.cell, each)

    def readings(self, connection: Any) -> None:
        """Take the mean of the first metric that is a layer."""
        named = (
            (feed.name, metric)
            for feed in self._catalog.feeds_of("readings")
            for metric, one in feed.metrics.items()
            if one.layer
        )
        feed, metric = next(named, ("", ""))
        given = {"feed": feed, "metric": metric, "start": self._start_ms, "end": self._end_ms}
        for digits in self._digits:
            for day, area, mean in connection.execute(
                _READINGS, given | {"digits": digits}
            ).fetchall():
                self._found.levels["environment", area, day] = mean

    def warnings(self, connection: Any) -> None:
        """Sum the levels of the warnings that stood on each day."""
        days = connection.execute(
            "SELECT DISTINCT day FROM panes UNION SELECT DISTINCT day FROM cases"
        ).fetchall()
        for code in _WARNING_PARTS:
            self._found.known[code] |= {day for (day,) in days}
        given = {"start": self._start_ms, "end": self._end_ms}
        for _, rule, area, raised_ms, cleared_ms, level in connection.execute(
            _WARNINGS, given
        ).fetchall():
            first = self._day(max(raised_ms, self._start_ms))
            last = self._day(min(cleared_ms or self._end_ms, self._end_ms) - 1)
            for ahead in range(max((last - first).days, 0) + 1):
                self._count(self._part(rule), area, first + timedelta(days=ahead), level)

    def _part(self, name: str) -> str:
        """Give the component that a rule's warnings belong to, and to no other."""
        rule = self._catalog.rules.get(name)
        return "warnings" if rule is None else kind_of(rule).index_part

    def _count(self, code: str, place: str, day: date, n: float = 1.0) -> None:
        """Count at every level that the place has a code of."""
        for digits in self._digits:
            if len(place) >= digits:
                self._found.counts[code, place[:digits], day] += n

    def _ends_between(self, due_ms: int, ended_ms: int) -> Iterator[date]:
        """Give the days of the span whose end lies in (due, ended]."""
        day = self._day(max(due_ms, self._start_ms))
        while (end_ms := moment_of((day - date(1970, 1, 1)).days, 24, self._zone)) <= self._end_ms:
            if ended_ms < end_ms:
                return
            yield day
            day += timedelta(days=1)

    def _day(self, at_ms: int) -> date:
        return date_of(number_of(at_ms, self._zone)[0])
