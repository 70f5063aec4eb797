"""Signals: what monitors find, one tagged type a kind, on the topic `signals`.

All kinds share where (`area`), what (`subject`) and how rare (`severity`); each has evidence of its
own type, from which the text of a warning is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, Literal

import msgspec

from models.grid.codes import DISTRICT_DIGITS, STREET_DIGITS, AreaKind, kind_of
from models.messages.bounds import Count, Number, Seconds, TimeMs
from models.messages.columns import Columnar, Header
from models.messages.envelope import Message

OTHERS: Final = 4  # cells or streets named of those something was compared with

Direction = Literal["above", "below"]


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A place by its kind and code."""

    kind: AreaKind
    code: str

    @classmethod
    def of(cls, code: str) -> Area:
        """Make the area of a code of `models.grid.codes`; raises ValueError on anything else."""
        return cls(kind=kind_of(code), code=code)

    @property
    def street(self) -> str | None:
        """Code of the street it lies in; None of a district."""
        return None if self.kind is AreaKind.DISTRICT else self.code[:STREET_DIGITS]

    @property
    def district(self) -> str:
        """Code of the district it lies in."""
        return self.code[:DISTRICT_DIGITS]


class Scope(StrEnum):
    """Whose departure it is, and therefore whose warning."""

    LOCAL = "local"  # this place departs: its street is warned
    REGIONAL = "regional"  # the whole district departs
    SEASONAL = "seasonal"  # high, but usual for the season: nobody is warned
    NONE = "none"  # nothing unusual


class ReadingEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why a value of a metric is unusual for its place, hour and season.

    Attributes
    ----------
    observed, expected, low, high : float
        In the metric's unit; `low` and `high` bound what is normal.
    region : float or None
        Median of the other cells at the same time; None where there were too few.
    baseline_n : int
        Past panes that the expectation rests on.
    since, until : str
        First and last local date of that past, as YYYY-MM-DD; empty where it is not known.
    others : list of str
        Codes of a few of the cells it was compared with, the nearest first.
    others_n : int
        How many there were.
    run : int
        Panes in a row that were rated together.
    watched : int
        Series of the area that were watched for the same.
    newest_severity : float
        As `severity`, if the whole run were like its newest pane: what an open warning is held by.
    clears_below : float
        Value under which a warning ends, in the metric's unit.
    """

    observed: Number
    expected: Number
    low: Number
    high: Number
    region: Number | None
    baseline_n: Count
    since: str = ""
    until: str = ""
    others: list[str] = []
    others_n: Count = 0
    run: Count = 1
    watched: Count = 1
    newest_severity: Number = 0.0
    clears_below: Number


class CountEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why a number of cases is unusual.

    Attributes
    ----------
    observed, expected, low, high : float
        Cases; `low` and `high` bound what is usual.
    baseline_n : int
        Past days that the expectation rests on; `since` and `until` are the first and the last.
    others, others_n
        Streets it was compared with, as in `ReadingEvidence`.
    is_whole_day : bool
        Whether the day is over.
    leading : dict of str to int
        The most frequent categories with their counts; where cases are missing, of what.
    clears_at : float
        Number of cases at which it ends.
    """

    observed: Number
    expected: Number
    low: Number
    high: Number
    baseline_n: Count
    since: str = ""
    until: str = ""
    others: list[str] = []
    others_n: Count = 0
    is_whole_day: bool = False
    leading: dict[str, Count] = {}
    clears_at: Number


class ClusterEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why cases are a cluster.

    Attributes
    ----------
    observed, expected : float
        Cases inside, and how many the usual pattern lets expect.
    days : int
        Length of the cluster.
    baseline_n : int
        Cases of the year that it was compared with; `since` and `until` bound it.
    leading : dict of str to int
        The most frequent categories of its cases.
    """

    observed: Number
    expected: Number
    days: Count
    baseline_n: Count
    since: str = ""
    until: str = ""
    leading: dict[str, Count] = {}


class SilenceEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why a silence is too long.

    Attributes
    ----------
    hours, usual, longest : float
        Length of the longest silence, the middle gap of its source, and the longest wait that is
        still usual for it.
    gaps : int
        Past gaps that this rests on; 0 where the interval is the configured one.
    sources : int
        How many are silent.
    named : list of str
        Names of silent beats and departments, those silent longest first.
    """

    hours: Number
    usual: Number
    longest: Number
    gaps: Count
    sources: Count = 1
    named: list[str] = []

    @property
    def excess(self) -> float:
        """Silence as a share of the longest that is usual: what the levels of a rule are on."""
        return self.hours / self.longest


class LimitEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Which absolute limit a value breaks.

    Attributes
    ----------
    observed : float
        Statistic of the window, in the metric's unit.
    limit : float
        Highest limit that is reached, else the lowest of the rule.
    reached, holds : int
        Highest level (1 blue … 4 red) whose limit is reached, and whose release is; 0 for none.
    direction : str
        The side of the limit that is forbidden.
    statistic : str
        `mean`, `max` or `min` of the pane, or `mean` of the window.
    window_h : int
        Hours that the statistic is taken over; 0 for the pane.
    source : dict of str to str
        Where the limit comes from, by language.
    expected : float or None
        What is usual for this place and hour; None where the rule does not ask.
    clears_at : float
        Value at which the lowest level ends.
    learned_severity : float
        How rare the value is by its own past, days; 0 where the rule does not ask.
    learned_newest : float
        The same of the newest pane alone, as in `ReadingEvidence`.
    """

    observed: Number
    limit: Number
    reached: Count
    holds: Count
    direction: Direction
    statistic: str
    window_h: Count = 0
    source: dict[str, str] = {}
    expected: Number | None = None
    clears_at: Number
    learned_severity: Number = 0.0
    learned_newest: Number = 0.0


class SignalBase(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What all signals have in common.

    `id` is deterministic: the same finding gives the same id in every run and replay.

    Attributes
    ----------
    area : Area
        Where it is.
    subject : str
        What tells signals of one rule apart, the same from pane to pane.
    scope : Scope
    start_ms, width_s : int
        Event time of what was judged.
    severity : float
        By chance alone the place sees the like once in so many days, after all comparisons made;
        0 where chance has no part in it: an absolute limit, a configured interval.
    active : bool
        False: the first normal pane after flagged ones.
    grown : bool
        Something joined since the signal before.
    cells : list of str
        Codes of the cells concerned.
    ingested_ms : int
        Wall clock at which ingest received the newest reading behind it; 0 where there is none.
    """

    id: str
    feed: str
    metric: str
    area: Area
    subject: str
    scope: Scope = Scope.LOCAL
    start_ms: TimeMs
    width_s: Seconds
    severity: Number
    active: bool
    grown: bool = False
    cells: list[str] = []
    ingested_ms: TimeMs = 0


class ReadingSignal(SignalBase, frozen=True, kw_only=True, tag="reading"):
    """A value of a metric over what this cell, hour and season let expect."""

    detector: str
    evidence: ReadingEvidence


class CountSignal(SignalBase, frozen=True, kw_only=True, tag="count"):
    """More or fewer cases of a group in an area than the season explains."""

    direction: Direction
    group: str
    evidence: CountEvidence


class ClusterSignal(SignalBase, frozen=True, kw_only=True, tag="cluster"):
    """Cases of a group that gather in space and time; `number` names it within the group."""

    group: str
    number: Count
    evidence: ClusterEvidence


class SilenceSignal(SignalBase, frozen=True, kw_only=True, tag="silence"):
    """Sources of an area that should have spoken and have not."""

    evidence: SilenceEvidence


class LimitSignal(SignalBase, frozen=True, kw_only=True, tag="limit"):
    """A value that breaks an absolute limit."""

    evidence: LimitEvidence


Signal = ReadingSignal | CountSignal | ClusterSignal | SilenceSignal | LimitSignal


class SignalBatch(Message, frozen=True, kw_only=True):
    """All signals of one evaluation, in one message; may be empty.

    An empty batch moves the event clock of the warnings on.

    Attributes
    ----------
    rule : str
        The rule it is for, which has a clock of its own; empty: all rules of kind `readings` over
        the feed, which share the panes.
    tick_ms : int
        End of what was judged, event time.
    silent : dict of str to list of str
        By metric, the cells flagged not long ago that gave no value in this pane: their silence
        is neither an excess nor a return to normal.
    total : int
        Active signals found since the state was first made (exact over crashes).
    is_end : bool
        The replay that the feed came from has ended: what is open ends with it. It moves no clock.
    """

    TAG = "SIGN"
    NAME = "batch of signals"
    ENCODING = "json"

    feed: str
    rule: str = ""
    tick_ms: TimeMs
    signals: list[Signal]
    silent: dict[str, list[str]] = {}
    total: Count = 0
    is_end: bool = False


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
