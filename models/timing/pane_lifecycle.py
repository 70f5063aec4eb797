"""Which panes a watermark closes, and how far a partition may say that it has come: one rule.

A pane is the half-open interval [number × width, (number + 1) × width) of event time. It closes
when the watermark passes its end. A feed that is idle closes what it has, but only as far as that
is over by the wall clock of ingest, since something of a pane that still runs may yet happen; while
such a pane is open the partition is not called idle: a reader would judge the pane by the other
partitions alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from models.messages.frames import IDLE

NO_PANE: Final = -(2**40)  # number of a pane before all others


class PartitionProgress(NamedTuple):
    """How far a partition is.

    Attributes
    ----------
    end : int
        Number of the first pane that stays open.
    claim_ms : int
        Event time that it has come past, or `IDLE`.
    """

    end: int
    claim_ms: int


def reach(
    watermark_ms: int,
    now_ms: int,
    *,
    width_ms: int,
    closed_end: int,
    newest: int,
    patience_ms: int | None,
) -> PartitionProgress:
    """Decide how far the panes of a partition are closed.

    Parameters
    ----------
    watermark_ms : int
        Watermark of the feed; `IDLE`: nothing more comes for now.
    now_ms : int
        Wall clock of ingest.
    width_ms : int
        Length of a pane.
    closed_end : int
        Number of the first pane that is open so far; it never moves back.
    newest : int
        Number of the newest pane that holds anything; `NO_PANE` where none does.
    patience_ms : int or None
        How long after its end a pane of an idle feed stays open by the wall clock; None: not at
        all, for nothing is missing once all is quiet.

    Examples
    --------
    >>> panes = {"width_ms": 1000, "closed_end": 3, "newest": 7, "patience_ms": 0}
    >>> reach(6_500, 0, **panes)
    PartitionProgress(end=6, claim_ms=6500)
    >>> reach(IDLE, 7_200, **panes)
    PartitionProgress(end=7, claim_ms=7000)
    >>> reach(IDLE, 8_000, **panes).claim_ms == IDLE
    True
    """
    if watermark_ms != IDLE:
        return PartitionProgress(max(watermark_ms // width_ms, closed_end), watermark_ms)
    end = newest + 1
    if patience_ms is not None:
        end = min(end, (now_ms - patience_ms) // width_ms)
    end = max(end, closed_end)
    return PartitionProgress(end, IDLE if end > newest else end * width_ms)
