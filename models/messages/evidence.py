"""Evidence of signals: why each kind of finding is one, from which its text is made."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from models.messages.bounds import Count, Number

OTHERS: Final = 4  # cells or streets named of those something was compared with

Direction = Literal["above", "below"]


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
    is_rare : bool
        By the law of its gaps chance brings it seldom enough to warn, however few gaps were seen.
    """

    hours: Number
    usual: Number
    longest: Number
    gaps: Count
    sources: Count = 1
    named: list[str] = []
    is_rare: bool = True

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
    learned_is_least : bool
        The past supports no more than `learned_severity`; the value may be rarer.
    among : int
        What a rate or a count of cases rests on: its denominator; 0 where it has none.
    named : list of str
        Numbers of some of the cases, or the other groups at fault, the worst first.
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
    learned_is_least: bool = False
    among: Count = 0
    named: list[str] = []
