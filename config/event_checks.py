"""Checks of an event's file beyond one field: its order of time, its words, its places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
from shapely.geometry import LinearRing, Polygon

from config.catalog import Catalog
from config.documents import Document, Path_
from config.events import EventObject, Phase, Place, SpecialEvent


def check_event(event: SpecialEvent, catalog: Catalog, file: Document) -> None:
    """Refuse an event that cannot be: the first thing that is wrong, in one sentence.

    Raises
    ------
    ConfigError
        File, line, field, what was expected and what was found.
    """
    _check_phases(event.phases, file)
    _check_words(event, catalog, file)
    seen: dict[str, int] = {}
    for index, each in enumerate(event.objects):
        at: Path_ = ("objects", index)
        if each.id in seen:
            line = file.line(("objects", seen[each.id]))
            raise file.error((*at, "id"), f"{each.id!r} is the object of line {line} already")
        seen[each.id] = index
        _check_places(each, event, catalog, file, at)


def _check_phases(phases: Sequence[Phase], file: Document) -> None:
    for index, phase in enumerate(phases):
        at: Path_ = ("phases", index)
        if phase.ends <= phase.begins:
            wrong = f"expected an end after {phase.begins}, found {phase.ends}"
            raise file.error((*at, "ends"), wrong)
        if index and phase.begins < phases[index - 1].ends:
            wrong = f"expected nothing before {phases[index - 1].ends}, where the phase before ends"
            raise file.error((*at, "begins"), wrong)


def _check_words(event: SpecialEvent, catalog: Catalog, file: Document) -> None:
    """Refuse a kind, level, role, class or rule that stands nowhere."""
    for path, word, known in _words(event, catalog):
        if word not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise file.error(path, f"expected one of {listed}, found {word!r}")
    duties = [duty.id for duty in event.duties]
    for index, name in enumerate(duties):
        if name in duties[:index]:
            raise file.error(("duties", index, "id"), f"{name!r} is the id of another duty")


def _words(event: SpecialEvent, catalog: Catalog) -> Iterator[tuple[Path_, str, set[str]]]:
    """Give every word that refers to something, with what it may be."""
    roles, levels = set(event.roles), set(event.levels)
    classes = {code for feed in catalog.feeds_of("cases") for code in feed.categories} | {"*"}
    for name, level in event.levels.items():
        yield ("levels", name, "answers"), level.answers, roles
    for index, each in enumerate(event.objects):
        yield ("objects", index, "kind"), each.kind, set(event.kinds)
        yield ("objects", index, "level"), each.level, levels
    for index, limit in enumerate(event.limits):
        yield ("limits", index, "category"), limit.category, classes
        if limit.level is not None:
            yield ("limits", index, "level"), limit.level, levels
    for index, duty in enumerate(event.duties):
        yield ("duties", index, "role"), duty.role, roles
    for index, rule in enumerate(event.rules):
        yield ("rules", index), rule, set(catalog.rules)


def _check_places(
    each: EventObject, event: SpecialEvent, catalog: Catalog, file: Document, at: Path_
) -> None:
    """Refuse a place that crosses itself, lies outside the city, or comes out of order."""
    since = event.begins
    for index, place in enumerate(each.places):
        here: Path_ = (*at, "places", index)
        if index and (place.since is None or place.since <= since):
            wrong = f"expected a time after {since}, from when the place before it holds"
            raise file.error((*here, "since"), wrong)
        since = place.since or since
        if since >= event.ends:
            raise file.error((*here, "since"), f"expected a time before the end {event.ends}")
        _check_shape(place, file, here)
        _check_inside(place, each.id, catalog, file, here, since=since)


def _check_shape(place: Place, file: Document, at: Path_) -> None:
    if place.ring is None:
        return
    if not LinearRing(place.ring).is_simple or not Polygon(place.ring).is_valid:
        raise file.error((*at, "ring"), "expected a ring that does not cross itself")


def _check_inside(
    place: Place, name: str, catalog: Catalog, file: Document, at: Path_, *, since: datetime
) -> None:
    """Refuse a corner outside the city of its day."""
    day = max(since.date(), min(street.valid_from for street in catalog.streets))
    lon, lat = np.array(place.points, np.float64).T
    outside = np.flatnonzero(catalog.grid_at(day).locate(lon, lat) < 0)
    if outside.size:
        point = list(place.points[int(outside[0])])
        wrong = f"{point} of {name!r} lies in no cell of {catalog.city.name['en']} on {day}"
        raise file.error(at, wrong)
