"""The backlog counts what is open now, whenever it was filed; a held case is not overdue."""

from __future__ import annotations

import pytest

from models.cases.columns import Limits
from models.cases.indicators.backlog import NOW, backlog
from models.cases.state import CaseState
from models.cases.table import OpenCaseTable
from tests.models.cases.building import CELL, DAY, START, at, state

OTHER_COMMUNITY, OTHER_STREET = "110101001002001", "110101002001001"
Told = dict[tuple[str, str], tuple[float, float]]  # dimension, group → open, overdue


def told(*cases: tuple[CaseState, float | None]) -> Told:
    table = OpenCaseTable()
    limits = [Limits(at(due)) for _, due in cases]
    table.put([str(n) for n in range(len(cases))], [one for one, _ in cases], limits)
    found: Told = {}
    for one in backlog(table, START + DAY):
        assert one.window == NOW
        before = found.get((one.by, one.group), (0.0, 0.0))
        if one.indicator == "backlog":
            assert one.denominator is None
            found[one.by, one.group] = (one.numerator, before[1])
        else:
            assert one.denominator == before[0]
            found[one.by, one.group] = (before[0], one.numerator)
    return found


def test_open_and_overdue_are_counted_in_every_group() -> None:
    found = told(
        (state(-9000, department="water", category="E0102"), 2),
        (state(1, department="water", category="E0101", cell=OTHER_COMMUNITY), 30),
        (state(2, department="traffic", category="E0102", cell=OTHER_STREET), 3),
        (state(2, 4, department="traffic", category="E0102"), 3),
    )
    assert found == {
        ("all", "all"): (3, 2),
        ("street", CELL[:9]): (2, 1),
        ("street", OTHER_STREET[:9]): (1, 1),
        ("community", CELL[:12]): (1, 1),
        ("community", OTHER_COMMUNITY[:12]): (1, 0),
        ("community", OTHER_STREET[:12]): (1, 1),
        ("department", "water"): (2, 1),
        ("department", "traffic"): (1, 1),
        ("category", "E0102"): (2, 2),
        ("category", "E0101"): (1, 0),
    }


@pytest.mark.parametrize("due", [None, 24, 25])
def test_without_a_limit_or_at_it_a_case_is_not_overdue(due: float | None) -> None:
    assert told((state(1), due))["all", "all"] == (1, 0)


def test_a_held_case_is_open_and_its_clock_stands() -> None:
    assert told((state(1, held=True), 2))["all", "all"] == (1, 0)


def test_a_case_without_place_or_owner_counts_under_no_name() -> None:
    found = told((state(1, department="", cell=""), None))
    assert {key for key in found if key[0] in ("street", "department")} == {
        ("street", ""),
        ("department", ""),
    }


def test_nothing_open_is_nothing_told() -> None:
    assert told() == {}
    assert told((state(1, 2), 3)) == {}
