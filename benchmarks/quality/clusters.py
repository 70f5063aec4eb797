"""Clusters in the real cases of Boston: how often chance signals, and what is found where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.detect.clusters.repeats import default_geocodes, repeated
from models.detect.clusters.scan import REPLICATES, ScanStudy, null_maxima, strongest_windows
from models.detect.clusters.scan_models import PermutationModel
from models.detect.clusters.zones import zones_around
from ops.analysis.scan_options import BASELINE_DAYS
from ops.analysis.scan_places import identities, places_of
from ops.cities import catalog_of
from ops.files.points import Points, points_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FILE: Final = "cases/boston311_animal_pest_2013_2017.csv.gz"
MAPPING: Final = "boston311"
SEED: Final = 311
EPOCH: Final = date(1970, 1, 1).toordinal()
FIRST: Final = date(2014, 2, 1)  # day of the first analysis; the others follow by `APART`
APART: Final = timedelta(days=137)
RADIUS_M: Final = 1000.0
DAYS: Final = 30
INTERVALS: Final = (10, 30, 100, 365)  # recurrence intervals, days
EXTRAS: Final = (4, 5, 6, 8)  # cases that are put in
WITHIN_M: Final = 300.0
WITHIN_DAYS: Final = 3
STRONG: Final = 0.9  # share of the null that no signal lies under
SIGNAL: Final = 100.0  # recurrence interval that counts as found
DENSITIES: Final = (0, 5, 10, 15, 20, 30, 40, 60, 90, 10_000)  # cases a year within 300 m


@dataclass(frozen=True, kw_only=True)
class Try:
    """One set of extra cases: how dense the place is, and whether it was found."""

    density: int
    extra: int
    is_found: bool


def figures(
    data: Path, progress: Callable[[str], None], *, days: int, shuffles: int, tries: int
) -> dict[str, Any]:
    """Measure both on so many days of analysis.

    Parameters
    ----------
    data : Path
        Folder of the real data.
    progress : callable
        Hears what is being worked at.
    days : int
        Days of analysis.
    shuffles, tries : int
        Shuffled data sets, and sets of extra cases, for each of them.
    """
    p_values: list[Floats] = []
    done: list[Try] = []
    for number, study in enumerate(_studies(data, days)):
        progress(f"clusters: day of analysis {number + 1} of {days}")
        null = null_maxima(study, replicates=REPLICATES, seed=SEED)
        chance = null_maxima(study, replicates=shuffles, seed=SEED + 1 + number)
        p_values.append(_p_values(chance, null))
        done += _tries(study, null, tries, np.random.default_rng([SEED, number]))
    return {
        "chance": _chance(np.concatenate(p_values)),
        "found_by_density": _by_density(done),
        "replicates": REPLICATES,
    }


def _studies(data: Path, days: int) -> Iterator[ScanStudy]:
    """Give the study of each day of analysis: the year up to it, as `gridpulse scan` takes it."""
    _, catalog = catalog_of(MAPPING)
    points = points_of(data / FILE, catalog.mapping(MAPPING), catalog.city.timezone)
    for number in range(days):
        day = FIRST + number * APART
        part = _kept(points, day)
        places = places_of(part.lon, part.lat, catalog, day)
        inside = places.of >= 0
        age = (day.toordinal() - EPOCH) - part.day
        yield _study(places.of[inside], age[inside], *places.metres())


def _study(place: Ints, age: Ints, x_m: Floats, y_m: Floats) -> ScanStudy:
    model = PermutationModel(place=place, step=DAYS - 1 - age, places=len(x_m), steps=DAYS)
    return ScanStudy(model=model, zones=zones_around(x_m, y_m, RADIUS_M), longest=DAYS)


def _kept(points: Points, day: date) -> Points:
    """Leave out other years, default geocodes and repeats."""
    age = (day.toordinal() - EPOCH) - points.day
    studied = np.flatnonzero((age >= 0) & (age < BASELINE_DAYS))
    point = identities(points.lon[studied], points.lat[studied])
    bad = default_geocodes(point, age[studied]) | repeated(point, age[studied])
    at = studied[~bad]
    return replace(points, day=points.day[at], lon=points.lon[at], lat=points.lat[at])


def _tries(
    study: ScanStudy, null: Floats, tries: int, random: np.random.Generator
) -> Iterator[Try]:
    """Put extra cases at random places of the city, and look whether they are found there."""
    zones, model = study.zones, study.model
    strong = float(np.quantile(null, STRONG))
    for number, row in enumerate(random.choice(zones.rows, tries, replace=False)):
        pairs = np.arange(zones.start[row], zones.start[row + 1])
        near = zones.place[pairs[zones.distance_m[pairs] <= WITHIN_M]]
        size = EXTRAS[number % len(EXTRAS)]
        extra = random.choice(near, size).astype(np.int64)
        step = np.concatenate([model.step, DAYS - 1 - random.integers(0, WITHIN_DAYS, size)])
        ill = replace(study, model=replace(model, place=np.append(model.place, extra), step=step))
        windows = [found.cluster(1.0) for found in strongest_windows(ill, most=3, bar=strong)]
        is_found = any(
            _p_values(np.array([each.llr]), null)[0] < 1 / SIGNAL
            and np.isin(extra, each.places).mean() >= 0.5
            for each in windows
        )
        density = int(np.isin(model.place, near).sum())
        yield Try(density=density, extra=size, is_found=is_found)


def _p_values(llr: Floats, null: Floats) -> Floats:
    """Rank of each ratio among those of chance."""
    above = (null >= llr[:, None]).sum(axis=1)
    ranks: Floats = (1 + above) / (1 + len(null))
    return ranks


def _chance(p_values: Floats) -> dict[str, Any]:
    """How often shuffled data signal, beside how often they should."""
    rates = {
        str(interval): {
            "should": 1 / interval,
            "does": float((p_values < 1 / interval).mean()),
            "ratio": float((p_values < 1 / interval).mean() * interval),
        }
        for interval in INTERVALS
    }
    return {"analyses": len(p_values), "by_recurrence_interval_days": rates}


def _by_density(done: list[Try]) -> list[dict[str, Any]]:
    rows = []
    for low, high in pairwise(DENSITIES):
        inside = [each for each in done if low <= each.density < high]
        if inside:
            rows.append(
                {
                    "cases_a_year_from": low,
                    "cases_a_year_to": min(high, max(each.density for each in inside) + 1),
                    "tries": len(inside),
                    "found": {str(extra): _share(inside, extra) for extra in EXTRAS},
                }
            )
    return rows


def _share(done: list[Try], extra: int) -> float | None:
    """Share of the tries with so many extra cases that were found; None without any."""
    found = [each.is_found for each in done if each.extra == extra]
    return float(np.mean(found)) if found else None
