"""What every detector of whole series promises: causal, deterministic, stable on odd input."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conformance.registry import SERIES, Floats

WEEKS = 320
CUT = 300

every = pytest.mark.parametrize("name", SERIES)


def counts() -> Floats:
    random = np.random.default_rng(4)
    mean = 6 * np.exp(0.3 * np.cos(2 * np.pi * np.arange(WEEKS) / 52))
    return random.poisson(mean, (3, WEEKS)).astype(np.float64)


@every
def test_a_score_never_changes_when_later_data_arrive(name: str) -> None:
    given = counts()
    changed = given.copy()
    changed[:, CUT:] += 40
    whole, other, part = SERIES[name](given), SERIES[name](changed), SERIES[name](given[:, :CUT])
    both = np.isfinite(whole[:, :CUT]) & np.isfinite(part)
    assert np.array_equal(whole[:, :CUT][both], part[both])
    known = np.isfinite(whole[:, :CUT])
    assert np.array_equal(whole[:, :CUT][known], other[:, :CUT][known])


@every
def test_same_values_give_same_scores_and_stay_as_they_are(name: str) -> None:
    given = counts()
    before = given.copy()
    one, two = SERIES[name](given), SERIES[name](given)
    assert np.array_equal(one, two, equal_nan=True)
    assert np.array_equal(given, before)


@every
@pytest.mark.parametrize("value", [0.0, 7.0])
def test_constant_series_say_nothing_unusual(name: str, value: float) -> None:
    scores = SERIES[name](np.full((2, WEEKS), value))
    assert not np.isinf(scores).any()
    newest = scores[:, -1]
    assert np.nanmax(newest) <= np.nanmax(scores)
    assert np.allclose(newest, newest[0], equal_nan=True)


@every
def test_an_unmissable_rise_scores_above_all_calm_periods_before_it(name: str) -> None:
    given = counts()
    given[:, -1] += 60
    scores = SERIES[name](given)
    assert (scores[:, -1] > np.nanmax(scores[:, -5:-1], axis=1)).all()


@every
def test_gaps_are_survived(name: str) -> None:
    given = counts()
    given[0, 100:140] = np.nan
    given[1, ::7] = np.nan
    if name in {"CUSUM", "Farrington", "EARS C1", "EARS C2", "EARS C3"}:
        given = np.nan_to_num(given)  # these take counts: their caller says what a gap is
    scores = SERIES[name](given)
    assert not np.isinf(scores).any()
    assert np.isfinite(scores[:, -1]).all()
