"""The prediction of breaches: sound curves, honest fallback, and better than the plain rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cases.columns import NEVER, CaseColumns, names
from models.cases.prediction.breach import BreachModel, OpenCases
from models.cases.prediction.scores import brier, precision_at_recall, reliability
from models.cases.prediction.survival import kaplan_meier
from models.cases.prediction.training import (
    LEAST_CASES,
    load_at,
    moments,
    street_odds,
    train,
)
from models.timing.zone import zone_of
from ops.analysis.train_cases import METHODS, judge
from tests.loaded_cases import loaded
from tests.models.cases.building import CELL, DAY, HOUR, START, at, columns, state
from tests.real_cases import BALTIMORE, BOSTON, Table

SHANGHAI = zone_of("Asia/Shanghai")


def town(n: int, seed: int = 0) -> CaseColumns:
    """Cases of a quick and a slow department, all with a limit of ten hours."""
    rng = np.random.default_rng(seed)
    cases = []
    for number in range(n):
        slow = number % 2 == 0
        filed = number * 2.0
        closed = filed + float(rng.exponential(20.0 if slow else 3.0))
        one = state(filed, closed, department="slow" if slow else "quick", category="E0102")
        cases.append((one, filed + 10))
    return columns(*cases)


def open_cases(
    department: str, age_h: float, limit_h: float | None = 10.0, street: str = ""
) -> OpenCases:
    now = START + 1000 * DAY
    began = now - int(age_h * HOUR)
    due = NEVER if limit_h is None else began + int(limit_h * HOUR)
    return OpenCases(
        category=names(["E0102"]),
        department=names([department]),
        street=names([street]),
        began_ms=np.array([began]),
        due_ms=np.array([due]),
        at_ms=np.array([now]),
        load=np.array([1.0]),
        stage=np.array([2.0]),
    )


def breach(model: BreachModel, cases: OpenCases) -> float:
    return float(model.breach(cases, SHANGHAI)[0])


def test_the_curve_of_a_textbook() -> None:
    hours = np.array(
        [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35.0]
    )
    closed = np.array([True] * 9 + [False] * 12)
    curve = kaplan_meier(hours, closed)  # 6-MP arm of Freireich et al., Blood 21 (1963)
    shares = curve.still_open(np.array([6.0, 7, 10, 13, 16, 22, 23]))
    assert shares == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=6e-4)


def test_a_case_older_than_all_known_ones_is_lost() -> None:
    curve = kaplan_meier(np.array([1.0, 2.0]), np.array([True, True]))
    assert curve.breach(np.array([5.0]), np.array([9.0])).tolist() == [1.0]


def test_expected_hours_are_the_median_of_what_is_left() -> None:
    curve = kaplan_meier(np.array([1.0, 2, 3, 4, 5, 6, 7, 8]), np.array([True] * 8))
    assert curve.expected_hours(np.array([0.0, 4.0])).tolist() == [4.0, 6.0]
    never = kaplan_meier(np.array([1.0, 9, 9, 9]), np.array([True, False, False, False]))
    assert np.isnan(never.expected_hours(np.array([2.0]))[0])


def test_little_history_falls_back_on_the_curves_and_says_so() -> None:
    model = train(town(LEAST_CASES - 10), START + 900 * HOUR, SHANGHAI)
    assert model.is_fallback
    assert breach(model, open_cases("slow", 0)) > breach(model, open_cases("quick", 0)) + 0.3


def test_a_model_knows_departments_age_and_what_is_past() -> None:
    model = train(town(1500), START + 3100 * HOUR, SHANGHAI)
    assert not model.is_fallback
    assert breach(model, open_cases("slow", 1)) > 0.4
    assert breach(model, open_cases("quick", 1)) < 0.2
    assert breach(model, open_cases("quick", 10.5)) == 1.0
    assert np.isnan(breach(model, open_cases("quick", 1, None)))
    expected = model.expected_close_ms(open_cases("quick", 1))[0] - START - 1000 * DAY
    assert 0 < expected < 6 * HOUR


def test_the_method_is_the_one_that_was_best_on_cases_held_apart() -> None:
    model = train(town(1500), START + 3100 * HOUR, SHANGHAI)
    known = model.validation
    assert known is not None
    assert known.brier[model.method] == min(known.brier.values())
    assert START < known.from_ms < START + 3000 * HOUR
    assert sum(one.n for one in known.reliability) == known.looks
    cases = open_cases("slow", 1)
    chances = [float(model.by_method(cases, SHANGHAI, method)[0]) for method in METHODS]
    assert chances[2] == pytest.approx((chances[0] + chances[1]) / 2)
    assert breach(model, cases) == chances[METHODS.index(model.method)]


def test_a_history_too_short_to_hold_a_part_apart_uses_the_curves() -> None:
    model = train(town(LEAST_CASES + 20), START + 900 * HOUR, SHANGHAI)
    assert not model.is_fallback
    assert (model.method, model.validation) == ("curves", None)


def test_the_future_is_not_looked_at() -> None:
    early = town(1500)
    until = START + 1500 * HOUR
    known = early.filed < until
    changed = np.where(early.closed > until, early.closed + 99 * HOUR, early.closed)
    from dataclasses import replace

    other = replace(early, closed=np.where(known, changed, NEVER))
    # A closing after the moment and after its limit is only known as "not yet".
    same = train(early, until, SHANGHAI)
    assert train(other, until, SHANGHAI).curves == same.curves


def test_the_same_data_give_the_same_model_and_json_gives_it_back() -> None:
    one, two = (train(town(600), START + 1300 * HOUR, SHANGHAI) for _ in range(2))
    assert one == two
    assert BreachModel.from_json(one.to_json()) == one


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"format":9,"trained_until_ms":0,"cases":0,"curves":{}}']
)
def test_other_bytes_are_no_model(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        BreachModel.from_json(data)


def test_moments_lie_in_the_time_a_case_was_open() -> None:
    cases = town(50)
    seen = moments(cases, cases.filed != NEVER, seed=3)
    assert len(seen.broke) > 100
    assert (seen.cases.at_ms >= seen.cases.began_ms).all()
    assert (seen.cases.at_ms <= seen.cases.due_ms).all()


def test_load_counts_open_cases_of_the_department() -> None:
    cases = columns(
        (state(0, 5), None), (state(1, None), None), (state(2, 9, department="x"), None)
    )
    moments = np.array([at(3), at(6)])
    owner = np.array(["sanitation", "sanitation"])
    assert load_at(cases, owner, moments).tolist() == [2, 1]


def test_a_street_whose_cases_break_more_often_has_higher_odds_and_a_small_one_hardly() -> None:
    there = CELL[:9]
    cases = columns(
        *((state(0, 5 if n % 2 else 20), 10) for n in range(400)),
        *((state(0, 20, cell="110101002001001"), 10) for _ in range(2)),
    )
    odds = street_odds(cases, np.ones(len(cases), dtype=bool))
    assert odds[there] == pytest.approx(0, abs=0.02)
    assert 0 < odds["110101002"] < 0.25
    assert street_odds(cases, np.zeros(len(cases), dtype=bool)) == {}


def test_a_case_of_a_bad_street_is_more_likely_to_break() -> None:
    bad, good = "110101001001001", "110101002001001"
    rng = np.random.default_rng(4)
    cases = columns(
        *(
            (state(n * 2.0, n * 2.0 + rng.exponential(25 if n % 2 else 4), cell=(good, bad)[n % 2]),
             n * 2.0 + 10)
            for n in range(3000)
        )
    )  # fmt: skip
    model = train(cases, START + 400 * DAY, SHANGHAI)
    chances = [
        float(model.by_method(open_cases("sanitation", 2, street=s[:9]), SHANGHAI, "regression")[0])
        for s in (bad, good)
    ]
    assert chances[0] > chances[1] + 0.2


def test_scores_by_hand() -> None:
    p, broke = np.array([0.9, 0.8, 0.3, 0.1]), np.array([True, False, True, False])
    assert brier(p, broke) == pytest.approx((0.01 + 0.64 + 0.49 + 0.01) / 4)
    assert precision_at_recall(p, broke, 0.5) == 1.0
    assert precision_at_recall(p, broke, 1.0) == pytest.approx(2 / 3)
    assert [(one.n, one.observed) for one in reliability(p, broke, 2)] == [(2, 0.5), (2, 0.5)]


def test_equal_scores_fall_together() -> None:
    assert precision_at_recall(np.ones(4), np.array([True, False, False, False]), 0.5) == 0.25


@given(st.lists(st.tuples(st.floats(0.01, 1e4), st.booleans()), min_size=1, max_size=60))
def test_curves_fall_from_one_and_stay_probabilities(cases: list[tuple[float, bool]]) -> None:
    curve = kaplan_meier(np.array([h for h, _ in cases]), np.array([c for _, c in cases]))
    ages = np.linspace(0, 2e4, 50)
    shares = curve.still_open(ages)
    assert shares[0] == 1.0
    assert (np.diff(shares) <= 1e-12).all() and (shares >= -1e-12).all()
    chance = curve.breach(ages, ages + 5)
    assert ((chance >= 0) & (chance <= 1 + 1e-12)).all()


@pytest.mark.data
@pytest.mark.parametrize("real", [BOSTON, BALTIMORE], ids=lambda real: real.mapping)
def test_on_real_cases_held_apart_by_time_it_beats_the_plain_rule(
    real: Table, shared_data: Path
) -> None:
    table = loaded(real, shared_data)
    found = judge(table.columns, table.span[1], table.zone)
    assert found["brier"]["model"] < 0.9 * found["brier"]["rule"]
    for pair in found["precision_at_recall"].values():
        assert pair["model"] > pair["rule"]
    by_method = {method: found["brier"][method] for method in METHODS}
    assert found["brier"]["model"] == min(by_method.values())  # chosen before, on older cases
    large = [one for one in found["reliability"] if one["n"] >= 1000]
    assert large and all(abs(one["predicted"] - one["observed"]) < 0.07 for one in large)
