"""What a case's steps add up to: its stage, its times, its owner, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from models.cases.quality import QualityFlag
from models.events.mode import Mode
from models.events.tags import EventTag
from models.messages.case_events import EventType


class Stage(StrEnum):
    """Where a case stands."""

    UNKNOWN = "unknown"  # nothing but detours is known of it
    REPORTED = "reported"
    FILED = "filed"
    DISPATCHED = "dispatched"
    DISPOSED = "disposed"
    VERIFIED = "verified"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


ENDED: Final = frozenset({Stage.CLOSED, Stage.REJECTED, Stage.CANCELLED})
VOID: Final = frozenset({Stage.REJECTED, Stage.CANCELLED})  # a later step counts nowhere

# The way from report to closing; a step's place in it tells forwards from backwards.
LOOP: Final = (
    Stage.UNKNOWN,
    Stage.REPORTED,
    Stage.FILED,
    Stage.DISPATCHED,
    Stage.DISPOSED,
    Stage.VERIFIED,
    Stage.CLOSED,
)


@dataclass(frozen=True, kw_only=True)
class Practice:
    """What a city records of its cases; what it never records is not missed.

    Attributes
    ----------
    steps : frozenset of EventType
        Steps that are recorded. Cities that know only opening and closing name those two.
    actors : bool
        Whether somebody is named for each step.
    """

    steps: frozenset[EventType] = frozenset(EventType)
    actors: bool = True

    def within(self, table: Practice) -> Practice:
        """Give what of this a table records: what a whole table lacks is missed by no case."""
        return Practice(steps=self.steps & table.steps, actors=self.actors and table.actors)


class CaseState(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps of a case add up to; times are epoch milliseconds, None where never.

    Attributes
    ----------
    stage : Stage
    since_ms : int
        When it entered that stage.
    held : bool
        Its clock stands still.
    reported_ms, filed_ms, rejected_ms, dispatched_ms, disposed_ms, verified_ms, closed_ms
        First time of each step.
    cancelled_ms : int or None
    department : str
        Who has it now: of the last dispatch, else the last department named.
    category, cell, source, beat, area, unlisted : str
        As first told; lon and lat likewise, degrees.
    due_ms : int or None
        Limit named by the sender, as last extended.
    dispatches, returns, extensions : int
    holds : tuple of (int, int or None)
        Intervals in which the clock stood; the last may be open.
    dwell : tuple of (Stage, int, int)
        Stages that were left: which, when left (ms), how long it took (ms).
    quality_flags : tuple of (int, QualityFlag)
        What is wrong with which step, by its place in the sorted timeline; -1 is the whole case.
    events : tuple of EventTag
        Major events that it belongs to, by where and when it began.
    mode : Mode
        Operating mode in which it began.
    last_ms, newest_ms : int
        Newest step that can be true, and newest of all.
    reopened_ms : int or None
        When it was last sent back, or went on after its closing.
    """

    stage: Stage = Stage.UNKNOWN
    since_ms: int = 0
    held: bool = False
    reported_ms: int | None = None
    filed_ms: int | None = None
    rejected_ms: int | None = None
    dispatched_ms: int | None = None
    disposed_ms: int | None = None
    verified_ms: int | None = None
    closed_ms: int | None = None
    cancelled_ms: int | None = None
    department: str = ""
    category: str = ""
    cell: str = ""
    source: str = ""
    beat: str = ""
    area: str = ""
    unlisted: str = ""
    lon: float | None = None
    lat: float | None = None
    due_ms: int | None = None
    dispatches: int = 0
    returns: int = 0
    extensions: int = 0
    holds: tuple[tuple[int, int | None], ...] = ()
    dwell: tuple[tuple[Stage, int, int], ...] = ()
    quality_flags: tuple[tuple[int, QualityFlag], ...] = ()
    events: tuple[EventTag, ...] = ()
    mode: Mode = Mode.NORMAL
    last_ms: int = 0
    newest_ms: int = 0
    reopened_ms: int | None = None

    @property
    def began_ms(self) -> int | None:
        """First time it is known of: its report, else its filing; None where neither is known."""
        return self.filed_ms if self.reported_ms is None else self.reported_ms

    @property
    def flags(self) -> frozenset[QualityFlag]:
        """Reason codes of all that is wrong."""
        return frozenset(flag for _, flag in self.quality_flags)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.stage not in ENDED
