"""What closes a pane is one rule, for readings and for cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.cases.panes import CasePanes
from models.messages.frames import IDLE
from models.timing.pace import is_due
from models.timing.pane_lifecycle import NO_PANE, PartitionProgress, reach
from models.timing.units import HOUR_MS
from models.windows.panes import Panes

NOW_MS = 1_772_323_200_000


def test_an_idle_feed_is_no_further_than_its_open_pane() -> None:
    panes = {"width_ms": HOUR_MS, "closed_end": 1, "newest": 9}
    assert reach(IDLE, 9 * HOUR_MS, **panes, patience_ms=0) == PartitionProgress(9, 9 * HOUR_MS)
    assert reach(IDLE, 10 * HOUR_MS, **panes, patience_ms=0) == PartitionProgress(10, IDLE)
    assert reach(IDLE, 10 * HOUR_MS, **panes, patience_ms=HOUR_MS) == PartitionProgress(
        9, 9 * HOUR_MS
    )
    assert reach(IDLE, 0, **panes, patience_ms=None) == PartitionProgress(10, IDLE)


def test_what_is_closed_stays_closed() -> None:
    panes = {"width_ms": HOUR_MS, "closed_end": 5, "patience_ms": 0}
    assert reach(2 * HOUR_MS, 0, **panes, newest=7).end == 5
    assert reach(IDLE, 0, **panes, newest=3) == PartitionProgress(5, IDLE)
    assert reach(IDLE, 9 * HOUR_MS, **panes, newest=NO_PANE) == PartitionProgress(5, IDLE)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 40),  # hour of an event
        st.one_of(st.integers(0, 40).map(lambda hour: NOW_MS + hour * HOUR_MS), st.just(IDLE)),
        st.integers(0, 50),  # hour of the wall clock
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_readings_and_cases_close_the_same_panes(steps: list[tuple[int, int, int]]) -> None:
    readings, cases = Panes(HOUR_MS, kept=200, patience_ms=0), CasePanes(HOUR_MS)
    closed: list[set[int]] = [set(), set()]
    for hour, watermark_ms, now in steps:
        at_ms, now_ms = NOW_MS + hour * HOUR_MS, NOW_MS + now * HOUR_MS
        readings.expect(np.array([at_ms]), now_ms)
        cases.count(at_ms, (1, "a", "filed"))
        told = readings.advance(watermark_ms, now_ms, with_corrections=True)
        closed[0] |= {one.number * HOUR_MS for one in told if one.pane is not None}
        closed[1] |= {one.start_ms for one in cases.advance(watermark_ms, now_ms) if one.rows}
        assert closed[0] == closed[1]


def test_a_clock_that_is_set_back_silences_nobody() -> None:
    last_ms, told = NOW_MS, 0
    for tick in range(100):  # the clock goes back by an hour, then on
        now_ms = NOW_MS - HOUR_MS + tick * 100
        if is_due(last_ms, now_ms, 500):
            last_ms, told = now_ms, told + 1
    assert told == 20


@given(
    st.one_of(st.integers(-5000, 50_000), st.just(IDLE)),
    st.integers(0, 60_000),
    st.integers(-5, 50),
    st.one_of(st.just(NO_PANE), st.integers(-5, 50)),
    st.one_of(st.none(), st.integers(0, 5000)),
)
def test_a_pane_is_open_exactly_while_something_of_it_may_come(
    watermark_ms: int, now_ms: int, closed_end: int, newest: int, patience_ms: int | None
) -> None:
    found = reach(
        watermark_ms,
        now_ms,
        width_ms=1000,
        closed_end=closed_end,
        newest=newest,
        patience_ms=patience_ms,
    )
    is_idle = watermark_ms == IDLE

    def may_get_more(pane: int) -> bool:
        end_ms = (pane + 1) * 1000
        if not is_idle:
            return watermark_ms < end_ms
        return pane > newest or (patience_ms is not None and now_ms < end_ms + patience_ms)

    first_open = next(pane for pane in range(-10, 100) if may_get_more(pane))
    assert found.end == max(first_open, closed_end)
    if is_idle:
        assert (found.claim_ms == IDLE) == (found.end > newest)
        assert found.claim_ms in (IDLE, found.end * 1000)
    else:
        assert found.claim_ms == watermark_ms


@pytest.mark.parametrize(
    ("last_ms", "now_ms", "phase_ms", "is_told"),
    [
        (900, 999, 0, False),
        (900, 1000, 0, True),
        (1000, 1000, 0, False),
        (1000, 1499, 0, False),
        (1000, 1500, 0, True),
        (1000, 1199, 200, False),  # just after the others
        (1000, 1200, 200, True),
        (1200, 1699, 200, False),
        (1200, 1700, 200, True),
        (1000, 999, 0, True),  # the clock was set back
        (999, 998, 0, True),
    ],
)
def test_what_is_said_again_and_again_is_due_in_step_with_all_others(
    last_ms: int, now_ms: int, phase_ms: int, is_told: bool
) -> None:
    assert is_due(last_ms, now_ms, 500, phase_ms) is is_told
    assert is_due(last_ms - phase_ms, now_ms - phase_ms, 500) is is_told
