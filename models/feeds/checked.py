"""What the checks of all kinds of feed share: checked rows, their streets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from models.feeds.decode import W, WireDecoder
from models.feeds.row_errors import RowErrors
from models.grid.codes import STREET_DIVISOR
from models.messages.dead_letters import Reason
from models.messages.origin import Origin

PartitionOf = Callable[[str], int]  # street → the partition that its key goes to


@dataclass(frozen=True, slots=True)
class Checked(Generic[W]):
    """Rows of a batch after their checks.

    Attributes
    ----------
    rows : sequence of struct, length n
    faults : RowErrors
    ts_ms : ndarray, shape (n,), int64
        Event times, epoch milliseconds.
    cells : ndarray, shape (n,), int64
        Cell codes; -1 where there is none.
    extra : object
        Columns that only the kind that made them reads.
    sources : sequence of str or None
        Who measured each row, of length n; None where the kind has no sources with clocks.
    """

    rows: Sequence[W]
    faults: RowErrors
    ts_ms: NDArray[np.int64]
    cells: NDArray[np.int64]
    extra: Any
    sources: Sequence[str] | None = None


class RowCheck(Protocol[W]):
    """What ingest does with one kind of feed: decode, check, pack."""

    decoder: WireDecoder[W]
    can_be_late: bool

    def check(self, rows: Sequence[W], sent_ms: NDArray[np.int64]) -> Checked[W]:
        """Check rows against the feed."""
        ...

    def explain(self, row: W, reason: Reason) -> str | None:
        """One sentence on a fault that only this kind has; None for the others."""
        ...

    def messages(
        self,
        checked: Checked[W],
        kept: NDArray[np.int64],
        offsets: NDArray[np.int64],
        origin: Origin,
    ) -> Iterator[tuple[str, bytes]]:
        """Pack rows for their streets: street and message."""
        ...

    def tick(self, origin: Origin) -> bytes:
        """Give a message without rows, which only moves the watermark."""
        ...


@runtime_checkable
class SharesMessages(Protocol):
    """A kind whose messages hold all streets of a partition, where it knows which these are."""

    partition_of: PartitionOf | None


def by_partition(
    cells: NDArray[np.int64], kept: NDArray[np.int64], partition_of: PartitionOf | None
) -> Iterator[NDArray[np.int64]]:
    """Group rows by street partition, rows in their order; by street where none is known.

    Parameters
    ----------
    cells : ndarray, shape (n,), int64
        Cell codes of all rows.
    kept : ndarray, shape (k,), int64
        The rows to group.
    """
    if not kept.size:
        return
    streets, of = np.unique(cells[kept] // STREET_DIVISOR, return_inverse=True)
    if partition_of is not None:
        of = np.array([partition_of(f"{code:09d}") for code in streets.tolist()])[of]
    yield from (kept[group] for group in _alike(of))


def by_street(
    cells: NDArray[np.int64], kept: NDArray[np.int64]
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Group rows by street, streets ascending, rows in their order.

    Parameters
    ----------
    cells : ndarray, shape (n,), int64
        Cell codes of all rows.
    kept : ndarray, shape (k,), int64
        The rows to group.
    """
    if not kept.size:
        return
    streets = cells[kept] // STREET_DIVISOR
    for group in _alike(streets):
        yield f"{streets[group[0]]:09d}", kept[group]


def _alike(keys: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Group the places of equal keys, keys ascending, places in their order."""
    order = np.argsort(keys, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)


def whole_messages(
    rows: NDArray[np.int64], offsets: NDArray[np.int64], most: int
) -> Iterator[NDArray[np.int64]]:
    """Cut rows into parts of at most `most`, or more where one raw message alone gave more.

    All rows of a raw message stay in one part: a street skips what it has by raw offset.

    Parameters
    ----------
    rows : ndarray, shape (k,), int64
        Rows in the order of their offsets.
    offsets : ndarray, shape (n,), int64
        Raw offset of each row of the batch.
    most : int
        Rows a part should have at most.
    """
    own = offsets[rows]
    start = 0
    while start < rows.size:
        end = start + most
        if end < rows.size:
            first = int(np.searchsorted(own, own[end], side="left"))
            end = first if first > start else int(np.searchsorted(own, own[start], side="right"))
        yield rows[start:end]
        start = end


def middle_cut(own: NDArray[np.int64]) -> int:
    """Place nearest the middle of rows where one raw message ends and the next begins; 0: none.

    Examples
    --------
    >>> middle_cut(np.array([4, 4, 4, 7])), middle_cut(np.array([4, 4]))
    (3, 0)
    """
    cuts = np.flatnonzero(np.diff(own)) + 1
    return int(cuts[np.argmin(np.abs(cuts - own.size // 2))]) if cuts.size else 0
