"""`modes.yaml`: what is different when the district is run for an event or in an emergency."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.events import EventLimit
from config.place import Strict, Text

ModeName = Literal["event", "emergency"]


class ModePlan(Strict):
    """What one mode changes, from the moment in which a commander switches to it."""

    # clocks of cases that begin in it, beside the city's own; the shortest counts
    limits: tuple[EventLimit, ...] = ()
    urgent: tuple[str, ...] = ()  # classes whose cases that begin in it are urgent
    rules: tuple[str, ...] = ()  # rules whose warnings come first
    posts: tuple[str, ...] = ()  # posts of `roster.yaml` that are called in
    # what each function (四位一体) sees first: city management, emergency, convenience, duty room
    views: dict[Literal["city-management", "emergency", "convenience", "duty-room"], Text] = Field(
        default_factory=dict
    )


class ModesFile(Strict):
    """`modes.yaml`: normal is all that the other files say."""

    source: Annotated[str, Field(min_length=3)]  # where the plans come from
    modes: dict[ModeName, ModePlan]  # by mode
