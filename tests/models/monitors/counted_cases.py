"""Ledgers of cases at one cell, made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from models.messages.panes import CasePane
from models.monitors.case_history import CaseHistory
from models.timing.days import moment_of
from models.timing.units import DAY_S

ZONE: Final = ZoneInfo("Asia/Shanghai")
CELL: Final = 110101001001001


def case_history() -> CaseHistory:
    """Give an empty history of reported cases."""
    return CaseHistory(ZONE, "reported")


def take(into: CaseHistory, day: int, count: int, *, revision: int = 0) -> None:
    """Tell a history of a whole day's cases of one cell, all in the first hour."""
    take_all(into, day, {(CELL, "E0102"): count}, revision=revision)


def take_all(
    into: CaseHistory, day: int, counts: Mapping[tuple[int, str], int], *, revision: int = 0
) -> None:
    """Tell a history of a whole day's cases by cell and category, all in the first hour."""
    start_ms = moment_of(day, 0, ZONE)
    pane = CasePane(
        feed="cases",
        partition=0,
        partitions=1,
        start_ms=start_ms,
        width_s=DAY_S,
        watermark_ms=start_ms + DAY_S * 1000,
        revision=revision,
        rows=[(cell, code, "reported", n) for (cell, code), n in sorted(counts.items())],
    )
    into.apply(pane)
    into.flush()


def filled(counts: Mapping[int, int]) -> CaseHistory:
    """Give a history of so many cases by day."""
    made = case_history()
    for day, count in sorted(counts.items()):
        take(made, day, count)
    return made
