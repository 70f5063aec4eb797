"""The stage of the city: one word for the whole wall, and the reasons for it.

`docs/stage.md` describes it for people. The stage is the gravest of what six sources ask for:
open warnings, data health, coverage, street partitions, the line and overdue cases. Each source
alone asks for more as its trouble grows, so more trouble never gives a calmer stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

import msgspec

from config.place import SituationLimits
from models.messages.warnings import Level
from models.situation.feed_state import BLIND, FeedState


class Stage(IntEnum):
    """Stages from the calmest to the gravest; each has its message `stage.<slug>`.

    A warning outranks blindness: it names something to act on. What is blind beside it stands
    among the reasons.
    """

    NORMAL = 0
    REPLAY_ENDED = 1  # the end of a replay, and not the present
    OVERDUE = 2
    CATCHING_UP = 3
    PARTLY_BLIND = 4
    NO_DATA = 5
    BLUE = 6
    YELLOW = 7
    ORANGE = 8
    RED = 9

    @property
    def slug(self) -> str:
        """Name in messages, metrics and class names."""
        return self.name.lower().replace("_", "-")

    @property
    def level(self) -> Level | None:
        """Warning level of the stage; None where it is not one of warnings."""
        return Level[self.name] if self >= Stage.BLUE else None


REASONS: Final = (
    "warnings",
    "no-feed",
    "feeds",
    "coverage",
    "streets",
    "line-unassigned",
    "catching-up",
    "line-behind",
    "overdue",
    "replay-ended",
    "late",
)
BY_LEVEL: Final = {level: Stage[level.name] for level in Level}


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason for a stage.

    Attributes
    ----------
    stage : Stage
        What the reason alone would make of the city.
    code : str
        One of `REASONS`; key of its message `stage.reason.<code>`.
    feeds : list of str
        Names of the feeds it is about.
    count, total : int
        What it counts (sensors online, overdue cases, warnings, silent street partitions,
        partitions of agents that nobody holds, records that wait), and of how many; 0 for none.
    """

    stage: Stage
    code: str
    feeds: list[str] = []
    count: int = 0
    total: int = 0


class StageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a stage is decided from.

    Attributes
    ----------
    open_warnings : mapping of Level to int
        Open warnings that people see.
    feeds : mapping of str to FeedState
        Every feed that the city counts on, reporting or not; an optional one once it has.
    open_cases, overdue_cases : int
        Open cases, and those past their limit.
    places_known, places_online : int
        Places with sensors, and those that report.
    streets_known, streets_silent : int
        Street partitions, and those whose summaries stay away while others come.
    line_partitions, line_unassigned : int
        Partitions of the agents, and those that no worker says that it holds.
    line_waiting : int
        Records that wait inside the line for agents that people wait for.
    is_line_behind : bool
        What is shown or warned of is older than it will be.
    """

    open_warnings: Mapping[Level, int]
    feeds: Mapping[str, FeedState]
    open_cases: int = 0
    overdue_cases: int = 0
    places_known: int = 0
    places_online: int = 0
    streets_known: int = 0
    streets_silent: int = 0
    line_partitions: int = 0
    line_unassigned: int = 0
    line_waiting: int = 0
    is_line_behind: bool = False


class CityStage(msgspec.Struct, frozen=True, kw_only=True):
    """Stage of a city with its reasons, the gravest first; all well has none."""

    stage: Stage
    reasons: list[Reason] = []


def city_stage(facts: StageFacts, limits: SituationLimits) -> CityStage:
    """Decide the stage.

    Examples
    --------
    >>> quiet = StageFacts(open_warnings={}, feeds={"dust": FeedState.CURRENT})
    >>> city_stage(quiet, SituationLimits()).stage.name
    'NORMAL'
    >>> city_stage(StageFacts(open_warnings={}, feeds={}), SituationLimits()).stage.name
    'NO_DATA'
    """
    every = (
        *_warnings(facts),
        *_data(facts),
        *_coverage(facts, limits),
        *_streets(facts),
        *_unassigned(facts),
        *_catching_up(facts),
        *_overdue(facts, limits),
        *_in_order(facts),
    )
    reasons = sorted(every, key=lambda reason: -reason.stage)
    return CityStage(stage=reasons[0].stage if reasons else Stage.NORMAL, reasons=reasons)


def _warnings(facts: StageFacts) -> Iterator[Reason]:
    """Open warnings ask for the stage of the gravest of them."""
    if standing := [level for level, count in facts.open_warnings.items() if count > 0]:
        total = sum(facts.open_warnings[level] for level in standing)
        yield Reason(stage=BY_LEVEL[max(standing)], code="warnings", count=total)


def _data(facts: StageFacts) -> Iterator[Reason]:
    """Blind feeds ask for PARTLY_BLIND; NO_DATA where no other feed is left."""
    blind = _in_state(facts, BLIND)
    if len(blind) == len(facts.feeds):
        yield Reason(stage=Stage.NO_DATA, code="no-feed", feeds=blind, total=len(blind))
    elif blind:
        total = len(facts.feeds)
        yield Reason(
            stage=Stage.PARTLY_BLIND, code="feeds", feeds=blind, count=len(blind), total=total
        )


def _coverage(facts: StageFacts, limits: SituationLimits) -> Iterator[Reason]:
    online, known = facts.places_online, facts.places_known
    if online < limits.coverage * known:
        yield Reason(stage=Stage.PARTLY_BLIND, code="coverage", count=online, total=known)


def _streets(facts: StageFacts) -> Iterator[Reason]:
    """Count silent street partitions: their figures are older than the rest, or left out."""
    if facts.streets_silent:
        silent, known = facts.streets_silent, facts.streets_known
        yield Reason(stage=Stage.PARTLY_BLIND, code="streets", count=silent, total=known)


def _unassigned(facts: StageFacts) -> Iterator[Reason]:
    """Count partitions of agents that nobody holds: what they would find is not found."""
    if facts.line_unassigned:
        unassigned, known = facts.line_unassigned, facts.line_partitions
        yield Reason(
            stage=Stage.PARTLY_BLIND, code="line-unassigned", count=unassigned, total=known
        )


def _catching_up(facts: StageFacts) -> Iterator[Reason]:
    """Name feeds that are read late, and say where what was read is judged or shown late.

    The end of a replay is not there before the last of it is judged, however short that takes.
    """
    if behind := _in_state(facts, {FeedState.CATCHING_UP}):
        yield Reason(stage=Stage.CATCHING_UP, code="catching-up", feeds=behind)
    is_unfinished = facts.line_waiting and _in_state(facts, {FeedState.ENDED})
    if facts.is_line_behind or is_unfinished:
        yield Reason(stage=Stage.CATCHING_UP, code="line-behind", count=facts.line_waiting)


def _overdue(facts: StageFacts, limits: SituationLimits) -> Iterator[Reason]:
    late, total = facts.overdue_cases, facts.open_cases
    if late >= limits.overdue_cases and late >= limits.overdue * total:
        yield Reason(stage=Stage.OVERDUE, code="overdue", count=late, total=total)


def _in_order(facts: StageFacts) -> Iterator[Reason]:
    """Name what asks for no other stage yet, and should be known."""
    ended = _in_state(facts, {FeedState.ENDED})
    if ended and not facts.line_waiting:  # the last of it is judged and shown
        yield Reason(stage=Stage.REPLAY_ENDED, code="replay-ended", feeds=ended)
    if late := _in_state(facts, {FeedState.LATE}):
        yield Reason(stage=Stage.NORMAL, code="late", feeds=late)


def _in_state(facts: StageFacts, states: frozenset[FeedState] | set[FeedState]) -> list[str]:
    return [name for name, state in facts.feeds.items() if state in states]
