"""Times that a history is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.history.span import MOST_DAYS, RANGES, SpanFault, UnusableSpan, last_span, own_span
from models.timing.units import DAY_MS, HOUR_MS

NOW_MS = 1_397_620_800_000


@given(st.sampled_from(sorted(RANGES)), st.integers(0, 4_000_000_000_000))
def test_the_last_time_is_whole_hours_and_holds_the_present(name: str, now_ms: int) -> None:
    span = last_span(name, now_ms)
    assert span.since_ms % HOUR_MS == span.until_ms % HOUR_MS == 0
    assert span.until_ms - HOUR_MS < now_ms <= span.until_ms
    assert span.hours * HOUR_MS == RANGES[name]


@pytest.mark.parametrize(
    ("since", "until", "fault"),
    [
        (None, NOW_MS, SpanFault.MISSING),
        (NOW_MS, None, SpanFault.MISSING),
        (NOW_MS, NOW_MS, SpanFault.ORDER),
        (NOW_MS, NOW_MS - 1, SpanFault.ORDER),
        (NOW_MS - MOST_DAYS * DAY_MS - 1, NOW_MS, SpanFault.LONG),
        (-1, HOUR_MS, SpanFault.EARLY),
        (NOW_MS + HOUR_MS, NOW_MS + DAY_MS, SpanFault.FUTURE),
    ],
)
def test_a_time_that_cannot_be_asked_for_says_why(
    since: int | None, until: int | None, fault: SpanFault
) -> None:
    with pytest.raises(UnusableSpan) as refused:
        own_span(since, until, NOW_MS)
    assert refused.value.fault is fault


def test_the_longest_time_is_a_season() -> None:
    since = NOW_MS - MOST_DAYS * DAY_MS
    assert own_span(since, NOW_MS, NOW_MS).hours == MOST_DAYS * 24
