"""Which events a case belongs to, and which clocks they bring: found from where and when it began.

A tag is not a state: the same case gives the same tags in the stream, in a replay and in a report.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Final

import numpy as np

from config.catalog import Catalog
from config.events import EventLimit, PhaseKind, SpecialEvent
from models.events.fence import EventFence
from models.events.tags import EventTag
from models.timing.calendar import EPOCH
from models.timing.units import DAY_MS
from models.timing.zone import Zone, zone_of

_REMEMBERED: Final = 65_536
_SHOWN_AFTER_MS: Final = 7 * DAY_MS
_TAGGING: Final = frozenset({PhaseKind.REHEARSAL, PhaseKind.LIVE})


class EventTagger:
    """The events of a city, ready to be asked about places and times.

    Parameters
    ----------
    catalog : Catalog
        Its events, time zone, and the grids whose cells stand for a case without coordinates.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._zone = zone_of(catalog.city.timezone)
        self.fences = {n: EventFence(e, self._zone) for n, e in sorted(catalog.events.items())}
        self._holding = lru_cache(_REMEMBERED)(self._find)
        self._centre = lru_cache(_REMEMBERED)(self._find_centre)

    @cached_property
    def digest(self) -> str:
        """Digest of all that decides which cases are tagged."""
        texts = [fence.event.model_dump_json() for fence in self.fences.values()]
        return hashlib.sha256("".join(texts).encode()).hexdigest()[:16] if texts else ""

    @property
    def zone(self) -> Zone:
        """Local time of the city."""
        return self._zone

    def tags(
        self, lon: float | None, lat: float | None, cell: str, began_ms: int
    ) -> tuple[EventTag, ...]:
        """Give the events that a case belongs to, by name.

        Parameters
        ----------
        lon, lat : float or None
            Where it is, degrees; where it does not say, the centre of its cell.
        cell : str
            15 digits; empty where unknown.
        began_ms : int
            When it was reported, or first known of.
        """
        found: list[EventTag] = []
        for name, fence in self.fences.items():
            phase = fence.phase_at(began_ms)
            if phase is None or phase.kind not in _TAGGING:
                continue
            point = self._point(lon, lat, cell, began_ms)
            inside = point and self._holding(name, fence.epoch_number(began_ms), *point)
            if inside:
                found.append(_tag(fence.event, phase.kind, inside))
        return tuple(found)

    def limits(self, tags: Iterable[EventTag], category: str, step: str) -> Iterator[EventLimit]:
        """Give the clocks that the events of a case bring for a step of a class."""
        for tag in tags:
            for limit in self.fences[tag.event].event.limits:
                is_level = limit.level is None or limit.level in tag.levels
                if limit.step == step and limit.category in ("*", category) and is_level:
                    yield limit

    def _point(
        self, lon: float | None, lat: float | None, cell: str, at_ms: int
    ) -> tuple[float, float] | None:
        if lon is not None and lat is not None:
            return lon, lat
        return self._centre(cell, self._zone.day_at(at_ms)) if cell.isdigit() else None

    def _find(self, name: str, epoch: int, lon: float, lat: float) -> tuple[int, ...]:
        return tuple(self.fences[name].objects_holding(lon, lat, epoch))

    def _find_centre(self, cell: str, day: int) -> tuple[float, float] | None:
        first = min(street.valid_from for street in self._catalog.streets)
        grid = self._catalog.grid_at(max(EPOCH + timedelta(days=day), first))
        at = int(grid.index_of(np.array([int(cell)], np.int64))[0])
        return None if at < 0 else (float(grid.lon[at]), float(grid.lat[at]))


def _tag(event: SpecialEvent, phase: PhaseKind, inside: Iterable[int]) -> EventTag:
    objects = [event.objects[number] for number in inside]
    levels = sorted({each.level for each in objects}, key=lambda name: event.levels[name].rank)
    return EventTag(
        event=event.name,
        tag=event.tag,
        phase=phase,
        objects=tuple(each.id for each in objects),
        levels=tuple(levels),
        priority=event.priority,
    )


def shown_events(fences: Mapping[str, EventFence], at_ms: int) -> list[EventFence]:
    """Give the events that are announced, under way, or over for less than a week."""
    return [
        fence
        for fence in fences.values()
        if fence.begins_ms - fence.event.announced_days * DAY_MS
        <= at_ms
        < fence.ends_ms + _SHOWN_AFTER_MS
    ]
