"""Major events (重大活动): one file each in `events/`, with objects, places, dates and clocks.

Times are local, half-open: a phase that ends on 2008-09-21 has 20 September as its last day.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from config.place import Point, Strict, Text
from config.registry_entries import BasisName, Step

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]


def _moment(value: object) -> object:
    """Let a day stand for its first minute."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value


LocalTime = Annotated[datetime, BeforeValidator(_moment)]


class PhaseKind(StrEnum):
    """What is done in a phase of an event."""

    REHEARSAL = "rehearsal"  # 演练: all is done as if, and counted apart
    LIVE = "live"
    STAND_DOWN = "stand-down"  # nothing new is tagged; what is open is brought to its end


class Phase(Strict):
    """A part of an event; phases follow one another without overlap."""

    kind: PhaseKind  # rehearsal (演练), live, or stand-down
    begins: LocalTime  # local date or time
    ends: LocalTime  # local date or time, exclusive


class Place(Strict):
    """Where an object is: a point, a line or a ring, with a buffer around it.

    Attributes
    ----------
    since : LocalTime
        From when it is there, local; without it from the beginning of the event. The place of an
        object changes in the middle by a further entry.
    point, line, ring : coordinates
        One of them, degrees: [lon, lat], or a list of such.
    buffer_m : float
        Metres around it that belong to it as well.
    """

    since: LocalTime | None = None
    point: Point | None = None
    line: Annotated[tuple[Point, ...], Field(min_length=2)] | None = None
    ring: Annotated[tuple[Point, ...], Field(min_length=3)] | None = None
    buffer_m: Annotated[float, Field(ge=0, le=5000)] = 0

    @model_validator(mode="after")
    def _one_shape(self) -> Place:
        shapes = [shape for shape in (self.point, self.line, self.ring) if shape is not None]
        if len(shapes) != 1:
            msg = "expected one of point, line and ring"
            raise ValueError(msg)
        if self.ring is None and not self.buffer_m:
            msg = "a point or a line needs a buffer_m: nothing lies inside it without one"
            raise ValueError(msg)
        return self

    @property
    def points(self) -> tuple[Point, ...]:
        """All its corners, degrees."""
        return self.line or self.ring or ((self.point,) if self.point else ())


class EventObject(Strict):
    """What is looked after: a venue, a hotel, a street."""

    id: Name  # unique in the event
    kind: str  # a key of the event's `kinds`
    title: Text  # name on the wall
    level: str  # a key of the event's `levels`
    places: Annotated[tuple[Place, ...], Field(min_length=1)]  # the first, then each later one


class EventLevel(Strict):
    """How much is at stake at an object, and who answers for it."""

    title: Text  # such as 一级
    rank: Annotated[int, Field(ge=1, le=9)]  # 1 is the highest; it comes first in every list
    answers: str  # a key of the event's `roles`


class EventLimit(Strict):
    """How long a step of a tagged case may take; the shortest of all that hold counts."""

    category: str = "*"  # class, or * for all
    step: Step  # the step that it limits
    minutes: Annotated[int, Field(gt=0)]  # length of the limit, in minutes of its basis
    basis: BasisName = "calendar"  # calendar time, working time or working days
    level: str | None = None  # only at objects of this level


class EventRole(Strict):
    """A function in the event's command, held by whoever has one of the system's roles."""

    title: Text  # such as 现场指挥
    held_by: Literal["operator", "bureau", "commander", "admin"]  # role of the command line


class ReportingDuty(Strict):
    """What a role reports at fixed times of each day of some phases."""

    id: Name  # unique in the event
    role: str  # a key of the event's `roles`
    title: Text  # what is reported
    at: Annotated[tuple[str, ...], Field(min_length=1)]  # local times of the day, HH:MM
    phases: tuple[PhaseKind, ...] = (PhaseKind.LIVE,)  # in which it is owed

    @model_validator(mode="after")
    def _times(self) -> ReportingDuty:
        wrong = [text for text in self.at if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text)]
        if wrong:
            msg = f"expected times such as 09:30, found {wrong[0]!r}"
            raise ValueError(msg)
        return self


class Attention(Strict):
    """From where on the command is called: reached is enough, 0 is never."""

    overdue: Annotated[int, Field(ge=0)] = 1  # open tagged cases past their limit
    open: Annotated[int, Field(ge=0)] = 0  # open tagged cases


class Printed(Strict):
    """A figure of the event as a report printed it, where the counts say something else."""

    share: Annotated[float, Field(ge=0, le=100)]  # per cent, as printed
    note: Text  # what is to be said beside the computed one


class SpecialEvent(Strict):
    """A file of `events/`: a major event as data."""

    name: str  # not written: the file's name
    title: Text  # name on the wall
    tag: Annotated[str, Field(min_length=1, max_length=12)]  # the short word its cases carry
    source: str  # where places and dates come from; what is made up is said here
    kinds: dict[str, Text]  # kinds of objects, such as venue and hotel
    levels: dict[str, EventLevel]  # how much is at stake, by name
    roles: dict[str, EventRole]  # functions in its command, by name
    # in the order of time; cases that begin in a rehearsal or live are tagged
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    # what is looked after, and where
    objects: Annotated[tuple[EventObject, ...], Field(min_length=1)]
    priority: Literal["raised", "urgent"] = "raised"  # of its cases; others are normal
    limits: tuple[EventLimit, ...] = ()  # its own clocks, beside those of the city
    duties: tuple[ReportingDuty, ...] = ()  # who reports what at which times
    attention: Attention = Attention()  # from where on the command is called
    announced_days: Annotated[int, Field(ge=0, le=3650)] = 100  # it is shown so long before
    rules: tuple[str, ...] = ()  # rules that its command watches
    # what a printed report says, to be named beside what is computed
    printed: Printed | None = None

    @property
    def begins(self) -> datetime:
        """Local time at which its first phase begins."""
        return self.phases[0].begins

    @property
    def ends(self) -> datetime:
        """Local time at which its last phase ends."""
        return self.phases[-1].ends
