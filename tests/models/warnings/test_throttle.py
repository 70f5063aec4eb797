"""The desk: as many new warnings as can be answered, the worst first, and nothing lost."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from config.place import AlarmBudget
from models.messages.anomalies import Anomaly
from models.messages.warnings import CityWarning, Level, WarningChange
from models.warnings.throttle import AlarmThrottle, throttle
from tests.models.warnings.warning_things import anomaly

HOUR_MS = 3_600_000
TWO = AlarmBudget(per_hour=1, burst=2)


def flagged(once_in_days: float) -> Anomaly:
    found = anomaly(0, 5)
    evidence = msgspec.structs.replace(found.evidence, once_in_days=once_in_days)
    return msgspec.structs.replace(found, evidence=evidence)


def warning(
    name: str,
    level: Level = Level.YELLOW,
    *,
    change: WarningChange = WarningChange.RAISED,
    days: float = 100.0,
    owner: str = "值班室",
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
        owner={"zh": owner, "en": owner},
        evidence=[flagged(days)],
    )


def shown(published: Sequence[CityWarning]) -> list[str]:
    return [each.id for each in published if not each.held]


def held(published: Sequence[CityWarning]) -> list[str]:
    return [each.id for each in published if each.held]


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


def test_each_owner_has_a_desk_of_its_own() -> None:
    flood = [warning(f"{owner}{n}", owner=owner) for owner in "xyz" for n in range(2)]
    assert held(throttle(AlarmThrottle(), flood, 0, TWO)[1]) == []


def test_what_was_held_is_raised_when_there_is_room_though_nothing_else_happens() -> None:
    flood = [warning(name) for name in "abc"]
    desk, _ = throttle(AlarmThrottle(), flood, 0, TWO)
    desk, published = throttle(desk, [], HOUR_MS // 2, TWO)
    assert published == []
    desk, (released,) = throttle(desk, [], HOUR_MS, TWO)
    assert (released.id, released.held, released.revision) == ("c", False, 1)
    assert (released.change, released.updated_ms) == (WarningChange.RAISED, HOUR_MS)
    assert throttle(desk, [], 9 * HOUR_MS, TWO)[1] == []


def test_a_change_of_a_held_warning_stays_held_until_it_is_worse_than_what_waits() -> None:
    desk, _ = throttle(AlarmThrottle(), [warning(name) for name in "abc"], 0, TWO)
    grown = warning("c", change=WarningChange.UPDATED)
    desk, (again,) = throttle(desk, [grown], 1, TWO)
    assert (again.held, again.change, again.revision) == (True, WarningChange.UPDATED, 1)
    worse = warning("c", Level.RED, change=WarningChange.LEVEL_UP)
    _, (seen,) = throttle(desk, [worse], 2, TWO)
    assert (seen.held, seen.change, seen.revision) == (False, WarningChange.RAISED, 2)


def test_changes_of_a_warning_that_is_seen_cost_nothing() -> None:
    desk, _ = throttle(AlarmThrottle(), [warning("a"), warning("b")], 0, TWO)
    for number in range(5):
        change = warning("a", change=WarningChange.UPDATED)
        desk, (published,) = throttle(desk, [change], number, TWO)
        assert (published.held, published.revision) == (False, number + 1)


def test_a_held_warning_that_ends_is_never_shown() -> None:
    desk, _ = throttle(AlarmThrottle(), [warning(name) for name in "abc"], 0, TWO)
    desk, (over,) = throttle(desk, [warning("c", change=WarningChange.CLEARED)], 1, TWO)
    assert over.held
    assert throttle(desk, [], 9 * HOUR_MS, TWO)[1] == []


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
    desk, now_ms, passed = AlarmThrottle(), 0, 0
    revisions: dict[str, int] = {}
    visible: set[str] = set()
    for name, level, change, step_ms in flow:
        now_ms += step_ms
        desk, published = throttle(desk, [warning(name, level, change=change)], now_ms, TWO)
        desk = msgspec.msgpack.decode(msgspec.msgpack.encode(desk), type=AlarmThrottle)
        for each in published:
            fresh = name not in desk.slips or each.revision == 0
            assert fresh or each.revision == revisions[each.id] + 1
            revisions[each.id] = each.revision
            if each.change is WarningChange.CLEARED:
                visible.discard(each.id)
            elif not each.held and each.id not in visible:
                visible.add(each.id)
                passed += each.level < Level.RED
    assert passed <= TWO.burst + now_ms / HOUR_MS * TWO.per_hour
    waiting = {name for name, slip in desk.slips.items() if slip.held}
    assert waiting == desk.slips.keys() - visible
