"""Writes down what a watch over counts found: the anomaly of a series with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from config.catalog import CountRule, DropRule
from models.messages.anomalies import OTHERS, Anomaly, Evidence
from models.monitors.case_history import CaseDay, CaseHistory
from models.monitors.counts.baseline import Baseline
from models.monitors.counts.count_test import (
    DISTRICT_DIGITS,
    STREET_DIGITS,
    Departure,
    ObservedCounts,
)
from models.monitors.counts.groups import ALL, Groups
from models.monitors.counts.table import belongs_to
from models.monitors.evaluation import EvaluationTime, by_category, cells_of, leading, most_of
from models.timing.days import date_of, moment_of

_WEEKS: Final = 4  # what is missing of a day is seen beside this many of its weekday


@dataclass(frozen=True)
class EvaluationContext:
    """What one look of a watch is about."""

    rule: CountRule | DropRule
    zone: ZoneInfo
    groups: Groups
    look: EvaluationTime
    ledger: CaseHistory
    known: Baseline


def anomaly_of(
    scope: EvaluationContext,
    row: int,
    counted: ObservedCounts,
    departure: Departure,
    *,
    active: bool,
) -> Anomaly:
    """Write down what was found of a series, or that it is usual again.

    Parameters
    ----------
    scope : Scope
    row : int
        Of the series.
    counted : Counted
    departure : Departure
    active : bool
    """
    rule, look = scope.rule, scope.look
    area, group = scope.known.series[row]
    start_ms = moment_of(look.day, 0, scope.zone)
    score = float(departure.once_in_days[row])
    is_drop = isinstance(rule, DropRule)
    ends = departure.low if is_drop else departure.high
    others = _others(scope.known, area, group)
    return Anomaly(
        id=f"{rule.detector}.{rule.feed}.{area}.{group}.{look.day}.{look.hour}",
        detector=rule.detector,
        feed=rule.feed,
        metric=rule.metric,
        cell=area,
        about=group,
        cells=_cells(scope, area, group) if active and not is_drop else [],
        start_ms=start_ms,
        width_s=(moment_of(look.day, look.hour, scope.zone) - start_ms) // 1000,
        score=score,
        active=active,
        evidence=Evidence(
            observed=float(counted.now[row]),
            expected=float(departure.expected[row]),
            low=float(departure.low[row]),
            high=float(departure.high[row]),
            region=None,
            scope="regional" if departure.regional[row] else "local",
            baseline_n=scope.known.until - scope.known.first,
            since=date_of(scope.known.first).isoformat(),
            until=date_of(scope.known.until - 1).isoformat(),
            others=others[:OTHERS],
            others_n=len(others),
            once_in_days=score,
            clears_below=float(ends[row]),
            days=int(look.is_closing),
            leading=_leading(scope, area, group, is_drop=is_drop) if active else {},
        ),
    )


def _others(known: Baseline, area: str, group: str) -> list[str]:
    """Name the streets with which a place was compared, as `Evidence` does; a district has none."""
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
    day = scope.ledger.day(scope.look.day).until(scope.look.hour)
    return cells_of(day, _rows(scope, day, area, group))


def _leading(scope: EvaluationContext, area: str, group: str, *, is_drop: bool) -> dict[str, int]:
    """Name the categories of the cases; of a drop, of those that are missing."""
    ledger, look = scope.ledger, scope.look
    day = ledger.day(look.day).until(look.hour)
    if not is_drop:
        return leading(day, _rows(scope, day, area, group), ledger.categories)
    weekdays = [ledger.day(look.day - 7 * week) for week in range(1, _WEEKS + 1)]
    now, *before = (
        by_category(each, _rows(scope, each, area, group), ledger.categories)
        for each in (day, *weekdays)
    )
    return most_of(np.mean(before, axis=0) - now, ledger.categories)


def _rows(scope: EvaluationContext, day: CaseDay, area: str, group: str) -> NDArray[np.bool_]:
    """Tell which rows of a day belong to a series."""
    members = scope.groups.members(scope.ledger.categories)
    belongs: NDArray[np.bool_] = members.get(group, members[ALL])[day.category]
    return belongs_to(day, area) & belongs
