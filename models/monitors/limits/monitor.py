"""Watches absolute limits: values that must not be passed, with or without any history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray

from config.catalog import DatedLimits, LimitRule
from models.detect.contract import Floats
from models.messages.evidence import LimitEvidence
from models.messages.signals import Area, LimitSignal, SignalBatch
from models.messages.warnings import Level
from models.monitors.flags import (
    FlaggedPlace,
    Flags,
    active_among,
    not_after,
    remembered,
    silent_cells,
)
from models.monitors.limits.rolling_mean import RollingMean
from models.monitors.pane_values import PaneValues

DETECTOR: Final = "limit"

Levels = NDArray[np.int64]  # 0 for none, else a `Level`


@dataclass(frozen=True)
class Learned:
    """How rare the values of a pane are by their own past; arrays of the pane's shape."""

    severity: Floats
    newest: Floats
    expected: Floats
    is_least: NDArray[np.bool_]  # the history supports no more than the severity


class _State(msgspec.Struct, frozen=True, kw_only=True):
    total: int
    flags: Flags
    window: bytes


@dataclass(frozen=True)
class _Judged:
    """A pane against the limits of its day; arrays of the pane's shape."""

    pane: PaneValues
    limits: DatedLimits
    values: Floats
    reached: Levels
    holds: Levels
    learned: Learned


class LimitMonitor:
    """One rule of kind `limit`.

    A cell is flagged while its value is over the lowest limit, or after that over its release; a
    rule that also asks what is learned flags what is rare as well. On a day without limits in
    force nothing is flagged.

    Parameters
    ----------
    rule : LimitRule
    zone : str
        IANA time zone of the city: it says which day a pane belongs to.
    """

    def __init__(self, rule: LimitRule, zone: str) -> None:
        self.rule = rule
        self._zone = ZoneInfo(zone)
        self._flags: Flags = {}
        self._total = 0
        self._window = RollingMean(rule.window_h, rule.least_hours)

    def judge(
        self, pane: PaneValues | None, learned: Learned | None, start_ms: int, tick_ms: int
    ) -> SignalBatch:
        """Judge a pane.

        Parameters
        ----------
        pane : PaneValues or None
            Of the rule's metric; None where nobody gave a value.
        learned : Learned or None
            Of the same pane; None where the rule asks for none.
        start_ms, tick_ms : int
            Start and end of the pane, event time.
        """
        limits = self.rule.limits_at(self._day(start_ms))
        signals: list[LimitSignal] = []
        if pane is not None:
            signals = self._signals(pane, limits, learned or _nothing_learned(pane))
        self._flags = remembered(self._flags, start_ms)
        silent = silent_cells(self._flags, [] if pane is None else pane.cells.tolist())
        self._total += sum(signal.active for signal in signals)
        return SignalBatch(
            feed=self.rule.feed,
            rule=self.rule.name,
            tick_ms=tick_ms,
            signals=list(signals),
            silent={self.rule.metric: silent} if silent else {},
            total=self._total,
        )

    def rewind(self, now_ms: int) -> None:
        """Forget that anything was judged later than a time."""
        self._flags = not_after(self._flags, now_ms)
        self._window.rewind(now_ms)

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        state = _State(total=self._total, flags=self._flags, window=self._window.to_bytes())
        return msgspec.msgpack.encode(state)

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        state = msgspec.msgpack.decode(data, type=_State)
        self._total, self._flags = state.total, dict(state.flags)
        self._window = RollingMean.from_bytes(state.window, self.rule.least_hours)

    def _day(self, start_ms: int) -> date:
        return datetime.fromtimestamp(start_ms / 1000, self._zone).date()

    def _values(self, pane: PaneValues) -> Floats:
        """Give the statistic that the limits are on; NaN where too few hours are known."""
        if self.rule.window_h:
            return self._window.observe(pane.start_ms, pane.cells, pane.values)
        return {"mean": pane.values, "max": pane.high, "min": pane.low}[self.rule.statistic]

    def _signals(
        self, pane: PaneValues, limits: DatedLimits | None, learned: Learned
    ) -> list[LimitSignal]:
        values = self._values(pane)
        if limits is None:
            limits = self.rule.limits[0].model_copy(update={"levels": {}})
        judged = _Judged(
            pane,
            limits,
            values,
            levels_of(limits, values, self.rule.direction),
            levels_of(limits, values, self.rule.direction, release=self.rule.release),
            learned,
        )
        was = active_among(self._flags, pane.cells)
        least = min(self.rule.levels.values(), default=np.inf)
        rare = np.maximum(learned.severity, learned.newest)
        starts = (judged.reached > 0) | (learned.severity >= least)
        holds = was & ((judged.holds > 0) | (rare >= least * self.rule.release))
        is_active = starts | holds
        return [
            self._signal(judged, row, active=bool(is_active[row]))
            for row in np.flatnonzero((is_active | was) & np.isfinite(values)).tolist()
        ]

    def _signal(self, judged: _Judged, row: int, *, active: bool) -> LimitSignal:
        """Write down one cell, and flag it."""
        pane, rule = judged.pane, self.rule
        cell = str(pane.cells[row])
        since_ms = pane.start_ms if active else self._flags[cell].since_ms
        self._flags[cell] = FlaggedPlace(active, since_ms)
        return LimitSignal(
            id=f"{DETECTOR}.{rule.name}.{cell}.{pane.start_ms}",
            feed=pane.feed,
            metric=pane.metric,
            area=Area.of(cell),
            subject=cell,
            start_ms=pane.start_ms,
            width_s=pane.width_s,
            severity=0.0,
            active=active,
            cells=[cell],
            ingested_ms=pane.ingested_ms,
            evidence=self._evidence(judged, row),
        )

    def _evidence(self, judged: _Judged, row: int) -> LimitEvidence:
        rule, levels = self.rule, judged.limits.levels
        expected = float(judged.learned.expected[row])
        reached = int(judged.reached[row])
        ordered = [levels[name] for name in sorted(levels, key=lambda name: Level[name.upper()])]
        lowest = ordered[0] if ordered else 0.0
        limit = levels[Level(reached).name.lower()] if reached else lowest  # type: ignore[index]
        return LimitEvidence(
            observed=float(judged.values[row]),
            limit=limit,
            reached=reached,
            holds=int(judged.holds[row]),
            direction=rule.direction,
            statistic=rule.statistic,
            window_h=rule.window_h,
            source=judged.limits.source,
            clears_at=lowest * rule.release if rule.direction == "above" else lowest / rule.release,
            expected=None if np.isnan(expected) else expected,
            learned_severity=float(judged.learned.severity[row]),
            learned_newest=float(judged.learned.newest[row]),
            learned_is_least=bool(judged.learned.is_least[row]),
        )


def levels_of(
    limits: DatedLimits, values: Floats, direction: str, *, release: float = 1.0
) -> Levels:
    """Give the highest level whose limit, moved by the release, each value reaches.

    Parameters
    ----------
    limits : DatedLimits
    values : ndarray, shape (n,), float64
        NaN reaches none.
    direction : str
        `above` or `below`.
    release : float
        Share of a limit at which its level ends.
    """
    found: Levels = np.zeros(values.size, np.int64)
    for name, limit in limits.levels.items():
        is_over = values >= limit * release if direction == "above" else values <= limit / release
        found = np.where(is_over, np.maximum(found, Level[name.upper()]), found)
    return found


def _nothing_learned(pane: PaneValues) -> Learned:
    none = np.zeros(pane.cells.size)
    return Learned(none, none, np.full(none.size, np.nan), np.zeros(none.size, np.bool_))
