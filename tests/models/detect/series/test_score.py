"""Scores of any series: causal to the last bit, in range, and high where something is unusual."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.detect.contract import Floats
from models.detect.series.blocks import WARM_UP, bounds, padded
from models.detect.series.period import find_period
from models.detect.series.score import MEMBERS, score_series
from models.detect.series.spacing import places


def rhythm(n: int, period: int, noise: float = 0.1, seed: int = 1) -> Floats:
    rng = np.random.default_rng(seed)
    return np.sin(np.arange(n) / period * 2 * np.pi) + rng.normal(0, noise, n)


@pytest.mark.parametrize("length", [0, 1, WARM_UP, WARM_UP + 1, 64, 65, 500, 1333])
def test_scores_of_a_prefix_are_the_prefix_of_the_scores(length: int) -> None:
    values = rhythm(1400, 50)
    values[700:720] = np.nan
    values[1100:] += 2
    assert np.array_equal(score_series(values[:length]), score_series(values)[:length])


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(0, 150), st.integers(1, 2)),
        elements=st.one_of(st.floats(-1e9, 1e9), st.just(float("nan")), st.just(0.0)),
    ),
    st.integers(0, 150),
)
@settings(max_examples=30, deadline=None)
def test_any_table_gives_scores_in_range_and_causal(values: Floats, cut: int) -> None:
    scores = score_series(values)
    assert scores.shape == (len(values),)
    assert ((scores >= 0) & (scores < 1)).all()
    assert np.array_equal(score_series(values[:cut]), scores[:cut])


def test_first_values_are_not_judged() -> None:
    values = np.zeros(40)
    values[5] = 1e6
    assert not score_series(values)[:WARM_UP].any()


def test_scale_and_place_of_a_series_do_not_matter() -> None:
    values = rhythm(600, 24)
    values[500] += 4
    plain, moved = score_series(values), score_series(values * 1000 - 5e4)
    np.testing.assert_allclose(plain, moved, atol=1e-4)


def spike(values: Floats) -> None:
    values[1500] += 3


def contextual(values: Floats) -> None:
    values[1500:1506] = -values[1500:1506]


def level_shift(values: Floats) -> None:
    values[1500:] += 2


def stuck(values: Floats) -> None:
    values[1500:1560] = values[1500]


def noisy(values: Floats) -> None:
    values[1500:1560] += np.random.default_rng(5).normal(0, 0.8, 60)


def other_rhythm(values: Floats) -> None:
    values[1500:1600] = np.sin(np.arange(100) / 12 * 2 * np.pi)


@pytest.mark.parametrize("event", [spike, contextual, level_shift, stuck, noisy, other_rhythm])
def test_event_stands_out_within_sixty_values(event) -> None:  # type: ignore[no-untyped-def]
    values = rhythm(1700, 50)
    event(values)
    scores = score_series(values)
    calm = np.quantile(scores[300:1500], 0.999)
    assert scores[1500:1560].max() > 1.3 * calm


@pytest.mark.parametrize("period", [250, 400, 600])
def test_shapes_of_the_first_cycle_are_no_event(period: int) -> None:
    time = np.arange(3000)
    beat = np.interp(time % period / period, [0, 0.1, 0.2, 0.25, 1], [0, 0.2, 2.5, -0.8, 0])
    values = beat + np.random.default_rng(1).normal(0, 0.05, time.size)
    values[2480:2490] += 0.5
    assert 2480 <= score_series(values).argmax() <= 2500


def test_missing_value_is_no_anomaly_of_its_own() -> None:
    values = rhythm(600, 24)
    values[400] = np.nan
    assert score_series(values)[400] < score_series(values)[300:].max()


def test_constant_series_is_calm_until_it_moves() -> None:
    values = np.full(400, 7.0)
    assert not score_series(values).any()
    values[350] = 7.5
    scores = score_series(values)
    assert scores.argmax() == 350
    assert scores[350] > 0.5


def test_several_columns_are_scored_together() -> None:
    table = np.column_stack([rhythm(600, 24, seed=seed) for seed in range(3)])
    table[500, 1] += 5
    assert score_series(table).argmax() == 500


def test_step_is_called_for_each_member_of_each_column() -> None:
    calls: list[int] = []
    score_series(np.zeros((100, 3)), lambda: calls.append(1))
    assert len(calls) == 3 * len(MEMBERS)


@pytest.mark.parametrize("period", [7, 24, 183, 288])
def test_period_is_found(period: int) -> None:
    found = find_period(rhythm(20 + period * 8, period) + np.arange(20 + period * 8) * 0.01)
    assert abs(found - period) <= max(1, period // 50)


@pytest.mark.parametrize(
    "values", [np.zeros(500), np.random.default_rng(2).normal(size=500), np.arange(500.0)]
)
def test_no_period_where_there_is_none(values: Floats) -> None:
    assert find_period(values) == 0


@given(st.integers(0, 30_000))
def test_blocks_join_and_cover_the_series(n: int) -> None:
    found = list(bounds(n))
    assert [start for start, _ in found[1:]] == [stop for _, stop in found[:-1]]
    assert not found or (found[0][0] == WARM_UP and found[-1][0] < n <= found[-1][1])


def test_padding_repeats_the_last_value() -> None:
    assert padded(np.arange(40.0)).tolist() == [*range(40), *[39.0] * 24]


def test_uneven_times_are_taken_row_by_row() -> None:
    times = np.cumsum(np.random.default_rng(3).exponential(60, 200))
    assert np.array_equal(places(times), np.arange(200))


def test_gap_in_even_times_is_left_empty() -> None:
    times: Floats = np.arange(100, dtype=np.float64) * 3600
    times[60:] += 5 * 3600
    assert places(times)[[59, 60, 99]].tolist() == [59, 65, 104]


@given(st.lists(st.floats(), min_size=80, max_size=80).map(np.array))
def test_places_always_rise_and_stay_affordable(times: Floats) -> None:
    with np.errstate(invalid="ignore", over="ignore"):
        found = places(times)
    assert (np.diff(found) >= 1).all()
    assert found[-1] <= 3 * times.size + 2000
