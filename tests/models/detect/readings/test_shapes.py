"""The form of a departure is named as such."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detect.contract import Floats
from models.detect.readings.shapes import DRIFT, NAMES, SHIFT, SPIKE, STUCK, VARIANCE, shape_of

RANDOM = np.random.default_rng(3)
PAST = RANDOM.normal(0, 1, 200)
CALM = RANDOM.normal(0, 1, 16)
ONE = np.eye(16)[5]
UP = np.linspace(0, 1, 16)


@pytest.mark.parametrize(
    ("recent", "name"),
    [
        (CALM + 12 * ONE, SPIKE),
        (CALM - 12 * ONE, SPIKE),
        (CALM + 9, SHIFT),
        (CALM - 9, SHIFT),
        (CALM + 14 * UP, DRIFT),
        (CALM - 14 * UP, DRIFT),
        (np.full(16, 0.7), STUCK),
        (3.0 * RANDOM.choice([-1.0, 1.0], 16) + CALM, VARIANCE),
        (CALM, None),
        (CALM[:0], None),
    ],
)
def test_forms_are_told_apart(recent: Floats, name: str | None) -> None:
    assert shape_of(PAST, recent) == name


def test_without_a_past_nothing_is_named() -> None:
    assert shape_of(PAST[:3], CALM + 9) is None


def test_what_never_moved_is_not_stuck() -> None:
    assert shape_of(np.full(100, 5.0), np.full(16, 5.0)) is None


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), max_size=40))
def test_any_values_have_a_known_form_or_none(values: list[float]) -> None:
    assert shape_of(PAST, np.array(values)) in {*NAMES, None}
