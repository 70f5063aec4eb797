"""How much happens in an hour: few seeds are busy, so that many seeds fit into half an hour.

A bug needs a fault at the wrong moment, not a full hour: an hour of a calm world has as many kinds
of moments as one of a busy world and costs a fifth.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from tests.simulation.city import SimCity, sim_city

_BUSY_HOURS: Final = 1.0  # a world of so many hours is busy, of twice as many every second one
_CALM_CITIES: Final = ((900, 1800, 1), (3600, 3600, 1), (3600, 3600, 1), (3600, 3600, 2))


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What costs time where there is much of it.

    Attributes
    ----------
    is_busy : bool
    pulse_ms : int
        Agents tick this often.
    checkpoint_s : float
    idle_s : float
        Ingest waits at most so long for records.
    linger_s : float
        … and for more of them once there is one.
    city : SimCity
        Which says how often a sensor speaks.
    sensors : int
    cases_an_hour : float
        At most.
    faults_an_hour : float
        On average.
    """

    is_busy: bool
    pulse_ms: int
    checkpoint_s: float
    idle_s: float
    linger_s: float
    city: SimCity
    sensors: int
    cases_an_hour: float
    faults_an_hour: float


def draw_pace(hours: float, rng: Random) -> Pace:
    """Draw the pace of a world of so many hours."""
    return _busy(rng) if rng.random() < _BUSY_HOURS / hours else _calm(rng)


def _busy(rng: Random) -> Pace:
    return Pace(
        is_busy=True,
        pulse_ms=rng.choice((900_000, 1_800_000)),
        checkpoint_s=rng.choice((1.0, 600.0, 1800.0)),
        idle_s=rng.choice((300.0, 900.0)),
        linger_s=rng.choice((1.0, 60.0, 300.0)),
        city=sim_city(900, 1800, 2),
        sensors=4,
        cases_an_hour=1.5,
        faults_an_hour=2.0,
    )


def _calm(rng: Random) -> Pace:
    return Pace(
        is_busy=False,
        pulse_ms=rng.choice((3_600_000, 7_200_000)),
        checkpoint_s=rng.choice((1.0, 3600.0, 7200.0)),
        idle_s=rng.choice((900.0, 1800.0)),
        linger_s=rng.choice((600.0, 1800.0, 3600.0)),
        city=sim_city(*rng.choice(_CALM_CITIES)),
        sensors=rng.choice((2, 3)),
        cases_an_hour=0.5,
        faults_an_hour=0.7,
    )
