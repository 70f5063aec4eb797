"""Live counts of small groups, cells and closing times: as counted one case at a time."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from models.bounded import OTHERS
from models.cases.indicators.cell_counts import CellCounts
from models.cases.indicators.closing_times import MEDIAN, medians
from models.cases.indicators.definitions import CORE
from models.cases.indicators.live import LiveIndicators
from models.cases.state import CaseState
from models.messages.street_summaries import ClosingTimeHistogram
from models.timing.zone import zone_of
from tests.models.cases.building import CELL, DAY, START, columns, state

NEXT_CELL = str(int(CELL) + 1)


def tally_of(*cases: tuple[CaseState, float | None]) -> LiveIndicators:
    indicators = LiveIndicators(zone_of("Asia/Shanghai"))
    indicators.turn(START + DAY)
    indicators.add(columns(*cases), 1)
    return indicators


def told(
    indicators: LiveIndicators, window: str, by: str, code: str
) -> dict[str, tuple[float, int | None]]:
    return {
        one.group: (one.numerator, one.denominator)
        for one in indicators.counts()
        if (one.window, one.by, one.indicator) == (window, by, code)
    }


def test_a_flood_of_names_takes_no_place_from_a_department_of_the_register() -> None:
    indicators = LiveIndicators(zone_of("Asia/Shanghai"), 2, departments=("water", "traffic"))
    indicators.turn(START + DAY)
    flood = [state(n, department=f"made up {n}") for n in range(1, 6)]
    late = state(7, department="water")
    for case in (*flood, late):
        indicators.add(columns((case, None)), 1)
    found = told(indicators, "7d", "department", "filed")
    assert found == {
        "made up 1": (1, None),
        "made up 2": (1, None),
        OTHERS: (3, None),
        "water": (1, None),
    }
    again = LiveIndicators(zone_of("Asia/Shanghai"), 2, departments=("water", "traffic"))
    again.group_sums["large"].restore(indicators.group_sums["large"].groups, 0, [])
    again.turn(START + DAY)
    again.add(
        columns((state(8, department="traffic"), None), (state(9, department="new"), None)), 1
    )
    assert told(again, "7d", "department", "filed") == {"traffic": (1, None), OTHERS: (1, None)}


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("beat", {"B1": (1, 2), "": (1, 1)}),
        ("area", {"East": (2, 3)}),
        ("source", {"patrol": (2, 2), "hotline": (0, 1)}),
        ("category", {"E0102": (2, 3)}),
        ("community", {CELL[:12]: (2, 3)}),
        ("street", {CELL[:9]: (2, 3)}),
        ("department", {"water": (1, 2), "traffic": (1, 1)}),
    ],
)
def test_groups_of_every_dimension_are_told(by: str, groups: dict[str, tuple[int, int]]) -> None:
    one = partial(state, area="East", category="E0102")
    indicators = tally_of(
        (one(1, 2, department="water", beat="B1", source="patrol"), None),
        (one(3, department="water", beat="B1", source="hotline"), None),
        (one(5, 7, department="traffic", source="patrol"), None),
    )
    assert told(indicators, "7d", by, "closed_of_filed") == groups


def test_cells_are_told_as_columns() -> None:
    indicators = tally_of(
        (state(1, 3), 2),
        (state(1, 2), 4),
        (state(25, cell=NEXT_CELL), None),
        (state(1, cell=""), None),
    )
    cells = indicators.cells()
    assert cells.codes.tolist() == [int(CELL), int(NEXT_CELL), 0]
    filed, nothing = cells.indicator("7d", "filed")
    assert (filed.tolist(), nothing) == ([2, 1, 1], None)
    in_time, due = cells.indicator("month", "closed_in_time_of_due")
    assert due is not None
    assert (in_time.tolist(), due.tolist()) == ([1, 0, 0], [2, 0, 0])
    seconds, closed = cells.indicator("year", "mean_hours_to_close")
    assert closed is not None
    assert (seconds[0], closed[0]) == (3 * 3600, 2)
    assert cells.indicator("today", "filed")[0].tolist() == [0, 1, 0]


def test_no_cell_is_an_empty_block() -> None:
    assert CellCounts().counts().shape[0] == 0
    for code in CORE:
        assert CellCounts().indicator("7d", code)[0].tolist() == []


def test_the_median_of_a_department_comes_from_all_its_streets() -> None:
    rng = np.random.default_rng(3)
    hours = rng.lognormal(1, 1.5, 301)
    halves = [
        tally_of(*((state(0, float(hour)), None) for hour in some))
        for some in (hours[::2], hours[1::2])
    ]
    found = medians(spread for half in halves for spread in half.spreads())
    [one] = [each for each in found if (each.window, each.by) == ("7d", "department")]
    assert (one.indicator, one.denominator) == (MEDIAN, 301)
    assert one.value == pytest.approx(float(np.median(hours)), rel=0.05)
    assert one.numerator == pytest.approx(151, abs=12)


def test_a_median_of_nothing_is_not_told() -> None:
    assert tally_of((state(0), None)).spreads() == []
    assert medians([]) == []


def test_the_median_of_an_even_number_is_the_lower_of_the_middle_two() -> None:
    one = ClosingTimeHistogram("7d", "all", "all", [5, 9], [1, 1])
    [found] = medians([one])
    assert (found.numerator, found.denominator) == (1, 2)


def test_a_closing_after_generations_counts_as_long() -> None:
    [spread] = [
        one
        for one in tally_of((state(0, 300 * 366 * 24), None)).spreads()
        if (one.window, one.by) == ("year", "all")
    ]
    assert spread.counts == [1]


def test_a_closing_time_is_taken_out_as_it_was_put_in() -> None:
    indicators = tally_of((state(0, 5), None))
    indicators.add(columns((state(0, 5), None)), -1)
    assert indicators.spreads() == []
    assert list(indicators.counts()) == []
