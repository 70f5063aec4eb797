"""Indicators of the groups of a street partition at an instant, as counts that can be added up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from models.bounded import OTHERS
from models.cases.closed_loop.as_of import Instant, Judged
from models.cases.closed_loop.questions import CATALOGUE, NOW, By, IndicatorQuestion, Question
from models.cases.columns import CaseColumns, columns_of
from models.cases.indicators.backlog import backlog
from models.cases.indicators.group_sums import Entries, Group, GroupSums
from models.cases.indicators.live import LARGE, entries
from models.cases.indicators.measures import MEASURES
from models.cases.store import CaseStore
from models.cases.table import OpenCaseTable
from models.messages.closed_loop import LoopRow
from models.timing.zone import Zone

_DIMENSION: Final[dict[By, str]] = {
    "district": "all",
    "street": "street",
    "department": "department",
}
_EVERY_NAME: Final = 10**9
_PLACE: Final = {name: place for place, name in enumerate(MEASURES)}
Pair = tuple[float, int]  # numerator and denominator


class Rates:
    """Indicators at an instant; what several rules ask is computed once.

    Parameters
    ----------
    store : CaseStore
        With all its cases counted.
    instant : Instant
    district : str
        Code of the district, for the group of all cases.
    asked : sequence of str
        The measures of all questions (`measures_of`): no others are counted.
    """

    def __init__(
        self, store: CaseStore, instant: Instant, district: str, asked: Sequence[str]
    ) -> None:
        self._store, self._instant, self._district = store, instant, district
        self._asked = asked
        self._backlog: dict[tuple[str, Group], Pair] | None = None
        self._change: GroupSums | None = None

    def rows(self, question: IndicatorQuestion) -> list[LoopRow]:
        """Answer a question; a group without a case has no row."""
        pairs = self._now(question.code) if question.code in NOW else self._over_days(question)
        by = _DIMENSION[question.by]
        return [
            LoopRow(question.rule, self._district if by == "all" else name, above, below)
            for (dimension, name), (above, below) in sorted(pairs.items())
            if dimension == by and name not in ("", OTHERS) and (above or below)
        ]

    def _now(self, code: str) -> dict[Group, Pair]:
        """Give what is open now, by group."""
        if self._backlog is None:
            self._backlog = {}
            settled, earlier = self._instant.is_settled, self._instant.earlier
            for table, among in ((self._store.table, settled), (earlier, None)):
                for key, (above, below) in _counted(table, self._instant.at_ms, among):
                    known = self._backlog.get(key, (0.0, 0))
                    self._backlog[key] = known[0] + above, known[1] + below
        return {group: pair for (of, group), pair in self._backlog.items() if of == code}

    def _over_days(self, question: IndicatorQuestion) -> dict[Group, Pair]:
        """Sum both counts of an indicator over the whole days before the instant."""
        indicator = CATALOGUE[question.code]
        asked = [_PLACE[indicator.numerator]]
        asked += [_PLACE[indicator.denominator]] if indicator.denominator else []
        last = self._store.rules.zone.day_at(self._instant.at_ms) - 1
        days = range(last - question.window_d + 1, last + 1)
        large, found = self._store.indicators.group_sums["large"], dict[Group, list[int]]()
        for grouped in (large, self._changed()):
            matrix = grouped.sums.over(days)
            for group, row in grouped.groups.items():
                if row < len(matrix) and matrix[row, asked].any():
                    sums = found.setdefault(_known(group, large), [0] * len(asked))
                    for at, column in enumerate(asked):
                        sums[at] += int(matrix[row, column])
        return {
            group: (float(sums[0]), sums[1] if len(sums) > 1 else 0)
            for group, sums in found.items()
            if min(sums) >= 0 and any(sums)
        }

    def _changed(self) -> GroupSums:
        """Give what cases with later steps counted too much or too little."""
        if self._change is None:
            self._change = GroupSums(LARGE, len(MEASURES), _EVERY_NAME)
            for judged, sign in ((self._instant.taken_back, -1), (self._instant.put_instead, 1)):
                self._count(self._change, judged, sign)
        return self._change

    def _count(self, sums: GroupSums, judged: list[Judged], sign: int) -> None:
        if judged:
            states, limits = [one.state for one in judged], [one.limits for one in judged]
            rules = self._store.rules
            columns = columns_of(states, limits, filing_is_recorded=rules.files_cases)
            sums.add(columns, [_entries(columns, rules.zone, name, sign) for name in self._asked])


def measures_of(questions: Sequence[Question]) -> list[str]:
    """List the measures of indicators over days: of each the numerator, then the denominator."""
    names: list[str] = []
    for question in questions:
        if isinstance(question, IndicatorQuestion) and question.code not in NOW:
            indicator = CATALOGUE[question.code]
            names += [name for name in (indicator.numerator, indicator.denominator) if name]
    return list(dict.fromkeys(names))


def _entries(columns: CaseColumns, zone: Zone, name: str, sign: int) -> Entries:
    """Give what a measure counts, with its place among all measures."""
    found = entries(columns, zone, name, sign)
    return found._replace(column=np.full(len(found.case), _PLACE[name], dtype=np.int64))


def _known(group: Group, large: GroupSums) -> Group:
    """Give the group under which the store counts: one beyond its bounds is one of the others."""
    others = group[0], OTHERS
    return others if group not in large.groups and others in large.groups else group


def _counted(
    table: OpenCaseTable, at_ms: int, among: np.ndarray[tuple[int], np.dtype[np.bool_]] | None
) -> Iterator[tuple[tuple[str, Group], Pair]]:
    for one in backlog(table, at_ms, _EVERY_NAME, among):
        yield (one.indicator, (one.by, one.group)), (one.numerator, one.denominator or 0)
