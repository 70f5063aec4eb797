"""Runs one seed and tells what was wrong with it."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from tests.simulation.check_backtest import check_backtest
from tests.simulation.check_cases import check_cases
from tests.simulation.check_readings import check_readings
from tests.simulation.check_warnings import check_warnings
from tests.simulation.faults import HAPPENED
from tests.simulation.quiet import silenced
from tests.simulation.world import World

_SHORT_H: Final = 6.0  # of longer runs one in eight is compared with a backtest, which takes long


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a seed.

    Attributes
    ----------
    digest : str
        Of everything that was written to the broker, with its time: equal for equal runs.
    problems : list of str
        Empty where all was as recomputed.
    counts : dict of str to int
        What happened: records, faults, deaths.
    """

    seed: int
    hours: float
    digest: str
    problems: list[str]
    counts: dict[str, int] = field(default_factory=dict)


def hundred(first: int) -> list[Outcome]:
    """Run the hundred seeds from one on, six hours each."""
    with silenced():
        return [attempt(seed, 6.0) for seed in range(first, first + 100)]


def not_happened(outcomes: list[Outcome]) -> list[str]:
    """List the faults that none of the worlds had."""
    return [kind for kind in HAPPENED if not any(one.counts.get(kind) for one in outcomes)]


def attempt(seed: int, hours: float, only: Collection[str] = ()) -> Outcome:
    """Run a world; what it raises is a problem of its seed, and the next seed has its turn."""
    try:
        return simulate(seed, hours, only)
    except Exception:
        return Outcome(seed=seed, hours=hours, digest="", problems=[traceback.format_exc()])


def simulate(seed: int, hours: float, only: Collection[str] = ()) -> Outcome:
    """Run a world from beginning to end, and check it; `only` names kinds of faults."""
    world = World(seed, hours, only)
    try:
        world.run()
    finally:
        world.close()
    problems = [
        *world.loop.problems,
        *check_readings(world),
        *check_cases(world),
        *check_warnings(world),
        *(check_backtest(world) if hours <= _SHORT_H or seed % 8 == 0 else ()),
    ]
    counts = {
        "records": sum(map(len, world.broker.logs.values())),
        "deaths": len(world.deaths),
        "judgements compared with a backtest": world.compared,
        **world.faults.done,
        **world.traffic.done,
        **world.operators.done,
        **world.broker.done,
        **world.redis.done,
        **world.disk.done,
        **world.receiver.done,
    }
    return Outcome(
        seed=seed,
        hours=hours,
        digest=world.broker.digest.hexdigest(),
        problems=problems,
        counts=counts,
    )
