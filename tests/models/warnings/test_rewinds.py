"""What a rule remembers of a future that was never lived counts as of the moment it was found."""

from __future__ import annotations

import msgspec
import pytest

from models.messages.rewinds import Rewind
from models.messages.warnings import WarningChange
from models.warnings.identity import rule_and_area, warning_id
from models.warnings.inhibition import Cause, Causes
from models.warnings.lifecycle import AlarmState, rewound
from models.warnings.rule_state import RuleState, rewind
from models.warnings.throttle import AlarmThrottle
from models.warnings.throttle import rewind as rewind_throttle
from tests.models.warnings.test_rule_state import run
from tests.models.warnings.warning_things import CELL, STREET, batch, reading, tick_ms

ASKED_MS, BACK_MS = 5_000, 2_000
ORDER = Rewind(feed="dust", partition=0, partitions=1, watermark_ms=BACK_MS, asked_ms=ASKED_MS)


@pytest.mark.parametrize(("now_ms", "after_ms"), [(5_000, 5_000), (5_001, 2_000), (1, 1)])
def test_a_bucket_goes_back_only_where_its_clock_is_ahead(now_ms: int, after_ms: int) -> None:
    state = AlarmThrottle(now_ms=now_ms, tokens=1.5)
    assert rewind_throttle(state, ORDER) == AlarmThrottle(now_ms=after_ms, tokens=1.5)


@pytest.mark.parametrize(("ended_ms", "after_ms"), [(0, 0), (5_000, 5_000), (5_001, 2_000)])
def test_a_cause_that_ended_in_the_future_has_ended_where_the_feed_goes_on(
    ended_ms: int, after_ms: int
) -> None:
    other = Cause(warning="x", ended_ms=9_999)
    causes = Causes(by_feed={"dust": Cause(warning="w", ended_ms=ended_ms), "gas": other})
    assert causes.rewind(ORDER).by_feed == {
        "dust": Cause(warning="w", ended_ms=after_ms),
        "gas": other,
    }
    assert Causes().rewind(ORDER) == Causes()


def state_at(ms: int, tick_at_ms: int) -> AlarmState:
    state, _ = run(batch(0, reading(0, 50)))
    (area,) = state.areas.values()
    cell = msgspec.structs.replace(area.cells[CELL], first_ms=ms, reported_ms=ms)
    times = dict.fromkeys(("opened_ms", "raised_ms", "reported_ms", "held_ms", "cleared_ms"), ms)
    return msgspec.structs.replace(area, tick_ms=tick_at_ms, cells={CELL: cell}, **times)


@pytest.mark.parametrize(("ms", "after_ms"), [(4_999, 4_999), (5_000, 5_000), (5_001, 5_000)])
def test_no_time_of_an_area_is_later_than_the_order_was_asked_for(ms: int, after_ms: int) -> None:
    assert rewound(state_at(ms, 9_000), ORDER) == state_at(after_ms, BACK_MS)
    assert rewound(state_at(ms, 1_999), ORDER) == state_at(after_ms, 1_999)


def test_a_rule_goes_back_with_all_its_areas_where_its_clock_is_ahead() -> None:
    area = state_at(9_000, 9_000)
    for tick_at_ms, is_moved in ((5_000, False), (5_001, True)):
        state = RuleState(tick_ms=tick_at_ms, areas={STREET: area, "110101": area})
        after = rewind(state, ORDER)
        if is_moved:
            back = rewound(area, ORDER)
            assert after == RuleState(tick_ms=BACK_MS, areas={STREET: back, "110101": back})
        else:
            assert after is state


def test_an_open_warning_stays_open_and_is_cleared_by_panes_that_come_again() -> None:
    state, (raised,) = run(batch(500, reading(500, 50)))
    order = msgspec.structs.replace(ORDER, watermark_ms=tick_ms(0), asked_ms=tick_ms(9))
    back = rewind(state, order)
    assert back.tick_ms == tick_ms(0)
    calm = [batch(n, reading(n, 0, active=False)) for n in range(1, 12)]
    _, told = run(*calm, state=back)
    assert (raised.change, [each.change for each in told]) == (
        WarningChange.RAISED,
        [WarningChange.CLEARED],
    )


def test_rule_and_area_are_read_from_the_name_of_a_warning() -> None:
    assert rule_and_area(warning_id("a.b", "110101001", 5_000)) == ("a.b", "110101001")
    assert [rule_and_area(text) for text in ("", "a", "a.b")] == [("", "")] * 3
    assert rule_and_area("a.b.c") == ("a", "b")
