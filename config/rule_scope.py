"""Where and when a rule applies, beside its own condition: dates, hours, days, modes, places."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from config.hours import hours_text
from config.place import Strict

ModeName = Literal["normal", "event", "emergency"]
AreaCode = Annotated[str, Field(pattern=r"^[1-9]([0-9]{5}|[0-9]{8}|[0-9]{11}|[0-9]{14})$")]


class Applies(Strict):
    """Where and when a rule applies; what is not said is not asked."""

    areas: tuple[AreaCode, ...] = ()  # codes of streets, communities or cells; empty: everywhere
    # from-to, local time; may pass midnight
    hours: Annotated[str, AfterValidator(hours_text)] = "00:00-24:00"
    # on working days, days off, or all, by the calendar of the registry (调休 are worked)
    days: Literal["working", "off", "all"] = "all"
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()  # empty: all
    # In which mode of the district: normal 平时, event 重大活动, emergency 应急; empty: in all.
    modes: tuple[ModeName, ...] = ()


class While(Strict):
    """Other rules whose warnings must stand at the same street, or over the whole district.

    All of `every` AND any of `any` AND none of `none`.
    """

    every: tuple[str, ...] = ()  # names of rules that must all stand
    any: tuple[str, ...] = ()  # names of rules of which one must stand
    none: tuple[str, ...] = ()  # names of rules of which none may stand

    @property
    def names(self) -> tuple[str, ...]:
        """All rules it names."""
        return (*self.every, *self.any, *self.none)


class Dated(Strict):
    """What is in force between two days."""

    valid_from: date | None = None  # first day it is in force; nothing: always was
    valid_to: date | None = None  # first day it no longer is; nothing: still

    @model_validator(mode="after")
    def _in_order(self) -> Dated:
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            msg = f"expected valid_to after valid_from {self.valid_from}"
            raise ValueError(msg)
        return self

    def is_in_force(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        is_begun = self.valid_from is None or self.valid_from <= day
        return is_begun and (self.valid_to is None or day < self.valid_to)
