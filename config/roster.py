"""`roster.yaml`: who is on duty when, and how long each level waits for an acknowledgement."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, field_validator

from config.hours import DAY_MIN, hours_text, span_of
from config.place import Strict, Text
from config.rules import LevelName

DutyLevel = Literal["operator", "leader", "commander"]
DUTY_LEVELS: Final[tuple[DutyLevel, ...]] = ("operator", "leader", "commander")
Minutes = Annotated[int, Field(ge=1, le=7 * DAY_MIN)]


class DutyShift(Strict):
    """Hours of duty; those past midnight belong to the day on which they begin."""

    # On working days, on days off, or on all; by the calendar of the registry, so that a Saturday
    # that is worked in exchange (调休) is a working day.
    days: Literal["working", "off", "all"] = "all"
    hours: Annotated[str, AfterValidator(hours_text)]  # from-to, local time
    # Minutes by level where this shift has others than the roster.
    acknowledge_minutes: dict[LevelName, Minutes] = Field(default_factory=dict)

    @property
    def span(self) -> tuple[int, int]:
        """Minute of the day at which it begins, and how many minutes it lasts."""
        span = span_of(self.hours)
        assert span is not None  # checked by the field
        return span


class Absence(Strict):
    """A post that another stands in for."""

    first: date  # first day it is away
    until: date  # first day it is back
    stand_in: str  # the post that stands in

    def covers(self, day: date) -> bool:
        """Tell whether the post is away on a day."""
        return self.first <= day < self.until


class Post(Strict):
    """Who takes duty, as a post: the names of people have no place here."""

    level: DutyLevel  # operator 值班员, leader 带班领导 or commander 指挥长
    title: Text  # name of the post
    shifts: Annotated[tuple[str, ...], Field(min_length=1)]  # names of shifts
    valid_from: date  # first day it takes duty
    valid_to: date | None = None  # first day it no longer does
    absences: tuple[Absence, ...] = ()  # when it is away, and who stands in

    def holds(self, day: date) -> bool:
        """Tell whether the post takes duty that begins on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def absence(self, day: date) -> Absence | None:
        """Give the absence on a day, if there is one."""
        return next((each for each in self.absences if each.covers(day)), None)


class Roster(Strict):
    """`roster.yaml`: the duty roster. A city without one escalates by command alone."""

    source: str  # where the roster comes from
    # Minutes within which a warning of a level is to be acknowledged before it goes one level of
    # duty higher.
    acknowledge_minutes: dict[LevelName, Minutes]
    # How often it goes from the operator up to the commander before it stays there.
    rounds: Annotated[int, Field(ge=1, le=20)] = 3
    shifts: Annotated[dict[str, DutyShift], Field(min_length=1)]  # hours of duty by name
    posts: Annotated[dict[str, Post], Field(min_length=1)]  # who takes them, by name

    @field_validator("acknowledge_minutes")
    @classmethod
    def _each_level(cls, minutes: dict[LevelName, int]) -> dict[LevelName, int]:
        order: tuple[LevelName, ...] = ("blue", "yellow", "orange", "red")
        if set(minutes) != set(order):
            msg = "expected minutes for each of blue, yellow, orange, red"
            raise ValueError(msg)
        spans = [minutes[name] for name in order]
        if spans != sorted(spans, reverse=True):
            msg = "expected a higher level to wait no longer than a lower one"
            raise ValueError(msg)
        return minutes
