"""Indicators of a whole file of cases, by group: what `gridpulse kpi` prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.cases.columns import NEVER, CaseColumns, Names
from models.cases.indicators.definitions import INDICATORS, Indicator
from models.cases.indicators.measures import MEASURES, is_timed, seconds_to_close
from models.cases.indicators.ranking import wilson
from models.timing.zone import Times, Zone

DIMENSIONS: Final = (
    "street",
    "community",
    "cell",
    "department",
    "category",
    "source",
    "beat",
    "month",
)
UNKNOWN: Final = "(unknown)"

# What depends on the end of the data, or is no ratio of sums, beside `INDICATORS`.
OVERDUE: Final = Indicator(
    "overdue",
    "超期未结数",
    "overdue",
    "overdue",
    "",
    "cases filed in the period, still open at the end of the data and not held, whose limit passed "
    "before it",
    "limit",
)
CLOSED_LATE: Final = Indicator(
    "closed_late",
    "超期结案数",
    "closed late",
    "closed_late",
    "",
    "cases filed in the period and closed after their limit",
    "limit",
)
MEDIAN: Final = Indicator(
    "median_hours_to_close",
    "结案时长中位数",
    "median hours to close",
    "within_median",
    "timed",
    "median hours from filing to closing, all hours counted, of the closed cases among those filed "
    "in the period, as in the mean; numerator: cases that took no longer than it",
    "calendar-hours",
)
BASIC: Final = (
    "filed",
    "closed",
    "open",
    "overdue",
    "closed_late",
    "due",
    "closed_of_filed",
    "closed_of_due",
    "closed_in_time_of_due",
    "mean_hours_to_close",
    "median_hours_to_close",
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One indicator of one group; `value` is None where the denominator is 0.

    `unit` is `cases`, `share` or `hours`; the numerator of mean hours is their sum, rounded.
    `low` and `high` are the 95 % interval of a share (Wilson), None for all else.
    """

    group: str
    indicator: str
    numerator: int
    denominator: int | None
    value: float | None
    definition: str
    clock: str
    unit: str
    zh: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class _Grouping:
    """Which group each case belongs to, for a count that stands at some time."""

    labels: tuple[str, ...]
    of_case: NDArray[np.int64] | None  # None: by the month of the count
    zone: Zone
    start_ms: int
    end_ms: int

    def of(self, anchor: Times, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the group of each of some rows; `anchor` is the time at which they count."""
        if self.of_case is not None:
            return self.of_case[rows]
        return np.searchsorted(np.array(self.labels), months(anchor[rows], self.zone))

    def sums(self, anchor: Times, weight: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sum of the weights of each group, of what stands inside the period."""
        inside = np.flatnonzero((anchor >= self.start_ms) & (anchor <= self.end_ms))
        total = np.zeros(len(self.labels), dtype=np.int64)
        np.add.at(total, self.of(anchor, inside), weight[inside])
        return total


def months(times_ms: Times, zone: Zone) -> NDArray[np.str_]:
    """Local months `YYYY-MM` of instants."""
    local = zone.local(times_ms).astype("datetime64[ms]").astype("datetime64[M]")
    result: NDArray[np.str_] = local.astype("U7")
    return result


def evaluate(cases: CaseColumns, by: str, zone: Zone, span: tuple[int, int]) -> list[Row]:
    """Compute all indicators of each group.

    Parameters
    ----------
    cases : CaseColumns
    by : str
        `all` or one of `DIMENSIONS`. By month, everything counts in the month of its own time: a
        case in the month of its filing, a limit in the month in which it falls.
    zone : Zone
        Local time of the city.
    span : (int, int)
        Begin and end of the data, epoch milliseconds: the period. A limit after the end has not
        come due.

    Returns
    -------
    list of Row
        Group by group in the order of their names; indicators that the data do not allow (nothing
        in numerator and denominator in any group) are left out, the basic ones never.
    """
    grouping = _grouping(cases, by, zone, span)
    sums = {
        name: grouping.sums(measure.anchor(cases), measure.weight(cases))
        for name, measure in MEASURES.items()
    }
    overdue = cases.is_open & ~cases.is_held & (cases.due != NEVER) & (cases.due < span[1])
    late = (cases.closed != NEVER) & (cases.due != NEVER) & (cases.closed > cases.due)
    sums["overdue"] = grouping.sums(cases.filed, overdue.astype(np.int64))
    sums["closed_late"] = grouping.sums(cases.filed, late.astype(np.int64))
    medians, within = _medians(cases, grouping)
    sums["within_median"] = within
    table = {**INDICATORS, **{one.code: one for one in (OVERDUE, CLOSED_LATE, MEDIAN)}}
    shown = [table[code] for code in BASIC]
    shown += [one for code, one in table.items() if code not in BASIC and _allowed(one, sums)]
    return [
        _row(one, label, index, sums, medians)
        for index, label in enumerate(grouping.labels)
        for one in shown
    ]


def _grouping(cases: CaseColumns, by: str, zone: Zone, span: tuple[int, int]) -> _Grouping:
    if by == "month":
        named = np.concatenate([months(times, zone) for times in _in_span(cases, span)])
        return _Grouping(
            labels=tuple(str(name) for name in np.unique(named)),
            of_case=None,
            zone=zone,
            start_ms=span[0],
            end_ms=span[1],
        )
    column = np.full(len(cases), "all", dtype=object) if by == "all" else _column(cases, by)
    labels, of_case = np.unique(column.astype(str), return_inverse=True)
    return _Grouping(
        labels=tuple(str(label) for label in labels),
        of_case=of_case,
        zone=zone,
        start_ms=span[0],
        end_ms=span[1],
    )


def _column(cases: CaseColumns, by: str) -> Names:
    column: Names = getattr(cases, by)
    result: Names = np.where(column == "", UNKNOWN, column)
    return result


def _in_span(cases: CaseColumns, span: tuple[int, int]) -> Iterator[Times]:
    for measure in MEASURES.values():
        anchor = measure.anchor(cases)
        yield anchor[(anchor >= span[0]) & (anchor <= span[1])]


def _medians(
    cases: CaseColumns, grouping: _Grouping
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Median hours of each group, and how many of its cases took no longer."""
    inside = (cases.filed >= grouping.start_ms) & (cases.filed <= grouping.end_ms)
    timed = np.flatnonzero(is_timed(cases) & inside)
    seconds, group = seconds_to_close(cases)[timed], grouping.of(cases.filed, timed)
    order = np.argsort(group, kind="stable")
    medians = np.full(len(grouping.labels), np.nan)
    within = np.zeros(len(grouping.labels), dtype=np.int64)
    members, first = np.unique(group[order], return_index=True)
    for index, some in zip(members.tolist(), np.split(seconds[order], first[1:]), strict=False):
        middle = float(np.median(some))
        medians[index], within[index] = middle / 3600, int((some <= middle).sum())
    return medians, within


def _allowed(one: Indicator, sums: dict[str, NDArray[np.int64]]) -> bool:
    """Tell whether the data say anything about an indicator."""
    return bool(sums[one.denominator or one.numerator].any())


def _row(
    one: Indicator,
    label: str,
    index: int,
    sums: dict[str, NDArray[np.int64]],
    medians: NDArray[np.float64],
) -> Row:
    numerator = int(sums[one.numerator][index])
    denominator = int(sums[one.denominator][index]) if one.denominator else None
    value = one.value(numerator, denominator)
    if one is MEDIAN:
        value = None if np.isnan(medians[index]) else float(medians[index])
    low, high = None, None
    if denominator and _unit(one) == "share":
        low, high = wilson(numerator, denominator)
    return Row(
        group=label,
        indicator=one.code,
        numerator=round(numerator / 3600) if one.is_duration else numerator,
        denominator=denominator,
        value=value,
        definition=one.definition,
        clock=one.clock,
        unit=_unit(one),
        zh=one.zh,
        low=low,
        high=high,
    )


def _unit(one: Indicator) -> str:
    if one.clock == "calendar-hours":
        return "hours"
    return "share" if one.denominator else "cases"
