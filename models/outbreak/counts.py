"""Watches the counts of cases: a baseline a week, a verdict a look, and what is flagged."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from config.catalog import CountRule
from models.detect.anomaly import Anomaly, AnomalyBatch, Evidence
from models.detect.base import Floats
from models.detect.holidays import Holidays
from models.outbreak.baseline import LEAST_DAYS, Baseline, fit_baseline
from models.outbreak.days import LOOK_HOURS, moment_of, weekday_of
from models.outbreak.excess import Counted, Excess, judge
from models.outbreak.findings import Look, batch_of, cells_of, leading
from models.outbreak.groups import ALL, Groups
from models.outbreak.ledger import Day, Ledger
from models.outbreak.table import Series, Table, belongs_to, count_series
from models.outbreak.told import Told

_HOURS_DAYS = 91  # days that the usual course of a day is taken from
_SUNDAY = 6  # the day after which the baseline is fitted anew


class Flags(msgspec.Struct, kw_only=True):
    """Small part of the state: what is flagged, by subject."""

    total: int = 0
    flagged: dict[str, Anomaly] = {}


class CountWatch:
    """One rule of kind `counts`.

    A series that was flagged by a whole day stays so until another whole day says otherwise: the
    first hours of a day could not tell.

    Parameters
    ----------
    rule : CountRule
    zone : ZoneInfo
        Of the city.
    holidays : Holidays
        Of the city.
    """

    def __init__(self, rule: CountRule, zone: ZoneInfo, holidays: Holidays) -> None:
        self._rule, self._zone, self._holidays = rule, zone, holidays
        self._groups = Groups(rule)
        self._table = Table(self._groups)
        self._baseline: Baseline | None = None
        self._flags = Flags()
        self._told = Told()
        self._begin = min(rule.levels.values())
        self._changed: set[str] = set()

    def look(self, look: Look, ledger: Ledger, changed: set[int]) -> AnomalyBatch:
        """Judge a day so far, or the whole day."""
        self._table.update(ledger, changed)
        self._told.take(look.day, look.hour, ledger)
        if look.is_closing:
            self._maybe_fit(ledger, look.day + 1)
        anomalies = self._judge(look, ledger) if self._baseline is not None else []
        self._flags.total += sum(anomaly.active for anomaly in anomalies)
        self._changed |= {"flags", "told"}
        return batch_of(self._rule, look, anomalies, self._flags.total)

    def changes(self) -> dict[str, bytes | None]:
        """Give the fields that changed since the last call."""
        fields: dict[str, bytes | None] = {}
        if "flags" in self._changed:
            fields["flags"] = msgspec.msgpack.encode(self._flags)
        if "told" in self._changed:
            fields["told"] = msgspec.msgpack.encode(self._told)
        if "baseline" in self._changed and self._baseline is not None:
            fields["baseline"] = self._baseline.to_bytes()
        self._changed.clear()
        return fields

    def restore(self, fields: Mapping[str, bytes], ledger: Ledger) -> None:
        """Load what `changes` gave; the table comes from the ledger."""
        self._table.update(ledger, ledger.days)
        if "flags" in fields:
            self._flags = msgspec.msgpack.decode(fields["flags"], type=Flags)
        if "told" in fields:
            self._told = msgspec.msgpack.decode(fields["told"], type=Told)
        if "baseline" in fields:
            known = Baseline.from_bytes(fields["baseline"])
            self._baseline = known if known.fits(self._holidays) else None  # then fitted anew

    def _maybe_fit(self, ledger: Ledger, day: int) -> None:
        """Fit to the days before `day`, once a week and as soon as there is enough."""
        if self._baseline is not None and weekday_of(day - 1) != _SUNDAY:
            return
        first = ledger.first_day()
        if first is None or day - first < LEAST_DAYS:
            return
        self._baseline = fit_baseline(self._table, _hours(ledger, day), day, self._holidays)
        self._changed.add("baseline")

    def _judge(self, look: Look, ledger: Ledger) -> list[Anomaly]:
        known = self._baseline
        assert known is not None
        day = ledger.day(look.day).until(look.hour)
        shares, place = self._told.shares(look.day, ledger), LOOK_HOURS.index(look.hour)
        counted = Counted(
            now=self._counts(known.series, day, ledger),
            before=self._counts(known.series, ledger.day(look.day - 1), ledger),
            share=float(known.hours[look.hour] * shares[place]),
            share_before=float(shares[len(LOOK_HOURS) + place]),
            is_closing=look.is_closing,
        )
        excess = judge(
            known.series,
            counted,
            known.expected(look.day, self._holidays),
            known.expected(look.day - 1, self._holidays),
            minimum=self._rule.minimum,
            rate=1 / self._begin,
        )
        told = [
            self._described(anomaly, day, ledger)
            for anomaly in self._tell(look, known, counted, excess)
        ]
        self._flags.flagged = {anomaly.subject: anomaly for anomaly in told if anomaly.active}
        return told

    def _counts(self, series: list[Series], day: Day, ledger: Ledger) -> Floats:
        counts = count_series(day, self._groups, ledger.categories)
        return np.array([counts.get(each, 0) for each in series], dtype=np.float64)

    def _tell(self, look: Look, known: Baseline, counted: Counted, excess: Excess) -> list[Anomaly]:
        """Give what is flagged now, and what was until now."""
        anomalies: list[Anomaly] = []
        before = self._flags.flagged
        for row, (area, group) in enumerate(known.series):
            subject = f"{area}/{group}"
            held, score = before.get(subject), float(excess.once_in_days[row])
            if held is None and not (excess.found[row] and score >= self._begin):
                continue
            anomaly = self._anomaly(look, known, row, counted, excess)
            if held is not None and not look.is_closing and held.score >= score:
                anomaly = held
            elif score < self._begin * (self._rule.release if held else 1):
                anomaly = msgspec.structs.replace(anomaly, active=False)
            anomalies.append(anomaly)
        told = {anomaly.subject for anomaly in anomalies}
        gone = [anomaly for subject, anomaly in before.items() if subject not in told]
        return anomalies + [msgspec.structs.replace(anomaly, active=False) for anomaly in gone]

    def _anomaly(
        self, look: Look, known: Baseline, row: int, counted: Counted, excess: Excess
    ) -> Anomaly:
        area, group = known.series[row]
        start_ms = moment_of(look.day, 0, self._zone)
        evidence = Evidence(
            observed=float(counted.now[row]),
            expected=float(excess.expected[row]),
            low=0.0,
            high=float(excess.high[row]),
            region=None,
            scope="regional" if excess.regional[row] else "local",
            baseline_n=known.fitted - known.first,
            once_in_days=float(excess.once_in_days[row]),
            clears_below=float(excess.high[row]),
            days=int(look.is_closing),
        )
        return Anomaly(
            id=f"counts.{self._rule.feed}.{area}.{group}.{look.day}.{look.hour}",
            detector=self._rule.detector,
            feed=self._rule.feed,
            metric=self._rule.metric,
            cell=area,
            about=group,
            start_ms=start_ms,
            width_s=(moment_of(look.day, look.hour, self._zone) - start_ms) // 1000,
            score=float(excess.once_in_days[row]),
            active=True,
            evidence=evidence,
        )

    def _described(self, anomaly: Anomaly, day: Day, ledger: Ledger) -> Anomaly:
        """Add which cells and categories the cases were of."""
        if anomaly.cells or not anomaly.active or not day.cell.size:
            return anomaly
        members = self._groups.members(ledger.categories)
        rows = (
            belongs_to(day, anomaly.cell) & members.get(anomaly.about, members[ALL])[day.category]
        )
        evidence = msgspec.structs.replace(
            anomaly.evidence, leading=leading(day, rows, ledger.categories)
        )
        return msgspec.structs.replace(anomaly, evidence=evidence, cells=cells_of(day, rows))


def _hours(ledger: Ledger, day: int) -> Floats:
    """Share of the newest days' cases that had happened before each full hour, shape (25,)."""
    totals = np.ones(24)  # one case an hour: without any history a day fills evenly
    for each in range(day - _HOURS_DAYS, day):
        known = ledger.day(each)
        totals += np.bincount(known.hour, known.count, minlength=24)[:24]
    return np.concatenate([[0.0], np.cumsum(totals) / totals.sum()])
