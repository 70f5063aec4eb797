"""The backlog (在办): open cases at this moment by group, whenever they were filed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.bounded import OTHERS
from models.cases.indicators.definitions import Indicator
from models.cases.indicators.group_sums import MOST_LARGE
from models.cases.table import OpenCaseTable
from models.grid.codes import COMMUNITY_DIVISOR, STREET_DIVISOR
from models.messages.street_summaries import IndicatorCount

NOW: Final = "now"  # in place of a window
BACKLOG: Final = Indicator(
    "backlog", "在办数", "backlog", "open", "", "cases that are open now, filed whenever"
)
OVERDUE_SHARE: Final = Indicator(
    "overdue_of_backlog",
    "在办超期率",
    "overdue of the backlog",
    "overdue",
    "open",
    "open cases past their limit, their clock running ÷ cases that are open now",
    "limit",
)


def backlog(
    table: OpenCaseTable,
    now_ms: int,
    most_names: int = MOST_LARGE,
    among: NDArray[np.bool_] | None = None,
) -> Iterator[IndicatorCount]:
    """Give the backlog of all, and of each street, community, department and class with any.

    At most `most_names` departments and classes are told apart. Only the rows marked in `among`
    count, where it is given.
    """
    is_open = table.columns["open"]
    some = np.flatnonzero(is_open if among is None else is_open & among)
    if not len(some):
        return
    group = {by: table.columns[by][some] for by in ("place", "department", "category")}
    overdue = table.overdue(now_ms)[some]
    yield from _counts("all", "all", len(some), int(overdue.sum()))
    cells = table.cells
    by_cell = _sums(group["place"], overdue, len(cells))
    for by, divisor in (("street", STREET_DIVISOR), ("community", COMMUNITY_DIVISOR)):
        places, of_cell = np.unique(cells // divisor, return_inverse=True)
        sums = np.zeros((len(places), 2), dtype=np.int64)
        np.add.at(sums, of_cell, by_cell)
        labels = [str(place) if place else "" for place in places.tolist()]
        yield from _table(by, labels, sums)
    for by in ("department", "category"):
        sums = _sums(group[by], overdue, len(table.names))
        yield from _table(by, *_largest(table.names, sums, most_names))


def _sums(group: NDArray[np.integer], overdue: NDArray[np.bool_], groups: int) -> NDArray[np.int64]:
    """Open and overdue cases of each group, shape (groups, 2)."""
    found = [np.bincount(some, minlength=groups) for some in (group, group[overdue])]
    return np.column_stack(found).astype(np.int64)


def _table(by: str, labels: list[str], sums: NDArray[np.int64]) -> Iterator[IndicatorCount]:
    for row in np.flatnonzero(sums[:, 0]).tolist():
        yield from _counts(by, labels[row], *sums[row].tolist())


def _largest(
    labels: list[str], sums: NDArray[np.int64], most: int
) -> tuple[list[str], NDArray[np.int64]]:
    """Keep the groups of the most open cases, in their order; the others are one."""
    some = np.flatnonzero(sums[:, 0])
    if len(some) <= most:
        return labels, sums
    kept = np.sort(some[np.argsort(-sums[some, 0], kind="stable")[:most]])
    rest = sums.sum(axis=0) - sums[kept].sum(axis=0)
    return [*(labels[row] for row in kept.tolist()), OTHERS], np.vstack((sums[kept], rest))


def _counts(by: str, group: str, is_open: int, overdue: int) -> Iterator[IndicatorCount]:
    yield IndicatorCount(NOW, by, group, BACKLOG.code, is_open, None)
    yield IndicatorCount(NOW, by, group, OVERDUE_SHARE.code, overdue, is_open)
