"""Scan the point events of a file for clusters in space and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from models.detect.clusters.scan_models import PermutationModel
from models.detect.clusters.zones import CIRCLE, ELLIPSES, zones_around
from ops.analysis.scan_places import Places, identities, own_places, places_of
from ops.files.choices import Choices
from ops.files.points import points_of
from ops.files.raw_lines import OUTSIDE
from ops.output import progress

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BASELINE_DAYS: Final = 365
LISTED_DAYS: Final = 20.0  # a cluster that chance brings more often (p over 0.05) is not listed
_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, kw_only=True)
class ScanOptions:
    """How a file is scanned.

    Attributes
    ----------
    days : int
        Length of the longest window.
    radius_m : float
        Of the largest circle.
    retrospective : bool
        Windows end on any day of the year, not on the day of analysis alone.
    ellipses : bool
        Zones are ellipses as well as circles.
    all_centres : bool
        Cells of the city without an event are centres too.
    replicates : int
        Most draws of chance.
    """

    days: int = 30
    radius_m: float = 1000.0
    retrospective: bool = False
    ellipses: bool = False
    all_centres: bool = False
    replicates: int = 999

    def __post_init__(self) -> None:
        """Check the bounds."""
        if not 1 <= self.days <= BASELINE_DAYS // 2 or not self.radius_m > 0:
            msg = f"expected --days from 1 to {BASELINE_DAYS // 2} and --radius over 0"
            raise InputError(msg)
        if self.replicates < 1:
            msg = "expected --replicates of at least 1"
            raise InputError(msg)

    @property
    def steps(self) -> int:
        """Days that are scanned."""
        return BASELINE_DAYS if self.retrospective else self.days


def scan_file(
    file: Path,
    catalog: Catalog,
    mapping: Mapping | None,
    *,
    at: date | None,
    options: ScanOptions,
    choices: Choices | None = None,
    categories: Sequence[str] = (),
    lists_all: bool = False,
) -> dict[str, Any]:
    """Find the clusters alive on a day, or of the year before it; gives the contract's answer.

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
    if points.is_plane:
        places = own_places(lon[kept], lat[kept], is_plane=True)
    else:
        day = date.fromordinal(last + _EPOCH)
        places = places_of(lon[kept], lat[kept], catalog, day, every=options.all_centres)
    result = _scan(places, age[kept], options)
    listed = [c for c in result.clusters if lists_all or 1 / c.p_value >= LISTED_DAYS]
    first = last - options.steps + 1
    return {
        "clusters": [_describe(k, c, places, first, options) for k, c in enumerate(listed, 1)],
        "unlisted": len(result.clusters) - len(listed),
        "at": _iso(last),
        "events": len(age),
        "unplaced": unplaced,
        "default_geocodes": int(geocode.sum()),
        "repeats": int((~geocode & repeated(point, age)).sum()),
        "replicates": result.replicates,
        "input": points.account.to_builtins(),
    }


def _scan(places: Places, age: Ints, options: ScanOptions) -> ScanResult:
    inside = places.of >= 0
    if not inside.any():
        return ScanResult()
    of, age = places.of[inside], age[inside]
    order = np.lexsort((age, of))  # draws must not depend on the order of the file's rows
    step = options.steps - 1 - age[order]
    model = PermutationModel(
        place=of[order], step=step, places=len(places.labels), steps=options.steps
    )
    shapes = ELLIPSES if options.ellipses else (CIRCLE,)
    study = ScanStudy(
        model=model,
        zones=zones_around(*places.metres(), options.radius_m, shapes=shapes),
        longest=options.days,
        every_end=options.retrospective,
    )
    with progress() as bar:
        task = bar.add_task("shuffling dates", total=options.replicates)
        return find_clusters(
            study,
            replicates=options.replicates,
            each=lambda done: bar.update(task, completed=done),
        )


def _describe(
    rank: int, cluster: Cluster, places: Places, first: int, options: ScanOptions
) -> dict[str, Any]:
    interval = cluster.recurrence_interval_days
    described = {
        "rank": rank,
        "cells": [places.labels[place] for place in cluster.places.tolist()],
        "center": [
            round(float(places.lon[cluster.place]), 6),
            round(float(places.lat[cluster.place]), 6),
        ],
        "radius_m": round(cluster.radius_m, 1),
        "start": _iso(first + cluster.first),
        "end": _iso(first + cluster.last),
        "observed": cluster.observed,
        "expected": round(cluster.expected, 4),
        "llr": round(cluster.llr, 6),
        "p_value": cluster.p_value,
        "recurrence_interval_days": None if options.retrospective else round(interval, 2),
    }
    if options.ellipses:
        described["shape"] = {"ratio": cluster.shape, "degrees": round(cluster.degrees, 1)}
    return described


def _iso(day: int) -> str:
    return date.fromordinal(day + _EPOCH).isoformat()
