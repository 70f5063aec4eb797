"""What monitors of cases share: when they evaluate, and the batches of signals they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from config.catalog import CasesRule
from models.detect.contract import Floats
from models.messages.signals import Signal, SignalBatch
from models.monitors.case_history import CaseDay
from models.timing.days import LOOK_HOURS, moment_of

HOUR_MS: Final = 3_600_000
NAMED: Final = 3  # categories told
CELLS: Final = 50  # cells told of one finding


@dataclass(frozen=True, kw_only=True)
class EvaluationTime:
    """When a day is evaluated: at the end of one of `LOOK_HOURS`, 24 being the whole day.

    Attributes
    ----------
    at_ms : int
        When all that it is about should be known.
    """

    day: int
    hour: int
    at_ms: int

    @property
    def is_closing(self) -> bool:
        """Tell whether the day is over."""
        return self.hour == LOOK_HOURS[-1]


def evaluation_of(number: int, zone: ZoneInfo, delay_h: int) -> EvaluationTime:
    """Give an evaluation by its number, counted from 1970."""
    day, place = divmod(number, len(LOOK_HOURS))
    hour = LOOK_HOURS[place]
    return EvaluationTime(day=day, hour=hour, at_ms=moment_of(day, hour, zone) + delay_h * HOUR_MS)


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
