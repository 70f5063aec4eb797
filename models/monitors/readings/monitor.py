"""Judges complete panes of one feed: every watch on every metric, and the state of them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from config.catalog import Catalog
from models.detect.registry import KINDS
from models.messages.anomalies import Anomaly, AnomalyBatch, JudgedHeader, JudgedPane
from models.messages.panes import ReadingPane
from models.monitors.readings.baseline_store import BaselineStore
from models.monitors.readings.metric_monitor import FlaggedPlace, MetricMonitor, PaneValues
from models.monitors.readings.rules_by_detector import WatchKey, config_of, rules_by_detector
from models.monitors.readings.series_index import SeriesPlaces

CHUNK: Final = 1 << 20  # bytes of detector state in one field


class _Notes(msgspec.Struct, frozen=True, kw_only=True):
    """Small part of a watch's state."""

    codes: bytes
    flags: dict[str, FlaggedPlace]
    chunks: int


@dataclass(frozen=True, slots=True)
class PaneResult:
    """What comes of one pane: what each cell showed, and the batch of anomalies."""

    judged: list[JudgedPane]
    batch: AnomalyBatch


class ReadingMonitor:
    """All watches of one feed.

    Parameters
    ----------
    catalog : Catalog
    feed : str
    desk : Desk
        Gives the trained baselines that have arrived.
    """

    def __init__(self, catalog: Catalog, feed: str, desk: BaselineStore) -> None:
        self.total = 0  # active anomalies so far
        self._desk = desk
        self._feed = feed
        self._zone = catalog.city.timezone
        self._rules = rules_by_detector(catalog, feed)
        self._watches: dict[WatchKey, MetricMonitor] = {}

    def judge(self, messages: Sequence[ReadingPane]) -> PaneResult:
        """Judge one complete pane, given the messages of the partitions that had values."""
        anomalies: list[Anomaly] = []
        silent: dict[str, list[str]] = {}
        judged: list[JudgedPane] = []
        panes, first = _merge(messages), messages[0].header
        for pane in panes:
            keys = [key for key in self._rules if key[0] == pane.metric]
            findings = [self._watch(key, pane).judge(pane) for key in keys]
            for finding in findings:
                anomalies += finding.anomalies
            silent[pane.metric] = sorted({cell for f in findings for cell in f.silent})
            expected = findings[0].expected if findings else np.full(pane.cells.size, np.nan)
            judged.append(_judged(pane, keys[0][1] if keys else "", expected))
        measured = {pane.metric for pane in panes}
        for (metric, _), watch in self._watches.items():
            if metric not in measured:  # nobody gave a value: all that were flagged are silent
                silent[metric] = watch.remembered(first.start_ms)
        self.total += sum(anomaly.active for anomaly in anomalies)
        tick_ms = first.start_ms + first.width_s * 1000
        silent = {metric: cells for metric, cells in silent.items() if cells}
        batch = AnomalyBatch(
            feed=self._feed, tick_ms=tick_ms, anomalies=anomalies, silent=silent, total=self.total
        )
        return PaneResult(judged, batch)

    def fields(self) -> dict[bytes, bytes]:
        """Give the state of all watches, the detectors in chunks."""
        fields: dict[bytes, bytes] = {}
        for (metric, detector), watch in self._watches.items():
            data = watch.detector.to_bytes()
            chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
            name = f"{self._feed}/{metric}/{detector}"
            codes = watch.series.codes.astype("<i8").tobytes()
            notes = _Notes(codes=codes, flags=watch.flags, chunks=len(chunks))
            fields[f"watch/{name}".encode()] = msgspec.msgpack.encode(notes)
            for number, chunk in enumerate(chunks):
                fields[f"detector/{name}/{number}".encode()] = chunk
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Continue where `fields` was called; a watch that no rule asks for is left out."""
        for key, rules in self._rules.items():
            name = f"{self._feed}/{key[0]}/{key[1]}"
            data = fields.get(f"watch/{name}".encode())
            if data is None:
                continue
            notes = msgspec.msgpack.decode(data, type=_Notes)
            parts = (fields[f"detector/{name}/{n}".encode()] for n in range(notes.chunks))
            detector = KINDS[key[1]].read(b"".join(parts))
            series = SeriesPlaces(np.frombuffer(notes.codes, "<i8").astype(np.int64))
            self._watches[key] = MetricMonitor(
                detector, rules, series, dict(notes.flags), zone=self._zone
            )

    def _watch(self, key: WatchKey, pane: PaneValues) -> MetricMonitor:
        """Give the watch on a metric, made when first needed, or from a baseline that is due."""
        rules = self._rules[key]
        if key not in self._watches:
            setting = config_of(rules, pane.width_s, self._zone)
            self._watches[key] = MetricMonitor(KINDS[key[1]].make(setting), rules, zone=self._zone)
        baseline = self._desk.due((self._feed, *key), pane.start_ms)
        if baseline is not None:
            flags = self._watches[key].flags
            series = SeriesPlaces(np.frombuffer(baseline.codes, "<i8").astype(np.int64))
            series.places(np.array(sorted(map(int, flags)), dtype=np.int64))
            detector = KINDS[key[1]].read(baseline.state)
            self._watches[key] = MetricMonitor(detector, rules, series, flags, zone=self._zone)
        return self._watches[key]


def _merge(messages: Sequence[ReadingPane]) -> list[PaneValues]:
    """Join the partitions' messages of one pane: one vector a metric, metrics by name."""
    cells: dict[str, list[np.ndarray]] = {}
    values: dict[str, list[np.ndarray]] = {}
    ingested_ms = 0
    for message in messages:
        header, columns = message.header, message.columns
        ingested_ms = max(ingested_ms, header.ingested_ms)
        means = columns["sum"] / np.maximum(columns["count"], 1)
        means *= np.array(header.resolutions)[columns["metric"]]
        for number, metric in enumerate(header.metrics):
            rows = (columns["metric"] == number) & (columns["count"] > 0)
            cells.setdefault(metric, []).append(columns["cell"][rows])
            values.setdefault(metric, []).append(means[rows])
    first = messages[0].header
    return [
        PaneValues(
            feed=header.feed,
            metric=metric,
            start_ms=first.start_ms,
            width_s=first.width_s,
            ingested_ms=ingested_ms,
            cells=np.concatenate(cells[metric]),
            values=np.concatenate(values[metric]),
        )
        for metric in sorted(cells)
        if sum(part.size for part in cells[metric])
    ]


def _judged(pane: PaneValues, detector: str, expected: np.ndarray) -> JudgedPane:
    """Lay out what each cell showed beside what was expected."""
    header = JudgedHeader(
        rows=pane.cells.size,
        feed=pane.feed,
        metric=pane.metric,
        detector=detector,
        start_ms=pane.start_ms,
        width_s=pane.width_s,
    )
    columns = {"cell": pane.cells, "value": pane.values, "expected": expected}
    return JudgedPane(header, columns)
