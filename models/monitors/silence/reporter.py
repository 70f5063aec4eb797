"""Silence as anomalies: one for an area, from its first silent source until all speak again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from config.catalog import NAMED_SPEAKERS, SilenceRule
from models.messages.anomalies import Anomaly, AnomalyBatch, Evidence
from models.monitors.silence.heartbeats import OverdueSource

CELLS: Final = 200  # silent cells named of one area
NAMED: Final = 8  # silent beats or departments
DISTRICT_DIGITS: Final = 6
RARE_DAYS: Final = (
    1000  # gaps in which one as long is expected (see `models.detect.silence.rhythm.RARE`)
)


class SilenceReporter(msgspec.Struct, kw_only=True):
    """State of one rule: silent sources by area, as told last; small, saved whole."""

    total: int = 0
    areas: dict[str, Anomaly] = {}
    named: dict[str, list[str]] = {}

    def tell(
        self, rule: SilenceRule, waits: Mapping[str, Sequence[OverdueSource]], now_ms: int
    ) -> AnomalyBatch:
        """Tell who is silent now and which areas have found their voice again.

        Parameters
        ----------
        rule : SilenceRule
        waits : mapping of str to sequence of Wait
            Overdue sources by the code of their area, none of them empty.
        now_ms : int
            Event time.
        """
        least = min(rule.levels.values())
        told: list[Anomaly] = []
        for area, silent in sorted(waits.items()):
            lasting = [w for w in silent if w.hours >= rule.minimum and w.score >= least]
            if lasting:
                told.append(self._anomaly(rule, area, lasting, now_ms))
        loud = {anomaly.cell for anomaly in told}
        over = [a for area, a in self.areas.items() if area not in loud]
        self.areas = {anomaly.cell: anomaly for anomaly in told}
        self.named = {area: [w.source for w in waits[area]] for area in self.areas}
        self.total += len(told)
        ended = [msgspec.structs.replace(a, active=False, grown=False) for a in over]
        return AnomalyBatch(
            feed=rule.feed,
            tick_ms=now_ms,
            anomalies=sorted(told + ended, key=lambda anomaly: anomaly.cell),
            total=self.total,
            detector=rule.detector,
            metric=rule.metric,
        )

    def _anomaly(
        self, rule: SilenceRule, area: str, waits: Sequence[OverdueSource], now_ms: int
    ) -> Anomaly:
        worst = max(waits, key=lambda wait: (wait.score, wait.source))
        since_ms = now_ms - round(max(wait.hours for wait in waits) * 3_600_000)
        before = set(self.named.get(area, ()))
        ranked = [w.source for w in sorted(waits, key=lambda wait: (-wait.hours, wait.source))]
        evidence = Evidence(
            observed=worst.hours,
            expected=worst.usual,
            low=0.0,
            high=worst.longest,
            region=None,
            scope="regional" if len(area) == DISTRICT_DIGITS else "local",
            baseline_n=worst.gaps,
            once_in_days=RARE_DAYS * max(worst.usual, 1.0) / 24,
            clears_below=worst.longest,
            sources=len(waits),
            named=ranked[:NAMED] if rule.metric in NAMED_SPEAKERS else [],
        )
        return Anomaly(
            id=f"silence.{rule.feed}.{rule.metric}.{area}.{now_ms}",
            detector=rule.detector,
            feed=rule.feed,
            metric=rule.metric,
            cell=area,
            cells=[w.source for w in waits[:CELLS]] if rule.metric == "sensors" else [],
            start_ms=since_ms,
            width_s=(now_ms - since_ms) // 1000,
            score=worst.score,
            active=True,
            grown=bool(before) and not {wait.source for wait in waits} <= before,
            evidence=evidence,
        )
