"""What every detector owes: one suite for all of them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.detect.contract import DepartureScope, Detector, Floats, Judgement
from tests.conformance.registry import DETECTORS

PANES = 170
SERIES = 5
STEP_MS = 3_600_000
START_MS = 1_460_000_000_000

pytestmark = pytest.mark.parametrize("name", sorted(DETECTORS))


def city(seed: int = 1, panes: int = PANES, series: int = SERIES) -> Floats:
    """Values of a small city, shape (panes, series), with gaps and one local rise."""
    rng = np.random.default_rng(seed)
    day = 20 + 8 * np.sin(np.arange(panes) / 24 * 2 * np.pi)
    values = day[:, None] * rng.lognormal(0, 0.2, (panes, series))
    values[rng.random(values.shape) < 0.05] = np.nan
    values[panes - 30 : panes - 24, 0] *= 6
    return np.asarray(values, dtype=np.float64)


def run(detector: Detector, values: Floats, first: int = 0) -> list[Judgement]:
    return [
        detector.judge(START_MS + (first + pane) * STEP_MS, row) for pane, row in enumerate(values)
    ]


def assert_same(ours: Judgement, theirs: Judgement, upto: int | None = None) -> None:
    for field in fields(Judgement):
        a, b = getattr(ours, field.name), getattr(theirs, field.name)
        np.testing.assert_array_equal(a[:upto], b[:upto], err_msg=field.name)


def assert_sane(judgement: Judgement, n: int) -> None:
    for field in fields(Judgement):
        array = getattr(judgement, field.name)
        assert array.shape == (n,), field.name
        assert not np.isinf(array.astype(np.float64)).any(), field.name
    assert judgement.scope.dtype == np.uint8
    assert np.isin(judgement.scope, [int(scope) for scope in DepartureScope]).all()
    scored = np.isfinite(judgement.score)
    assert np.array_equal(scored, np.isfinite(judgement.p_value))
    assert ((judgement.p_value[scored] > 0) & (judgement.p_value[scored] <= 1)).all()
    assert (judgement.low[scored] <= judgement.expected[scored]).all()
    assert (judgement.expected[scored] <= judgement.high[scored]).all()
    assert (judgement.baseline_n >= 0).all()


def test_scores_rest_on_the_past_only(name: str) -> None:
    whole = run(DETECTORS[name](), city())
    other = city()
    other[110:] = city(seed=9)[110:] * 30
    for ours, theirs in zip(whole[:110], run(DETECTORS[name](), other)[:110], strict=True):
        assert_same(ours, theirs)


def test_same_values_give_same_judgements(name: str) -> None:
    for ours, theirs in zip(
        run(DETECTORS[name](), city()), run(DETECTORS[name](), city()), strict=True
    ):
        assert_same(ours, theirs)


@given(st.integers(0, PANES))
@settings(max_examples=3, deadline=None)
def test_continues_from_its_bytes_at_any_pane(name: str, at: int) -> None:
    values = city()
    whole = run(DETECTORS[name](), values)
    before = DETECTORS[name]()
    run(before, values[:at])
    after = type(before).from_bytes(before.to_bytes())
    assert after.to_bytes() == before.to_bytes()
    for ours, theirs in zip(whole[at:], run(after, values[at:], at), strict=True):
        assert_same(ours, theirs)


def test_judging_leaves_the_values_alone(name: str) -> None:
    values = city()
    kept = values.copy()
    run(DETECTORS[name](), values)
    np.testing.assert_array_equal(values, kept)


def test_no_value_no_score(name: str) -> None:
    values = city()
    for row, judgement in zip(values, run(DETECTORS[name](), values), strict=True):
        assert np.isnan(judgement.score[np.isnan(row)]).all()
        assert_sane(judgement, SERIES)


@pytest.mark.parametrize(
    "value", [0.0, 7.0, 1e12, -5.0, np.nan, np.inf, -np.inf], ids=lambda value: f"all {value}"
)
def test_constant_series_never_alarm(name: str, value: float) -> None:
    for judgement in run(DETECTORS[name](), np.full((PANES, SERIES), value)):
        assert_sane(judgement, SERIES)
        assert (np.abs(np.nan_to_num(judgement.score)) < 0.01).all()


def test_gap_of_weeks_is_survived(name: str) -> None:
    detector = DETECTORS[name]()
    run(detector, city())
    for judgement in run(detector, city(seed=2), first=PANES + 24 * 40):
        assert_sane(judgement, SERIES)


def test_series_with_an_outage_takes_up_where_it_was(name: str) -> None:
    values = city()
    values[60:140, 2] = np.nan
    last = run(DETECTORS[name](), values)[-1]
    assert_sane(last, SERIES)
    assert last.baseline_n[2] > 0


def test_pane_judged_again_teaches_nothing(name: str) -> None:
    detector = DETECTORS[name]()
    values = city()
    run(detector, values)
    before = detector.to_bytes()
    run(detector, values[-3:] * 50, first=PANES - 3)
    assert detector.to_bytes() == before


def test_a_pane_of_another_century_is_taken_back(name: str) -> None:
    """What it taught stays; but the panes of today teach again, and their past ends today."""
    detector, values = DETECTORS[name](), city()
    run(detector, values[:100])
    now_ms = START_MS + 100 * STEP_MS
    detector.judge(now_ms + 75 * 365 * 86_400_000, values[100])
    detector.rewind(now_ms)
    detector.rewind(now_ms)
    judged = run(detector, values[100:], 100)
    assert (judged[-1].baseline_n > judged[0].baseline_n).all()
    assert (judged[-1].until_ms < START_MS + PANES * STEP_MS).all()
    for each in judged:
        assert_sane(each, SERIES)


def test_new_series_join_without_disturbing_their_own_kind(name: str) -> None:
    detector = DETECTORS[name]()
    values = city(series=8)
    run(detector, values[:80, :5])
    for row, judgement in zip(values[80:], run(detector, values[80:], 80), strict=True):
        assert_sane(judgement, 8)
        assert row.shape == (8,)
    assert np.isfinite(run(detector, values[-24:], PANES)[-1].score[5:]).any()


def test_series_cannot_be_taken_away(name: str) -> None:
    detector = DETECTORS[name]()
    run(detector, city())
    with pytest.raises(ValueError, match="series"):
        detector.judge(START_MS + PANES * STEP_MS, np.zeros(SERIES - 1))


def test_no_series_at_all_is_no_error(name: str) -> None:
    assert_sane(DETECTORS[name]().judge(START_MS, np.zeros(0)), 0)


def test_great_rise_of_one_series_is_unlikely_by_its_past(name: str) -> None:
    judgements = run(DETECTORS[name](), city())
    risen = judgements[PANES - 30]
    calm = judgements[PANES - 31]
    assert risen.score[0] > 3
    assert risen.p_value[0] < 0.001
    assert risen.scope[0] == DepartureScope.LOCAL
    assert np.nanmax(np.abs(calm.score)) < risen.score[0]
