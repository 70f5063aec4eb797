"""Predictions of all open cases: each gets its turn, what changed first, and none costs a tick."""

from __future__ import annotations

import numpy as np
import pytest

from models.cases.columns import NEVER, Limits
from models.cases.prediction.breach import BreachModel
from models.cases.prediction.forecast import AGAIN_MS, at_risk, judge_open, likeliest
from models.cases.prediction.survival import Curve
from models.cases.state import CaseState
from models.cases.table import OpenCaseTable
from models.timing.zone import zone_of
from tests.models.cases.building import HOUR, START, at, state

ZONE = zone_of("Asia/Shanghai")
NOW = START + 10 * HOUR
# Half of the cases close after 20 hours, the others never.
MODEL = BreachModel(
    trained_until_ms=0,
    cases=100,
    curves={"": Curve(hours=[20.0], open_share=[0.4], cases=100)},
)


def table(*cases: tuple[CaseState, float | None]) -> OpenCaseTable:
    found = OpenCaseTable()
    limits = [Limits(at(due)) for _, due in cases]
    found.put([str(n) for n in range(len(cases))], [one for one, _ in cases], limits)
    return found


def column(found: OpenCaseTable, name: str, cases: str) -> list[float]:
    rows = {found.case_at(row): row for row in range(found.capacity)}
    return [float(found.columns[name][rows[case]]) for case in cases]


def test_every_open_case_gets_a_probability_and_a_time() -> None:
    found = table(
        (state(0), 15), (state(0), 30), (state(0), 5), (state(0, 6), 15), (state(0), None)
    )
    assert judge_open(found, MODEL, ZONE, NOW) == 4
    assert column(found, "chance", "012") == pytest.approx([1.0, 0.4, 1.0])
    assert np.isnan(column(found, "chance", "34")).all()  # closed; without a limit
    expected = [(ms - START) / HOUR for ms in column(found, "expected", "014")]
    assert expected == pytest.approx([20, 20, 20])


def test_a_tick_judges_a_slice_and_all_get_their_turn() -> None:
    found = table(*((state(0), 15) for _ in range(10)))
    assert [judge_open(found, MODEL, ZONE, NOW, most=4) for _ in range(4)] == [4, 4, 2, 0]
    assert (found.columns["judged"][found.columns["open"]] == NOW).all()
    assert judge_open(found, MODEL, ZONE, NOW + AGAIN_MS - 1) == 0
    assert judge_open(found, MODEL, ZONE, NOW + AGAIN_MS) == 10


def test_a_case_that_changed_is_judged_first() -> None:
    found = table(*((state(0), 15) for _ in range(5)))
    judge_open(found, MODEL, ZONE, NOW)
    found.put(["3"], [state(0)], [Limits(at(30))])
    assert np.isnan(column(found, "chance", "3")[0])
    assert judge_open(found, MODEL, ZONE, NOW + AGAIN_MS, most=1) == 1
    assert column(found, "chance", "3") == pytest.approx([0.4])


def test_at_risk_are_those_that_will_rather_break_and_have_not_yet() -> None:
    held = state(0, held=True)
    found = table((state(0), 15), (state(0), 30), (state(0), 5), (held, 15), (state(0), None))
    assert not at_risk(found, NOW).any()  # nothing has been judged
    judge_open(found, MODEL, ZONE, NOW)
    assert [found.case_at(row) for row in likeliest(found, NOW, 9)] == ["0"]


def test_the_likeliest_are_few() -> None:
    found = table(*((state(-n), 15) for n in range(8)))
    judge_open(found, MODEL, ZONE, NOW)
    assert len(likeliest(found, NOW, 3)) == 3
    assert found.columns["expected"][found.columns["used"]].min() > NEVER


def test_a_case_ages_from_its_filing() -> None:
    found = table((state(4, reported_ms=at(0)), 30))
    judge_open(found, MODEL, ZONE, NOW)
    [expected] = column(found, "expected", "0")
    assert (expected - START) / HOUR == pytest.approx(24)


def test_an_empty_docket_costs_nothing() -> None:
    assert judge_open(OpenCaseTable(), MODEL, ZONE, NOW) == 0
    assert likeliest(OpenCaseTable(), NOW, 5) == []
