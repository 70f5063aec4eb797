"""Cases of a major event, made up with a fixed seed, and cases beside it that are not of it.

What is drawn is a sample of a given design: so many cases that are filed in the live phase inside
the geometry, of which so many stay open. Whoever counts the file has to find the design again from
places and times alone: nothing in a case says that it belongs to the event. Around them lie cases
of the rehearsal and of the days after, at the same objects, and of the same days elsewhere.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import numpy as np

from config.catalog import Catalog
from config.errors import InputError
from config.events import PhaseKind
from models.events.fence import EventFence
from models.events.tagging import EventTagger
from models.grid.grid import Grid
from models.timing.units import DAY_MS, MINUTE_MS
from ops.simulation.cases import (
    CaseMaker,
    SimulatedStep,
    beat_of,
    department_of,
    people_of,
    steps_of,
)

_ENCODE: Final = msgspec.json.Encoder().encode
_LATEST: Final = 13 * DAY_MS  # an open case of the sample began at most so long before the end
_SPEED: Final = 0.6  # of all steps, beside an ordinary day: an event is handled faster
_TRIES: Final = 400


@dataclass(frozen=True, kw_only=True)
class Design:
    """How many cases are drawn of which sort.

    Attributes
    ----------
    closed, open : int
        Filed in the live phase inside the geometry: closed in it, or open at its end.
    rejected : int
        Reported there, and not filed.
    rehearsal, after, elsewhere : int
        At the objects before and after the live phase, and in it away from them.
    """

    closed: int
    open: int
    rejected: int
    rehearsal: int
    after: int
    elsewhere: int


# The report counts 3,447 filed, 3,350 closed and 97 open; the other sorts are our own.
DESIGNS: Final = {
    "olympics-2008": Design(
        closed=3350, open=97, rejected=139, rehearsal=320, after=180, elsewhere=1450
    )
}
ORDINARY: Final = Design(closed=780, open=20, rejected=30, rehearsal=80, after=40, elsewhere=300)


@dataclass(frozen=True, kw_only=True)
class _Sort:
    """One sort of cases: how many, when they begin, where, and how they go on."""

    count: int
    span: tuple[int, int]
    is_inside: bool
    is_fitting: Callable[[list[SimulatedStep]], bool]
    is_cut: bool = False
    end_ms: int


def event_messages(catalog: Catalog, name: str, seed: int) -> Iterator[bytes]:
    """Give the case events of the summer of an event as raw messages, in the order of event time.

    Raises
    ------
    InputError
        The city has no such event, or it has no live phase.
    """
    if name not in catalog.events:
        known = ", ".join(sorted(catalog.events)) or "none"
        msg = f"{catalog.city.name['en']} has no event {name!r}; it has {known}"
        raise InputError(msg)
    sampler = _Sampler(catalog, name, seed)
    bodies = [body for sort in sampler.sorts() for body in sampler.bodies(sort)]
    yield from sampler.numbered(bodies)


class _Sampler:
    """Draws the cases of one event."""

    def __init__(self, catalog: Catalog, name: str, seed: int) -> None:
        self._fence: EventFence = EventTagger(catalog).fences[name]
        self._zone = EventTagger(catalog).zone
        self._catalog, self._maker = catalog, CaseMaker(catalog, seed)
        self._design = DESIGNS.get(name, ORDINARY)
        self._rng = np.random.default_rng([seed, 6, zlib.crc32(name.encode())])
        live = self._fence.span_of(PhaseKind.LIVE)
        if live is None:
            msg = f"event {name} has no live phase: nothing of it can be simulated"
            raise InputError(msg)
        self._live = live

    def sorts(self) -> list[_Sort]:
        """List what is drawn."""
        begin_ms, end_ms = self._live
        design, before_ms = self._design, self._fence.begins_ms
        after_ms = max(self._fence.ends_ms, end_ms + DAY_MS)
        late = (max(begin_ms, end_ms - _LATEST), end_ms - 30 * MINUTE_MS)
        sorts = [
            _Sort(count=design.closed, span=self._live, is_inside=True, is_fitting=_is_closed,
                  end_ms=end_ms),
            _Sort(count=design.open, span=late, is_inside=True, is_fitting=_is_closed,
                  is_cut=True, end_ms=end_ms),
            _Sort(count=design.rejected, span=self._live, is_inside=True,
                  is_fitting=_is_rejected, end_ms=end_ms),
            _Sort(count=design.after, span=(end_ms, after_ms), is_inside=True,
                  is_fitting=_is_closed, end_ms=after_ms),
            _Sort(count=design.elsewhere, span=self._live, is_inside=False,
                  is_fitting=_is_closed, end_ms=after_ms),
        ]  # fmt: skip
        if before_ms < begin_ms:
            sorts.append(
                _Sort(count=design.rehearsal, span=(before_ms, begin_ms), is_inside=True,
                      is_fitting=_is_closed, end_ms=end_ms)
            )  # fmt: skip
        return sorts

    def bodies(self, sort: _Sort) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Give the cases of a sort, each with its first instant and its events without a number."""
        for _ in range(sort.count):
            reported_ms, steps = self._course(sort)
            lon, lat, cell = self._place(reported_ms, is_inside=sort.is_inside)
            yield reported_ms, list(self._events(reported_ms, steps, lon, lat, cell))

    def numbered(self, cases: list[tuple[int, list[dict[str, Any]]]]) -> Iterator[bytes]:
        """Give the events by time, the cases numbered by the day and order of their reports."""
        events: list[tuple[int, int, dict[str, Any]]] = []
        of_day: dict[str, int] = {}
        for order, (reported_ms, bodies) in enumerate(sorted(cases, key=lambda case: case[0])):
            day = _date(self._zone.day_at(reported_ms))
            of_day[day] = of_day.get(day, 0) + 1
            case = f"{day}{of_day[day]:04d}"
            events += [(body["ts"], order, {"case": case, **body}) for body in bodies]
        for _, _, body in sorted(events, key=lambda each: each[:2]):
            yield _ENCODE(body)

    def _course(self, sort: _Sort) -> tuple[int, list[SimulatedStep]]:
        """Draw when a case begins and which steps it takes, so that it is of its sort."""
        for _ in range(_TRIES):
            steps = [_faster(step) for step in steps_of(self._rng)]
            if not sort.is_fitting(steps):
                continue
            reported_ms = int(self._rng.integers(*sort.span))
            if sort.is_cut:
                steps = self._cut(steps)
            if reported_ms + steps[-1].after_ms < sort.end_ms:
                return reported_ms, steps
        msg = f"no case could be drawn that ends in {self._fence.event.name}: its phases are short"
        raise InputError(msg)

    def _cut(self, steps: list[SimulatedStep]) -> list[SimulatedStep]:
        """Keep the beginning of a course up to its filing or a step after that, never its end."""
        return steps[: int(self._rng.integers(2, len(steps)))]

    def _place(self, at_ms: int, *, is_inside: bool) -> tuple[float, float, str]:
        """Draw a place in the geometry of a time, or away from it."""
        grid, epoch = self._grid(at_ms), self._fence.epoch_number(at_ms)
        shapes = self._fence.shapes_at(at_ms)
        for _ in range(_TRIES):
            if is_inside:
                left, low, right, top = shapes[int(self._rng.integers(len(shapes)))].bounds
            else:
                left, low = float(grid.lon.min()), float(grid.lat.min())
                right, top = float(grid.lon.max()), float(grid.lat.max())
            lon = round(float(self._rng.uniform(left, right)), 6)
            lat = round(float(self._rng.uniform(low, top)), 6)
            at = int(grid.locate(np.array([lon]), np.array([lat]))[0])
            if at >= 0 and bool(self._fence.objects_holding(lon, lat, epoch)) is is_inside:
                return lon, lat, str(grid.codes[at])
        msg = f"no place {'inside' if is_inside else 'outside'} the event could be drawn"
        raise InputError(msg)

    def _grid(self, at_ms: int) -> Grid:
        day = datetime.fromtimestamp(0, UTC).date() + timedelta(days=self._zone.day_at(at_ms))
        return self._catalog.grid_at(max(day, min(s.valid_from for s in self._catalog.streets)))

    def _events(
        self, reported_ms: int, steps: list[SimulatedStep], lon: float, lat: float, cell: str
    ) -> Iterator[dict[str, Any]]:
        month = int(_date(self._zone.day_at(reported_ms))[4:6])
        category = str(self._rng.choice(self._maker.categories, p=self._maker.shares(month)))
        department = department_of(category)
        people = people_of(cell, department, self._rng)
        place = {"cell": cell, "lon": lon, "lat": lat}
        for step in steps:
            body = {"type": step.type, "ts": reported_ms + step.after_ms, **place}
            body |= people[step.by]
            if step.type == "reported":
                body |= {"category": category, "source": "patrol", "beat": beat_of(cell)}
            if step.type == "dispatched":
                body["department"] = department
            if step.new_limit_ms is not None:
                body["due"] = reported_ms + step.new_limit_ms
            yield body


def _faster(step: SimulatedStep) -> SimulatedStep:
    return SimulatedStep(
        type=step.type,
        by=step.by,
        after_ms=round(step.after_ms * _SPEED),
        new_limit_ms=step.new_limit_ms,
    )


def _is_closed(steps: list[SimulatedStep]) -> bool:
    return steps[-1].type == "closed"


def _is_rejected(steps: list[SimulatedStep]) -> bool:
    return steps[-1].type == "rejected"


def _date(day: int) -> str:
    return f"{datetime.fromtimestamp(0, UTC).date() + timedelta(days=day):%Y%m%d}"
