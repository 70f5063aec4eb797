"""What a day of the history says of its hours."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.monitors.case_history import NOTHING, CaseDay


@given(st.lists(st.tuples(st.integers(0, 23), st.integers(1, 9))))
def test_cases_before_an_hour_are_those_of_the_part_of_the_day(
    rows: list[tuple[int, int]],
) -> None:
    hour, count = (
        (np.array(column, np.int64) for column in zip(*rows, strict=True))
        if rows
        else (NOTHING.hour, NOTHING.count)
    )
    day = CaseDay(cell=hour * 0, category=hour * 0, hour=hour, count=count)
    assert day.before.tolist() == [int(day.until(each).count.sum()) for each in range(25)]
