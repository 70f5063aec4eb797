"""What monitors of cases share: the batches of signals they give, and what these name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from config.catalog import CasesRule
from models.detect.contract import Floats
from models.messages.signals import Signal, SignalBatch
from models.monitors.case_history import CaseDay
from models.timing.evaluation_schedule import EvaluationTime

NAMED: Final = 3  # categories named
CELLS: Final = 50  # cells named of one finding


def batch_of(
    rule: CasesRule, evaluation: EvaluationTime, signals: Sequence[Signal], total: int
) -> SignalBatch:
    """Put the findings of an evaluation together."""
    return SignalBatch(
        feed=rule.feed,
        rule=rule.name,
        tick_ms=evaluation.at_ms,
        signals=sorted(signals, key=lambda signal: signal.subject),
        total=total,
    )


def leading(day: CaseDay, rows: np.ndarray, categories: list[str]) -> dict[str, int]:
    """Give the most frequent categories of some rows of a day, with their counts."""
    return most_of(by_category(day, rows, categories), categories)


def by_category(day: CaseDay, rows: np.ndarray, categories: list[str]) -> Floats:
    """Count some rows of a day by category, shape (categories,)."""
    counts: Floats = np.bincount(
        day.category[rows], day.count[rows], minlength=len(categories)
    ).astype(np.float64)
    return counts


def most_of(counts: Floats, categories: list[str]) -> dict[str, int]:
    """Name the categories with the highest counts of at least one."""
    whole = counts.round().astype(np.int64)
    order = sorted(range(len(categories)), key=lambda place: (-whole[place], categories[place]))
    return {categories[at]: int(whole[at]) for at in order[:NAMED] if whole[at] > 0}


def cells_of(day: CaseDay, rows: np.ndarray) -> list[str]:
    """Name the cells of some rows of a day, those with the most cases first."""
    cells, place = np.unique(day.cell[rows], return_inverse=True)
    totals = np.bincount(place, day.count[rows], minlength=cells.size)
    return [str(cells[at]) for at in np.lexsort((cells, -totals))[:CELLS]]
