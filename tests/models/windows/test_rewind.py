"""Windows whose watermark ran away, and was set back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.messages.frames import IDLE
from models.messages.rewinds import Rewind
from models.timing.units import MINUTE_MS
from models.windows.feed import FeedWindows
from models.windows.ring import SlotRing
from models.windows.rows import Rows
from models.windows.saved import changes, restore
from tests.models.windows.frames import LONG_AFTER_MS, Row, feed, frame

M = MINUTE_MS
NOW = 1000 * M
FAR = 10**6 * M


def back_to(watermark_ms: int, asked_ms: int, partition: int = 0) -> Rewind:
    return Rewind(
        feed="dust",
        origin=1,
        partition=partition,
        partitions=1,
        watermark_ms=watermark_ms,
        asked_ms=asked_ms,
    )


def push(
    windows: FeedWindows, rows: list[Row], watermark_ms: int, **how: int
) -> dict[int, tuple[int, int]]:
    """Revision and count of each pane that is told by a frame."""
    header, columns = frame(rows, watermark_ms=watermark_ms, **how)  # type: ignore[arg-type]
    assert not windows.take(header, columns).late["cell"].size
    told = windows.advance(LONG_AFTER_MS, with_corrections=not rows)
    return {t.number: (t.pane.revision, int(t.pane.counts.sum())) for t in told if t.pane}


def readings(*minutes: int, offset: int = 0) -> list[Row]:
    return [(7, 0, 30, minute * M, offset + place) for place, minute in enumerate(minutes)]


def test_panes_that_closed_too_early_are_told_again_whole() -> None:
    windows = FeedWindows(feed())
    push(windows, readings(998, 999, 1000), 997 * M)
    assert push(windows, [(7, 0, 1, FAR, 9)], 997 * M) == {}
    early = push(windows, [], FAR - M)
    assert early == {998: (0, 1), 999: (0, 1), 1000: (0, 1)}
    assert windows.rewind(back_to(998 * M, NOW))
    assert windows.last_event_ms <= NOW + M
    assert push(windows, readings(999, 1000, offset=10), 998 * M) == {}
    assert push(windows, [], 1001 * M) == {998: (1, 1), 999: (1, 2), 1000: (1, 2)}
    assert windows.panes.closed_count == 3


def test_a_rewind_survives_a_restart_and_does_nothing_twice() -> None:
    windows = FeedWindows(feed())
    push(windows, readings(998, 999), 997 * M)
    push(windows, [(7, 0, 1, FAR, 9)], FAR)
    windows.rewind(back_to(998 * M, NOW))
    again = FeedWindows(feed())
    restore(again, {k: v for k, v in changes(windows).items() if v is not None})
    for each in (windows, again):
        assert not each.rewind(back_to(990 * M, NOW))
        assert each.panes.closed_end == 998
        assert push(each, readings(999, offset=20), 998 * M) == {}
        assert push(each, [], 1000 * M) == {998: (1, 1), 999: (1, 2)}


def test_an_idle_feed_does_not_run_away_once_more() -> None:
    windows = FeedWindows(feed())
    push(windows, [(7, 0, 1, FAR, 9)], FAR)
    windows.rewind(back_to(998 * M, NOW))
    push(windows, [], IDLE)
    assert windows.panes.closed_end <= 1001
    assert push(windows, readings(1000, offset=20), 998 * M) == {}


def test_the_partition_that_is_last_still_holds_the_feed() -> None:
    """Only one of two raw partitions ran away: the feed never did, and stays where it is."""
    windows = FeedWindows(feed())
    push(windows, [], 900 * M, raw_partitions=2)
    push(windows, [], FAR, raw_partition=1, raw_partitions=2)
    assert windows.watermark.value == 900 * M
    assert windows.rewind(back_to(998 * M, NOW, partition=1))
    assert windows.watermark.value == 900 * M
    push(windows, [], 999 * M, raw_partitions=2)
    assert windows.watermark.value == 998 * M


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=30),
    st.integers(0, 40),
    st.integers(41, 60),
)
def test_a_ring_forgets_what_is_later_and_keeps_what_it_still_has(
    before: list[int], last: int, far: int
) -> None:
    slots = 16
    ring = SlotRing(10, slots)
    held: dict[int, int] = {}
    for slot in [*before, far]:
        ring.move_to(slot * 10)
        if slot * 10 >= ring.from_ms:
            ring.add(Rows.of(np.array([0]), np.array([1]), np.array([slot * 10])))
            held[slot] = held.get(slot, 0) + 1
    ring.rewind(last * 10 + 5)
    oldest = far - slots + 1
    for slot in range(70):
        counts, sums = np.zeros(1, np.int64), np.zeros(1, np.int64)
        ring.sum_into(counts, sums, slot * 10, slot * 10 + 10)
        expected = held.get(slot, 0) if oldest <= slot <= last else 0
        assert counts[0] == expected, slot
