"""The evaluations measure what they say, on cases whose answer is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.detect.base import Scope
from models.detect.seasonal import SeasonalDetector
from ops.air_record import ZONE, Record, simulated
from ops.archetypes import LEAD, labelled
from ops.evaluate_air import MINIMUM, Event, Tally, alarms, counting, events, threshold_for
from ops.evaluate_air_bound import features
from ops.evaluate_series import (
    average_precision,
    blurred,
    measure,
    moving_z_score,
    roc_area,
    z_score,
)


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
        assert measure(known, scorer)[0] == pytest.approx(1)


def test_alarms_near_each_other_are_one() -> None:
    scores = np.zeros((7300, 2))
    scores[[100, 103, 108, 500], 0] = 9
    chosen = np.ones(7300, dtype=np.bool_)
    assert alarms(scores, chosen, 5.0) == pytest.approx(2 / 20)
    assert alarms(scores, ~chosen | (np.arange(7300) < 400), 5.0) == pytest.approx(1 / (800 / 730))


def test_threshold_keeps_the_rate() -> None:
    scores = np.abs(np.random.default_rng(2).normal(size=(7300, 3)))
    chosen = np.ones(7300, dtype=np.bool_)
    threshold = threshold_for(scores, chosen, 1.0)
    assert alarms(scores, chosen, threshold) <= 1 < alarms(scores, chosen, threshold - 0.1)


def test_event_rises_at_one_station_or_at_all() -> None:
    values = np.full((6, 3), 10.0)
    values[0, 0] = -2.0
    local = Event(shape="step", rise=0.5, is_share=True, is_regional=False).laid_over(values, 1)
    assert local[:, 1].tolist() == [15.0] * 6
    assert np.array_equal(np.delete(local, 1, axis=1), np.delete(values, 1, axis=1))
    everywhere = Event(shape="step", rise=100, is_share=False, is_regional=True).laid_over(
        values, 1
    )
    assert everywhere[0].tolist() == [100.0, 110.0, 110.0]
    assert values[1, 1] == 10


def test_events_have_names_of_their_own() -> None:
    names = [event.name for event in events()]
    assert len(set(names)) == len(names)
    assert "one station, step, +50%" in names
    assert "all stations, step, +50%" in names


def test_tally_counts_found_and_labelled() -> None:
    nothing = np.full((3, 1), np.nan)
    tally = Tally(
        before=[nothing, np.array([[9.0], [1.0], [1.0]])],
        scores=[np.array([[1.0], [1.0], [9.0]]), np.array([[9.0], [8.0], [9.0]])],
        scopes=[np.array([[0], [0], [2]], np.uint8), np.array([[2], [1], [2]], np.uint8)],
    )
    assert tally.found(5.0) == 0.5  # the first only in its third hour
    assert tally.labelled(Scope.REGIONAL, 5.0) == pytest.approx(2 / 3)  # one was there before
    assert tally.labelled(Scope.LOCAL, 5.0) == pytest.approx(1 / 3)
    assert np.isnan(tally.labelled(Scope.LOCAL, 50.0))


def test_low_values_warn_nobody() -> None:
    judgement = SeasonalDetector(width_s=3600, offset=MINIMUM).judge(0, np.array([1.0, 99.0]))
    judgement.score[:] = 9.0
    assert counting(judgement, np.array([MINIMUM - 1, MINIMUM])).tolist() == [
        pytest.approx(np.nan, nan_ok=True),
        9.0,
    ]


def test_dense_network_has_one_region() -> None:
    start = datetime(2016, 4, 1, tzinfo=ZONE)
    record = simulated(4, start, start + timedelta(days=5))
    assert record.coarse.shape == (120, 4)
    assert record.times[0] == start
    ratios = np.log(record.coarse / np.median(record.coarse, axis=1, keepdims=True))
    assert 0.05 < np.std(ratios) < 0.3
    assert np.array_equal(simulated(4, start, start + timedelta(days=5)).coarse, record.coarse)


def test_bound_knows_all_but_the_value_itself() -> None:
    start = datetime(2016, 4, 1, tzinfo=ZONE)
    record = simulated(5, start, start + timedelta(days=4))
    y, hour = np.log(record.coarse + MINIMUM), 60
    before = features(y, y, 2, record)
    y[hour, 2] += 1
    after = features(y, before[:, 4:9], 2, record)
    same = np.isclose(before, after, equal_nan=True)
    assert same[: hour + 1].all()
    assert not same[hour + 1 :].all()


def test_record_knows_its_months() -> None:
    times = [datetime(2016, 3, 31, 22, tzinfo=UTC) + timedelta(hours=hour) for hour in range(4)]
    record = Record(times=times, coarse=np.zeros((4, 1)))
    assert record.mask(range(2016, 2017), (4,)).tolist() == [False, False, True, True]
