"""Outbreaks in simulated counts: what each method finds at equal false alarms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.methods.cusum import cusum
from benchmarks.quality.methods.ears import c1, c2, c3
from benchmarks.quality.methods.farrington import farrington
from benchmarks.quality.outbreaks import SEASON, TESTED, WEEKS, Simulated, simulate
from models.detect.counts.expectation import CountJudgement, judge_counts
from models.detect.stats.tail import cauchy_combination, upper_tail

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SEED: Final = 2013
RATES: Final = (0.03, 0.006)  # false alarms a week and series
CURVE: Final = tuple(np.geomspace(0.001, 0.2, 16).round(5).tolist())


def figures(repeats: int, reported: Callable[[str], None]) -> dict[str, Any]:
    """Simulate, score by every method, and measure.

    Parameters
    ----------
    repeats : int
        Series of each of the 42 scenarios.
    reported : callable
        Hears what is being worked at.
    """
    reported(f"counts: simulating {42 * repeats} series")
    simulated = simulate(repeats, SEED)
    reported("counts: judging every week by our baseline")
    ours = judge_counts(simulated.counts, season=SEASON)
    reported("counts: judging the tested weeks by Farrington Flexible, EARS, CUSUM")
    methods = _scores(simulated, ours)
    cases = simulated.outbreak[:, TESTED:]
    return {
        "series": len(cases),
        "with_outbreak": int((cases > 0).any(axis=1).sum()),
        "methods": {
            name: {str(rate): measured(scores, cases, rate) for rate in RATES}
            for name, scores in methods.items()
        },
        "as_shipped": _found(ours.alarm[:, TESTED:], cases),
        "curve": {
            name: [measured(scores, cases, rate)["found"] for rate in CURVE]
            for name, scores in methods.items()
        },
        "curve_rates": list(CURVE),
        "false_alarms_by_history": _by_history(simulated, ours),
    }


def _scores(simulated: Simulated, ours: CountJudgement) -> dict[str, Floats]:
    """Evidence of each method in the tested weeks, shape (series, tested weeks)."""
    counts = simulated.counts
    weeks = [farrington(counts, week).p_value for week in range(TESTED, WEEKS)]
    theirs = np.stack(weeks, axis=1)
    p_value = ours.p_value[:, TESTED:]
    evidence = cusum(counts, np.nan_to_num(ours.expected, nan=1e9), np.nan_to_num(ours.phi, nan=1))
    return {
        "baseline (gridpulse counts)": -p_value,
        "baseline with Farrington": -cauchy_combination([p_value, theirs]),
        "Farrington Flexible": -theirs,
        "EARS C1": c1(counts)[:, TESTED:],
        "EARS C2": c2(counts)[:, TESTED:],
        "EARS C3": c3(counts)[:, TESTED:],
        "NB-CUSUM": evidence[:, TESTED:],
        "bound: the true baseline known": -_bound(simulated)[:, TESTED:],
    }


def _bound(simulated: Simulated) -> Floats:
    """P-values of a method that knows the baseline and only has to judge each week alone."""
    phi = np.broadcast_to(simulated.phi[:, None], simulated.mean.shape)
    return upper_tail(simulated.counts, simulated.mean, phi)


def measured(scores: Floats, cases: Floats, rate: float) -> dict[str, float]:
    """What is found when the threshold lets `rate` of the weeks without an outbreak alarm.

    Parameters
    ----------
    scores : ndarray, shape (series, weeks)
        More is more unusual.
    cases : ndarray, shape (series, weeks)
        Outbreak cases.
    """
    calm = cases == 0
    threshold = float(np.quantile(scores[calm], 1 - rate, method="higher"))
    return _found(scores > threshold, cases)


def _found(alarm: Bools, cases: Floats) -> dict[str, float]:
    """Give rates: false alarms, outbreaks found at all and in their first week, weeks of delay."""
    ill = cases > 0
    has = ill.any(axis=1)
    heard = (alarm & ill)[has]
    first = ill[has].argmax(axis=1)
    delay = heard.argmax(axis=1) - first
    found = heard.any(axis=1)
    return {
        "false_alarms": float(alarm[~ill].mean()),
        "found": float(found.mean()),
        "found_in_first_week": float((found & (delay == 0)).mean()),
        "delay_weeks": float(delay[found].mean()) if found.any() else float("nan"),
    }


def _by_history(simulated: Simulated, ours: CountJudgement) -> dict[str, float]:
    """False alarms of `gridpulse counts` after so many weeks of history."""
    calm = simulated.outbreak == 0
    spans = ((8, 20), (20, 52), (52, 104), (104, 312), (312, WEEKS))
    return {
        f"{start}-{stop}": float(ours.alarm[:, start:stop][calm[:, start:stop]].mean())
        for start, stop in spans
    }
