"""What an event's file means on the ground: how much it covers, and what looks odd about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import Any

import numpy as np
import shapely

from config.catalog import Catalog
from config.events import SpecialEvent
from models.events.fence import EventFence
from models.events.tagging import EventTagger
from models.grid.grid import Grid
from models.timing.calendar import EPOCH
from ops.events.close_out import event_of


@dataclass(frozen=True, kw_only=True)
class CheckedEvent:
    """What was found of an event.

    Attributes
    ----------
    event : SpecialEvent
    objects : int
    cells : int
        Cells whose centre lies in the geometry of its beginning, of `cells_of_city`.
    overlapping : list of (str, str)
        Objects that share ground: a case there counts at both.
    oddities : list of str
        What is allowed and probably not meant, one sentence each.
    """

    event: SpecialEvent
    objects: int
    cells: int
    cells_of_city: int
    overlapping: list[tuple[str, str]]
    oddities: list[str]

    def to_builtins(self) -> dict[str, Any]:
        """Give all of it as plain values."""
        return {
            "event": self.event.name,
            "objects": self.objects,
            "cells": self.cells,
            "cells_of_city": self.cells_of_city,
            "overlapping": [list(pair) for pair in self.overlapping],
            "oddities": self.oddities,
        }

    def as_text(self) -> str:
        """Give it as lines."""
        lines = [
            f"{self.event.name}: the file is in order",
            f"{self.objects} objects cover {self.cells} of {self.cells_of_city} cells",
            f"{len(self.overlapping)} pairs of objects share ground",
        ]
        return "\n".join([*lines, *(f"odd: {text}" for text in self.oddities)])


def checked(catalog: Catalog, name: str) -> CheckedEvent:
    """Look at an event that was loaded, and so is free of errors; raises as `event_of`."""
    event, tagger = event_of(catalog, name), EventTagger(catalog)
    fence = tagger.fences[name]
    shapes = fence.shapes_at(fence.begins_ms)
    pairs = [
        (event.objects[one].id, event.objects[other].id)
        for one, other in combinations(range(len(shapes)), 2)
        if shapes[one].intersects(shapes[other])
    ]
    grid = _grid(catalog, tagger, fence)
    cells, _ = shapely.STRtree(shapes).query(
        shapely.points(grid.lon, grid.lat), predicate="intersects"
    )
    return CheckedEvent(
        event=event,
        objects=len(event.objects),
        cells=len(np.unique(cells)),
        cells_of_city=len(grid),
        overlapping=pairs,
        oddities=_oddities(event, fence, tagger),
    )


def _grid(catalog: Catalog, tagger: EventTagger, fence: EventFence) -> Grid:
    day = EPOCH + timedelta(days=tagger.zone.day_at(fence.begins_ms))
    return catalog.grid_at(max(day, min(street.valid_from for street in catalog.streets)))


def _oddities(event: SpecialEvent, fence: EventFence, tagger: EventTagger) -> list[str]:
    found = []
    if not any(phase.kind.value == "live" for phase in event.phases):
        found.append("it has no live phase: it counts nothing")
    if not any(limit.step == "close" for limit in event.limits):
        found.append("it brings no clock to close: its cases have the city's")
    for other in tagger.fences.values():
        is_other = other.event.name != event.name
        if is_other and other.begins_ms < fence.ends_ms and fence.begins_ms < other.ends_ms:
            found.append(f"event {other.event.name} is at the same time: cases may carry both tags")
            if other.event.tag == event.tag:
                found.append(f"event {other.event.name} has the same tag {event.tag}")
    return found
