"""Response plans (预案): one file each in `plans/`, in dated editions with steps by colour."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, field_validator

from config.place import Strict, Text
from config.rule_scope import Dated
from config.rules import LevelName


class PlanStep(Strict):
    """One thing to do, by whom."""

    do: Text  # what is to be done
    by: Text  # who does it: a department or a post, not a person
    contact: Text  # function to be called for it
    within_min: Annotated[int, Field(gt=0)]  # minutes from the warning within which it begins


class PlanEdition(Dated):
    """A plan as it was in force between two days; what colour it does not name it does not have."""

    source: Text  # where the edition comes from
    colours: dict[LevelName, tuple[PlanStep, ...]]  # colour → steps, in their order

    @field_validator("colours")
    @classmethod
    def _some(
        cls, colours: dict[LevelName, tuple[PlanStep, ...]]
    ) -> dict[LevelName, tuple[PlanStep, ...]]:
        if not colours or not all(colours.values()):
            msg = "expected at least one colour, each with its steps"
            raise ValueError(msg)
        return colours


class Plan(Strict):
    """A file of `plans/`: what is done when a rule that names it warns."""

    name: str  # not written: the file's name
    title: Text  # name of the plan
    owner: Text  # who keeps it
    editions: Annotated[tuple[PlanEdition, ...], Field(min_length=1)]  # no two in force at once

    @field_validator("editions")
    @classmethod
    def _apart(cls, editions: tuple[PlanEdition, ...]) -> tuple[PlanEdition, ...]:
        for number, one in enumerate(editions):
            for other in editions[:number]:
                if _begin(one) < _end(other) and _begin(other) < _end(one):
                    msg = f"two editions are in force on {max(_begin(one), _begin(other))}"
                    raise ValueError(msg)
        return editions

    def edition(self, day: date) -> PlanEdition | None:
        """Give the edition in force on a day."""
        return next((each for each in self.editions if each.is_in_force(day)), None)


def _begin(one: PlanEdition) -> date:
    return one.valid_from or date.min


def _end(one: PlanEdition) -> date:
    return one.valid_to or date.max
