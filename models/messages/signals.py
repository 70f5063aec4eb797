"""Signals: what monitors find, one tagged type a kind, on the topic `signals`.

All kinds share where (`area`), what (`subject`) and how rare (`severity`); each has evidence of its
own type, from which the text of a warning is made.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from models.grid.codes import DISTRICT_DIGITS, STREET_DIGITS, AreaKind, kind_of
from models.messages.bounds import Count, Number, Seconds, TimeMs
from models.messages.envelope import Message
from models.messages.evidence import (
    ClusterEvidence,
    CountEvidence,
    Direction,
    LimitEvidence,
    ReadingEvidence,
    SilenceEvidence,
)


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
    is_least : bool
        The history behind it supports no more than this severity; what is seen may be rarer.
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
    is_least: bool = False
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
    """Sources of an area that should have reported and have not."""

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
    beyond : int
        Signals that the message had no room for, the least grave; `silent` names their cells.
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
    beyond: Count = 0
    is_end: bool = False
