"""Watches the counts of cases: a baseline a week, a judgement at each evaluation time, flags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from config.catalog import CountRule, DropRule
from models.detect.contract import Floats
from models.detect.stats.supported import longest_supported
from models.grid.codes import DISTRICT_DIGITS, STREET_DIGITS
from models.messages.signals import CountSignal, SignalBatch
from models.monitors.case_history import CaseHistory
from models.monitors.counts.baseline import LEAST_DAYS, Baseline, BaselineCache
from models.monitors.counts.completeness import ReportingCompleteness
from models.monitors.counts.count_test import (
    DROP,
    RISE,
    Departure,
    ObservedCounts,
    judge,
)
from models.monitors.counts.groups import ALL, Groups
from models.monitors.counts.observed import EvaluationContext, signal_of
from models.monitors.counts.table import Series, Table, count_series
from models.monitors.evaluation import batch_of
from models.monitors.reach import ENDLESS, Reach
from models.timing.days import number_of, weekday_of
from models.timing.evaluation_schedule import EVALUATION_HOURS, EvaluationTime
from models.timing.holidays import Holidays

HELD_DAYS: Final = 7  # a flag outlives days that can say nothing by so much: a weekday comes again
_SUNDAY: Final = 6  # the day after which the baseline is fitted anew


class Flags(msgspec.Struct, kw_only=True):
    """Small part of the state: what is flagged, by subject."""

    total: int = 0
    flagged: dict[str, CountSignal] = {}


class CountMonitor:
    """One rule of kind `counts` or `drops`.

    A series that was flagged by a whole day stays so until another whole day says otherwise: the
    first hours of a day could not tell. A drop is judged by whole days only.

    Parameters
    ----------
    rule : CountRule or DropRule
    zone : ZoneInfo
        Of the city.
    holidays : Holidays
        Of the city.
    fits : BaselineCache
        Gives its baselines; monitors that count the same cases share one.
    leaves_silence : bool
        A street without any case is not flagged as a drop: a rule of kind `silence` tells it.
    """

    def __init__(
        self,
        rule: CountRule | DropRule,
        zone: ZoneInfo,
        holidays: Holidays,
        fits: BaselineCache,
        *,
        leaves_silence: bool = False,
    ) -> None:
        self._rule, self._zone, self._holidays, self._baselines = rule, zone, holidays, fits
        self._side = DROP if rule.counts_missing else RISE
        self._leaves_silence = leaves_silence and self._side is DROP
        self._groups = Groups(rule)
        self._table = Table(self._groups)
        self._baseline: Baseline | None = None
        self._flags = Flags()
        self._completeness = ReportingCompleteness()
        self._begin = min(rule.levels.values())
        self._changed: set[str] = set()

    def evaluate(
        self, evaluation: EvaluationTime, history: CaseHistory, changed: set[int]
    ) -> SignalBatch | None:
        """Judge a day so far, or the whole day; None where the day so far can say nothing."""
        self._table.update(history, changed)
        self._completeness.apply(evaluation.day, evaluation.hour, history)
        self._changed.add("completeness")
        if evaluation.is_closing:
            self._maybe_fit(history, evaluation.day + 1)
        elif self._side is DROP:
            return None
        signals = self._judge(evaluation, history) if self._baseline is not None else []
        self._flags.total += sum(signal.active for signal in signals)
        self._changed.add("flags")
        return batch_of(self._rule, evaluation, signals, self._flags.total)

    def reach(self, history: CaseHistory) -> Reach:
        """Give how rare the emptiest day could be called; an excess only the history bounds."""
        known = self._baseline
        if known is None:
            first, newest = history.first_day(), max(history.days, default=0)
            days = 0 if first is None else newest - first + 1
            return Reach(most=0.0, why=f"{LEAST_DAYS} days of cases are needed, there are {days}")
        if not known.series:
            return Reach(most=0.0, why="no group has enough cases")
        days = int(known.days.max())
        supported = longest_supported(days)
        bounded = Reach(most=supported, modelled=ENDLESS, why=f"{days} days of history")
        if self._side is not DROP:
            return bounded
        day, none = known.fitted, np.zeros(len(known.series))
        expected = known.expected(day, self._holidays)
        counted = ObservedCounts(now=none, before=expected.mean, share=1.0, is_closing=True)
        departure = judge(
            known.series,
            counted,
            expected,
            expected,
            side=DROP,
            minimum=self._rule.minimum,
            rate=1,
            most_days=np.full(len(known.series), ENDLESS),
        )
        most = float(np.max(departure.once_in_days, initial=0.0, where=departure.is_judged))
        if most > supported:
            return bounded
        return Reach(most=most, why=f"{expected.mean.max():.1f} cases a day are expected at most")

    def rewind(self, day: int) -> None:
        """Forget what was seen and flagged on later days."""
        self._completeness.seen = {
            each: seen for each, seen in self._completeness.seen.items() if each <= day
        }
        self._flags.flagged = {
            subject: signal
            for subject, signal in self._flags.flagged.items()
            if number_of(signal.start_ms, self._zone)[0] <= day
        }
        self._changed |= {"completeness", "flags"}
        if self._baseline is not None and self._baseline.fitted > day:
            self._baseline = None  # fitted anew to the days that there are
            self._changed.add("baseline")

    def changes(self) -> dict[str, bytes | None]:
        """Give the fields that changed since the last call."""
        fields: dict[str, bytes | None] = {}
        if "flags" in self._changed:
            fields["flags"] = msgspec.msgpack.encode(self._flags)
        if "completeness" in self._changed:
            fields["completeness"] = msgspec.msgpack.encode(self._completeness)
        if "baseline" in self._changed:
            fields["baseline"] = None if self._baseline is None else self._baseline.to_bytes()
        self._changed.clear()
        return fields

    def restore(self, fields: Mapping[str, bytes], history: CaseHistory) -> None:
        """Load what `changes` gave; the table comes from the ledger."""
        self._table.update(history, history.days)
        if "flags" in fields:
            self._flags = msgspec.msgpack.decode(fields["flags"], type=Flags)
        if "completeness" in fields:
            self._completeness = msgspec.msgpack.decode(
                fields["completeness"], type=ReportingCompleteness
            )
        if "baseline" in fields:
            known = Baseline.from_bytes(fields["baseline"])
            self._baseline = known if known.fits(self._holidays) else None  # then fitted anew

    def _maybe_fit(self, history: CaseHistory, day: int) -> None:
        """Fit to the days before `day`, once a week and as soon as there is enough."""
        if self._baseline is not None and weekday_of(day - 1) != _SUNDAY:
            return
        first = history.first_day()
        if first is None or day - first < LEAST_DAYS:
            return
        self._baseline = self._baselines.until(day, self._table, history, self._holidays)
        self._changed.add("baseline")

    def _judge(self, evaluation: EvaluationTime, history: CaseHistory) -> list[CountSignal]:
        known = self._baseline
        assert known is not None
        counted = self._counted(evaluation, history, known)
        departure = judge(
            known.series,
            counted,
            known.expected(evaluation.day, self._holidays),
            known.expected(evaluation.day - 1, self._holidays),
            side=self._side,
            minimum=self._rule.minimum,
            rate=1 / self._begin,
            most_days=np.array([longest_supported(days) for days in known.days.tolist()]),
        )
        scope = EvaluationContext(self._rule, self._zone, self._groups, evaluation, history, known)
        signals = self._signals(scope, counted, departure)
        self._flags.flagged = {signal.subject: signal for signal in signals if signal.active}
        return signals

    def _counted(
        self, evaluation: EvaluationTime, history: CaseHistory, known: Baseline
    ) -> ObservedCounts:
        """Count the day, and say how much of it should be known by now."""
        now, before = (
            count_series(day, self._groups, history.categories)
            for day in (
                history.day(evaluation.day).until(evaluation.hour),
                history.day(evaluation.day - 1),
            )
        )
        shares, variances = self._completeness.shares(evaluation.day, history)
        place, hours = EVALUATION_HOURS.index(evaluation.hour), float(known.hours[evaluation.hour])
        return ObservedCounts(
            now=_of(known.series, now),
            before=_of(known.series, before),
            share=hours * float(shares[place]),
            share_variance=hours**2 * float(variances[place]),
            share_before=float(shares[len(EVALUATION_HOURS) + place]),
            is_closing=evaluation.is_closing,
            empty_areas=_empty_areas(known.series, now) if self._leaves_silence else frozenset(),
        )

    def _signals(
        self, scope: EvaluationContext, counted: ObservedCounts, departure: Departure
    ) -> list[CountSignal]:
        """Give what is flagged now, and what was until now."""
        signals: list[CountSignal] = []
        before = dict(self._flags.flagged)
        for row, (area, group) in enumerate(scope.known.series):
            held, score = before.pop(f"{area}/{group}", None), float(departure.once_in_days[row])
            is_few = 2 * counted.now[row] < departure.expected[row]
            if held is not None and is_few and not departure.is_judged[row]:
                # Nobody can say whether it stands; after a while it is left unmentioned: no data.
                flagged_day = number_of(held.start_ms, self._zone)[0]
                signals += [held] if scope.evaluation.day - flagged_day <= HELD_DAYS else []
            elif held is not None and not scope.evaluation.is_closing and held.severity >= score:
                signals.append(held)
            elif held is not None or (departure.found[row] and score >= self._begin):
                least = self._begin * (self._rule.release if held else 1)
                signals.append(signal_of(scope, row, counted, departure, active=score >= least))
        return signals + [msgspec.structs.replace(gone, active=False) for gone in before.values()]


def _of(series: list[Series], counts: Mapping[Series, int]) -> Floats:
    return np.array([counts.get(each, 0) for each in series], dtype=np.float64)


def _empty_areas(series: list[Series], counts: Mapping[Series, int]) -> frozenset[str]:
    """Name the district and its streets that had no case of any kind."""
    return frozenset(
        area
        for area, _ in series
        if len(area) in (DISTRICT_DIGITS, STREET_DIGITS) and (area, ALL) not in counts
    )
