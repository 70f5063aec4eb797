"""Local days as numbers, the moments of looks, and what several looks a day may err."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.timing.bounds import LAST_MS, is_in_calendar
from models.timing.days import date_of, moment_of, number_of, weekday_of
from models.timing.evaluation_schedule import EVALUATION_HOURS, spent

BEIJING, BOSTON = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("text", "zone", "day", "hour"),
    [
        ("1970-01-01T00:00:00+08:00", BEIJING, 0, 0),
        ("1969-12-31T23:59:59+08:00", BEIJING, -1, 23),
        ("2014-04-08T23:45:00+00:00", BEIJING, 16_169, 7),  # the next day already
        ("2014-04-08T23:45:00+00:00", BOSTON, 16_168, 19),
        ("2016-02-29T23:59:59.999-05:00", BOSTON, 16_860, 23),
    ],
)
def test_a_moment_has_the_day_and_hour_of_the_city(
    text: str, zone: ZoneInfo, day: int, hour: int
) -> None:
    at_ms = round(datetime.fromisoformat(text).timestamp() * 1000)
    assert number_of(at_ms, zone) == (day, hour)


def test_the_end_of_a_day_is_the_beginning_of_the_next() -> None:
    noon = datetime(2024, 3, 9, 12, tzinfo=BOSTON).timestamp() * 1000
    day = (date(2024, 3, 9) - date(1970, 1, 1)).days
    assert moment_of(day, 12, BOSTON) == noon
    assert moment_of(day, 24, BOSTON) == moment_of(day + 1, 0, BOSTON) == noon + 12 * HOUR_MS
    assert moment_of(day + 2, 0, BOSTON) - moment_of(day + 1, 0, BOSTON) == 23 * HOUR_MS


@given(st.integers(0, 40_000), st.integers(0, 23), st.sampled_from([BEIJING, ZoneInfo("UTC")]))
def test_day_and_hour_lead_back_to_their_moment(day: int, hour: int, zone: ZoneInfo) -> None:
    assert number_of(moment_of(day, hour, zone), zone) == (day, hour)
    assert number_of(moment_of(day, hour, zone) - 1, zone)[1] == (hour - 1) % 24


@given(st.integers(-10_000, 40_000))
def test_a_day_has_its_date_and_weekday(day: int) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
    assert (date_of(day), weekday_of(day)) == (at.date(), at.weekday())


def test_days_known_by_heart() -> None:
    assert (date_of(16_169), weekday_of(16_169)) == (date(2014, 4, 9), 2)
    assert weekday_of(0) == 3  # a Thursday


def test_the_looks_of_a_day_share_what_one_look_may_err() -> None:
    assert EVALUATION_HOURS == (6, 12, 18, 24)
    p_value = np.array([0.003, 0.06, 0.5, 0.9])
    assert spent(p_value, is_closing=True) == pytest.approx([0.004, 0.08, 2 / 3, 1.0])
    assert spent(p_value, is_closing=False) == pytest.approx([0.036, 0.72, 1.0, 1.0])
    allowed = 0.01  # each look warns where its corrected p-value is under this
    closing, running = (allowed / spent(np.array([1e-6]), is_closing=c)[0] for c in (True, False))
    assert (closing + 3 * running) * 1e-6 == pytest.approx(allowed)


@pytest.mark.parametrize(
    ("time_ms", "is_in"),
    [(-1, False), (0, True), (0.5, True), (LAST_MS - 1, True), (LAST_MS, False)],
)
def test_the_calendar_goes_from_1970_until_before_2090(time_ms: float, is_in: bool) -> None:
    assert is_in_calendar(time_ms) is is_in
    assert not is_in_calendar(float("nan"))
    assert datetime(2090, 1, 1, tzinfo=UTC).timestamp() * 1000 == LAST_MS
