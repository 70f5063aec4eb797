"""The short memory: slow wandering is expected, a sudden rise keeps its size while it lasts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.detect.contract import Floats
from models.detect.readings.error_scale import LARGEST, ErrorScale, peer_error
from models.detect.readings.short_term import HELD_S, ShortTermError, ShortTermMemory
from models.timing.units import HOUR_S

LEVEL = np.array([3.0])
FLOOR = np.array([0.01])
FREEZE_Z = 6.0  # scales; stands for the calibrated score of a detector


def taught(values: Floats) -> ShortTermMemory:
    memory = ShortTermMemory(HOUR_S)
    memory.resize(1)
    for value in values:
        shown(memory, value)
    return memory


def shown(memory: ShortTermMemory, value: float) -> ShortTermError:
    departure = np.array([value])
    error = memory.judge(departure, LEVEL, FLOOR)
    memory.learn(departure, error, np.abs(error.size) >= FREEZE_Z)
    return error


def white(hours: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(0, 0.1, hours)


def test_scale_is_that_of_the_noise() -> None:
    error = shown(taught(white(3000)), 0.0)
    assert error.scale[0] == pytest.approx(0.1, rel=0.1)


def test_wandering_is_expected_and_white_noise_is_not_followed() -> None:
    steps = np.random.default_rng(2).normal(0, 0.1, 3000)
    slow = np.zeros(3000)
    for hour in range(1, 3000):
        slow[hour] = 0.98 * slow[hour - 1] + steps[hour]
    wandering, steady = taught(slow), taught(white(3000))
    for memory in (wandering, steady):
        memory.recent[:] = 1.0
    assert shown(wandering, 1.0).expected[0] > 0.8
    assert shown(steady, 1.0).expected[0] < 0.2


def test_excess_keeps_its_size_for_a_day_and_is_then_normal() -> None:
    memory = taught(white(1000))
    sizes = [shown(memory, 1.5).size[0] for _ in range(60)]
    held = int(HELD_S / HOUR_S)
    assert min(sizes[1:held]) > 0.9 * max(sizes)
    assert sizes[-1] < FREEZE_Z / 2


def test_two_hours_in_a_row_are_rarer_than_one() -> None:
    memory = taught(white(3000))
    first, second = shown(memory, 0.35).size[0], shown(memory, 0.35).size[0]
    assert second > 1.25 * first > 3


def test_normal_value_after_a_spike_is_normal() -> None:
    memory = taught(white(1000))
    shown(memory, 2.0)
    assert abs(shown(memory, 0.02).size[0]) < 1


def test_values_far_apart_are_no_pair() -> None:
    memory = taught(white(3000))
    shown(memory, 0.35)
    for _ in range(5):
        shown(memory, float("nan"))
    assert shown(memory, 0.35).size[0] < 4


def test_series_join_and_leave() -> None:
    memory = taught(white(100))
    memory.resize(3)
    assert memory.seen.tolist() == [100, 0, 0]
    memory.resize(1)
    assert memory.spread.shape == (1,)


def test_noise_of_a_level_and_of_restless_hours_is_learned() -> None:
    noise = ErrorScale()
    random = np.random.default_rng(3)
    calm, dusty = np.full(5000, 0.1), np.full(5000, 3.0)
    quiet, restless = np.full(5000, 0.5), np.full(5000, 3.0)
    for level, kind, size in ((calm, quiet, 3.0), (dusty, quiet, 0.5), (dusty, restless, 2.0)):
        noise.learn(noise.where(level, kind), size * np.abs(random.normal(size=5000)) / 0.798)
    places = noise.where(np.array([0.1, 3.0, 3.0, 6.0]), np.array([0.5, 0.5, 3.0, 0.5]))
    np.testing.assert_allclose(noise.factor(places), [3.0, 0.5, 2.0, 1.0], rtol=0.1)


def test_unknown_level_has_a_place_and_missing_errors_teach_nothing() -> None:
    noise = ErrorScale()
    where = noise.where(np.array([np.nan, -50.0, 1e6]), np.array([1.0, 99.0, 0.0]))
    before = noise.size.copy()
    noise.learn(where, np.full(3, np.nan))
    np.testing.assert_array_equal(noise.size, before)


@given(arrays(np.float64, st.integers(0, 20), elements=st.floats(0, 100)))
def test_unrest_is_the_mean_of_the_others(sizes: Floats) -> None:
    found = peer_error(sizes)
    for i in range(sizes.size):
        others = np.minimum(np.delete(sizes, i), LARGEST)
        assert found[i] == pytest.approx(others.mean() if others.size else 1.0, abs=1e-9)
