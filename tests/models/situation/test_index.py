"""The situation index: 50 is usual, its parts add up, and what is not known is not called calm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.situation.index import COMPONENTS, LEAST_PAST, USUAL, index_of

CODES = [component.code for component in COMPONENTS]
PAST = {code: [10.0, 12, 8, 11, 9, 10, 10, 13] for code in CODES}


def test_a_usual_day_has_the_index_50_and_an_unusual_one_says_what_moves_it() -> None:
    usual = index_of("110101", dict.fromkeys(CODES, 10.0), PAST)
    assert usual.value == pytest.approx(USUAL)
    assert usual.known == 1
    moved = index_of("110101", dict.fromkeys(CODES, 10.0) | {"overdue": 40.0}, PAST)
    assert moved.value is not None
    assert moved.value > USUAL
    assert (moved.parts[0].code, moved.parts[0].usual, moved.parts[0].past) == ("overdue", 10, 8)


@given(st.dictionaries(st.sampled_from(CODES), st.none() | st.floats(0, 1e6)))
def test_the_index_is_50_plus_its_contributions_and_stays_in_its_bounds(
    today: dict[str, float | None],
) -> None:
    found = index_of("110101001", today, PAST)
    weight = sum(c.weight for c in COMPONENTS if today.get(c.code) is not None)
    whole = sum(c.weight for c in COMPONENTS)
    assert found.known == pytest.approx(weight / whole)
    assert (found.value is None) == (found.known < 0.5)
    if found.value is not None:
        assert found.value == pytest.approx(USUAL + sum(p.contribution for p in found.parts))
        assert 0 <= found.value <= 100


@given(st.sampled_from(CODES), st.floats(0, 100), st.floats(0, 100))
def test_more_of_anything_never_gives_a_lower_index(code: str, a: float, b: float) -> None:
    calm = dict.fromkeys(CODES, 10.0)
    low, high = (index_of("1", calm | {code: value}, PAST).value for value in sorted((a, b)))
    assert low is not None
    assert high is not None
    assert low <= high + 1e-9


def test_a_component_without_enough_past_is_unknown_and_moves_nothing() -> None:
    short = PAST | {"cases": [10.0] * (LEAST_PAST - 1)}
    found = index_of("1", dict.fromkeys(CODES, 10.0) | {"cases": 1000.0}, short)
    part = next(part for part in found.parts if part.code == "cases")
    assert (part.score, part.contribution, part.value) == (None, 0, 1000)
    assert found.value == pytest.approx(USUAL)


def test_one_case_in_a_place_that_never_has_any_is_not_alarming() -> None:
    quiet = {code: [0.0] * 20 for code in CODES}
    found = index_of("1", dict.fromkeys(CODES, 0.0) | {"cases": 1.0}, quiet)
    assert found.value is not None
    assert found.value < 60
