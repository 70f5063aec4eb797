"""Scan the point events of a file for clusters in space and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.catalog import Catalog
from config.errors import ConfigError, InputError
from config.mapping import Mapping
from models.detect.clusters.repeats import default_geocodes, repeated
from models.detect.clusters.scan import Cluster, find_clusters, make_study
from ops.files.choices import Choices
from ops.files.points import points_of
from ops.files.raw_lines import OUTSIDE
from ops.output import progress

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BASELINE_DAYS = 365
REPLICATES = 499
LONGEST_INTERVAL_DAYS = REPLICATES + 1.0  # so many shuffles cannot tell what is rarer
LISTED_DAYS = 20.0  # a cluster that chance brings more often (p over 0.05) is not listed
_MOST_POINTS = 6000  # distinct points scanned as they are; above, squares of 100 m
_SQUARE_M = 100.0
_IN_CITY = 0.9  # share of the events that makes the city the place to scan
_DEGREE_M = 111_320.0
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, kw_only=True)
class Places:
    """Places that are scanned: cells of the city, distinct points, or squares."""

    of: Ints  # place of each event; -1 outside the city
    labels: list[str]
    lon: Floats
    lat: Floats
    is_plane: bool = False  # east and north instead of degrees

    def metres(self) -> tuple[Floats, Floats]:
        """Give east and north of each place, in a plane that is true at their middle."""
        if self.is_plane:
            return self.lon, self.lat
        east = self.lon * _DEGREE_M * np.cos(np.radians(self.lat.mean()))
        return east, self.lat * _DEGREE_M


def scan_file(
    file: Path,
    catalog: Catalog,
    mapping: Mapping | None,
    *,
    at: date | None,
    days: int,
    radius_m: float,
    choices: Choices | None = None,
    categories: Sequence[str] = (),
    lists_all: bool = False,
) -> dict[str, Any]:
    """Find the clusters alive on a day; gives the answer of the contract.

    The study period is the year up to that day; later events are not looked at. Clusters that
    chance brings more often than once in `LISTED_DAYS` are counted and not listed, unless asked.

    Parameters
    ----------
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
    if not 1 <= days <= BASELINE_DAYS // 2 or not radius_m > 0:
        msg = f"expected --days from 1 to {BASELINE_DAYS // 2} and --radius over 0"
        raise InputError(msg)
    feed = None if mapping is None else catalog.feeds.get(mapping.feed)
    points = points_of(file, mapping, catalog.city.timezone, choices, categories, feed)
    unplaced = points.unplaced
    last = int(points.day.max()) if at is None else at.toordinal() - _EPOCH
    age = last - points.day
    points = points.keep((age >= 0) & (age < BASELINE_DAYS), OUTSIDE)
    lon, lat, age = points.lon, points.lat, last - points.day
    point = identities(lon, lat)
    geocode = default_geocodes(point, age)
    kept = ~geocode & ~repeated(point, age)
    answer: dict[str, Any] = {
        "at": _iso(last),
        "events": len(age),
        "unplaced": unplaced,
        "default_geocodes": int(geocode.sum()),
        "repeats": int((~geocode & repeated(point, age)).sum()),
        "replicates": REPLICATES,
        "input": points.account.to_builtins(),
    }
    if points.is_plane:
        places = _own_places(lon[kept], lat[kept], is_plane=True)
    else:
        places = places_of(lon[kept], lat[kept], catalog, date.fromordinal(last + _EPOCH))
    clusters = _clusters(places, age[kept], radius_m, days)
    listed = [c for c in clusters if lists_all or c.recurrence_interval_days >= LISTED_DAYS]
    described = [_describe(rank, c, places, last) for rank, c in enumerate(listed, 1)]
    return {"clusters": described, "unlisted": len(clusters) - len(listed), **answer}


def _clusters(places: Places, age: Ints, radius_m: float, days: int) -> list[Cluster]:
    inside = places.of >= 0
    if not inside.any():
        return []
    of, age = places.of[inside], age[inside]
    order = np.lexsort((age, of))  # shuffles must not depend on the order of the file's rows
    study = make_study(of[order], age[order], *places.metres(), radius_m=radius_m, days=days)
    with progress() as bar:
        task = bar.add_task("shuffling dates", total=REPLICATES)
        return find_clusters(
            study, replicates=REPLICATES, each=lambda done: bar.update(task, completed=done)
        )


def identities(lon: Floats, lat: Floats) -> Ints:
    """Give distinct coordinates, to about a metre, numbers from 0."""
    exact = np.round(np.stack([lon, lat], axis=1), 5)
    _, identity = np.unique(exact, axis=0, return_inverse=True)
    numbers: Ints = identity.reshape(-1).astype(np.int64)
    return numbers


def places_of(lon: Floats, lat: Floats, catalog: Catalog, day: date) -> Places:
    """Take the city's cells where nearly all events lie in the city, else the points themselves.

    Parameters
    ----------
    lon, lat : ndarray, shape (events,), degrees
    day : date
        Whose cells are taken.
    """
    try:
        grid = catalog.grid_at(day)
    except ConfigError:  # the city has no cells on that day, so it is not the place to scan
        return _own_places(lon, lat)
    cell = grid.locate(lon, lat)
    inside = cell >= 0
    if not len(cell) or inside.mean() < _IN_CITY:
        return _own_places(lon, lat)
    known, of = np.unique(cell[inside], return_inverse=True)
    place = np.full(len(cell), -1)
    place[inside] = of
    labels = [str(code) for code in grid.codes[known].tolist()]
    return Places(of=place, labels=labels, lon=grid.lon[known], lat=grid.lat[known])


def _own_places(lon: Floats, lat: Floats, *, is_plane: bool = False) -> Places:
    identity = identities(lon, lat)
    if len(identity) and int(identity.max()) >= _MOST_POINTS:
        step_lat = _SQUARE_M if is_plane else _SQUARE_M / _DEGREE_M
        step_lon = step_lat if is_plane else step_lat / np.cos(np.radians(lat.mean()))
        square = np.stack([np.floor(lon / step_lon), np.floor(lat / step_lat)], axis=1)
        _, identity = np.unique(square, axis=0, return_inverse=True)
        identity = identity.reshape(-1).astype(np.int64)
    size = np.maximum(np.bincount(identity), 1)
    centre_lon = np.bincount(identity, lon) / size
    centre_lat = np.bincount(identity, lat) / size
    labels = [f"{x:.5f},{y:.5f}" for x, y in zip(centre_lon, centre_lat, strict=True)]
    return Places(of=identity, labels=labels, lon=centre_lon, lat=centre_lat, is_plane=is_plane)


def _describe(rank: int, cluster: Cluster, places: Places, last: int) -> dict[str, Any]:
    return {
        "rank": rank,
        "cells": [places.labels[place] for place in cluster.places.tolist()],
        "center": [
            round(float(places.lon[cluster.place]), 6),
            round(float(places.lat[cluster.place]), 6),
        ],
        "radius_m": round(cluster.radius_m, 1),
        "start": _iso(last - cluster.days + 1),
        "end": _iso(last),
        "observed": cluster.observed,
        "expected": round(cluster.expected, 4),
        "llr": round(cluster.llr, 4),
        "p_value": cluster.p_value,
        "recurrence_interval_days": round(
            min(cluster.recurrence_interval_days, LONGEST_INTERVAL_DAYS), 2
        ),
    }


def _iso(day: int) -> str:
    return date.fromordinal(day + _EPOCH).isoformat()
