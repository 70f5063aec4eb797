"""Alarm flood control: as many new warnings as can be answered, the worst first, nothing lost."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.place import AlarmBudget
from models.messages.warnings import CityWarning, Level, Suppression, WarningChange
from models.warnings.throttle import AlarmThrottle, share_of, throttle

HOUR_MS = 3_600_000
TWO = AlarmBudget(per_hour=1, burst=2)


def warning(
    name: str,
    level: Level = Level.YELLOW,
    *,
    change: WarningChange = WarningChange.RAISED,
    days: float = 100.0,
    revision: int = 0,
    cleared_ms: int = 0,
) -> CityWarning:
    return CityWarning(
        id=name,
        revision=revision,
        rule="dust",
        change=change,
        level=level,
        feed="dust",
        metric="pm10",
        area="110101001",
        cells=[],
        raised_ms=1,
        updated_ms=1,
        severity=days,
        cleared_ms=cleared_ms,
    )


def shown(published: Sequence[CityWarning]) -> list[str]:
    return [each.id for each in published if not each.suppressed]


def held(published: Sequence[CityWarning]) -> list[str]:
    return [each.id for each in published if each.suppressed]


def test_in_a_flood_the_worst_are_shown_and_the_rest_is_marked_as_held() -> None:
    flood = [
        warning("a", Level.BLUE),
        warning("b", Level.ORANGE),
        warning("c", Level.YELLOW, days=50),
        warning("d", Level.YELLOW, days=900),
    ]
    _, published = throttle(AlarmThrottle(), flood, 0, TWO)
    assert shown(published) == ["b", "d"]
    assert held(published) == ["a", "c"]


def test_red_is_never_held() -> None:
    flood = [warning(str(number), Level.RED) for number in range(9)]
    _, published = throttle(AlarmThrottle(), flood, 0, TWO)
    assert held(published) == []


def test_what_chance_has_no_part_in_goes_first_within_a_level() -> None:
    flood = [warning("rare", days=1e6), warning("limit", days=0.0), warning("common", days=31)]
    _, published = throttle(AlarmThrottle(), flood, 0, TWO)
    assert shown(published) == ["rare", "limit"]


@given(st.integers(1, 30))
def test_the_rules_of_an_owner_share_what_the_owner_can_answer(rules: int) -> None:
    whole, part = AlarmBudget(), share_of(AlarmBudget(), rules)
    assert rules * part.per_hour == pytest.approx(whole.per_hour)
    assert part.burst == max(whole.burst / rules, 1.0)


def test_what_follows_from_another_warning_is_kept_back_until_that_has_ended() -> None:
    flood = [warning("a", Level.RED), warning("b")]
    state, published = throttle(AlarmThrottle(), flood, 0, TWO, inhibited_by="feed")
    assert [(w.suppressed, w.inhibited_by) for w in published] == [
        (Suppression.INHIBITED, "feed")
    ] * 2
    state, published = throttle(state, [], 1, TWO, inhibited_by="feed")
    assert published == []
    over = warning("b", change=WarningChange.CLEARED)
    state, published = throttle(state, [over], 2, TWO)
    assert [(w.id, w.change, bool(w.suppressed)) for w in published] == [
        ("b", WarningChange.CLEARED, True),  # it ended with its reason: nobody need know
        ("a", WarningChange.RAISED, False),
    ]


def test_what_was_shown_before_its_cause_stays_shown() -> None:
    state, _ = throttle(AlarmThrottle(), [warning("a")], 0, TWO)
    grown = warning("a", change=WarningChange.UPDATED)
    _, (again,) = throttle(state, [grown], 1, TWO, inhibited_by="feed")
    assert (again.suppressed, again.change) == (Suppression.NONE, WarningChange.UPDATED)


def test_a_warning_that_comes_again_goes_on_with_its_numbers() -> None:
    state, _ = throttle(AlarmThrottle(), [warning(name) for name in "abc"], 0, TWO)
    state, (c,) = throttle(state, [], HOUR_MS, TWO)  # released: revision 1
    over = warning("c", change=WarningChange.CLEARED, revision=1, cleared_ms=HOUR_MS + 1)
    state, (ended,) = throttle(state, [over], HOUR_MS + 1, TWO)
    state, (again,) = throttle(state, [warning("c", revision=2)], 2 * HOUR_MS, TWO)
    assert [c.revision, ended.revision, again.revision] == [1, 2, 3]


def test_what_was_held_is_raised_when_there_is_room_though_nothing_else_happens() -> None:
    flood = [warning(name) for name in "abc"]
    state, _ = throttle(AlarmThrottle(), flood, 0, TWO)
    state, published = throttle(state, [], HOUR_MS // 2, TWO)
    assert published == []
    state, (released,) = throttle(state, [], HOUR_MS, TWO)
    assert (released.id, bool(released.suppressed), released.revision) == ("c", False, 1)
    assert (released.change, released.updated_ms) == (WarningChange.RAISED, HOUR_MS)
    assert throttle(state, [], 9 * HOUR_MS, TWO)[1] == []


def test_a_change_of_a_held_warning_stays_held_until_it_is_worse_than_what_waits() -> None:
    state, _ = throttle(AlarmThrottle(), [warning(name) for name in "abc"], 0, TWO)
    grown = warning("c", change=WarningChange.UPDATED)
    state, (again,) = throttle(state, [grown], 1, TWO)
    assert (bool(again.suppressed), again.change, again.revision) == (
        True,
        WarningChange.UPDATED,
        1,
    )
    worse = warning("c", Level.RED, change=WarningChange.LEVEL_UP)
    _, (seen,) = throttle(state, [worse], 2, TWO)
    assert (bool(seen.suppressed), seen.change, seen.revision) == (False, WarningChange.RAISED, 2)


def test_changes_of_a_warning_that_is_seen_cost_nothing() -> None:
    state, _ = throttle(AlarmThrottle(), [warning("a"), warning("b")], 0, TWO)
    for number in range(5):
        change = warning("a", change=WarningChange.UPDATED)
        state, (published,) = throttle(state, [change], number, TWO)
        assert (bool(published.suppressed), published.revision) == (False, number + 1)


def test_a_held_warning_that_ends_is_never_shown() -> None:
    state, _ = throttle(AlarmThrottle(), [warning(name) for name in "abc"], 0, TWO)
    state, (over,) = throttle(state, [warning("c", change=WarningChange.CLEARED)], 1, TWO)
    assert over.suppressed
    assert throttle(state, [], 9 * HOUR_MS, TWO)[1] == []


flows = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.sampled_from(list(Level)),
        st.sampled_from([WarningChange.RAISED, WarningChange.UPDATED, WarningChange.CLEARED]),
        st.integers(0, 40 * 60_000),
    ),
    max_size=40,
)


@given(flows)
def test_revisions_follow_each_other_and_no_more_are_shown_than_the_budget_allows(
    flow: list[tuple[str, Level, WarningChange, int]],
) -> None:
    state, now_ms, passed = AlarmThrottle(), 0, 0
    revisions: dict[str, int] = {}
    visible: set[str] = set()
    for name, level, change, step_ms in flow:
        now_ms += step_ms
        state, published = throttle(state, [warning(name, level, change=change)], now_ms, TWO)
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=AlarmThrottle)
        for each in published:
            fresh = each.id not in revisions
            assert fresh or each.revision == revisions[each.id] + 1
            revisions[each.id] = each.revision
            if each.change is WarningChange.CLEARED:
                visible.discard(each.id)
            elif not each.suppressed and each.id not in visible:
                visible.add(each.id)
                passed += each.level < Level.RED
    assert passed <= TWO.burst + now_ms / HOUR_MS * TWO.per_hour
    waiting = {name for name, slip in state.open.items() if slip.suppressed}
    assert waiting == state.open.keys() - visible
