"""How much happens in an hour: few seeds are busy, so that many seeds fit into half an hour.

A bug needs a fault at the wrong moment, not a full hour: an hour of a calm world has as many kinds
of moments as one of a busy world and costs a fifth, and one of a slow world half of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from tests.simulation.city import SimCity, sim_city

_SHORT_H: Final = 6.0  # up to here one world in as many as it has hours is busy, the others calm
_LONG_BUSY, _LONG_CALM = 1 / 192, 1 / 16  # of longer ones; the others are slow
_CALM_CITIES: Final = ((900, 1800, 1), (3600, 3600, 1), (3600, 3600, 1), (3600, 3600, 2))
_SLOW_CITIES: Final = (
    (3600, 3600, 2, 2),
    *2 * ((3600, 3600, 1, 1),),
    *3 * ((7200, 7200, 1, 1),),
)


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
    settle_s : float
        After the last record: longer than anything waits.
    city : SimCity
        Which says how often a sensor speaks.
    sensors : int
    cases_an_hour : float
        At most.
    faults_an_hour : float
        On average.
    has_matters : bool
        Whether the agents of matters are there, to which nobody sends anything.
    """

    is_busy: bool
    pulse_ms: int
    checkpoint_s: float
    idle_s: float
    linger_s: float
    settle_s: float
    city: SimCity
    sensors: int
    cases_an_hour: float
    faults_an_hour: float
    has_matters: bool = True


def draw_pace(hours: float, rng: Random) -> Pace:
    """Draw the pace of a world of so many hours."""
    chance = rng.random()
    if hours <= _SHORT_H:
        return _busy(rng) if chance < 1 / hours else _calm(rng)
    if chance < _LONG_BUSY:
        return _busy(rng)
    return _calm(rng) if chance < _LONG_BUSY + _LONG_CALM else _slow(rng)


def _busy(rng: Random) -> Pace:
    return Pace(
        is_busy=True,
        pulse_ms=rng.choice((900_000, 1_800_000)),
        checkpoint_s=rng.choice((1.0, 600.0, 1800.0)),
        idle_s=rng.choice((300.0, 900.0)),
        linger_s=rng.choice((1.0, 60.0, 300.0)),
        settle_s=3 * 3600.0,
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
        settle_s=3 * 3600.0,
        city=sim_city(*rng.choice(_CALM_CITIES)),
        sensors=rng.choice((2, 3)),
        cases_an_hour=0.5,
        faults_an_hour=0.7,
    )


def _slow(rng: Random) -> Pace:
    return Pace(
        is_busy=False,
        pulse_ms=21_600_000,
        checkpoint_s=rng.choice((1.0, 7200.0, 14_400.0)),
        idle_s=10_800.0,
        linger_s=rng.choice((3600.0, 7200.0, 14_400.0)),
        settle_s=8 * 3600.0,
        city=sim_city(*rng.choice(_SLOW_CITIES)),
        sensors=rng.choice((1, 2)),
        cases_an_hour=0.3,
        faults_an_hour=0.4,
        has_matters=rng.random() < 0.25,
    )
