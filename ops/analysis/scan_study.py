"""What a scan of a file compares its events with: only themselves, people, or other events."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from config.errors import InputError
from models.detect.clusters.scan import ScanStudy
from models.detect.clusters.scan_models import (
    BernoulliModel,
    PermutationModel,
    PoissonModel,
    ScanModel,
)
from models.detect.clusters.zones import CIRCLE, ELLIPSES, zones_around
from ops.analysis.scan_options import ScanOptions
from ops.analysis.scan_places import Places, point_places
from ops.files.people import People

Ints = NDArray[np.int64]

_MOST_WEIGHTS: Final = 100_000_000  # of zones and days, at 8 bytes each


def make_study(
    places: Places,
    age: Ints,
    options: ScanOptions,
    *,
    people: People | None = None,
    controls: tuple[Ints, Ints] | None = None,
) -> ScanStudy:
    """Put a study together from events and what they are compared with.

    Parameters
    ----------
    places : Places
        All events lie at one of them.
    age : ndarray, shape (events,), int64
        Days before the day of analysis.
    people : People, optional
        Of the places, in their order.
    controls : tuple of ndarray, optional
        Place and age of each.
    """
    order = np.lexsort((age, places.of))  # draws must not depend on the order of the file's rows
    model = _model(places, places.of[order], options.step_of(age[order]), options, people, controls)
    shapes = ELLIPSES if options.ellipses else (CIRCLE,)
    zones = zones_around(*places.metres(), options.radius_m, shapes=shapes)
    if controls is not None and len(zones.place) * options.steps > _MOST_WEIGHTS:
        msg = f"{len(zones.place):,} zones over {options.steps} days with controls are too many; "
        msg += "a smaller --radius has fewer"
        raise InputError(msg)
    return ScanStudy(
        model=model,
        zones=zones,
        longest=1 if options.spatial else options.days,
        every_end=options.retrospective,
    )


def _model(
    places: Places,
    place: Ints,
    step: Ints,
    options: ScanOptions,
    people: People | None,
    controls: tuple[Ints, Ints] | None,
) -> ScanModel:
    n, steps = len(places.labels), options.steps
    if people is not None:
        return PoissonModel(
            place=place,
            step=step,
            places=n,
            steps=steps,
            people=people.number[:, None],
            shares=np.full((1, steps), 1 / steps),
        )
    if controls is not None:
        order = np.lexsort(controls)
        return BernoulliModel(
            place=place,
            step=step,
            places=n,
            steps=steps,
            control_place=controls[0][order],
            control_step=options.step_of(controls[1][order]),
        )
    return PermutationModel(place=place, step=step, places=n, steps=steps)


def homes_of(
    lon: NDArray[np.float64], lat: NDArray[np.float64], people: People, radius_m: float
) -> Places:
    """Put events to the nearest place with people; -1 where none lies within the radius."""
    every = point_places(np.full(len(lon), -1), people.lon, people.lat, is_plane=people.is_plane)
    tree = cKDTree(np.stack(every.metres(), axis=1))
    away, nearest = tree.query(np.stack(every.metres_of(lon, lat), axis=1))
    return replace(every, of=np.where(away <= radius_m, nearest, -1).astype(np.int64))
