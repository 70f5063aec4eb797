"""Counts judged against season, trend and weekday: causal, calibrated, sensible on odd series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from models.detect.counts.expectation import ALPHA, CountJudgement, judge_counts, season_design

Floats = NDArray[np.float64]

FIELDS = ("expected", "upper", "phi", "p_value", "alarm")


def same(left: CountJudgement, right: CountJudgement, at: slice = slice(None)) -> None:
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(left, name)[:, at], getattr(right, name)[:, at])


def seasonal(n: int, weeks: int, seed: int = 1, level: float = 12.0) -> Floats:
    random = np.random.default_rng(seed)
    mean = level * np.exp(0.5 * np.cos(2 * np.pi * np.arange(weeks) / 52))
    return random.poisson(mean, (n, weeks)).astype(float)


@settings(max_examples=20)
@given(
    counts=npst.arrays(
        np.float64,
        st.tuples(st.integers(1, 4), st.integers(2, 90)),
        elements=st.one_of(st.integers(0, 40).map(float), st.just(np.nan)),
    ),
    data=st.data(),
)
def test_later_counts_change_no_verdict(counts: Floats, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, counts.shape[1]))
    whole = judge_counts(counts, season=26)
    same(judge_counts(counts[:, :cut], season=26), whole, slice(cut))
    known = np.isfinite(counts)
    assert ((whole.p_value >= 0) & (whole.p_value <= 1)).all()
    assert (whole.p_value[~known] == 1).all()
    assert not whole.alarm[~known].any()
    judged = np.isfinite(whole.expected)
    assert (whole.upper[judged] >= 0).all()


def test_same_counts_same_verdict() -> None:
    counts = seasonal(3, 120)
    same(judge_counts(counts, season=52), judge_counts(counts, season=52))


def test_false_alarms_are_as_many_as_promised() -> None:
    judged = judge_counts(seasonal(300, 200), season=52)
    settled = judged.p_value[:, 104:]
    assert 0.5 * ALPHA < (settled <= ALPHA).mean() < 2 * ALPHA
    assert 0.4 < settled.mean() < 0.6


def test_outbreak_alarms_and_the_yearly_peak_does_not() -> None:
    counts = seasonal(1, 230)
    peak = slice(206, 211)  # four years on: the peak was seen before
    ill = counts.copy()
    ill[0, 182:185] += 12  # the season's low, where the usual peak height is an outbreak
    judged = judge_counts(ill, season=52)
    assert not judged.alarm[0, peak].any()
    assert judged.alarm[0, 182:185].all()
    assert judged.p_value[0, 184] < 1e-3
    assert judged.expected[0, 208] > 1.8 * judged.expected[0, 182]


def test_weekday_is_learned() -> None:
    random = np.random.default_rng(2)
    mean = np.where(np.arange(400) % 7 < 5, 20.0, 4.0)  # quiet weekends; day 0 is a Monday
    counts = random.poisson(mean, (20, 400)).astype(float)
    judged = judge_counts(counts, season=365.25, weekday=0)
    expected = judged.expected[:, 300:].mean(axis=0)
    weekend = np.arange(300, 400) % 7 >= 5
    assert expected[~weekend].mean() == pytest.approx(20, rel=0.1)
    assert expected[weekend].mean() == pytest.approx(4, rel=0.25)


def test_holiday_is_expected_once_it_has_been_seen() -> None:
    random = np.random.default_rng(3)
    holiday = np.zeros(320)
    holiday[20::40] = 1
    counts = random.poisson(np.where(holiday > 0, 45.0, 15.0), (20, 320)).astype(float)
    reported = judge_counts(counts, season=52, holiday=holiday[:, None])
    unaware = judge_counts(counts, season=52)
    late = np.flatnonzero(holiday)[-2:]
    assert reported.alarm[:, late].mean() < 0.1
    assert unaware.alarm[:, late].mean() > 0.9
    assert reported.expected[:, late].mean() == pytest.approx(45, rel=0.2)


def test_reporting_delay_is_allowed_for() -> None:
    counts = seasonal(50, 160)
    complete = np.ones(160)
    complete[-1] = 0.25
    random = np.random.default_rng(4)
    counts[:, -1] = random.binomial(counts[:, -1].astype(int), 0.25)
    reported = judge_counts(counts, season=52, completeness=complete)
    unaware = judge_counts(counts, season=52)
    assert 0.4 < reported.p_value[:, -1].mean() < 0.6
    assert unaware.p_value[:, -1].mean() > 0.9
    np.testing.assert_allclose(reported.expected[:, -1], 0.25 * unaware.expected[:, -1])
    same(reported, unaware, slice(-1))


def test_short_history_is_not_judged() -> None:
    judged = judge_counts(np.full((1, 8), 3.0), season=52)
    assert (judged.p_value == 1).all()
    assert np.isnan(judged.expected).all()
    assert judge_counts(np.full((1, 9), 3.0), season=52).expected[0, 8] == pytest.approx(3, rel=0.2)


@pytest.mark.parametrize("level", [0.0, 1.0, 7.0, 1e6])
def test_constant_is_expected_and_never_alarms(level: float) -> None:
    judged = judge_counts(np.full((1, 80), level), season=52)
    assert not judged.alarm.any()
    assert judged.expected[0, -1] == pytest.approx(level, rel=0.02, abs=0.05)


def test_first_cases_after_years_of_none() -> None:
    counts = np.zeros((2, 200))
    counts[0, 150] = 2  # two cases are no outbreak, however rare
    counts[1, 150] = 5
    judged = judge_counts(counts, season=52)
    assert not judged.alarm[0].any()
    assert judged.alarm[1, 150]


def test_gap_is_no_zero() -> None:
    counts = np.full((1, 120), 20.0)
    counts[0, 40:80] = np.nan
    judged = judge_counts(counts, season=52)
    assert judged.expected[0, 81] == pytest.approx(20, rel=0.1)
    assert np.isnan(judged.expected[0, 40:80]).all()


def test_series_are_judged_alike_alone_and_among_many() -> None:
    counts = seasonal(600, 60)
    crowd, alone = judge_counts(counts, season=52), judge_counts(counts[555:556], season=52)
    np.testing.assert_allclose(crowd.p_value[555], alone.p_value[0], rtol=1e-7)
    np.testing.assert_allclose(crowd.expected[555], alone.expected[0], rtol=1e-7)
    assert crowd.alarm[555].tolist() == alone.alarm[0].tolist()


def test_coarse_seasons_have_fewer_harmonics() -> None:
    assert [season_design(9, season, None)[0].shape[1] for season in (1, 4, 12, 52)] == [2, 4, 6, 6]


@pytest.mark.parametrize("shape", [(0, 40), (3, 0), (3, 1)])
def test_nothing_to_judge(shape: tuple[int, int]) -> None:
    assert judge_counts(np.zeros(shape), season=52).p_value.shape == shape


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"season": 0.5}, "season of at least 1"),
        ({"season": 52, "completeness": np.zeros(20)}, "over 0 and up to 1"),
        ({"season": 52, "completeness": np.ones(3)}, "20 shares"),
        ({"season": 52, "holiday": np.ones((3, 1))}, "for 20 periods"),
    ],
)
def test_bad_input_is_named(more: dict[str, Floats | float], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        judge_counts(np.ones((1, 20)), **more)  # type: ignore[arg-type]


def test_one_row_of_counts_is_not_a_table() -> None:
    with pytest.raises(ValueError, match="shape"):
        judge_counts(np.ones(20), season=52)
