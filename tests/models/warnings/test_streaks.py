"""Streaks of panes, cell by cell: what continues one, what breaks it, and what is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.messages.signals import Scope, Signal
from models.warnings.grouping import by_area, scope_of
from models.warnings.streaks import SILENCE_MS, CellStreak, advance_cells, with_members
from tests.models.warnings.warning_things import (
    CELL,
    ELSEWHERE,
    LIMIT,
    NEIGHBOUR,
    PANE_MS,
    STREET,
    over,
    reading,
    tick_ms,
)

Cells = dict[str, CellStreak]


def advanced(
    before: Mapping[str, CellStreak],
    pane: int,
    *signals: Signal,
    silent: Collection[str] = (),
    at_ms: int = 0,
) -> Cells:
    return advance_cells(before, LIMIT, signals, at_ms or tick_ms(pane), silent)


def above(count: int, *, in_warning: bool = False) -> Cells:
    """One cell that was above in panes 0 … count - 1."""
    cells: Cells = {}
    for pane in range(count):
        cells = advanced(cells, pane, over(pane, 5))
    return with_members(cells, [CELL] if in_warning else [])


def test_a_streak_counts_its_panes_from_the_first_on() -> None:
    for count in (1, 2, 5):
        newest = over(count - 1, 5)
        assert above(count) == {
            CELL: CellStreak(
                above_count=count,
                first_ms=over(0, 5).start_ms,
                reported_ms=tick_ms(count - 1),
                reached=1,
                holds=3,
                in_warning=False,
                signal=newest,
            )
        }


def test_a_value_under_the_lowest_level_ends_a_streak() -> None:
    assert advanced(above(2), 2, over(2, 3)) == {}
    assert advanced({}, 0, over(0, 3)) == {}
    member = advanced(above(2, in_warning=True), 2, over(2, 3))[CELL]
    assert (member.above_count, member.reached, member.holds) == (0, 0, 2)
    assert (member.reported_ms, member.in_warning, member.signal) == (tick_ms(2), True, over(1, 5))
    again = advanced({CELL: member}, 3, over(3, 9))[CELL]
    assert (again.above_count, again.first_ms, again.in_warning) == (1, over(3, 9).start_ms, True)


def test_a_return_to_normal_ends_a_streak_and_its_hold() -> None:
    member = advanced(above(1, in_warning=True), 1, over(1, 9, active=False))[CELL]
    assert (member.above_count, member.reached, member.holds) == (0, 0, 0)


@pytest.mark.parametrize("silent", [(), (CELL,)])
def test_a_flagged_cell_that_is_not_mentioned_is_silent(silent: tuple[str, ...]) -> None:
    before = above(2)
    assert advanced(before, 2, silent=silent) == before
    joined = above(2, in_warning=True)
    assert advanced(joined, 2, silent=silent) == joined


def test_a_silence_of_six_hours_ends_a_streak_and_not_one_shorter() -> None:
    last_ms = tick_ms(1)
    assert advanced(above(2), 0, at_ms=last_ms + SILENCE_MS - 1) == above(2)
    assert advanced(above(2), 0, at_ms=last_ms + SILENCE_MS) == {}
    joined = above(2, in_warning=True)
    assert advanced(joined, 0, at_ms=last_ms + SILENCE_MS - 1) == joined
    member = advanced(joined, 0, at_ms=last_ms + SILENCE_MS)[CELL]
    assert (member.above_count, member.reached, member.holds) == (0, 0, 0)
    assert (member.reported_ms, member.in_warning) == (last_ms, True)
    assert SILENCE_MS == 24 * PANE_MS


def test_a_cell_that_holds_a_level_and_is_not_mentioned_is_silent_too() -> None:
    holding = advanced(above(1, in_warning=True), 1, over(1, 3))
    assert advanced(holding, 2) == holding


def test_a_member_that_is_normal_is_normal_until_it_is_named_as_silent() -> None:
    normal = advanced(above(1, in_warning=True), 1, over(1, 0, active=False))
    heard = advanced(normal, 2)[CELL]
    assert (heard.reported_ms, heard.in_warning, heard.above_count) == (tick_ms(2), True, 0)
    assert advanced(normal, 2, silent=[CELL])[CELL].reported_ms == tick_ms(1)
    assert advanced(normal, 2, silent=[NEIGHBOUR])[CELL].reported_ms == tick_ms(2)


def test_who_joins_is_a_member_and_nobody_leaves_by_another_s_joining() -> None:
    cells = advanced({}, 0, over(0, 5), over(0, 5, NEIGHBOUR), over(0, 5, ELSEWHERE))
    one = with_members(cells, [CELL])
    two = with_members(one, [NEIGHBOUR])
    assert {cell for cell, each in two.items() if each.in_warning} == {CELL, NEIGHBOUR}
    assert with_members(two, []) == two


@given(st.lists(st.one_of(st.none(), st.sampled_from([0.0, 1.9, 2.0, 3.9, 4.0, 9.0])), max_size=30))
def test_a_streak_is_as_long_as_the_run_of_values_above(values: list[float | None]) -> None:
    cells: Cells = {}
    run = 0
    for pane, value in enumerate(values):
        told = [] if value is None else [over(pane, value, active=value >= 2)]
        cells = advanced(cells, pane, *told, silent=[CELL] if value is None else [])
        run = run if value is None else run + 1 if value >= 4 else 0
        assert (cells[CELL].above_count if cells else 0) == run


def test_a_district_s_code_is_regional_and_any_other_local() -> None:
    assert scope_of("110101") is Scope.REGIONAL
    assert [scope_of(code) for code in (STREET, CELL)] == [Scope.LOCAL, Scope.LOCAL]


def test_each_signal_goes_to_its_street_and_its_district_active_where_it_belongs() -> None:
    local, regional = reading(0, 9), reading(0, 9, ELSEWHERE, scope=Scope.REGIONAL)
    quiet = reading(0, 9, NEIGHBOUR, active=False)
    areas = by_area([local, regional, quiet])
    assert {
        area: [(one.subject, one.active) for one in signals] for area, signals in areas.items()
    } == {
        STREET: [(CELL, True), (NEIGHBOUR, False)],
        ELSEWHERE[:9]: [(ELSEWHERE, False)],
        "110101": [(CELL, False), (ELSEWHERE, True), (NEIGHBOUR, False)],
    }
    assert areas[STREET][0] is local
    whole = reading(0, 9, "110101", scope=Scope.REGIONAL)
    assert by_area([whole]) == {"110101": [whole]}
    assert by_area([]) == {}
