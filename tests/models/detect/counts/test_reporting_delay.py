"""How complete recent counts are, with delays that are cut off by now."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detect.counts.reporting_delay import completeness


def test_truth_is_found_though_long_delays_of_recent_cases_are_unseen() -> None:
    random = np.random.default_rng(1)
    event = random.integers(0, 40, 20_000)
    delay = random.choice(4, 20_000, p=[0.4, 0.3, 0.2, 0.1])
    seen = event + delay <= 40
    reported = completeness(event[seen], (event + delay)[seen], 40, longest=5)
    np.testing.assert_allclose(reported, [0.4, 0.7, 0.9, 1, 1, 1], atol=0.02)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 8)), max_size=50))
def test_share_never_falls_with_age(pairs: list[tuple[int, int]]) -> None:
    known = [(event, event + delay) for event, delay in pairs if event + delay <= 20]
    event, reported = (
        (np.array(column, dtype=np.int64) for column in zip(*known, strict=True))
        if (known)
        else (np.zeros(0, np.int64), np.zeros(0, np.int64))
    )
    share = completeness(event, reported, 20, longest=6)
    assert (np.diff(share) >= 0).all()
    assert share[-1] == 1
    assert share[0] >= 0.02


def test_prompt_reports_are_complete_at_once() -> None:
    day = np.arange(10)
    assert completeness(day, day, 9, longest=3).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(("event", "reported"), [([5], [4]), ([5], [9])])
def test_impossible_times_are_refused(event: list[int], reported: list[int]) -> None:
    with pytest.raises(ValueError, match="between its event and now"):
        completeness(np.array(event), np.array(reported), 8, longest=3)
