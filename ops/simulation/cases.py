"""Cases of an invented day, from the report's own figures.

3,000 cases a month, 6.5 hours from report to closing on average, more than 95 % closed. The day
has its hours, the year its seasons, each category its hot spots; supervision files, verifies and
closes, command dispatches, departments dispose.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from config.catalog import Catalog
from models.feeds.raw import RawMessage
from models.grid.codes import community_code
from models.grid.grid import Grid

MONTHLY = 3000

_DAYS_A_MONTH = 365.25 / 12
_HOUR = np.array(  # share of the reports by local hour: two patrol shifts, a quiet night
    [1, 1, 1, 1, 1, 2, 4, 8, 13, 16, 15, 12, 8, 10, 14, 15, 14, 11, 8, 6, 5, 4, 3, 2], dtype=float
)
_MONTH = np.array([0.75, 0.65, 0.95, 1.2, 1.2, 1.1, 1.05, 1.05, 1.1, 1.1, 0.95, 0.9])
_WEEKEND = 0.8
_SPRING_DUST = 3.0  # as many cases of construction dust in April and May
_COMMON = {  # weights; a category that is not named here has 1
    "E0102": 14.0,
    "E0104": 12.0,
    "E0201": 12.0,
    "E0501": 10.0,
    "E0502": 14.0,
    "E0302": 4.0,
    "E0303": 3.0,
}
_DEPARTMENTS = {  # who disposes, by class or, failing that, by main class
    "C01": "public-utilities",
    "C0101": "water",
    "C0102": "water",
    "C02": "traffic",
    "C03": "sanitation",
    "C04": "landscape",
    "C05": "civil-defence",
    "E01": "sanitation",
    "E0101": "urban-enforcement",
    "E03": "construction",
    "E0303": "environment",
    "E04": "water",
    "E0503": "traffic",
}
_OTHERWISE = "city-management"
_SOURCES, _SOURCE_SHARES = ("patrol", "hotline", "video"), (0.72, 0.22, 0.06)
_CELLS_A_BEAT = 18  # 180,000 m²
_IN_HOT_SPOT = 0.5
_HOT_SPOTS, _HOT_SPOT_M = 3, 120.0  # of each category; scatter around one
# Shares of the filed cases that leave the straight way; of the reported ones for `rejected`.
_REJECTED, _CANCELLED = 0.04, 0.005
_DETOURS = (("returned", 0.05), ("extended", 0.02), ("held", 0.01), ("slow", 0.02))

_ENCODE = msgspec.json.Encoder().encode


class CaseMaker:
    """Makes the cases reported on one local day; the same day gives the same cases in every call.

    Parameters
    ----------
    catalog : Catalog
        With a feed `cases`.
    seed : int
    """

    def __init__(self, catalog: Catalog, seed: int) -> None:
        self._catalog = catalog
        self._seed = seed
        self.categories = [
            code
            for code in catalog.feeds["cases"].categories
            if code != catalog.feeds["cases"].other_category
        ]

    @cached_property
    def _hot_spots(self) -> dict[str, NDArray[np.float64]]:
        """Where the hot spots of each category lie, as shares of the way through all cells."""
        return {
            code: np.random.default_rng([self._seed, 5, zlib.crc32(code.encode())]).random(
                _HOT_SPOTS
            )
            for code in self.categories
        }

    def day(self, day: datetime) -> Iterator[list[RawMessage]]:
        """Give the cases reported on a day, each as all its events in order.

        Parameters
        ----------
        day : datetime
            Local midnight at which the day begins, aware.
        """
        rng = np.random.default_rng([self._seed, 4, day.toordinal()])
        grid = self._catalog.grid_at(day.date())
        daily = MONTHLY / _DAYS_A_MONTH * _MONTH[day.month - 1] / _MONTH.mean()
        daily *= (_WEEKEND if day.weekday() >= 5 else 1.0) * 7 / (5 + 2 * _WEEKEND)
        count = int(rng.poisson(daily))
        hours = np.sort(rng.choice(24, count, p=_HOUR / _HOUR.sum()) + rng.random(count))
        categories = rng.choice(self.categories, count, p=self.shares(day.month)).tolist()
        sources = rng.choice(_SOURCES, count, p=_SOURCE_SHARES).tolist()
        midnight_ms = round(day.timestamp() * 1000)
        for number in range(count):
            case = f"{day:%Y%m%d}{number + 1:04d}"
            reported_ms = midnight_ms + int(hours[number] * 3_600_000)
            about = {"category": categories[number], "source": sources[number]}
            yield list(self._life(case, reported_ms, about, grid, rng))

    def _life(
        self,
        case: str,
        reported_ms: int,
        about: dict[str, str],
        grid: Grid,
        rng: np.random.Generator,
    ) -> Iterator[RawMessage]:
        """Give the events of one case."""
        lon, lat, cell = self._place(about["category"], grid, rng)
        department = department_of(about["category"])
        people = people_of(cell, department, rng)
        if about["source"] == "hotline":
            people["patrol"] = {"role": "public"}  # no trace of the person
        for step in steps_of(rng):
            ts_ms = reported_ms + step.after_ms
            body: dict[str, Any] = {"case": case, "type": step.type, "ts": ts_ms, "cell": cell}
            body |= people[step.by]
            if step.type == "reported":
                body |= {**about, "lon": lon, "lat": lat, "beat": beat_of(cell)}
            if step.type == "dispatched":
                body["department"] = department
            if step.new_limit_ms is not None:
                body["due"] = reported_ms + step.new_limit_ms
            yield RawMessage(ts_ms, case, _ENCODE(body))

    def shares(self, month: int) -> NDArray[np.float64]:
        """Share of each category in a month."""
        weights = np.array([_COMMON.get(code, 1.0) for code in self.categories])
        if month in (4, 5):
            weights[[code == "E0303" for code in self.categories]] *= _SPRING_DUST
        return np.asarray(weights / weights.sum(), dtype=np.float64)

    def _place(
        self, category: str, grid: Grid, rng: np.random.Generator
    ) -> tuple[float, float, str]:
        """Draw a place: near one of the category's hot spots, or anywhere."""
        at = int(rng.integers(len(grid)))
        if rng.random() < _IN_HOT_SPOT:
            at = int(self._hot_spots[category][rng.integers(_HOT_SPOTS)] * len(grid))
            x_m, y_m = (c[at] + rng.normal(0, _HOT_SPOT_M, 1) for c in (grid.x_m, grid.y_m))
            lon, lat = grid.projection.to_degrees(x_m, y_m)
            found = int(grid.locate(lon, lat)[0])
            if found >= 0:
                return _rounded(lon[0]), _rounded(lat[0]), str(grid.codes[found])
        return _rounded(grid.lon[at]), _rounded(grid.lat[at]), str(grid.codes[at])


