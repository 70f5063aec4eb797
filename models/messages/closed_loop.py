"""The closed loop at the end of a pane, as far as rules ask: one street partition."""

from __future__ import annotations

import msgspec

from models.messages.bounds import Count, Number, PartitionNumber, Partitions, Seconds, TimeMs
from models.messages.envelope import Message


class LoopRow(msgspec.Struct, frozen=True, array_like=True):
    """What a rule asked of one group; both counts may be added up over partitions.

    Attributes
    ----------
    rule : str
    group : str
        Code of a street or of the district, or name of a department.
    numerator : float
        Of an indicator, in seconds where it is a duration; else the cases in the state.
    denominator : int
        Of an indicator (0 for a plain count); else the open cases.
    cells : list of int
        Cells of the cases in the state, those of the worst first.
    named : list of str
        Numbers of the worst of those cases.
    """

    rule: str
    group: str
    numerator: Number
    denominator: Count
    cells: list[Count] = []
    named: list[str] = []


class LoopPane(Message, frozen=True, kw_only=True):
    """The cases of a street partition as they were at an instant, `end_ms` (event time).

    Steps that were known but later than that do not count. It is sent before the pane of counts
    whose watermark says that the partition has come so far.
    """

    TAG = "LOOP"
    NAME = "pane of the closed loop"

    feed: str
    partition: PartitionNumber
    partitions: Partitions
    end_ms: TimeMs
    width_s: Seconds
    rows: list[LoopRow]
