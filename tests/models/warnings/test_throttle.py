"""Alarm flood control: as many new warnings as can be answered, the worst first, nothing lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.place import AlarmBudget
from models.messages.warnings import CityWarning, Level, Suppression, WarningChange
from models.timing.units import HOUR_MS
from models.warnings.throttle import AlarmThrottle, share_of, throttle

TWO = AlarmBudget(per_hour=1, burst=2)


def warning(
    name: str,
    level: Level = Level.YELLOW,
    *,
    change: WarningChange = WarningChange.RAISED,
    days: float = 100.0,
) -> CityWarning:
    return CityWarning(
        id=name,
        revision=0,
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
    )


@dataclass(frozen=True)
class Seen:
    """A throttle, and the warnings as they were published last."""

    throttle: AlarmThrottle = field(default_factory=AlarmThrottle)
    standing: Mapping[str, CityWarning] = field(default_factory=dict)


NOTHING = Seen()


def throttled(
    seen: Seen,
    changes: Sequence[CityWarning],
    now_ms: int,
    budget: AlarmBudget,
    *,
    inhibited_by: str = "",
) -> tuple[Seen, list[CityWarning]]:
    state, published = throttle(
        seen.throttle, seen.standing, changes, now_ms, budget, inhibited_by=inhibited_by
    )
    newest = {**seen.standing, **{each.id: each for each in published}}
    ended = {each.id for each in published if each.change is WarningChange.CLEARED}
    standing = {name: each for name, each in newest.items() if name not in ended}
    return Seen(state, standing), published


def shown(published: Sequence[CityWarning]) -> list[str]:
    return [each.id for each in published if not each.suppressed]


def suppressed(published: Sequence[CityWarning]) -> list[str]:
    return [each.id for each in published if each.suppressed]


def test_in_a_flood_the_worst_are_shown_and_the_rest_is_marked_as_held() -> None:
    flood = [
        warning("a", Level.BLUE),
        warning("b", Level.ORANGE),
        warning("c", Level.YELLOW, days=50),
        warning("d", Level.YELLOW, days=900),
    ]
    _, published = throttled(NOTHING, flood, 0, TWO)
    assert shown(published) == ["b", "d"]
    assert suppressed(published) == ["a", "c"]


def test_red_is_never_held() -> None:
    flood = [warning(str(number), Level.RED) for number in range(9)]
    _, published = throttled(NOTHING, flood, 0, TWO)
    assert suppressed(published) == []


def test_what_chance_has_no_part_in_goes_first_within_a_level() -> None:
    flood = [warning("rare", days=1e6), warning("limit", days=0.0), warning("common", days=31)]
    _, published = throttled(NOTHING, flood, 0, TWO)
    assert shown(published) == ["rare", "limit"]


@given(st.integers(1, 30))
def test_the_rules_of_an_owner_share_what_the_owner_can_answer(rules: int) -> None:
    whole, part = AlarmBudget(), share_of(AlarmBudget(), rules)
    assert rules * part.per_hour == pytest.approx(whole.per_hour)
    assert part.burst == max(whole.burst / rules, 1.0)


def test_what_follows_from_another_warning_is_kept_back_until_that_has_ended() -> None:
    flood = [warning("a", Level.RED), warning("b")]
    state, published = throttled(NOTHING, flood, 0, TWO, inhibited_by="feed")
    assert [(w.suppressed, w.inhibited_by) for w in published] == [
        (Suppression.INHIBITED, "feed")
    ] * 2
    state, published = throttled(state, [], 1, TWO, inhibited_by="feed")
    assert published == []
    over = warning("b", change=WarningChange.CLEARED)
    state, published = throttled(state, [over], 2, TWO)
    assert [(w.id, w.change, bool(w.suppressed)) for w in published] == [
        ("b", WarningChange.CLEARED, True),  # it ended with its reason: nobody need know
        ("a", WarningChange.RAISED, False),
    ]


def test_what_was_shown_before_its_cause_stays_shown() -> None:
    state, _ = throttled(NOTHING, [warning("a")], 0, TWO)
    grown = warning("a", change=WarningChange.UPDATED)
    _, (again,) = throttled(state, [grown], 1, TWO, inhibited_by="feed")
    assert (again.suppressed, again.change) == (Suppression.NONE, WarningChange.UPDATED)


def test_what_was_held_is_raised_when_there_is_room_though_nothing_else_happens() -> None:
    flood = [warning(name) for name in "abc"]
    state, _ = throttled(NOTHING, flood, 0, TWO)
    state, published = throttled(state, [], HOUR_MS // 2, TWO)
    assert published == []
    state, (released,) = throttled(state, [], HOUR_MS, TWO)
    assert (released.id, bool(released.suppressed)) == ("c", False)
    assert (released.change, released.updated_ms) == (WarningChange.RAISED, HOUR_MS)
    assert throttled(state, [], 9 * HOUR_MS, TWO)[1] == []


def test_a_change_of_a_held_warning_stays_held_until_it_is_worse_than_what_waits() -> None:
    state, _ = throttled(NOTHING, [warning(name) for name in "abc"], 0, TWO)
    grown = warning("c", change=WarningChange.UPDATED)
    state, (again,) = throttled(state, [grown], 1, TWO)
    assert (bool(again.suppressed), again.change) == (True, WarningChange.UPDATED)
    worse = warning("c", Level.RED, change=WarningChange.LEVEL_UP)
    _, (seen,) = throttled(state, [worse], 2, TWO)
    assert (bool(seen.suppressed), seen.change) == (False, WarningChange.RAISED)


def test_changes_of_a_warning_that_is_seen_cost_nothing() -> None:
    state, _ = throttled(NOTHING, [warning("a"), warning("b")], 0, TWO)
    for number in range(5):
        change = warning("a", change=WarningChange.UPDATED)
        state, (published,) = throttled(state, [change], number, TWO)
        assert not published.suppressed


def test_a_held_warning_that_ends_is_never_shown() -> None:
    state, _ = throttled(NOTHING, [warning(name) for name in "abc"], 0, TWO)
    state, (over,) = throttled(state, [warning("c", change=WarningChange.CLEARED)], 1, TWO)
    assert over.suppressed
    assert throttled(state, [], 9 * HOUR_MS, TWO)[1] == []


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
def test_no_more_are_shown_than_the_budget_allows_and_none_is_forgotten(
    flow: list[tuple[str, Level, WarningChange, int]],
) -> None:
    state, now_ms, passed = NOTHING, 0, 0
    visible: set[str] = set()
    for name, level, change, step_ms in flow:
        now_ms += step_ms
        state, published = throttled(state, [warning(name, level, change=change)], now_ms, TWO)
        saved = msgspec.msgpack.encode(state.throttle)
        state = Seen(msgspec.msgpack.decode(saved, type=AlarmThrottle), state.standing)
        for each in published:
            if each.change is WarningChange.CLEARED:
                visible.discard(each.id)
            elif not each.suppressed and each.id not in visible:
                visible.add(each.id)
                passed += each.level < Level.RED
    assert passed <= TWO.burst + now_ms / HOUR_MS * TWO.per_hour
    waiting = {name for name, each in state.standing.items() if each.suppressed}
    assert waiting == state.standing.keys() - visible
