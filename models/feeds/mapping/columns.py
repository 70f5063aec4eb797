"""What a mapping makes of a table: columns in the order of event time, and what did not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.feeds.mapping.cells import Floats, Ints, Texts

Mask = NDArray[np.bool_]
EMPTY_REASONS: Final = ("missing-value", "missing-time")  # a field that is just empty


@dataclass
class RowFates:
    """What of a table could not be used.

    Attributes
    ----------
    set_aside : list of (str, ndarray of bool, shape (rows,))
        Reasons why a whole row gives nothing, and where: `missing-time`, `unreadable-time`,
        `impossible-time`, `no-sensor`, `missing-value`, `unreadable-value`, `no-case`,
        `shortened-number`. A row counts under the first that holds.
    lost : Counter of str
        Single times and values that give nothing, by reason; also of rows that are used.
    notes : list of str
        What a person should know.
    """

    set_aside: list[tuple[str, Mask]] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def rows(self, reason: str, where: Mask) -> None:
        """Set rows aside; `where` has shape (rows,)."""
        if where.any():
            self.set_aside.append((reason, where))
            self.lost[reason] += int(where.sum())

    def cells(self, what: str, reason: str, where: Mask) -> None:
        """Count single cells that give nothing, in rows that may be used all the same."""
        count = int(where.sum())
        if count:
            self.lost[reason] += count
            if reason not in EMPTY_REASONS:
                first = int(np.flatnonzero(where)[0]) + 1
                self.notes.append(f"{what}: {count} × {reason} (first in row {first}), left out")


@dataclass(frozen=True, kw_only=True)
class _Columns:
    """Columns of one length; `row` says which row of the table each entry comes from."""

    row: Ints
    ts_ms: Ints  # epoch milliseconds, event time

    def __len__(self) -> int:
        return len(self.row)

    def pick(self, at: NDArray[Any]) -> Self:
        """Entries at some indices, or where a mask is true."""
        return replace(self, **{f.name: getattr(self, f.name)[at] for f in fields(self)})

    def between(self, since_ms: int | None, until_ms: int | None) -> Self:
        """Entries with since ≤ event time < until."""
        kept = np.ones(len(self), dtype=bool)
        if since_ms is not None:
            kept &= self.ts_ms >= since_ms
        if until_ms is not None:
            kept &= self.ts_ms < until_ms
        return self.pick(kept)


@dataclass(frozen=True, kw_only=True)
class ReadingColumns(_Columns):
    """Readings; `value` in the metric's unit, place as far as the table or mapping knows it."""

    sensor: Texts
    metric: Texts
    value: Floats
    lon: Floats  # degrees, NaN where unknown
    lat: Floats
    cell: Texts  # empty where unknown


@dataclass(frozen=True, kw_only=True)
class EventColumns(_Columns):
    """Case events; `due_ms` is `NO_TIME` where the table has no limit."""

    case: Texts
    type: Texts  # values of `models.messages.case_events.EventType`
    category: Texts  # the feed's code, or the table's own name where it has none
    department: Texts
    source: Texts
    beat: Texts
    area: Texts
    lon: Floats  # degrees, NaN where unknown
    lat: Floats
    cell: Texts  # empty where unknown
    due_ms: Ints


@dataclass(frozen=True, kw_only=True)
class PointColumns(_Columns):
    """Where and when something began: the first event of each case, or each reading."""

    lon: Floats
    lat: Floats
    cell: Texts
    label: Texts  # category of a case, metric of a reading


C = TypeVar("C", bound=_Columns)


def joined(parts: Sequence[C]) -> C:
    """Put columns together in the order of event time, then of rows, then of the parts."""
    first = parts[0]
    names = [f.name for f in fields(first)]
    whole = replace(first, **{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})
    return whole.pick(np.lexsort((whole.row, whole.ts_ms)))