@dataclass(frozen=True, kw_only=True)
class SimulatedStep:
    """One step of a case: who takes it, and how long after the report."""

    type: str
    by: str
    after_ms: int
    new_limit_ms: int | None = None


class _Course:
    """The steps of one case while they are drawn."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._after_ms = 0
        self.steps = [SimulatedStep(type="reported", by="patrol", after_ms=0)]

    def then(self, kind: str, by: str, mean_min: float, new_limit_min: int | None = None) -> None:
        """Add a step after a log-normal while with about the given mean, at most four times it."""
        spread = 0.8
        while_min = mean_min * min(4.0, self._rng.lognormal(-(spread**2) / 2, spread))
        self._after_ms += max(1000, round(while_min * 60_000))
        limit_ms = None if new_limit_min is None else self._after_ms + new_limit_min * 60_000
        self.steps.append(
            SimulatedStep(type=kind, by=by, after_ms=self._after_ms, new_limit_ms=limit_ms)
        )


def steps_of(rng: np.random.Generator) -> list[SimulatedStep]:
    """Draw the course of a case, from its report on.

    The means add up to 6.5 hours over all cases that are closed.
    """
    course = _Course(rng)
    if rng.random() < _REJECTED:
        course.then("rejected", "centre", 20)
        return course.steps
    course.then("filed", "centre", 20)
    course.then("dispatched", "command", 15)
    detour = rng.random()
    if detour < _CANCELLED:
        course.then("cancelled", "centre", 60)
        return course.steps
    for kind, share in _DETOURS:
        detour -= share
        if detour < 0:
            _detour(course, kind)
            break
    course.then("disposed", "crew", 168)
    course.then("verified", "checker", 45)
    course.then("closed", "centre", 15)
    return course.steps


def beat_of(cell: str) -> str:
    """Give the patrol beat of a cell: eighteen cells of a community, as many as one patrol covers.

    Examples
    --------
    >>> beat_of("110101001002001"), beat_of("110101001002019")
    ('110101001002-01', '110101001002-02')
    """
    return f"{community_code(cell)}-{(int(cell[12:]) - 1) // _CELLS_A_BEAT + 1:02d}"


def department_of(category: str) -> str:
    """Give the department that disposes of cases of a category.

    Examples
    --------
    >>> department_of("E0303"), department_of("E0302"), department_of("E0502")
    ('environment', 'construction', 'city-management')
    """
    return _DEPARTMENTS.get(category) or _DEPARTMENTS.get(category[:3], _OTHERWISE)


def _detour(course: _Course, kind: str) -> None:
    """Add what comes before the disposal that counts."""
    if kind == "held":
        course.then("held", "command", 60)
        course.then("resumed", "command", 1440)
    elif kind == "returned":
        course.then("disposed", "crew", 140)
        course.then("returned", "checker", 45)
    else:
        course.then("extended", "command", 240 if kind == "extended" else 5500, 2880)


def people_of(cell: str, department: str, rng: np.random.Generator) -> dict[str, dict[str, str]]:
    """Give who takes which step: supervision looks, command sends, departments do."""
    street = cell[6:9]

    def one_of(prefix: str, staff: int) -> str:
        return f"{prefix}-{int(rng.integers(1, staff + 1)):02d}"

    return {
        "patrol": {"actor": one_of(f"S{street}", 23), "role": "supervision"},
        "centre": {"actor": one_of("SC", 12), "role": "supervision"},
        "checker": {"actor": one_of(f"V{street}", 8), "role": "supervision"},
        "command": {"actor": one_of("CC", 8), "role": "command"},
        "crew": {
            "actor": one_of(department, 30),
            "role": "department",
            "department": department,
        },
    }


def _rounded(degrees: float) -> float:
    """Cut coordinates to about a decimetre."""
    return round(float(degrees), 6)
