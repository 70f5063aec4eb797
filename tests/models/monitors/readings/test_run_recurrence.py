"""How rare runs are: known answers on noise, and what chance really brings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detect.contract import DepartureScope, Floats, Judgement
from models.detect.state import pack, unpack
from models.detect.stats.supported import MOST_TIMES
from models.monitors.readings.run_recurrence import GAP_MS, RunRecurrence
from models.monitors.readings.severity import SeverityModel
from models.timing.units import DAY_MS, HOUR_MS

ONE = np.array([0])


def noise(n: int, memory: float, seed: int) -> Floats:
    """Hourly scores of a series without anything in it, each remembering the one before."""
    random, scores = np.random.default_rng(seed), np.zeros(n)
    for at in range(1, n):
        fresh = random.normal() * (1 - memory**2) ** 0.5
        scores[at] = memory * scores[at - 1] + fresh
    return np.maximum(scores, 0)


def beginnings(known: RunRecurrence, scores: Floats, days: float) -> int:
    """How often a run score rises over what comes once in so many days, as rated at the time."""
    count, was = 0, False
    for at, score in enumerate(scores):
        (severity,), _ = known.observe(at * HOUR_MS, ONE, np.array([score]))
        count += bool(severity >= days) and not was
        was = bool(severity >= days)
    return count


@pytest.mark.parametrize(("run", "memory"), [(1, 0.0), (1, 0.9), (2, 0.7), (3, 0.0), (3, 0.9)])
def test_chance_brings_what_is_called_once_in_thirty_days_about_once_in_thirty_days(
    run: int, memory: float
) -> None:
    years = 4
    count = beginnings(RunRecurrence(run), noise(years * 8760, memory, 0), 30)
    wanted = years * 365 / 30
    assert 0.3 * wanted < count < 1.5 * wanted


def test_a_run_of_two_is_rarer_than_one_pane_of_the_same_score() -> None:
    one, two = RunRecurrence(1), RunRecurrence(2)
    for at, score in enumerate(noise(8760, 0.5, 3)):
        for each in (one, two):
            each.observe(at * HOUR_MS, ONE, np.array([score]))
    assert np.exp(two.log_days()[25]) > 1.5 * np.exp(one.log_days()[25])


def test_nothing_is_rarer_than_the_past_allows_at_first() -> None:
    (severity,), _ = RunRecurrence(1).observe(0, ONE, np.array([1.0]))
    assert severity < 1


def test_no_excess_is_no_rarity_however_long_the_past() -> None:
    known = RunRecurrence(1)
    for at in range(5000):
        (severity,), (newest,) = known.observe(at * HOUR_MS, ONE, np.array([0.0]))
    assert max(severity, newest) < 1e-6


def test_values_far_apart_neither_make_a_run_nor_count_as_time() -> None:
    known = RunRecurrence(2)
    known.observe(0, ONE, np.array([3.0]))
    known.observe(GAP_MS + 1, ONE, np.array([3.0]))
    assert (known.score.tolist(), known.days) == ([0.0], 0.0)
    known.observe(GAP_MS + 1 + HOUR_MS, ONE, np.array([3.0]))
    assert known.score.tolist() == [3.0]
    assert known.days == pytest.approx(1 / 24)


@given(st.lists(st.floats(0, 8), min_size=1, max_size=60))
def test_rarity_never_falls_with_the_score_and_a_restart_changes_nothing(
    scores: list[float],
) -> None:
    whole, broken = RunRecurrence(2), RunRecurrence(2)
    for at, score in enumerate(scores):
        broken = RunRecurrence.from_bytes(broken.to_bytes())
        given_now = at * HOUR_MS, ONE, np.array([score])
        assert np.array_equal(whole.observe(*given_now), broken.observe(*given_now))
    assert (np.diff(whole.log_days()) >= 0).all()
    assert whole.score_of(float(np.exp(whole.log_days()[30]))) <= 3.0 + 1e-9


def test_new_series_come_last_and_are_rated_by_all() -> None:
    known = RunRecurrence(1)
    known.observe(0, np.array([0, 1]), np.array([1.0, 2.0]))
    severity, _ = known.observe(HOUR_MS, np.array([2]), np.array([2.0]))
    assert severity.shape == (1,)
    assert known.score.size == 3


def test_the_days_observed_are_counted_once_however_many_series() -> None:
    known = RunRecurrence(1)
    for hour in range(24):
        known.observe(hour * HOUR_MS, np.arange(5), np.zeros(5))
    known.observe(23 * HOUR_MS + GAP_MS + 1, np.arange(5), np.zeros(5))  # too far: no time
    assert known.span_days == pytest.approx(23 / 24)
    assert known.days == pytest.approx(5 * 23 / 24)
    assert known.most_days(np.array([1, 5])) == pytest.approx([5 * 23 / 24, 23 / 24])


def test_a_rewind_counts_no_time_twice() -> None:
    known = RunRecurrence(1)
    for hour in range(5):
        known.observe(hour * HOUR_MS, ONE, np.zeros(1))
    known.rewind(0)
    known.observe(HOUR_MS, ONE, np.zeros(1))
    known.observe(2 * HOUR_MS, ONE, np.zeros(1))
    assert known.span_days == pytest.approx(5 / 24)


def test_many_series_of_few_days_support_ten_times_the_days_and_no_more() -> None:
    known = RunRecurrence(1)
    for hour in range(25):
        known.observe(hour * HOUR_MS, np.arange(50), np.zeros(50))
    assert known.most_days(np.array([1, 2, 25])) == pytest.approx([10, 10, 2])


def test_a_state_that_does_not_know_its_days_takes_those_of_one_series() -> None:
    known = RunRecurrence(1)
    for hour in range(25):
        known.observe(hour * HOUR_MS, np.arange(4), np.zeros(4))
    values, arrays = unpack(known.to_bytes())
    old = RunRecurrence.from_bytes(pack({"run": 1, "days": values["days"]}, arrays))
    assert old.span_days == pytest.approx(1.0)
    assert old.newest_ms == 24 * HOUR_MS


class _Given:
    """Judgements of four cells in two streets: the scores that it is given."""

    CODES = 110101000001001 + np.array([1_000_000, 1_000_001, 2_000_000, 2_000_001])

    def of(self, scores: list[float], regional: bool) -> Judgement:
        n = len(scores)
        nothing, none = np.zeros(n), np.zeros(n, np.int64)
        scope = DepartureScope.REGIONAL if regional else DepartureScope.LOCAL
        return Judgement(
            score=np.array(scores),
            p_value=nothing,
            expected=nothing,
            low=nothing,
            high=nothing,
            region=nothing,
            scope=np.full(n, scope, np.uint8),
            baseline_n=none,
            since_ms=none,
            until_ms=none,
        )


SCORES = st.lists(st.one_of(st.just(0.0), st.floats(0, 8)), min_size=4, max_size=4)


@given(
    st.lists(st.tuples(st.integers(1, 12), st.booleans(), SCORES), min_size=2, max_size=80),
    st.integers(1, 3),
)
def test_no_severity_is_over_what_the_history_supports(
    panes: list[tuple[int, bool, list[float]]], run: int
) -> None:
    model, given_codes, now_ms, first_ms = SeverityModel(run, 0.0), _Given.CODES, 0, None
    for hours, regional, scores in panes:
        now_ms += hours * HOUR_MS
        first_ms = now_ms if first_ms is None else first_ms
        judged = _Given().of(scores, regional)
        rated = model.rate(now_ms, given_codes, np.arange(4), np.ones(4), judged)
        days = (now_ms - first_ms) / DAY_MS
        series = 1 if regional else 4 / rated.watched
        assert (np.maximum(rated.severity, rated.newest) <= days * series + 1e-9).all()
        assert (rated.severity <= MOST_TIMES * days + 1e-9).all()
        assert (rated.severity <= rated.modelled).all()
        assert rated.is_least.tolist() == (rated.modelled > rated.severity).tolist()
