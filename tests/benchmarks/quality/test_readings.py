"""The evaluation of readings measures what it says, on cases whose answer is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from benchmarks.quality.air import ZONE, Record, simulated
from benchmarks.quality.bound import features, risen
from benchmarks.quality.events import Event, Tally, events
from benchmarks.quality.rates import alarms, threshold_for
from benchmarks.quality.readings import Trial, counting
from models.detect.contract import DepartureScope, Floats


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


def column(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)[:, None]


def test_tally_counts_found_and_labelled() -> None:
    everywhere, tally = np.ones((3, 1), dtype=np.bool_), Tally()
    tally.add(
        column(*[np.nan] * 3), column(1, 1, 9), np.array([[0], [0], [2]], np.uint8), everywhere
    )
    tally.add(column(9, 1, 1), column(9, 8, 9), np.array([[2], [1], [2]], np.uint8), everywhere)
    assert tally.found(5.0) == 0.5  # the first only in its third hour
    assert tally.labelled(DepartureScope.REGIONAL, 5.0) == pytest.approx(
        2 / 3
    )  # one was there before
    assert tally.labelled(DepartureScope.LOCAL, 5.0) == pytest.approx(1 / 3)
    assert np.isnan(tally.labelled(DepartureScope.LOCAL, 50.0))


def test_hours_in_which_most_stations_gain_nothing_have_no_right_label() -> None:
    tally = Tally()
    scopes = np.array([[DepartureScope.REGIONAL], [DepartureScope.LOCAL]], np.uint8)
    tally.add(column(0, 0), column(9, 9), scopes, np.array([[True], [False]]))
    assert tally.labelled(DepartureScope.REGIONAL, 5.0) == 1
    assert tally.labelled(DepartureScope.REGIONAL, 5.0, is_everywhere=False) == 0.5


def test_low_values_warn_nobody() -> None:
    scores = counting(np.array([9.0, 9.0, 9.0]), np.array([59.0, 60.0, np.nan]), 60.0)
    assert np.array_equal(scores, [np.nan, 9.0, np.nan], equal_nan=True)


def test_dense_network_has_one_region() -> None:
    start = datetime(2016, 4, 1, tzinfo=ZONE)
    record = simulated(4, start, start + timedelta(days=5))
    assert record.coarse.shape == (120, 4)
    assert record.times[0] == start
    ratios = np.log(record.coarse / np.median(record.coarse, axis=1, keepdims=True))
    assert 0.05 < np.std(ratios) < 0.3
    assert np.array_equal(simulated(4, start, start + timedelta(days=5)).coarse, record.coarse)


def spring(days: int = 12, sensors: int = 4) -> Record:
    start = datetime(2016, 4, 1, tzinfo=ZONE) - timedelta(days=days)
    return simulated(sensors, start, start + timedelta(days=days + 3))


def test_trial_finds_what_it_lays_over_a_record_and_leaves_the_record_as_it_is() -> None:
    record = spring()
    trial, once = Trial(record, 20.0, 36), Trial(record, 20.0, 10_000)
    assert np.array_equal(trial.judged()[0], once.judged()[0], equal_nan=True)
    local = trial.tallies["one station, step, +200 µg/m³"]
    assert len(local.scores) == 2
    assert local.found_local(3.0) == 1
    wide = trial.tallies["all stations, step, +200 µg/m³"]
    assert wide.labelled(DepartureScope.REGIONAL, 3.0) > 0.9


def test_bound_knows_all_but_how_the_station_would_be_without_the_rise() -> None:
    record, hour = spring(4), 60
    before = features(record, record.coarse, 2, 0)
    shown = record.coarse.copy()
    shown[:, 2] += 50
    first, second = features(record, shown, 2, 1), features(record, shown, 2, 2)
    assert not np.isclose(before[hour, 0], first[hour, 0])
    assert np.isclose(before[hour, 1], first[hour, 1])  # an hour earlier it had not begun
    assert not np.isclose(first[hour, 1], second[hour, 1])
    changed = record.coarse.copy()
    changed[hour + 1 :] += 9
    later = Record(times=record.times, coarse=changed, fine=record.fine)
    upto = slice(0, hour + 1)
    assert np.array_equal(features(later, changed, 2, 0)[upto], before[upto], equal_nan=True)


def test_rises_of_the_bound_are_whole_and_of_the_right_size() -> None:
    coarse = np.random.default_rng(3).integers(0, 200, (5000, 2)).astype(float)
    shown = risen(coarse, 0.5, is_share=True)
    assert np.array_equal(shown, np.rint(shown))
    assert (shown - coarse).mean() == pytest.approx(0.5 * coarse.mean(), rel=0.01)
    assert np.array_equal(risen(coarse, 50.0, is_share=False), coarse + 50)


def test_record_knows_its_months() -> None:
    times = [datetime(2016, 3, 31, 22, tzinfo=UTC) + timedelta(hours=hour) for hour in range(4)]
    record = Record(times=times, coarse=np.zeros((4, 1)), fine=np.zeros((4, 1)))
    assert record.mask(range(2016, 2017), (4,)).tolist() == [False, False, True, True]
