"""A kind of rule that the house does not know: a sensor that gives the same value for hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import msgspec
from pydantic import Field

from config.catalog import Feed, Metric, Rule, Text
from config.documents import Document
from config.levels import check_levels
from models.messages.evidence import SilenceEvidence
from models.messages.signals import Area, Signal, SignalBatch, SilenceSignal
from models.monitors.limits.monitor import Learned
from models.monitors.pane_values import PaneValues
from models.rules.contract import RuleKind
from models.timing.units import HOUR_MS


class StuckRule(Rule):
    kind: Literal["stuck"]
    detector: str = ""
    usual_hours: Annotated[float, Field(gt=0)]


class StuckMonitor:
    def __init__(self, rule: StuckRule) -> None:
        self.rule = rule
        self._since: dict[str, tuple[float, int]] = {}  # by cell: value, and since when

    def judge(
        self, pane: PaneValues | None, learned: Learned | None, start_ms: int, tick_ms: int
    ) -> SignalBatch:
        del learned
        signals = [] if pane is None else list(self._signals(pane, tick_ms))
        return SignalBatch(
            feed=self.rule.feed, rule=self.rule.name, tick_ms=tick_ms, signals=list(signals)
        )

    def rewind(self, now_ms: int) -> None:
        self._since = {c: (v, min(since, now_ms)) for c, (v, since) in self._since.items()}

    def to_bytes(self) -> bytes:
        return msgspec.msgpack.encode(self._since)

    def restore(self, data: bytes) -> None:
        self._since = msgspec.msgpack.decode(data, type=dict[str, tuple[float, int]])

    def _signals(self, pane: PaneValues, tick_ms: int) -> Iterator[SilenceSignal]:
        for cell, value in zip(map(str, pane.cells.tolist()), pane.values.tolist(), strict=True):
            known, since_ms = self._since.get(cell, (None, pane.start_ms))
            if known != value:
                since_ms = pane.start_ms
            self._since[cell] = value, since_ms
            hours = (tick_ms - since_ms) / HOUR_MS
            yield SilenceSignal(
                id=f"stuck.{cell}.{tick_ms}",
                feed=pane.feed,
                metric=pane.metric,
                area=Area.of(cell),
                subject=cell,
                start_ms=since_ms,
                width_s=(tick_ms - since_ms) // 1000,
                severity=0.0,
                active=hours >= self.rule.usual_hours,
                cells=[cell],
                evidence=SilenceEvidence(
                    hours=hours, usual=0.0, longest=self.rule.usual_hours, gaps=0
                ),
            )


class StuckKind(RuleKind):
    name = "stuck"
    rule = StuckRule
    watches = ("readings",)

    def check_rule(self, rule: Rule, feed: Feed, file: Document) -> None:
        check_levels(rule, file)
        if rule.minimum:
            raise file.error(["minimum"], "expected 0: any value may be stuck")

    def pane_monitor(self, rule: Rule, zone: str) -> StuckMonitor:
        assert isinstance(rule, StuckRule)
        return StuckMonitor(rule)

    def lint(self, rule: Rule, feed: Feed) -> Iterator[tuple[str, str]]:
        assert isinstance(rule, StuckRule)
        if rule.usual_hours * 3600 < feed.pane_s:
            yield "usual_hours", "is shorter than a pane"

    def explain(
        self, signal: Signal, measured: Metric, names: Mapping[str, Text]
    ) -> dict[str, str]:
        assert isinstance(signal, SilenceSignal)
        hours = signal.evidence.hours
        return {
            "zh": f"{measured.title['zh']}已{hours:g}小时不变。",
            "en": f"{measured.title['en']} has not changed for {hours:g} hours.",
        }


KIND = StuckKind()
