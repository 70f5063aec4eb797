"""Judges complete panes of one feed: every monitor of every metric, and the state of them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from config.catalog import Catalog, Metric
from models.detect.registry import KINDS, DetectorConfig
from models.messages.baselines import Baseline
from models.messages.judged_panes import JudgedHeader, JudgedPane
from models.messages.panes import ReadingPane
from models.messages.signals import ReadingSignal, SignalBatch
from models.monitors.flags import Flags
from models.monitors.limits.monitor import Learned
from models.monitors.pane_values import PaneValues, pane_values
from models.monitors.reach import Reach
from models.monitors.readings.baseline_store import BaselineStore
from models.monitors.readings.metric_monitor import Finding, MetricMonitor
from models.monitors.readings.rules_by_detector import (
    WatchKey,
    config_of,
    rules_by_detector,
    shares_panes,
)
from models.monitors.readings.series_index import SeriesPlaces
from models.monitors.readings.severity import SeverityModel
from models.rules.contract import kind_of
from models.rules.monitors import PaneMonitor

CHUNK: Final = 1 << 20  # bytes of detector state in one field
TRIED: Final = 3  # series whose largest value is tried


class _MonitorState(msgspec.Struct, frozen=True, kw_only=True):
    """State of one monitor but for its detector, which is saved in chunks."""

    codes: bytes
    flags: Flags
    severity: bytes
    chunks: int


@dataclass(frozen=True, slots=True)
class PaneResult:
    """What comes of one pane: what each cell showed, and batches of signals."""

    judged: list[JudgedPane]
    batches: list[SignalBatch]


class ReadingMonitor:
    """All monitors of one feed: of what is learned, and those of single rules, as of limits.

    Parameters
    ----------
    catalog : Catalog
    feed : str
    baselines : BaselineStore
        Gives the trained baselines that have arrived.
    """

    def __init__(self, catalog: Catalog, feed: str, baselines: BaselineStore) -> None:
        self.total = 0  # active signals of learned rules so far
        self._baselines = baselines
        self._feed = feed
        self._zone = catalog.city.timezone
        self._rules = rules_by_detector(catalog, feed)
        self._monitors: dict[WatchKey, MetricMonitor] = {}
        self._own: dict[str, PaneMonitor] = {}  # of rules with batches of their own
        for name, rule in sorted(catalog.rules.items()):
            monitor = kind_of(rule).pane_monitor(rule, self._zone)
            if monitor is not None and rule.feed == feed:
                self._own[name] = monitor

    def judge(self, messages: Sequence[ReadingPane]) -> PaneResult:
        """Judge one complete pane, given the messages of the partitions that had values."""
        start_ms, width_s = messages[0].header.start_ms, messages[0].header.width_s
        panes = pane_values(messages)
        findings: dict[WatchKey, Finding] = {}
        judged: list[JudgedPane] = []
        for pane in panes:
            own = {key: self._monitor(key, pane).judge(pane) for key in self._keys(pane.metric)}
            judged.append(_judged(pane, own))
            findings |= own
        tick_ms = start_ms + width_s * 1000
        batches = [self._learned_batch(findings, start_ms, tick_ms)]
        by_metric = {pane.metric: pane for pane in panes}
        for monitor in self._own.values():
            pane_of = by_metric.get(monitor.rule.metric)
            finding = findings.get((monitor.rule.metric, monitor.rule.detector))
            learned = None if finding is None else learned_of(finding)
            batches.append(monitor.judge(pane_of, learned, start_ms, tick_ms))
        return PaneResult(judged, batches)

    def rewind(self, now_ms: int) -> None:
        """Go on as if nothing had been judged later than a time; what was learned stays."""
        for monitor in self._monitors.values():
            monitor.rewind(now_ms)
        for own in self._own.values():
            own.rewind(now_ms)

    def _keys(self, metric: str) -> list[WatchKey]:
        return [key for key in self._rules if key[0] == metric]

    def _learned_batch(
        self, findings: Mapping[WatchKey, Finding], start_ms: int, tick_ms: int
    ) -> SignalBatch:
        """Put together what the rules of kind `readings` read."""
        signals: list[ReadingSignal] = []
        silent: dict[str, set[str]] = {}
        for key, monitor in self._monitors.items():
            if not any(shares_panes(rule) for rule in self._rules[key]):
                continue  # only a limit asks what is learned here
            finding = findings.get(key)
            if finding is None:  # nobody gave a value: all that were flagged are silent
                names = monitor.remembered(start_ms)
            else:
                signals += finding.signals
                names = finding.silent
            if names:
                silent.setdefault(key[0], set()).update(names)
        self.total += sum(signal.active for signal in signals)
        return SignalBatch(
            feed=self._feed,
            tick_ms=tick_ms,
            signals=list(signals),
            silent={metric: sorted(names) for metric, names in silent.items()},
            total=self.total,
        )

    def reach(self, metric: Metric, key: WatchKey, start_ms: int, width_s: int) -> Reach:
        """Give how rare the largest value of a metric could be called in the next pane.

        Parameters
        ----------
        metric : Metric
        key : tuple of str
            Metric and detector.
        start_ms, width_s : int
            The next pane.
        """
        monitor = self._monitors.get(key)
        if monitor is None or not monitor.series.codes.size:
            return Reach(most=0.0, why="no value of the metric was seen")
        most = np.full(1, metric.high)
        reaches = (
            monitor.reach(
                PaneValues(
                    feed=self._feed,
                    metric=key[0],
                    start_ms=start_ms,
                    width_s=width_s,
                    ingested_ms=0,
                    cells=monitor.series.codes[place : place + 1],
                    values=most,
                    low=most,
                    high=most,
                )
            )
            for place in _well_known(monitor)
        )
        return max(reaches, key=lambda reach: reach.most)

    def fields(self) -> dict[bytes, bytes]:
        """Give the state of all monitors, the detectors in chunks."""
        fields: dict[bytes, bytes] = {}
        for (metric, detector), monitor in self._monitors.items():
            data = monitor.detector.to_bytes()
            chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
            name = f"{self._feed}/{metric}/{detector}"
            state = _MonitorState(
                codes=monitor.series.codes.astype("<i8").tobytes(),
                flags=monitor.flags,
                severity=monitor.severity.to_bytes(),
                chunks=len(chunks),
            )
            fields[f"monitor/{name}".encode()] = msgspec.msgpack.encode(state)
            for number, chunk in enumerate(chunks):
                fields[f"detector/{name}/{number}".encode()] = chunk
        for name, limit in self._own.items():
            fields[f"limit/{self._feed}/{name}".encode()] = limit.to_bytes()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Continue where `fields` was called; a monitor that no rule asks for is left out."""
        for key in self._rules:
            name = f"{self._feed}/{key[0]}/{key[1]}"
            data = fields.get(f"monitor/{name}".encode())
            if data is None:
                continue
            state = msgspec.msgpack.decode(data, type=_MonitorState)
            parts = (fields[f"detector/{name}/{n}".encode()] for n in range(state.chunks))
            self._monitors[key] = MetricMonitor(
                KINDS[key[1]].read(b"".join(parts)),
                self._rules[key],
                SeverityModel.from_bytes(state.severity),
                _series(state.codes),
                dict(state.flags),
                zone=self._zone,
            )
        for name, limit in self._own.items():
            if (data := fields.get(f"limit/{self._feed}/{name}".encode())) is not None:
                limit.restore(data)

    def _monitor(self, key: WatchKey, pane: PaneValues) -> MetricMonitor:
        """Give the monitor of a metric, made when first needed, or from a baseline that is due."""
        rules = self._rules[key]
        if key not in self._monitors:
            config = config_of(rules, pane.width_s, self._zone)
            self._monitors[key] = MetricMonitor(
                KINDS[key[1]].make(config), rules, severity_of(config), zone=self._zone
            )
        baseline = self._baselines.due((self._feed, *key), pane.start_ms)
        if baseline is not None:
            self._monitors[key] = self._from_baseline(key, baseline)
        return self._monitors[key]

    def begin_anew(self, key: WatchKey, config: DetectorConfig) -> None:
        """Forget what a baseline taught a detector; what is flagged stays flagged."""
        if key in self._monitors:
            flags, series = self._monitors[key].flags, _series(b"")
            series.places(np.array(sorted(map(int, flags)), dtype=np.int64))
            self._monitors[key] = MetricMonitor(
                KINDS[key[1]].make(config),
                self._rules[key],
                severity_of(config),
                series,
                flags,
                zone=self._zone,
            )

    def _from_baseline(self, key: WatchKey, baseline: Baseline) -> MetricMonitor:
        """Take up a baseline; what is flagged stays flagged."""
        flags, series = self._monitors[key].flags, _series(baseline.codes)
        series.places(np.array(sorted(map(int, flags)), dtype=np.int64))
        return MetricMonitor(
            KINDS[key[1]].read(baseline.state),
            self._rules[key],
            SeverityModel.from_bytes(baseline.severity),
            series,
            flags,
            zone=self._zone,
        )


