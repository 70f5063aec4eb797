"""What a snapshot says of major events and of the mode in which the district is run."""

from __future__ import annotations

from typing import Literal

import msgspec

from models.messages.street_summaries import WatchedCase

EventPhase = Literal["announced", "rehearsal", "live", "pause", "stand-down", "over"]


class EventFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Tagged cases as counts; attributes as in `models.messages.event_counts.EventCounts`."""

    tagged: int = 0
    filed: int = 0
    closed: int = 0
    closed_late: int = 0
    open: int = 0
    cancelled: int = 0
    overdue: int = 0


class EventObjectNow(msgspec.Struct, frozen=True, kw_only=True):
    """An object of a major event, where it is now, and the cases of the phase there.

    Attributes
    ----------
    id, kind, level : str
        As the event's file names them; `rank` is the level's, 1 the highest.
    title, kind_title, level_title : dict of str to str
    shape : str
        `point`, `line` or `ring` of `points` ([lon, lat], degrees), with `buffer_m` metres around.
    """

    id: str
    kind: str
    level: str
    rank: int
    title: dict[str, str]
    kind_title: dict[str, str]
    level_title: dict[str, str]
    shape: str
    points: list[tuple[float, float]]
    buffer_m: float
    figures: EventFigures = EventFigures()


class DutyNow(msgspec.Struct, frozen=True, kw_only=True):
    """A report that a role owes: when next, epoch milliseconds."""

    id: str
    role: str
    role_title: dict[str, str]
    title: dict[str, str]
    due_ms: int


class EventNow(msgspec.Struct, frozen=True, kw_only=True):
    """A major event that is announced, under way, or just over.

    Attributes
    ----------
    event, tag : str
        Name of its file, and the word that its cases carry.
    phase : str
        `announced` before the first phase, `pause` between two, `over` after the last.
    live_begins_ms, live_ends_ms : int
        First and last instant of its live phases; 0 where it has none.
    changes_ms : int
        When the phase ends, epoch milliseconds; 0 once it is over. The countdown is to this.
    figures, exercise : EventFigures
        Cases of the live phases, and of the rehearsals (演练), never added up.
    needs_attention : list of str
        `overdue` or `open`, where so many are that the command is called.
    objects : list of EventObjectNow
        By rank, then in the order of the file.
    watched : list of WatchedCase
        Its open cases by priority and what is left of their limit, the worst first.
    duties : list of DutyNow
        Reports due next, the earliest first.
    rules : list of str
        Rules that its command watches.
    """

    event: str
    tag: str
    title: dict[str, str]
    phase: EventPhase
    begins_ms: int
    ends_ms: int
    live_begins_ms: int
    live_ends_ms: int
    changes_ms: int
    priority: str
    figures: EventFigures = EventFigures()
    exercise: EventFigures = EventFigures()
    needs_attention: list[str] = []
    objects: list[EventObjectNow] = []
    watched: list[WatchedCase] = []
    duties: list[DutyNow] = []
    rules: list[str] = []


class OperatingMode(msgspec.Struct, frozen=True, kw_only=True):
    """The mode in which the district is run.

    Attributes
    ----------
    mode : str
        `normal`, `event` or `emergency`.
    since_ms : int
        When it was switched to; 0 where nobody ever switched.
    role : str
        As what somebody switched; who, and why, stands in the audit.
    revision : int
        How many switches there were: what the next one has to name.
    rules, posts : list of str
        Rules whose warnings come first, and posts of the roster that are called in.
    views : dict of str to dict of str to str
        What each function (四位一体) sees first, by function and language.
    """

    mode: str = "normal"
    since_ms: int = 0
    role: str = ""
    revision: int = 0
    rules: list[str] = []
    posts: list[str] = []
    views: dict[str, dict[str, str]] = {}
