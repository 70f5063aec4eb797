"""The clock that the states of all kinds of feeds share."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from config.catalog import Feed
from models.feeds.street_feed import StreetFeed
from models.messages.bounds import IDLE
from models.messages.origin import Origin
from models.windows.feed import FeedWindows
from tests.models.windows.frames import feed, frame

M = 60_000
NOON = 12 * 60 * M
LATENESS = 2 * M


def heard(street: StreetFeed, *told: tuple[int, int]) -> StreetFeed:
    """Let two raw partitions say how far they are."""
    for raw_partition, watermark_ms in told:
        street.watermark.observe(Origin(1, raw_partition, 2, watermark_ms, ingested_ms=0))
    return street


def dust() -> Feed:
    return feed(lateness_s=LATENESS // 1000)


def test_the_clock_is_not_known_before_all_raw_partitions_reported_and_one_had_an_event() -> None:
    assert StreetFeed(dust()).clock_ms == 0
    assert heard(StreetFeed(dust()), (0, 5 * M)).clock_ms == 0
    assert heard(StreetFeed(dust()), (0, IDLE), (1, IDLE)).clock_ms == 0


def test_an_idle_feed_stands_where_its_furthest_raw_partition_came() -> None:
    told = [(0, 5 * M), (1, 9 * M)]
    assert heard(StreetFeed(dust()), *told).clock_ms == 5 * M + LATENESS
    assert heard(StreetFeed(dust()), *told, (0, IDLE), (1, IDLE)).clock_ms == 9 * M + LATENESS


def test_windows_of_an_idle_feed_end_at_one_time_in_all_street_partitions() -> None:
    """A street that was quiet since midnight shows no means of then as those of now."""
    quiet, busy = FeedWindows(dust()), FeedWindows(dust())
    quiet.take(*frame([(1, 0, 70, 10 * M, 0)], watermark_ms=10 * M - LATENESS, raw_partitions=2))
    busy.take(
        *frame(
            [(2, 0, 30, NOON, 0)], watermark_ms=NOON - LATENESS, raw_partition=1, raw_partitions=2
        )
    )
    for windows in (quiet, busy):
        tell = partial(frame, raw_partitions=2)
        windows.take(*tell(watermark_ms=10 * M - LATENESS))
        windows.take(*tell(watermark_ms=NOON - LATENESS, raw_partition=1))
        windows.take(*tell(watermark_ms=IDLE))
        windows.take(*tell(watermark_ms=IDLE, raw_partition=1))
    assert quiet.now_ms == busy.now_ms == NOON
    layers = [quiet.layers[number] for number in quiet.rows().layer]
    assert "pm10.mean_5min" not in layers and "pm10.mean_24h" in layers


def test_one_reading_dated_ahead_does_not_empty_the_windows_of_an_idle_feed() -> None:
    windows = FeedWindows(dust())
    rows = [(1, 0, 70, 10 * M, 0), (2, 0, 30, 12 * M, 1)]  # the clock of the second is fast
    windows.take(*frame(rows, watermark_ms=10 * M - LATENESS))
    windows.take(*frame(watermark_ms=IDLE))
    assert windows.now_ms == 10 * M


def test_the_base_alone_cannot_go_back() -> None:
    with pytest.raises(NotImplementedError):
        StreetFeed(dust())._go_back(0, 0)


def test_a_row_is_new_once() -> None:
    street, at = StreetFeed(dust()), Origin(1, 0, 1, 0, 0)
    assert street._new_rows("110101001", at, np.array([4, 5])).tolist() == [True, True]
    assert street._new_rows("110101001", at, np.array([5, 6])).tolist() == [False, True]
