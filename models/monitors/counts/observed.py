"""Writes down what a monitor of counts found: the signal of a series with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from config.catalog import CountRule, DropRule
from models.grid.codes import DISTRICT_DIGITS, STREET_DIGITS
from models.messages.evidence import OTHERS, CountEvidence
from models.messages.signals import Area, CountSignal, Scope
from models.monitors.case_history import CaseDay, CaseHistory
from models.monitors.counts.baseline import Baseline
from models.monitors.counts.count_test import (
    Departure,
    ObservedCounts,
)
from models.monitors.counts.groups import ALL, Groups
from models.monitors.counts.table import belongs_to
from models.monitors.evaluation import by_category, cells_of, leading, most_of
from models.timing.days import date_of, moment_of
from models.timing.evaluation_schedule import EvaluationTime

_WEEKS: Final = 4  # what is missing of a day is seen beside this many of its weekday


@dataclass(frozen=True)
class EvaluationContext:
    """What one evaluation is about."""

    rule: CountRule | DropRule
    zone: ZoneInfo
    groups: Groups
    evaluation: EvaluationTime
    history: CaseHistory
    known: Baseline


def signal_of(
    scope: EvaluationContext,
    row: int,
    counted: ObservedCounts,
    departure: Departure,
    *,
    active: bool,
) -> CountSignal:
    """Write down what was found of a series, or that it is usual again.

    Parameters
    ----------
    scope : EvaluationContext
    row : int
        Of the series.
    counted : ObservedCounts
    departure : Departure
    active : bool
    """
    rule, evaluation = scope.rule, scope.evaluation
    area, group = scope.known.series[row]
    start_ms = moment_of(evaluation.day, 0, scope.zone)
    is_drop = rule.counts_missing
    return CountSignal(
        id=f"{rule.name}.{area}.{group}.{evaluation.day}.{evaluation.hour}",
        feed=rule.feed,
        metric=rule.metric,
        area=Area.of(area),
        subject=f"{area}/{group}",
        scope=Scope.REGIONAL if departure.regional[row] else Scope.LOCAL,
        start_ms=start_ms,
        width_s=(moment_of(evaluation.day, evaluation.hour, scope.zone) - start_ms) // 1000,
        severity=float(departure.once_in_days[row]),
        is_least=bool(departure.is_least[row]),
        active=active,
        cells=_cells(scope, area, group) if active and not is_drop else [],
        direction="below" if is_drop else "above",
        group=group,
        evidence=_evidence(scope, row, counted, departure, active=active),
    )


def _evidence(
    scope: EvaluationContext,
    row: int,
    counted: ObservedCounts,
    departure: Departure,
    *,
    active: bool,
) -> CountEvidence:
    """Collect why."""
    known, is_drop = scope.known, scope.rule.counts_missing
    area, group = known.series[row]
    others = _others(known, area, group)
    ends = departure.low if is_drop else departure.high
    return CountEvidence(
        observed=float(counted.now[row]),
        expected=float(departure.expected[row]),
        low=float(departure.low[row]),
        high=float(departure.high[row]),
        baseline_n=int(known.days[row]),
        since=date_of(int(known.since[row])).isoformat(),
        until=date_of(known.until - 1).isoformat(),
        others=others[:OTHERS],
        others_n=len(others),
        is_whole_day=scope.evaluation.is_closing,
        leading=_leading(scope, area, group, is_drop=is_drop) if active else {},
        clears_at=float(ends[row]),
    )


def _others(known: Baseline, area: str, group: str) -> list[str]:
    """Name the streets with which a place was compared; a district has none."""
    if len(area) == DISTRICT_DIGITS:
        return []
    home = area[:STREET_DIGITS]
    streets = [
        other
        for other, same in known.series
        if same == group and len(other) == STREET_DIGITS and other != home
    ]
    return sorted(streets, key=lambda code: (abs(int(code) - int(home)), code))


def _cells(scope: EvaluationContext, area: str, group: str) -> list[str]:
    """Name the cells that the cases lie in, those with the most first."""
    day = scope.history.day(scope.evaluation.day).until(scope.evaluation.hour)
    return cells_of(day, _rows(scope, day, area, group))


def _leading(scope: EvaluationContext, area: str, group: str, *, is_drop: bool) -> dict[str, int]:
    """Name the categories of the cases; of a drop, of those that are missing."""
    history, evaluation = scope.history, scope.evaluation
    day = history.day(evaluation.day).until(evaluation.hour)
    if not is_drop:
        return leading(day, _rows(scope, day, area, group), history.categories)
    weekdays = [history.day(evaluation.day - 7 * week) for week in range(1, _WEEKS + 1)]
    now, *before = (
        by_category(each, _rows(scope, each, area, group), history.categories)
        for each in (day, *weekdays)
    )
    return most_of(np.mean(before, axis=0) - now, history.categories)


def _rows(scope: EvaluationContext, day: CaseDay, area: str, group: str) -> NDArray[np.bool_]:
    """Tell which rows of a day belong to a series."""
    members = scope.groups.members(scope.history.categories)
    belongs: NDArray[np.bool_] = members.get(group, members[ALL])[day.category]
    return belongs_to(day, area) & belongs
