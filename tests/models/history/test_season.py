"""The band of a season against known answers, and its properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.history.season import LEAST, MOST_YEARS, SeasonBand, season_band, season_days
from models.timing.units import DAY_MS, HOUR_MS
from models.timing.zone import zone_of

SHANGHAI = zone_of("Asia/Shanghai")
LOCAL = ZoneInfo("Asia/Shanghai")


def ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=LOCAL).timestamp() * 1000)  # type: ignore[misc, arg-type]


def band(at: list[int], known: dict[int, float]) -> SeasonBand:
    return season_band(
        np.array(at, dtype=np.int64),
        np.array(list(known), dtype=np.int64),
        np.array(list(known.values()), dtype=float),
        SHANGHAI,
    )


def week(year: int, month: int, day: int, hour: int, values: list[float]) -> dict[int, float]:
    """Values of one hour of the day on seven days around a date."""
    first = date(year, month, day) - timedelta(days=3)
    days = [first + timedelta(days=at) for at in range(len(values))]
    return {ms(d.year, d.month, d.day, hour): v for d, v in zip(days, values, strict=True)}


def test_a_band_is_the_median_and_the_range_of_the_same_week_and_hour_of_earlier_years() -> None:
    known = week(2015, 4, 16, 9, [10, 20, 30, 40, 50, 60, 70]) | week(2013, 4, 16, 9, [35.0] * 7)
    found = band([ms(2016, 4, 16, 9)], known)
    assert (found.median[0], found.low[0], found.high[0]) == (35.0, 10.0, 70.0)
    assert found.count.tolist() == [14]
    assert (found.years, found.hours) == ((2015, 2013), 14)


def test_another_hour_another_week_and_the_year_itself_do_not_count() -> None:
    known = (
        week(2015, 4, 16, 10, [1.0] * 7)
        | {ms(2015, 4, 12, 9): 1.0, ms(2015, 4, 20, 9): 1.0}
        | week(2016, 4, 16, 9, [1.0] * 7)
        | week(2010, 4, 16, 9, [1.0] * 7)  # six years before: one more than are looked at
    )
    found = band([ms(2016, 4, 16, 9)], known)
    assert found.count.tolist() == [0]
    assert not found.is_known
    assert (found.years, found.hours) == ((), 0)


@pytest.mark.parametrize(("values", "is_known"), [(LEAST - 1, False), (LEAST, True)])
def test_too_few_values_give_no_band_but_are_counted(values: int, is_known: bool) -> None:
    found = band([ms(2016, 4, 16, 9)], week(2015, 4, 16, 9, [5.0] * values))
    assert found.is_known is is_known
    assert found.count.tolist() == [values]
    assert found.hours == values


def test_what_was_not_measured_lowers_nothing() -> None:
    values = [50.0, float("nan"), 50.0, 50.0, 50.0, float("nan"), 50.0]
    found = band([ms(2016, 4, 16, 9)], week(2015, 4, 16, 9, values))
    assert found.low[0] == 50.0
    assert found.count.tolist() == [5]


def test_the_29th_of_february_is_compared_with_the_28th_and_a_year_with_its_turn() -> None:
    leap = band([ms(2016, 2, 29, 0)], week(2015, 2, 28, 0, [7.0] * 7))
    assert leap.median.tolist() == [7.0]
    turn = band([ms(2016, 1, 1, 23)], week(2015, 1, 1, 23, [1, 2, 3, 4, 5, 6, 7]))
    assert turn.median.tolist() == [4.0]
    assert turn.years == (2015, 2014)


def test_an_hour_that_nobody_measured_is_unknown_beside_one_that_is() -> None:
    known = week(2015, 4, 16, 9, [3.0] * 7)
    found = band([ms(2016, 4, 16, 8), ms(2016, 4, 16, 9)], known)
    assert np.isnan(found.median[0])
    assert found.median[1] == 3.0


@given(
    st.lists(st.floats(0, 1e4), min_size=0, max_size=60),
    st.integers(0, 23),
    st.dates(date(2001, 1, 1), date(2030, 12, 31)),
)
def test_the_band_holds_its_median_and_takes_only_from_the_days_it_names(
    values: list[float], hour: int, day: date
) -> None:
    at = ms(day.year, day.month, day.day, hour)
    days = season_days(at, at + HOUR_MS, SHANGHAI)
    assert len(days) == 7 * MOST_YEARS
    assert all(each.year < day.year or each < day - timedelta(days=300) for each in days)
    known = {ms(d.year, d.month, d.day, hour): v for d, v in zip(days, values, strict=False)}
    found = band([at], known)
    assert found.count[0] == len(known)
    if len(known) >= LEAST:
        assert min(known.values()) == found.low[0] <= found.median[0] <= found.high[0]
        assert found.high[0] == max(known.values())
    else:
        assert not found.is_known


def test_the_days_of_a_longer_time_overlap_and_stand_once() -> None:
    at = ms(2016, 4, 16)
    days = season_days(at, at + 30 * DAY_MS, SHANGHAI)
    assert len(days) == len(set(days)) == (30 + 6) * MOST_YEARS
    assert days[0] == date(2011, 4, 13)
    assert days[-1] == date(2015, 5, 18)
    assert datetime.fromtimestamp(at / 1000, UTC).hour == 16
