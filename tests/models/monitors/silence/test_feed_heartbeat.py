"""When a whole feed counts as silent: after three of its intervals, or the rule's least hours."""

from __future__ import annotations

import pytest

from config.rules import SilenceRule
from models.messages.signals import SignalBatch
from models.monitors.silence.feed_heartbeat import FeedHeartbeatMonitor
from models.timing.units import HOUR_MS
from tests.models.situation.test_feeds import health
from tests.streams.agents.district import dongcheng

BEGAN_MS = 1_800_000_000_000
SLOW_S = 7200  # a source of the feed reports every two hours


def monitor(expected_s: int) -> FeedHeartbeatMonitor:
    rule = dongcheng().rules["dust-feed-silence"]
    assert isinstance(rule, SilenceRule)
    assert (rule.minimum, rule.levels["blue"]) == (2, 1)
    return FeedHeartbeatMonitor(rule, "110101", expected_s)


def report(one: FeedHeartbeatMonitor, hours: float, position: int) -> SignalBatch | None:
    """Both raw partitions say how far they are; gives what that brings."""
    now_ms = round(BEGAN_MS + hours * HOUR_MS)
    said = [
        one.apply(health(partition, now_ms, 0, position=position, sent_ms=BEGAN_MS))
        for partition in (0, 1)
    ]
    return next((batch for batch in said if batch is not None), None)


@pytest.mark.parametrize(
    ("expected_s", "hours", "is_silent"),
    [
        (SLOW_S, 5.99, False),
        (SLOW_S, 6.0, True),
        (60, 1.99, False),
        (60, 2.0, True),  # three minutes would be a warning at every hiccup
    ],
)
def test_a_feed_is_silent_after_three_intervals(
    expected_s: int, hours: float, is_silent: bool
) -> None:
    one = monitor(expected_s)
    assert report(one, 0.0, 90) is None
    assert (report(one, hours, 90) is not None) is is_silent


def test_a_silent_feed_that_speaks_is_over_at_once() -> None:
    one = monitor(SLOW_S)
    report(one, 0.0, 90)
    assert report(one, 7.0, 90) is not None
    over = report(one, 7.1, 91)
    assert over is not None
    assert [signal.active for signal in over.signals] == [False]
