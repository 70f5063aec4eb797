"""An anomaly: one thing that is unusual for its place, hour and season, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import msgspec

from models.messages.columns import Columnar, Header
from models.messages.envelope import Message

OTHERS: Final = 4  # cells or streets named of those something was compared with


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why a value was flagged, as data; the text is made from it in either language.

    Attributes
    ----------
    observed, expected, low, high : float
        In the metric's unit; `low` and `high` bound what is normal.
    region : float or None
        Median of the other cells at the same time; None where there were too few.
    scope : str
        `local` (this cell departs from the region) or `regional` (all cells rose together).
    baseline_n : int
        Past panes that the expectation rests on; of cases: days, of a cluster cases, of silence
        gaps.
    since, until : str
        First and last local date of that past, as YYYY-MM-DD; empty where it is not known.
    others : list of str
        Codes of the cells or streets it was compared with now, the nearest first; a few of them.
    others_n : int
        How many there were.
    once_in_days : float
        How often chance alone gives such a value, by the system's own past.
    clears_below : float
        Value under which the anomaly ends, or over which, where too little was observed; in the
        metric's unit.
    days : int
        Of cases: length of the window that was counted; 0 where today is not over.
    sources : int
        Of silence: how many are silent.
    named : list of str
        Of silence: names of silent beats and departments, those silent longest first.
    leading : dict of str to int
        Of cases: the most frequent categories, with their counts; of too few the categories of
        which most are missing, with how many are.
    """

    observed: float
    expected: float
    low: float
    high: float
    region: float | None
    scope: str
    baseline_n: int
    since: str = ""
    until: str = ""
    others: list[str] = []
    others_n: int = 0
    once_in_days: float
    clears_below: float
    days: int = 0
    sources: int = 0
    named: list[str] = []
    leading: dict[str, int] = {}


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """One flagged pane of one cell and metric, or its return to normal.

    `id` is deterministic: the same pane gives the same id in every run and replay.

    Attributes
    ----------
    cell : str
        15 digits; of counts and silence the code of their area, of a cluster the cell it began in.
    about : str
        What tells anomalies of one place apart: group of cases, number of a cluster.
    cells : list of str
        Cells concerned, where `cell` is not all there is to say.
    grown : bool
        Something joined since it was last told.
    """

    id: str
    detector: str
    feed: str
    metric: str
    cell: str
    start_ms: int
    width_s: int
    score: float  # as the detector scales it: the levels of a rule are on the same scale
    active: bool  # False: the first normal pane after flagged ones
    evidence: Evidence
    ingested_ms: int = 0
    about: str = ""
    cells: list[str] = []
    grown: bool = False

    @property
    def subject(self) -> str:
        """Name what it is about, the same from pane to pane."""
        return f"{self.cell}/{self.about}" if self.about else self.cell


class AnomalyBatch(Message, frozen=True, kw_only=True):
    """All anomalies of one tick of one feed, in one message; may be empty.

    An empty batch moves the event clock of the warnings on.

    Attributes
    ----------
    detector, metric : str
        Whose batch it is, where a detector has a clock of its own; empty: all detectors that judge
        panes of readings, in one batch.
    tick_ms : int
        End of the pane that was judged.
    silent : dict of str to list of str
        By metric, the cells flagged not long ago that gave no value in this pane: their silence
        is neither an excess nor a return to normal.
    total : int
        Active anomalies found since the state was first made (exact over crashes).
    """

    TAG = "ANOM"
    NAME = "batch of anomalies"
    ENCODING = "json"

    feed: str
    tick_ms: int
    anomalies: list[Anomaly]
    silent: dict[str, list[str]] = {}
    total: int = 0
    detector: str = ""
    metric: str = ""

    @property
    def source(self) -> tuple[str, str]:
        """Tell whose clock `tick_ms` is, within the feed."""
        return self.detector, self.metric


class JudgedHeader(Header, frozen=True, kw_only=True):
    """One metric of one judged pane over all cells of the district that had a value.

    It travels before the `AnomalyBatch` of the same pane. Metrics that no rule watches come too,
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
    start_ms: int
    width_s: int


@dataclass(frozen=True, slots=True)
class JudgedPane(Columnar[JudgedHeader]):
    """What each cell showed in a judged pane, beside what was expected of it."""

    HEADER = JudgedHeader
