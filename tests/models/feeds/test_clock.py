"""Times of live records and of those that do not say when they were sent."""

from __future__ import annotations

import numpy as np

from config.catalog import Clock
from models.feeds.clock import check_limits, check_times
from models.feeds.row_errors import RowErrors
from models.messages.dead_letters import Reason
from models.timing.bounds import FIRST_MS, LAST_MS


def test_times_stay_in_the_calendar_also_where_nobody_says_when_they_were_sent() -> None:
    times = np.array([FIRST_MS, LAST_MS - 1, FIRST_MS - 1, LAST_MS, 999_999_999_999_999, 1e300])
    errors = RowErrors(times.size)
    kept = check_times(times, np.zeros(times.size, np.int64), Clock(), errors)
    assert errors.bad_rows == [2, 3, 4, 5]
    assert {errors.reason(row) for row in errors.bad_rows} == {Reason.BAD_TIME}
    assert kept.tolist() == [FIRST_MS, LAST_MS - 1, 0, 0, 0, 0]


def test_limits_stay_in_the_calendar() -> None:
    errors = RowErrors(4)
    found = check_limits([None, (LAST_MS - 1000) / 1000, LAST_MS / 1000, 1e19], errors)
    assert found == [None, LAST_MS - 1000, None, None]
    assert errors.bad_rows == [2, 3]
