"""Which of many cells are more than the many looks explain."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.detect.stats.calibration import hierarchical
from models.detect.stats.fdr import unusual_after_fdr

codes = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4)).map(
    lambda parts: 110101_000_000_000 + parts[0] * 10**6 + parts[1] * 10**3 + parts[2]
)
p_values = st.one_of(st.floats(1e-6, 1.0), st.sampled_from([1e-5, 0.01, 0.05]))


@given(st.dictionaries(codes, p_values, min_size=1), st.sampled_from([0.01, 0.1, 0.5]))
def test_it_is_the_hierarchical_test_of_codes(given: dict[int, float], rate: float) -> None:
    cells, p = np.array(list(given)), np.array(list(given.values()))
    found = {str(cell) for cell in cells[unusual_after_fdr(cells, p, rate)]}
    assert found == hierarchical({str(c): v for c, v in given.items()}, (9, 12), rate)


def test_one_rare_cell_among_many_is_found_and_a_usual_one_is_not() -> None:
    cells = 110101_001_001_000 + np.arange(500)
    p = np.linspace(0.01, 1, 500)
    assert not unusual_after_fdr(cells, p).any()
    p[7] = 1e-6
    assert np.flatnonzero(unusual_after_fdr(cells, p)).tolist() == [7]


def test_a_cell_without_a_past_is_not_held_back_and_does_not_count() -> None:
    cells = 110101_001_001_000 + np.arange(3)
    assert unusual_after_fdr(cells, np.array([np.nan, 0.09, np.nan])).tolist() == [True, True, True]
    assert unusual_after_fdr(cells[:0], np.empty(0)).tolist() == []


def test_few_flags_are_false_where_nothing_happens() -> None:
    random = np.random.default_rng(5)
    cells = 110101_000_000_000 + random.integers(1, 999_999, 300)
    ticks = [unusual_after_fdr(cells, random.uniform(size=300)).any() for _ in range(100)]
    assert np.mean(ticks) < 0.2
