"""What a mapping makes of a table: columns in the order of event time, and what did not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.feeds.mapping.cells import Floats, Ints, Texts

Mask = NDArray[np.bool_]


@dataclass
class Unmapped:
    """What of a table could not be used.

    Attributes
    ----------
    reasons : Counter of str
        `unreadable-row`, `unreadable-time`, `unreadable-value`, `missing-value`,
        `no-sensor`, `no-case`, and for events `missing-time`.
    examples : dict of str to int
        The first row of each reason, counted from 1 without the heading.
    """

    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, int] = field(default_factory=dict)

    def count(self, reason: str, where: Mask) -> None:
        """Count the rows where a reason holds; `where` has shape (n,)."""
        rows = np.flatnonzero(where)
        if len(rows):
            self.reasons[reason] += len(rows)
            self.examples.setdefault(reason, int(rows[0]) + 1)

    @property
    def bad(self) -> int:
        """How many there are, without fields that are just empty."""
        return self.reasons.total() - self.reasons["missing-value"] - self.reasons["missing-time"]


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
