"""Where the objects of an event lie at a time, and which of them hold a point."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point, Polygon

from config.events import Phase, PhaseKind, Place, SpecialEvent
from models.grid.projection import LocalProjection
from models.timing.zone import Zone

_ARCS = 16  # segments of a quarter of a circle: a buffer is short by at most 0.5 % of its radius


class PhaseTime(NamedTuple):
    """A phase with its instants, epoch milliseconds, half-open."""

    kind: PhaseKind
    begins_ms: int
    ends_ms: int


class _Epoch(NamedTuple):
    """Geometry between two changes of it."""

    since_ms: int
    places: tuple[Place, ...]
    shapes: tuple[Polygon, ...]
    tree: shapely.STRtree


class EventFence:
    """Time and geometry of one event.

    Parameters
    ----------
    event : SpecialEvent
    zone : Zone
        Local time of its dates.

    Attributes
    ----------
    phases : tuple of PhaseTime
        In the order of time.
    """

    def __init__(self, event: SpecialEvent, zone: Zone) -> None:
        self.event = event
        self.phases = tuple(_timed(phase, zone) for phase in event.phases)
        placed = [[(_since_ms(p, event, zone), p) for p in each.places] for each in event.objects]
        changes = sorted({since_ms for places in placed for since_ms, _ in places})
        self._epochs = [_epoch(since_ms, placed) for since_ms in changes]
        self._starts = [epoch.since_ms for epoch in self._epochs]

    @property
    def begins_ms(self) -> int:
        """First instant of its first phase."""
        return self.phases[0].begins_ms

    @property
    def ends_ms(self) -> int:
        """End of its last phase, exclusive."""
        return self.phases[-1].ends_ms

    def phase_at(self, at_ms: int) -> PhaseTime | None:
        """Give the phase at an instant; None before, between and after all."""
        return next((p for p in self.phases if p.begins_ms <= at_ms < p.ends_ms), None)

    def span_of(self, kind: PhaseKind) -> tuple[int, int] | None:
        """Give the first and the last instant of the phases of a kind; None where there is none."""
        of_kind = [phase for phase in self.phases if phase.kind is kind]
        return (of_kind[0].begins_ms, of_kind[-1].ends_ms) if of_kind else None

    def shapes_at(self, at_ms: int) -> tuple[Polygon, ...]:
        """Outlines of all objects with their buffers, degrees, in the order of the file."""
        return self._epochs[self.epoch_number(at_ms)].shapes

    def places_at(self, at_ms: int) -> tuple[Place, ...]:
        """Places of all objects, in the order of the file."""
        return self._epochs[self.epoch_number(at_ms)].places

    def epoch_number(self, at_ms: int) -> int:
        """Give the number of the geometry at an instant; the first one serves earlier times too."""
        return max(bisect_right(self._starts, at_ms) - 1, 0)

    def join(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], epoch: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find which objects hold which points; the edge belongs to an object.

        Parameters
        ----------
        lon, lat : ndarray, shape (k,), float64, degrees
        epoch : int
            The geometry that counts, as `epoch_number` gives it.

        Returns
        -------
        point, object : ndarray, shape (pairs,), int64
            A pair for each object that holds a point, by point, then by object.
        """
        points = shapely.points(np.nan_to_num(lon), np.nan_to_num(lat))
        tree = self._epochs[epoch].tree
        point, found = tree.query(points, predicate="intersects")
        is_real = np.isfinite(lon[point]) & np.isfinite(lat[point])
        point, found = point[is_real], found[is_real]
        order = np.lexsort((found, point))
        return point[order], found[order]

    def objects_holding(self, lon: float, lat: float, epoch: int) -> list[int]:
        """Numbers of the objects that hold one point, in the order of the file."""
        _, found = self.join(np.array([lon]), np.array([lat]), epoch)
        return [int(number) for number in found]


def instant(local: datetime, zone: Zone) -> int:
    """Epoch milliseconds of a local time.

    Examples
    --------
    >>> from models.timing.zone import zone_of
    >>> instant(datetime(2008, 8, 8), zone_of("Asia/Shanghai"))
    1218124800000
    """
    reading = np.datetime64(local.replace(tzinfo=None), "ms").astype(np.int64)
    return int(zone.utc(np.array([reading]))[0])


def _timed(phase: Phase, zone: Zone) -> PhaseTime:
    return PhaseTime(phase.kind, instant(phase.begins, zone), instant(phase.ends, zone))


def _since_ms(place: Place, event: SpecialEvent, zone: Zone) -> int:
    return instant(place.since or event.begins, zone)


def _shape(place: Place) -> Polygon:
    """Outline of a place with its buffer, degrees; the buffer is made in metres around it."""
    lon, lat = np.array(place.points, np.float64).T
    plane = LocalProjection(float(lon[0]), float(lat[0]))
    corners = np.column_stack(plane.to_metres(lon, lat))
    if place.point is not None:
        bare = Point(corners[0])
    else:
        bare = LineString(corners) if place.line else Polygon(corners)
    around = bare.buffer(place.buffer_m, quad_segs=_ARCS)
    outline: Polygon = shapely.transform(
        around, lambda xy: np.column_stack(plane.to_degrees(*xy.T))
    )
    return outline


def _epoch(since_ms: int, placed: list[list[tuple[int, Place]]]) -> _Epoch:
    """Take of each object the newest place at a time; before its first one, that."""
    places = tuple(_newest(each, since_ms) for each in placed)
    shapes = tuple(map(_shape, places))
    return _Epoch(since_ms, places, shapes, shapely.STRtree(shapes))


def _newest(places: list[tuple[int, Place]], at_ms: int) -> Place:
    known = (place for since_ms, place in reversed(places) if since_ms <= at_ms)
    return next(known, places[0][1])
