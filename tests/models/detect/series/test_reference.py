"""Several columns against an early reference that stands still while something lasts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detect.contract import Floats
from models.detect.series.blocks import bounds, padded
from models.detect.series.reference import SHORTEST, joint_departure, reference_length
from models.detect.series.score import score_series


def related(n: int, seed: int = 1) -> Floats:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    return np.column_stack([common + rng.normal(0, 0.1, n) for _ in range(3)])


def departure(table: Floats) -> Floats:
    whole = np.column_stack([padded(column) for column in table.T])
    return joint_departure(whole, list(bounds(len(table))))[: len(table)]


@given(st.integers(0, 1 << 40))
def test_reference_is_between_a_quarter_and_a_half_of_a_long_past(start: int) -> None:
    length = reference_length(start)
    assert length <= start
    if start >= 2 * SHORTEST:
        assert start / 4 < length <= start / 2


@pytest.mark.parametrize("length", [40, 256, 300, 701])
def test_scores_of_a_prefix_are_the_prefix_of_the_scores(length: int) -> None:
    table = related(900)
    table[400:500, 1] = np.nan
    table[600:] += 3
    assert np.array_equal(score_series(table[:length]), score_series(table)[:length])


def test_calm_rows_depart_by_about_one() -> None:
    assert 0.7 < float(np.median(departure(related(2000))[300:])) < 1.4


def test_broken_relation_is_seen_where_each_column_stays_in_range() -> None:
    table = related(1500)
    table[1000:1200, 0] *= -1
    smooth = np.abs(departure(table))
    assert np.median(smooth[1016:1200]) > 2 * np.median(smooth[300:1000])


def test_lasting_shift_of_all_columns_is_not_learned_while_it_lasts() -> None:
    table = related(1000)
    table[600:] += 2
    scores = score_series(table)
    assert scores[616:1000].min() > scores[300:600].max()


def test_constant_and_missing_columns_change_little() -> None:
    table = related(900)
    table[700:740] += 3
    odd = np.column_stack([table, np.full(900, 5.0), np.full(900, np.nan)])
    scores = score_series(odd)
    assert np.isfinite(scores).all()
    assert 700 <= int(scores.argmax()) < 760


def test_scale_of_a_column_does_not_matter() -> None:
    table = related(700)
    np.testing.assert_allclose(departure(table), departure(table * [1000, 1, 0.01]), rtol=1e-6)


def test_two_columns_of_three_rows() -> None:
    assert score_series(related(3)).tolist() == [0.0, 0.0, 0.0]
