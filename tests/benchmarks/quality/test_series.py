"""Rankings are measured rightly, on series whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.quality.archetypes import LEAD, labelled
from benchmarks.quality.ranking import average_precision, blurred, roc_area
from benchmarks.quality.series import begun, measure, moving_z_score, z_score


def test_archetypes_are_the_same_for_the_same_seed_and_begin_calm() -> None:
    first, again = list(labelled(5, 1)), list(labelled(5, 1))
    assert len({series.make for series in first}) == len(first) > 10
    for ours, theirs in zip(first, again, strict=True):
        assert np.array_equal(ours.values, theirs.values)
        assert np.isfinite(ours.values).all()
        assert 0 < ours.labels.mean() < 0.5
        assert not ours.labels[:LEAD].any()


def test_perfect_and_useless_scores() -> None:
    labels = np.repeat([0.0, 1.0, 0.0], 50)
    assert average_precision(labels, labels) == pytest.approx(1)
    assert average_precision(labels, np.zeros(150)) == pytest.approx(1 / 3)
    assert roc_area(labels, labels) == pytest.approx(1)
    assert roc_area(labels, -labels) == pytest.approx(0)


@given(st.lists(st.floats(0, 1), min_size=5, max_size=50), st.integers(0, 4))
@settings(deadline=None)
def test_areas_stay_in_range(scores: list[float], which: int) -> None:
    labels = np.zeros(len(scores))
    labels[which] = 1
    assert 0 < average_precision(labels, np.array(scores)) <= 1 + 1e-9
    assert 0 <= roc_area(labels, np.array(scores)) <= 1


def test_blur_fades_from_one_to_nothing() -> None:
    labels = np.zeros(21)
    labels[10] = 1
    faded = blurred(labels, 4)
    assert faded[10] == 1
    assert faded[6] == faded[14] == 0
    assert 0 < faded[7] < faded[8] < 1
    assert blurred(labels, 0) is labels


def test_spike_is_measured_as_found_by_the_simple_methods() -> None:
    series = next(iter(labelled(5, 1)))
    spiked = np.random.default_rng(1).normal(size=series.values.size)
    labels = np.zeros(series.values.size, dtype=np.bool_)
    spiked[2000], labels[2000] = 50, True
    known = type(series)(make="spike", values=spiked, labels=labels)
    for scorer in (z_score, moving_z_score):
        assert measure(known, begun(scorer))[0] == pytest.approx(1)
