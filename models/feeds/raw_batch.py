"""Raw records of one partition, as ingest takes them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.feeds.replay_run import LIVE, RecordHead


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Raw records of one partition in the order of their offsets, all sequences of length n.

    Attributes
    ----------
    offsets : sequence of int
    sent_ms : sequence of int
        When each was sent, as `models.feeds.replay_run` believes it; 0 when it is not known: then
        its clock is not checked.
    values : sequence of bytes
    arrived_ms : sequence of int
        When each arrived, by the wall clock; empty: when it was sent.
    heads : mapping of int to RecordHead
        By row: what the headers say of records that have some; the others are live.
    """

    offsets: Sequence[int]
    sent_ms: Sequence[int]
    values: Sequence[bytes]
    arrived_ms: Sequence[int] = ()
    heads: Mapping[int, RecordHead] = field(default_factory=dict)

    def rows(self, rows: Sequence[int]) -> RawBatch:
        """Give some of the records, in their order."""
        return RawBatch(
            [self.offsets[row] for row in rows],
            [self.sent_ms[row] for row in rows],
            [self.values[row] for row in rows],
            [self.arrived_ms[row] for row in rows] if self.arrived_ms else (),
            {at: self.heads[row] for at, row in enumerate(rows) if row in self.heads},
        )

    def since(self, position: int) -> RawBatch:
        """Give the records from an offset on."""
        if not self.offsets or self.offsets[0] >= position:
            return self
        first = int(np.searchsorted(np.array(self.offsets), position))
        return self.rows(range(first, len(self.offsets)))

    @property
    def data(self) -> RawBatch:
        """The records that are no marks of a replay."""
        marks = {row for row, head in self.heads.items() if head.mark is not None}
        if not marks:
            return self
        return self.rows([row for row in range(len(self.offsets)) if row not in marks])

    @property
    def arrivals_ms(self) -> Sequence[int]:
        """When each record arrived."""
        return self.arrived_ms or self.sent_ms

    @property
    def last_arrival_ms(self) -> int:
        """When the newest of at least one record arrived."""
        return max(self.arrivals_ms)

    @property
    def last_sent_ms(self) -> int:
        """When the newest of at least one record was sent."""
        return max(self.sent_ms)

    @property
    def is_replay(self) -> NDArray[np.bool_]:
        """Mask of the records whose own order of time rules, shape (n,)."""
        if not self.heads:
            return np.zeros(len(self.offsets), np.bool_)
        heads = (self.heads.get(row, LIVE) for row in range(len(self.offsets)))
        return np.array([bool(head.run) and not head.attempt for head in heads], np.bool_)
