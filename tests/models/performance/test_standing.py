"""Departments against their targets: traced to cases, guarded by n, and what is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bulletin.case_figures import CaseSpan
from models.performance.standing import missing_to, standings

PERIODS = [(0, 100), (100, 200)]


def case(number: int, department: str, *, due: int, ended: int | None) -> CaseSpan:
    return CaseSpan(
        case=f"{department}{number}",
        filed_ms=max(due - 20, 0),
        ended_ms=ended,
        is_closed=ended is not None,
        due_ms=due,
        department=department,
        category="E0101" if number % 2 else "E0102",
    )


def some(department: str, kept: int, late: int, due: int = 150) -> list[CaseSpan]:
    good = [case(n, department, due=due, ended=due - 5) for n in range(kept)]
    return good + [case(100 + n, department, due=due + n, ended=None) for n in range(late)]


def test_a_department_that_misses_is_told_how_many_cases_it_lacks_and_which_were_late() -> None:
    cases = [*some("water", 60, 40), *some("traffic", 100, 0), *some("small", 2, 0)]
    found = standings(
        cases, "department", "closed_in_time_of_due", PERIODS, {"*": 0.95, "traffic": 0.9}, 10
    )
    by = {one.place.group: one for one in found}
    assert [one.place.group for one in found] == ["traffic", "water", "small"]
    water, traffic, small = by["water"], by["traffic"], by["small"]
    assert (water.verdict, water.is_sure, water.missing, water.rank) == ("missed", True, 35, 2)
    assert water.misses[0] == "water100", "the longest past its limit first"
    assert sum(water.by_category.values()) == 40
    assert (traffic.verdict, traffic.target, traffic.missing) == ("met", 0.9, 0)
    assert (small.verdict, small.rank) == ("few", None)


def test_a_miss_that_chance_explains_says_so() -> None:
    (one,) = standings(
        some("water", 18, 2), "department", "closed_in_time_of_due", PERIODS, {"*": 0.95}, 10
    )
    assert (one.verdict, one.is_sure, one.missing) == ("missed", False, 1)


def test_the_month_before_stands_as_it_stood_at_its_own_end() -> None:
    late = case(1, "water", due=90, ended=150)  # open at the end of the first period
    (one,) = standings(
        [late, case(2, "water", due=150, ended=140)],
        "department",
        "closed_in_time_of_due",
        PERIODS,
        {},
        1,
    )
    assert [(each.kept, each.n) for each in one.trend] == [(0, 1)]
    assert one.verdict == ""
    (filed,) = standings([late], "department", "closed_of_filed", [(0, 100)], {}, 1)
    assert (filed.place.successes, filed.place.n) == (0, 1)
    (filed,) = standings([late], "department", "closed_of_filed", [(0, 151)], {}, 1)
    assert (filed.place.successes, filed.place.n) == (1, 1)


@given(st.floats(0, 1), st.integers(0, 500), st.integers(0, 500))
def test_what_is_missing_is_the_least_that_reaches_the_target(
    target: float, kept: int, late: int
) -> None:
    n = kept + late
    more = missing_to(target, kept, n)
    assert 0 <= more <= late
    assert kept + more >= target * n - 1e-6
    assert more == 0 or kept + more - 1 < target * n


def test_an_empty_period_has_no_group() -> None:
    assert standings([], "street", "closed_of_filed", PERIODS, {}, 10) == []
    with pytest.raises(IndexError):
        standings([], "street", "closed_of_filed", [], {}, 10)
