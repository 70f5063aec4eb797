"""Baselines that are fitted once for all rules which count the same cases."""

from __future__ import annotations

from typing import Final

import numpy as np

from models.detect.contract import Floats
from models.monitors.case_history import CaseHistory
from models.monitors.counts.baseline import Baseline, fit_baseline
from models.monitors.counts.table import Table
from models.timing.holidays import Holidays

_HOURS_DAYS: Final = 91  # days that the usual course of a day is taken from


class BaselineCache:
    """Baselines of one ledger, as far as they were asked for since it last changed.

    A rise and a drop are two rules over the same counts, and a fit takes seconds.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[frozenset[tuple[str, str]], int], Baseline | None] = {}

    def until(
        self, day: int, table: Table, ledger: CaseHistory, holidays: Holidays
    ) -> Baseline | None:
        """Give the baseline of the days before `day`; see `fit_baseline`.

        Parameters
        ----------
        day : int
        table : Table
            Of this ledger, up to date.
        ledger : CaseHistory
        holidays : Holidays
            Of the city.
        """
        key = table.groups.key, day
        if key not in self._known:
            self._known[key] = fit_baseline(table, _hours(ledger, day), day, holidays)
        return self._known[key]

    def forget(self) -> None:
        """Let go of all baselines: the ledger has changed."""
        self._known.clear()


def _hours(ledger: CaseHistory, day: int) -> Floats:
    """Share of the newest days' cases that had happened before each full hour, shape (25,)."""
    totals = np.ones(24)  # one case an hour: without any history a day fills evenly
    for each in range(day - _HOURS_DAYS, day):
        totals += np.diff(ledger.day(each).before)
    return np.concatenate([[0.0], np.cumsum(totals) / totals.sum()])
