"""Judged panes: what every cell showed beside what was expected, on the topic `signals`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from models.messages.bounds import Seconds, TimeMs
from models.messages.columns import Columnar, Header


class JudgedHeader(Header, frozen=True, kw_only=True):
    """One metric of one judged pane over all cells of the district that had a value.

    It travels before the `SignalBatch`es of the same pane. Metrics that no rule watches come too,
    with an `expected` of NaN.

    Attributes
    ----------
    feed, metric : str
        What was measured.
    detector : str
        Name of the detector that gave `expected`; empty where none watches.
    start_ms, width_s : int
        The pane, event time.
    """

    TAG = "JUDG"
    NAME = "judged pane"
    COLUMNS: ClassVar = {
        "cell": "<i8",  # 15 digits
        "value": "<f4",  # mean of the pane, in the metric's unit
        "expected": "<f4",  # in the metric's unit; NaN where there is no history
    }

    feed: str
    metric: str
    detector: str
    start_ms: TimeMs
    width_s: Seconds


@dataclass(frozen=True, slots=True)
class JudgedPane(Columnar[JudgedHeader]):
    """What each cell showed in a judged pane, beside what was expected of it."""

    HEADER = JudgedHeader
