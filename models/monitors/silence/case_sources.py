"""Heartbeats of streets, beats and departments: who has not reported for longer than is usual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from config.catalog import SilenceRule
from models.grid.codes import DISTRICT_DIGITS, STREET_DIVISOR
from models.messages.signals import SignalBatch
from models.monitors.case_history import CaseHistory
from models.monitors.reach import Reach
from models.monitors.silence.heartbeats import HeartbeatTracker, OverdueSource
from models.monitors.silence.reporter import SilenceReporter
from models.timing.evaluation_schedule import EvaluationTime
from models.timing.units import DAY_S

MOST: Final = 0.5  # share of the streets from which on the district is warned in their place
APART: Final = "/"  # between the area and the name of a source


class CaseSourceMonitor:
    """One rule of kind `silence` over cases; it counts whole days, since nights are quiet.

    A street reports by a case in it, a beat by reporting one, a department by a step of its own.

    Parameters
    ----------
    rule : SilenceRule
    """

    def __init__(self, rule: SilenceRule) -> None:
        self._rule = rule
        self._sources, self._reporter = HeartbeatTracker(), SilenceReporter()
        self._is_changed = False

    def evaluate(
        self, evaluation: EvaluationTime, history: CaseHistory, changed: set[int]
    ) -> SignalBatch | None:
        """Evaluate a whole day; None while it is not over."""
        del changed
        if not evaluation.is_closing:
            return None
        self._sources.observe(
            self._active_on(evaluation.day, history), float(evaluation.day * DAY_S)
        )
        self._is_changed = True
        watched = Counter(name.partition(APART)[0] for name in self._sources.names)
        overdue = self._overdue(evaluation.day, watched)
        return self._reporter.report(self._rule, overdue, watched, evaluation.at_ms)

    def _overdue(self, day: int, watched: Counter[str]) -> dict[str, list[OverdueSource]]:
        """Give the silent by their area; where most streets are silent it is the district.

        The number of the district's streets is added to `watched`.
        """
        areas: dict[str, list[OverdueSource]] = {}
        for each in self._sources.overdue(float(day * DAY_S)):
            area, _, name = each.source.partition(APART)
            areas.setdefault(area, []).append(replace(each, source=name or area))
        if self._rule.metric != "streets" or len(areas) < 2 or len(areas) <= MOST * len(watched):
            return areas
        district = next(iter(areas))[:DISTRICT_DIGITS]
        watched[district] = len(watched)
        return {district: [each for silent in areas.values() for each in silent]}

    def _active_on(self, day: int, history: CaseHistory) -> list[str]:
        if self._rule.metric == "streets":
            streets = np.unique(history.day(day).cell // STREET_DIVISOR).tolist()
            return [f"{street:09d}" for street in streets]
        return [f"{area}{APART}{name}" for area, name in history.active_on(day, self._rule.metric)]

    def reach(self, history: CaseHistory) -> Reach:
        """Tell whether any source could be missed."""
        del history
        return self._sources.reach()

    def rewind(self, day: int) -> None:
        """Take back what was reported on later days."""
        self._sources.rewind(day * DAY_S)
        self._is_changed = True

    def changes(self) -> dict[str, bytes | None]:
        """Give the fields that changed since the last call."""
        if not self._is_changed:
            return {}
        self._is_changed = False
        return {"sources": msgspec.msgpack.encode((*self._sources.to_bytes(), self._reporter))}

    def restore(self, fields: Mapping[str, bytes], history: CaseHistory) -> None:
        """Load what `changes` gave."""
        del history
        if "sources" in fields:
            names, data, self._reporter = msgspec.msgpack.decode(
                fields["sources"], type=tuple[list[str], bytes, SilenceReporter]
            )
            self._sources = HeartbeatTracker.from_bytes(names, data)
