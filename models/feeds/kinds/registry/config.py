"""What a feed of the kind `registry` is configured by."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.catalog import Feed
from config.place import Latitude, Longitude, Strict, Text


class ExposedPlace(Strict):
    """A place where many people would be exposed: a school, a market, a venue."""

    title: Text  # name on the wall
    lon: Longitude  # degrees east
    lat: Latitude  # degrees north
    weight: Annotated[float, Field(gt=0, le=100)] = 1.0  # how much it counts


class Risk(Strict):
    """How the risk of an object is reckoned: level × condition × exposure.

    `exposure` is 1, and for each place within `radius_m` its weight × (1 − distance ÷ radius);
    other objects of the register within the radius that the same street partition follows count
    `near_weight` each in the same way; each object of a major event under way that holds the
    object's cell counts `event_weight`.
    """

    radius_m: Annotated[float, Field(gt=0, le=2000)] = 300  # metres around an object
    near_weight: Annotated[float, Field(ge=0, le=10)] = 0.2  # of another object nearby
    event_weight: Annotated[float, Field(ge=0, le=100)] = 2.0  # of an object of an event
    exposed: dict[str, ExposedPlace] = Field(default_factory=dict)  # by code


class RegistryFeed(Feed):
    """A register of located objects: their classes, levels, conditions and inspections."""

    kind: Literal["registry"]  # located objects with their history
    classes: Annotated[dict[str, Text], Field(min_length=1)]  # what is registered, by code
    levels: Annotated[dict[str, float], Field(min_length=1)]  # by code: what a level counts
    # by code: what the condition that was observed counts; the first is that of a new object
    conditions: Annotated[dict[str, float], Field(min_length=1)]
    units: dict[str, Text] = Field(default_factory=dict)  # who is responsible; nothing: any code
    # days after which an object should be inspected again; nothing: it is not inspected
    inspect_days: Annotated[int, Field(ge=1)] | None = None
    risk: Risk = Risk()  # how the risk is reckoned