def learned_of(finding: Finding) -> Learned:
    """Give what a limit may ask of a finding."""
    rated = finding.rated
    return Learned(rated.severity, rated.newest, finding.expected, rated.is_least)


def _well_known(monitor: MetricMonitor) -> list[int]:
    """Give the places of the series that had a value last, a few of them."""
    last_ms = monitor.severity.local.last_ms
    if not last_ms.size:
        return [0]
    return [int(place) for place in np.argsort(-last_ms, kind="stable")[:TRIED]]


def severity_of(config: DetectorConfig) -> SeverityModel:
    """Make the severity model that goes with a new detector."""
    return SeverityModel(config.run, config.minimum)


def _series(codes: bytes) -> SeriesPlaces:
    return SeriesPlaces(np.frombuffer(codes, "<i8").astype(np.int64))


def _judged(pane: PaneValues, findings: Mapping[WatchKey, Finding]) -> JudgedPane:
    """Pack what each cell showed beside what was expected."""
    (key, first) = next(iter(findings.items()), (("", ""), None))
    header = JudgedHeader(
        rows=pane.cells.size,
        feed=pane.feed,
        metric=pane.metric,
        detector=key[1],
        start_ms=pane.start_ms,
        width_s=pane.width_s,
    )
    expected = np.full(pane.cells.size, np.nan) if first is None else first.expected
    columns = {"cell": pane.cells, "value": pane.values, "expected": expected}
    return JudgedPane(header, columns)
