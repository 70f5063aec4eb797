"""Silence as signals: one for an area, from its first silent source until all report again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from config.catalog import NAMED_SOURCES, SilenceRule
from config.levels import LEAST_DAYS
from models.detect.stats.supported import longest_supported
from models.grid.codes import AreaKind
from models.messages.bounds import LONGEST_S
from models.messages.evidence import SilenceEvidence
from models.messages.signals import Area, Scope, SignalBatch, SilenceSignal
from models.monitors.silence.heartbeats import OverdueSource
from models.timing.units import HOUR_MS

CELLS: Final = 200  # silent cells named of one area
NAMED: Final = 8  # silent beats or departments


class SilenceReporter(msgspec.Struct, kw_only=True):
    """State of one rule: silent sources by area, as reported last; small, saved whole."""

    total: int = 0
    areas: dict[str, SilenceSignal] = {}
    named: dict[str, list[str]] = {}

    def report(
        self,
        rule: SilenceRule,
        overdue: Mapping[str, Sequence[OverdueSource]],
        watched: Mapping[str, int],
        now_ms: int,
    ) -> SignalBatch:
        """Report who is silent now and which areas have ended their silence.

        Parameters
        ----------
        rule : SilenceRule
        overdue : mapping of str to sequence of OverdueSource
            By the code of their area, none of them empty.
        watched : mapping of str to int
            By the code of an area, how many sources are listened to in it.
        now_ms : int
            Event time.
        """
        least = min(rule.levels.values())
        found: list[SilenceSignal] = []
        for area, silent in sorted(overdue.items()):
            lasting = [w for w in silent if w.hours >= rule.minimum and w.excess >= least]
            if lasting:
                found.append(self._signal(rule, area, lasting, watched.get(area, 1), now_ms))
        still = {signal.subject for signal in found}
        over = [signal for area, signal in self.areas.items() if area not in still]
        self.areas = {signal.subject: signal for signal in found}
        self.named = {area: [each.source for each in overdue[area]] for area in self.areas}
        self.total += len(found)
        ended = [msgspec.structs.replace(each, active=False, grown=False) for each in over]
        return SignalBatch(
            feed=rule.feed,
            rule=rule.name,
            tick_ms=now_ms,
            signals=sorted([*found, *ended], key=lambda signal: signal.subject),
            total=self.total,
        )

    def _signal(
        self,
        rule: SilenceRule,
        area: str,
        silent: Sequence[OverdueSource],
        watched: int,
        now_ms: int,
    ) -> SilenceSignal:
        worst = max(silent, key=lambda each: (each.excess, each.source))
        since_ms = now_ms - round(max(each.hours for each in silent) * HOUR_MS)
        before = set(self.named.get(area, ()))
        place = Area.of(area)
        modelled = worst.once_in_days / watched
        most = longest_supported(worst.known_days)
        return SilenceSignal(
            id=f"{rule.name}.{area}.{now_ms}",
            feed=rule.feed,
            metric=rule.metric,
            area=place,
            subject=area,
            scope=Scope.REGIONAL if place.kind is AreaKind.DISTRICT else Scope.LOCAL,
            start_ms=since_ms,
            width_s=min((now_ms - since_ms) // 1000, LONGEST_S),
            severity=min(modelled, most),
            is_least=modelled > most,
            active=True,
            grown=bool(before) and not {each.source for each in silent} <= before,
            cells=[each.source for each in silent[:CELLS]] if rule.metric == "sensors" else [],
            evidence=_evidence(rule, worst, silent, is_rare=modelled >= LEAST_DAYS),
        )


def _evidence(
    rule: SilenceRule, worst: OverdueSource, silent: Sequence[OverdueSource], *, is_rare: bool
) -> SilenceEvidence:
    """Collect why; beats and departments are named, those silent longest first."""
    ranked = sorted(silent, key=lambda each: (-each.hours, each.source))
    return SilenceEvidence(
        hours=worst.hours,
        usual=worst.usual,
        longest=worst.longest,
        gaps=worst.gaps,
        sources=len(silent),
        named=[each.source for each in ranked[:NAMED]] if rule.metric in NAMED_SOURCES else [],
        is_rare=is_rare,
    )
