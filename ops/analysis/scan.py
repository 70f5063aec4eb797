"""Scan the point events of a file for clusters in space and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from config.catalog import Catalog
from config.errors import InputError
from config.mapping import Mapping
from models.detect.clusters.repeats import default_geocodes, repeated
from models.detect.clusters.scan import Cluster, ScanResult, ScanStudy, find_clusters
from ops.analysis.scan_options import BASELINE_DAYS, Compared, ScanOptions
from ops.analysis.scan_places import Places, identities, own_places, places_of
from ops.analysis.scan_study import homes_of, make_study
from ops.files.choices import Choices
from ops.files.people import read_people
from ops.files.points import Points, points_of
from ops.files.raw_lines import OUTSIDE
from ops.output import progress

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LISTED_DAYS: Final = 20.0  # a cluster that chance brings more often (p over 0.05) is not listed
_EPOCH: Final = date(1970, 1, 1).toordinal()
_FEW: Final = 0.02  # share of the events that may stand alone at the end


@dataclass(frozen=True, kw_only=True)
class _Events:
    """Events of the year up to the day of analysis, without those that say nothing of where."""

    points: Points
    age: Ints
    kept: NDArray[np.bool_]
    geocodes: int
    repeats: int

    def parted(self, last: int) -> list[tuple[str, _Events]]:
        """Give the events of each series by its name, or all where nothing parts them."""
        if not self.points.series.size:
            return [("", self)]
        return [(name, _told_apart(part, last)) for name, part in self.points.parted()]

    @property
    def where(self) -> tuple[Floats, Floats, Ints]:
        """Longitude, latitude and age of those that are kept."""
        return self.points.lon[self.kept], self.points.lat[self.kept], self.age[self.kept]


@dataclass(frozen=True, kw_only=True)
class _Scanned:
    """What was found among the events of one series."""

    series: str
    events: _Events
    places: Places
    result: ScanResult


def scan_file(
    file: Path,
    catalog: Catalog,
    mapping: Mapping | None,
    *,
    at: date | None,
    options: ScanOptions,
    compared: Compared | None = None,
    choices: Choices | None = None,
    categories: Sequence[str] = (),
    lists_all: bool = False,
) -> dict[str, Any]:
    """Find the clusters alive on a day, or of the year before it; gives the contract's answer.

    The study period is the year up to that day; later events are not looked at. Clusters that
    chance brings more often than once in `LISTED_DAYS` are counted and not listed, unless asked.

    Parameters
    ----------
    compared : Compared, optional
        What goes with the model of the options.
    choices : Choices, optional
        What the user said about the file.
    categories : sequence of str
        Only events of these count; all where there are none.

    Raises
    ------
    InputError
        The file or an option is wrong.
    NothingUsed
        No event lies in the study period.
    """
    compared = compared or Compared()
    feed = None if mapping is None else catalog.feeds.get(mapping.feed)
    zone = catalog.city.timezone
    points = points_of(file, mapping, zone, choices, categories, feed)
    unplaced = points.unplaced
    last = _last_day(points) if at is None else at.toordinal() - _EPOCH
    events = _events(points, last)
    controls = None
    if compared.controls is not None:
        if points.series.size:
            msg = "--series scans each series by itself: leave --controls out"
            raise InputError(msg)
        others = points_of(compared.controls, mapping, zone, choices, (), feed)
        controls = _events(others, last)
    parts = [
        _scanned(name, each, controls, compared, options, catalog, last)
        for name, each in events.parted(last)
    ]
    ranked = _ranked(parts)
    listed = [one for one in ranked if lists_all or 1 / one[1].p_value >= LISTED_DAYS]
    return {
        "clusters": [
            _describe(rank, cluster, part, last, options)
            for rank, (part, cluster) in enumerate(listed, 1)
        ],
        "unlisted": len(ranked) - len(listed),
        "at": _iso(last),
        "model": str(options.model),
        "events": len(events.age),
        "unplaced": unplaced,
        "default_geocodes": sum(part.events.geocodes for part in parts),
        "repeats": sum(part.events.repeats for part in parts),
        "outside_places": sum(int((part.places.of < 0).sum()) for part in parts),
        "replicates": max(part.result.replicates for part in parts),
        "input": points.account.to_builtins(),
        **({"series": len(parts)} if points.series.size else {}),
        **({} if controls is None else {"controls": int(controls.kept.sum())}),
    }


def _scanned(
    series: str,
    events: _Events,
    controls: _Events | None,
    compared: Compared,
    options: ScanOptions,
    catalog: Catalog,
    last: int,
) -> _Scanned:
    study, places = _study(events, controls, compared, options, catalog, last)
    result = ScanResult() if study is None else _clusters(study, options)
    return _Scanned(series=series, events=events, places=places, result=result)


def _ranked(parts: Sequence[_Scanned]) -> list[tuple[_Scanned, Cluster]]:
    """Give the clusters of all series, the rarest first, each after all series looked at."""
    found = [
        (part, replace(each, p_value=min(each.p_value * len(parts), 1.0)))
        for part in parts
        for each in part.result.clusters
    ]
    return found if len(parts) == 1 else sorted(found, key=lambda one: one[1].p_value)


def _last_day(points: Points) -> int:
    """Last day of the file; days that a few events have alone, a year after all others, are none.

    With such a day the year of the study would hold next to nothing to compare with.
    """
    days = np.sort(points.day)
    gaps = np.flatnonzero(np.diff(days) > BASELINE_DAYS)
    few = max(1, int(_FEW * len(days)))
    if not gaps.size or len(days) - int(gaps[-1]) - 1 > few:
        return int(days[-1])
    last = int(days[gaps[-1]])
    points.account.note(
        f"the study ends on {_iso(last)}: what follows is over a year later,"
        f" {_iso(int(days[-1]))} the last (--at)"
    )
    return last


def _events(points: Points, last: int) -> _Events:
    age = last - points.day
    return _told_apart(points.keep((age >= 0) & (age < BASELINE_DAYS), OUTSIDE), last)


def _told_apart(points: Points, last: int) -> _Events:
    """Tell the events that say nothing of where: default places, and repeats."""
    age = last - points.day
    point = identities(points.lon, points.lat)
    geocode, again = default_geocodes(point, age), repeated(point, age)
    return _Events(
        points=points,
        age=age,
        kept=~geocode & ~again,
        geocodes=int(geocode.sum()),
        repeats=int((~geocode & again).sum()),
    )


def _study(
    events: _Events,
    controls: _Events | None,
    compared: Compared,
    options: ScanOptions,
    catalog: Catalog,
    last: int,
) -> tuple[ScanStudy | None, Places]:
    """Put the study together; None where no event lies in the city."""
    lon, lat, age = events.where
    cases = len(age)
    if compared.population is not None:
        people = read_people(compared.population, compared.population_column)
        _require_same_plane(events, people.is_plane, compared.population)
        places = homes_of(lon, lat, people, options.radius_m)
        inside = places.of >= 0
        if not inside.any():
            return None, places
        homes = replace(places, of=places.of[inside])
        return make_study(homes, age[inside], options, people=people), places
    if controls is not None and compared.controls is not None:
        _require_same_plane(events, controls.points.is_plane, compared.controls)
        both = zip(events.where, controls.where, strict=True)
        lon, lat, age = (np.concatenate(pair) for pair in both)
    if events.points.is_plane:
        places = own_places(lon, lat, is_plane=True)
    else:
        day = date.fromordinal(last + _EPOCH)
        places = places_of(lon, lat, catalog, day, every=options.all_centres)
    inside = places.of >= 0
    is_case = inside & (np.arange(len(age)) < cases)
    others = inside & ~is_case
    if not is_case.any():
        return None, places
    well = None if controls is None else (places.of[others], age[others])
    homes = replace(places, of=places.of[is_case])
    return make_study(homes, age[is_case], options, controls=well), places


def _require_same_plane(events: _Events, is_plane: bool, file: Path) -> None:
    if events.points.is_plane != is_plane:
        msg = f"{file} and the events are not both in degrees, or both in metres"
        raise InputError(msg)


def _clusters(study: ScanStudy, options: ScanOptions) -> ScanResult:
    with progress() as bar:
        task = bar.add_task("draws of chance", total=options.replicates)
        return find_clusters(
            study,
            replicates=options.replicates,
            each=lambda done: bar.update(task, completed=done),
        )


def _describe(
    rank: int, cluster: Cluster, part: _Scanned, last: int, options: ScanOptions
) -> dict[str, Any]:
    places = part.places
    first_age, last_age = options.days_of(cluster.first, cluster.last)
    is_alive = not options.retrospective and not options.spatial
    interval = cluster.recurrence_interval_days
    described: dict[str, Any] = {
        "rank": rank,
        **({"series": part.series} if part.series else {}),
        "cells": [places.labels[place] for place in cluster.places.tolist()],
        "center": [
            round(float(places.lon[cluster.place]), 6),
            round(float(places.lat[cluster.place]), 6),
        ],
        "radius_m": round(cluster.radius_m, 1),
        "start": _iso(last - first_age),
        "end": _iso(last - last_age),
        "observed": cluster.observed,
        "expected": round(cluster.expected, 4),
        "llr": round(cluster.llr, 6),
        "p_value": cluster.p_value,
        "recurrence_interval_days": round(interval, 2) if is_alive else None,
    }
    if options.ellipses:
        described["shape"] = {"ratio": cluster.shape, "degrees": round(cluster.degrees, 1)}
    return described


def _iso(day: int) -> str:
    return date.fromordinal(day + _EPOCH).isoformat()
