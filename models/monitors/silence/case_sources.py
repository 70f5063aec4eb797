"""Watches for streets, beats and departments that have not spoken for longer than is usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from config.catalog import SilenceRule
from models.messages.anomalies import AnomalyBatch
from models.monitors.case_history import CaseHistory
from models.monitors.evaluation import EvaluationTime
from models.monitors.silence.heartbeats import HeartbeatTracker, OverdueSource
from models.monitors.silence.reporter import SilenceReporter

DAY_S: Final = 86_400.0
STREET: Final = 10**6  # what a cell is divided by
APART: Final = "/"  # between the area and the name of a source


class CaseSourceMonitor:
    """One rule of kind `silence` over cases; it counts whole days, since nights are quiet.

    A street speaks by a case in it, a beat by reporting one, a department by a step of its own.

    Parameters
    ----------
    rule : SilenceRule
    """

    def __init__(self, rule: SilenceRule) -> None:
        self._rule = rule
        self._voices, self._hush = HeartbeatTracker(), SilenceReporter()
        self._is_changed = False

    def look(
        self, look: EvaluationTime, ledger: CaseHistory, changed: set[int]
    ) -> AnomalyBatch | None:
        """Listen to a whole day; None while it is not over."""
        del changed
        if not look.is_closing:
            return None
        self._voices.heard(self._spoke(look.day, ledger), look.day * DAY_S)
        waits: dict[str, list[OverdueSource]] = {}
        for wait in self._voices.overdue(look.day * DAY_S):
            area, _, name = wait.source.partition(APART)
            waits.setdefault(area, []).append(replace(wait, source=name or area))
        self._is_changed = True
        return self._hush.tell(self._rule, waits, look.at_ms)

    def _spoke(self, day: int, ledger: CaseHistory) -> list[str]:
        if self._rule.metric == "streets":
            streets = np.unique(ledger.day(day).cell // STREET).tolist()
            return [f"{street:09d}" for street in streets]
        return [f"{area}{APART}{name}" for area, name in ledger.spoke(day, self._rule.metric)]

    def changes(self) -> dict[str, bytes | None]:
        """Give the fields that changed since the last call."""
        if not self._is_changed:
            return {}
        self._is_changed = False
        return {"quiet": msgspec.msgpack.encode((*self._voices.to_bytes(), self._hush))}

    def restore(self, fields: Mapping[str, bytes], ledger: CaseHistory) -> None:
        """Load what `changes` gave."""
        del ledger
        if "quiet" in fields:
            names, data, self._hush = msgspec.msgpack.decode(
                fields["quiet"], type=tuple[list[str], bytes, SilenceReporter]
            )
            self._voices = HeartbeatTracker.from_bytes(names, data)
