"""The seasonal detector tells local, regional and seasonal apart, and learns what is usual."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.detect.contract import DepartureScope, Floats, Judgement
from models.detect.readings.profile import WEEK, WORKDAYS, Profile, SeasonalPosition
from models.detect.readings.region import FEW, LEAST, regional_median
from models.detect.readings.seasonal import SeasonalDetector
from models.detect.state import MalformedState, pack, unpack

STEP_H = 6  # hours in a pane: a year is soon told
NEW_YEAR_MS = 1_388_505_600_000  # 2014-01-01 00:00 in Beijing
SPRING_D = 110  # days from New Year to late April


def year(days: int, series: int = 5, seed: int = 1) -> Floats:
    """Dust of a city, shape (panes, series): a spring three times as dusty, busy days."""
    rng = np.random.default_rng(seed)
    hour = np.arange(0, 24 * days, STEP_H)
    panes = hour.size
    spring = 1 + 2 * np.exp(-(((hour / 24) % 365.25 - 110) ** 2) / (2 * 20**2))
    busy = 1 + 0.3 * np.sin((hour % 24 - 6) / 24 * 2 * np.pi)
    weather = np.exp(np.convolve(rng.normal(0, 0.12, panes + 3), np.ones(4) / 1.6, "valid"))
    values = 20 * (spring * busy * weather)[:, None] * rng.lognormal(0, 0.15, (panes, series))
    return np.asarray(values, dtype=np.float64)


def taught(values: Floats) -> SeasonalDetector:
    detector = SeasonalDetector(width_s=STEP_H * 3600, offset=5.0)
    for pane, row in enumerate(values):
        judged(detector, pane * STEP_H, row)
    return detector


def judged(detector: SeasonalDetector, hour: int, row: Floats) -> Judgement:
    return detector.judge(NEW_YEAR_MS + hour * 3_600_000, row)


@pytest.fixture(scope="module")
def history() -> Floats:
    return year(365 + SPRING_D)


@pytest.fixture(scope="module")
def memory(history: Floats) -> bytes:
    """A detector that has seen a year and comes to its second spring."""
    return taught(history).to_bytes()


@pytest.fixture
def detector(memory: bytes) -> SeasonalDetector:
    return SeasonalDetector.from_bytes(memory)


NOW = 24 * (365 + SPRING_D)


def test_one_dusty_site_is_local(detector: SeasonalDetector, history: Floats) -> None:
    row = history[-8].copy()
    row[2] *= 4
    judgement = judged(detector, NOW, row)
    assert judgement.scope[2] == DepartureScope.LOCAL
    assert judgement.score[2] > 4
    assert judgement.p_value[2] < 1e-3
    assert judgement.high[2] < row[2]
    assert judgement.region[2] == pytest.approx(np.median(np.delete(row, 2)), rel=0.05)
    assert (np.abs(np.delete(judgement.score, 2)) < 4).all()


def test_sandstorm_is_regional(detector: SeasonalDetector, history: Floats) -> None:
    judgement = judged(detector, NOW, history[-8] * 20)
    assert (judgement.scope == DepartureScope.REGIONAL).all()
    assert (judgement.score > 3).all()


def test_worst_site_in_a_sandstorm_is_local(detector: SeasonalDetector, history: Floats) -> None:
    row = history[-8] * 20
    row[0] *= 10
    judgement = judged(detector, NOW, row)
    assert judgement.scope[0] == DepartureScope.LOCAL
    assert (judgement.scope[1:] == DepartureScope.REGIONAL).all()


def test_spring_as_such_is_seasonal(detector: SeasonalDetector, history: Floats) -> None:
    values = year(365 + SPRING_D + 3)[-12:]
    judgements = [judged(detector, NOW + pane * STEP_H, row) for pane, row in enumerate(values)]
    scopes = np.array([judgement.scope for judgement in judgements])
    assert np.mean(scopes == DepartureScope.SEASONAL) > 0.9
    assert max(np.abs(judgement.score).max() for judgement in judgements) < 5


def test_expected_follows_the_region_and_the_history_grows(
    detector: SeasonalDetector, history: Floats
) -> None:
    judgement = judged(detector, NOW, history[-8])
    np.testing.assert_allclose(judgement.expected, judgement.region, rtol=0.5)
    assert (judgement.baseline_n > 60).all()


def test_little_history_is_wider_and_says_so() -> None:
    values = year(30)
    young, old = taught(values[:12]), taught(values)
    early, late = judged(young, 24 * 3, values[12]), judged(old, 24 * 30, values[12])
    assert (early.baseline_n < late.baseline_n).all()
    assert np.mean(early.high / early.expected) > np.mean(late.high / late.expected)


def test_nothing_is_said_in_the_first_two_days() -> None:
    judgement = judged(taught(year(1)), 24, np.full(5, 900.0))
    assert np.isnan(judgement.score).all()
    assert (judgement.scope == DepartureScope.NONE).all()


def test_lone_sensor_is_judged_by_its_own_past() -> None:
    values = year(40, series=1)
    detector = taught(values)
    judgement = judged(detector, 24 * 40, values[-8] * 8)
    assert judgement.scope.tolist() == [DepartureScope.LOCAL]
    assert judgement.score[0] > 2.5
    assert np.isnan(judgement.region).all()


def test_flagged_hours_hardly_teach() -> None:
    values = year(40)
    spoiled = values.copy()
    spoiled[-8:-7, 1] *= 30
    clean = judged(taught(values), 24 * 40, values[-8])
    after = judged(taught(spoiled), 24 * 40, values[-8])
    assert after.expected[1] == pytest.approx(clean.expected[1], rel=0.1)


def test_differences_serve_values_below_zero() -> None:
    rng = np.random.default_rng(3)
    detector = SeasonalDetector(width_s=3600, offset=None)
    for hour in range(200):
        judged(detector, hour, rng.normal(-5, 1, 4))
    judgement = judged(detector, 200, np.array([-5.0, -5.0, 10.0, -5.0]))
    assert judgement.scope[2] == DepartureScope.LOCAL
    assert judgement.low[0] < -5 < judgement.high[0]


def test_more_series_than_few_keep_no_own_profile() -> None:
    detector = taught(year(3, series=FEW + 1))
    only_two = np.full(FEW + 1, np.nan)
    only_two[:2] = 20.0
    judgement = judged(detector, 72, only_two)
    assert np.isnan(judgement.score).all()
    assert np.isnan(judgement.region).all()


def test_bytes_of_something_else_are_refused() -> None:
    with pytest.raises(MalformedState):
        SeasonalDetector.from_bytes(b"\x93no state")


@given(arrays(np.float64, st.integers(0, 2 * FEW), elements=st.floats(-9, 9)))
@settings(max_examples=40, deadline=None)
def test_regional_median_leaves_each_series_out_of_its_own(values: Floats) -> None:
    region = regional_median(values)
    for i in range(values.size):
        if values.size < LEAST:
            assert np.isnan(region[i])
        elif values.size <= FEW:
            assert region[i] == np.median(np.delete(values, i))
        else:
            assert region[i] == np.median(values)


@pytest.mark.parametrize(
    ("time", "seasons"),
    [
        ("2015-01-01T00:00+08:00", {0, 23}),
        ("2016-12-31T23:00+08:00", {0, 23}),
        ("2015-04-15T12:00+08:00", {6, 7}),
    ],
)
def test_moment_lies_between_two_half_months(time: str, seasons: set[int]) -> None:
    moment = SeasonalPosition.of(datetime.fromisoformat(time))
    assert {which for which, _ in moment.seasons} == seasons
    assert sum(weight for _, weight in moment.seasons) == pytest.approx(1)
    assert all(0 <= weight <= 1 for _, weight in moment.seasons)


@pytest.mark.parametrize("days", [WEEK, WORKDAYS])
def test_profile_learns_the_hours_of_the_day(days: tuple[int, ...]) -> None:
    rng = np.random.default_rng(2)
    profile = Profile(24, 1e-6, days)
    profile.resize(1)
    start = datetime.fromisoformat("2015-03-02T00:00+08:00").timestamp()
    zone = datetime.fromisoformat("2015-03-02T00:00+08:00").tzinfo
    for hour in range(24 * 7 * 8):
        moment = SeasonalPosition.of(datetime.fromtimestamp(start + hour * 3600, zone))
        profile.learn(moment, np.array([rng.normal() + 4 * (hour % 24 == 8)]), profile.at(moment))
    rush, calm = (
        profile.at(SeasonalPosition.of(datetime.fromisoformat(f"2015-04-28T{hour:02}:00+08:00")))
        for hour in (8, 3)
    )
    assert rush.level[0] - calm.level[0] > 2


def spans(judgement: Judgement) -> list[tuple[int, int]]:
    """Hours since New Year of the first and last pane behind each judgement; -1 for none."""
    hours = [
        np.where(each < 0, -1, (each - NEW_YEAR_MS) // 3_600_000)
        for each in (judgement.since_ms, judgement.until_ms)
    ]
    return list(zip(*(each.tolist() for each in hours), strict=True))


def test_a_judgement_says_from_when_to_when_its_past_reaches() -> None:
    values = year(20)
    values[:8, 1] = np.nan  # comes two days later
    values[-4:, 2] = np.nan  # fell silent a day ago
    detector, hour = taught(values), 20 * 24
    row = np.append(values[0], 20.0)  # and one that nobody has heard before
    expected = [(0, hour - 6), (48, hour - 6), (0, hour - 30), (0, hour - 6), (0, hour - 6)]
    again = SeasonalDetector.from_bytes(detector.to_bytes())
    assert spans(judged(detector, hour, row)) == [*expected, (-1, -1)]
    assert spans(judged(again, hour, row)) == [*expected, (-1, -1)]
    assert spans(judged(detector, hour + 6, row))[-1] == (hour, hour)


def test_the_past_of_a_region_is_that_of_the_region(detector: SeasonalDetector) -> None:
    hour = 24 * (365 + SPRING_D)
    storm = np.full(5, 4000.0)
    judgement = judged(detector, hour, storm)
    assert set(judgement.scope.tolist()) == {DepartureScope.REGIONAL}
    assert spans(judgement) == [(0, hour - STEP_H)] * 5


def test_a_series_alone_has_its_own_past() -> None:
    detector = taught(year(10, series=1))
    assert spans(judged(detector, 240, np.array([20.0]))) == [(0, 234)]


def test_a_state_of_another_version_is_refused_with_a_sentence(memory: bytes) -> None:
    values, arrays = unpack(memory)
    with pytest.raises(MalformedState, match="format 1, this version reads 2"):
        SeasonalDetector.from_bytes(pack({**values, "format": 1}, arrays))


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_leaving_idle_parts_out_changes_neither_judgement_nor_state(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    begins = random.integers(0, 60, n)  # series join one after the other
    quick = SeasonalDetector(width_s=3600, offset=5.0)
    whole = SeasonalDetector(width_s=3600, offset=5.0)
    with pytest.MonkeyPatch.context() as patched:
        for hour in range(90):
            width = 1 + int(np.sum(begins[1:] <= hour))
            values = random.gamma(2.0, 20.0, width)
            values[random.random(width) < 0.2] = np.nan
            patched.undo()
            one = quick.judge(hour * 3_600_000, values)
            patched.setattr(SeasonalDetector, "_is_idle", lambda *_: False)
            two = whole.judge(hour * 3_600_000, values)
            for name in ("score", "expected", "low", "high", "region", "scope", "since_ms"):
                np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert quick.to_bytes() == whole.to_bytes()
