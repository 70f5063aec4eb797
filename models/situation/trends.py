"""The last 24 hours as lines: district medians of the readings, and cases filed an hour."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np

from config.catalog import Text
from models.messages.columns import Columns
from models.messages.judged_panes import JudgedHeader
from models.messages.panes import CasePane
from models.situation.snapshot import Trend
from models.timing.units import DAY_MS, HOUR_S

FILED: Final = "filed"


class Point(msgspec.Struct, frozen=True, array_like=True):
    """Median over the cells of one pane; None where nothing was expected."""

    value: float
    expected: float | None


class TrendView(msgspec.Struct, kw_only=True):
    """Points by feed and metric, and cases filed by feed, of the last 24 hours; saved whole."""

    points: dict[str, dict[int, Point]] = {}  # feed/metric → start_ms → point
    filed: dict[str, dict[int, dict[int, int]]] = {}  # feed → start_ms → partition → filed
    widths_s: dict[str, int] = {}  # feed → length of a pane

    def apply(self, header: JudgedHeader, columns: Columns) -> None:
        """Take one metric of a pane in."""
        expected = columns["expected"][np.isfinite(columns["expected"])]
        point = Point(
            float(np.median(columns["value"])),
            float(np.median(expected)) if expected.size else None,
        )
        line = self.points.setdefault(f"{header.feed}/{header.metric}", {})
        line[header.start_ms] = point
        self.widths_s[header.feed] = header.width_s
        _forget(line)

    def apply_cases(self, pane: CasePane) -> None:
        """Take the case counts of a pane of one partition in; the newest replaces the older."""
        line = self.filed.setdefault(pane.feed, {})
        count = sum(n for _, _, kind, n in pane.rows if kind == FILED)
        line.setdefault(pane.start_ms, {})[pane.partition] = count
        self.widths_s[pane.feed] = pane.width_s
        _forget(line)

    def rewind(self, feed: str, asked_ms: int) -> None:
        """Drop the points of a feed that lie later than a rewind was asked for."""
        for name, line in self.points.items():
            if name.startswith(f"{feed}/"):
                _forget_after(line, asked_ms)
        _forget_after(self.filed.get(feed, {}), asked_ms)

    def measured(self, feed: str, metric: str, title: Text, unit: str) -> Trend | None:
        """Draw the line of a metric; by pane, or by hour where most panes are empty."""
        line = self.points.get(f"{feed}/{metric}")
        if not line:
            return None
        width_s = self.widths_s[feed]
        if len(line) * 2 * width_s * 1000 < max(line) - min(line):
            width_s = max(width_s, HOUR_S)
        step_ms = width_s * 1000
        first, count = _span(line, step_ms)
        values: list[list[float]] = [[] for _ in range(count)]
        expected: list[list[float]] = [[] for _ in range(count)]
        for start_ms, point in sorted(line.items()):
            place = (start_ms - first) // step_ms
            values[place].append(point.value)
            if point.expected is not None:
                expected[place].append(point.expected)
        return Trend(
            id=metric,
            feed=feed,
            title=dict(title),
            unit=unit,
            start_ms=first,
            step_s=width_s,
            values=[_mean(part) for part in values],
            expected=[_mean(part) for part in expected],
        )

    def filed_per_pane(self, feed: str, title: Text) -> Trend | None:
        """Draw the cases filed in each pane; a pane without a filing counts 0."""
        line = self.filed.get(feed)
        if not line:
            return None
        width_s = self.widths_s[feed]
        first, count = _span(line, width_s * 1000)
        starts = range(first, first + count * width_s * 1000, width_s * 1000)
        return Trend(
            id=f"{feed}.{FILED}",
            feed=feed,
            title=dict(title),
            unit="",
            start_ms=first,
            step_s=width_s,
            values=[float(sum(line.get(start, {}).values())) for start in starts],
        )


def _span(line: dict[int, Point] | dict[int, dict[int, int]], step_ms: int) -> tuple[int, int]:
    """Give the first step's start and the number of steps that cover a line."""
    first = min(line) // step_ms * step_ms
    return first, (max(line) - first) // step_ms + 1


def _forget(line: dict[int, Point] | dict[int, dict[int, int]]) -> None:
    """Drop what is a day older than the newest."""
    oldest = max(line) - DAY_MS
    for start_ms in [start for start in line if start <= oldest]:
        del line[start_ms]


def _forget_after(line: dict[int, Any], last_ms: int) -> None:
    for start_ms in [start for start in line if start > last_ms]:
        del line[start_ms]


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
