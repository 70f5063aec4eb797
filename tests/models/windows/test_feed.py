"""Frames in, closed panes out: known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.messages.columns import MalformedColumns
from models.messages.frames import IDLE
from models.timing.units import MINUTE_MS
from models.windows.feed import FeedWindows
from models.windows.pane import Pane
from models.windows.panes import Closing
from tests.models.windows.frames import LONG_AFTER_MS, Row, feed, frame

M = MINUTE_MS


def push(
    windows: FeedWindows,
    rows: list[Row] | None = None,
    watermark_ms: int = 0,
    now_ms: int = LONG_AFTER_MS,
    **how: int,
) -> list[Closing]:
    header, columns = frame(rows or [], watermark_ms=watermark_ms, **how)  # type: ignore[arg-type]
    late = windows.take(header, columns).late
    assert not late["cell"].size
    return windows.advance(now_ms, with_corrections=not rows)


def numbers(told: list[Closing]) -> list[int]:
    return [closing.number for closing in told]


def test_a_pane_closes_when_the_watermark_reaches_its_end_and_not_before() -> None:
    windows = FeedWindows(feed())
    assert push(windows, [(7, 0, 30, 10 * M, 0), (7, 0, 10, 11 * M - 1, 1)], 9 * M)[0].number == 8
    assert push(windows, watermark_ms=11 * M - 1)[0].number == 9
    (closed,) = push(windows, watermark_ms=11 * M)
    assert closed.number == 10 and closed.watermark_ms == 11 * M
    pane = closed.pane
    assert pane is not None
    assert (pane.counts[0], pane.sums[0], pane.lows[0], pane.highs[0]) == (2, 40, 10, 30)
    assert pane.revision == 0 and pane.ingested_ms == 1000
    assert windows.panes.closed_count == 1


def test_only_the_last_of_several_panes_carries_the_whole_watermark() -> None:
    windows = FeedWindows(feed())
    push(windows, [(1, 0, 1, 3 * M, 0), (1, 0, 1, 5 * M, 1), (1, 0, 1, 9 * M, 2)], 2 * M)
    told = push(windows, watermark_ms=8 * M + 5)
    assert numbers(told) == [3, 5, 7]
    assert [closing.watermark_ms for closing in told] == [4 * M, 6 * M, 8 * M + 5]
    assert told[-1].pane is None
    assert windows.panes.closed_count == 2


def test_nothing_is_sent_twice_while_the_watermark_stays_inside_a_pane() -> None:
    windows = FeedWindows(feed())
    assert numbers(push(windows, watermark_ms=5 * M)) == [4]
    assert push(windows, watermark_ms=5 * M + 30_000) == []
    assert push(windows, watermark_ms=4 * M) == []


def test_nothing_closes_before_all_raw_partitions_have_reported() -> None:
    windows = FeedWindows(feed())
    assert push(windows, [(1, 0, 1, M, 0)], 9 * M, raw_partitions=2) == []
    told = push(windows, watermark_ms=3 * M, raw_partitions=2, raw_partition=1)
    assert numbers(told) == [1, 2]


def test_all_idle_closes_every_pane_and_later_readings_correct_it() -> None:
    windows = FeedWindows(feed())
    push(windows, [(1, 0, 5, 10 * M, 0)], 8 * M)
    (closed,) = push(windows, watermark_ms=IDLE)
    assert (closed.number, closed.watermark_ms) == (10, IDLE)
    assert push(windows, watermark_ms=IDLE) == []
    (again,) = push(windows, [(1, 0, 7, 10 * M + 1, 1)], 8 * M)[-1:]
    assert again.pane is not None
    assert (again.number, again.watermark_ms, again.pane.revision) == (10, 8 * M, 1)
    assert (again.pane.counts[0], again.pane.sums[0]) == (2, 12)
    assert windows.panes.closed_count == 1


def test_a_quiet_feed_keeps_a_pane_open_until_its_lateness_is_over() -> None:
    windows = FeedWindows(feed(pane_s=300, lateness_s=120, interval_s=60))
    push(windows, [(1, 0, 5, 10 * M, 0)], 8 * M, now_ms=10 * M)
    assert push(windows, watermark_ms=IDLE, now_ms=11 * M) == []  # all sensors spoke, then none
    push(windows, [(1, 0, 7, 11 * M, 1)], 9 * M, now_ms=11 * M)
    (before,) = push(windows, watermark_ms=IDLE, now_ms=17 * M - 1)
    assert (before.number, before.watermark_ms) == (1, 10 * M)  # no further: a pane is open
    (closed,) = push(windows, watermark_ms=IDLE, now_ms=17 * M)
    assert closed.pane is not None and closed.watermark_ms == IDLE
    assert (closed.number, closed.pane.revision, closed.pane.counts[0]) == (2, 0, 2)


def test_a_quiet_feed_whose_sensors_speak_once_a_pane_waits_for_nothing() -> None:
    windows = FeedWindows(feed(pane_s=300, lateness_s=120, interval_s=300))
    push(windows, [(1, 0, 5, 10 * M, 0)], 8 * M, now_ms=10 * M)
    assert numbers(push(windows, watermark_ms=IDLE, now_ms=10 * M)) == [2]


def test_a_partition_that_never_had_a_reading_says_that_it_is_idle() -> None:
    windows = FeedWindows(feed())
    (told,) = push(windows, watermark_ms=IDLE)
    assert (told.number, told.pane, told.watermark_ms) == (0, None, IDLE)


def test_corrections_wait_for_the_next_tick_and_count_up_once() -> None:
    windows = FeedWindows(feed())
    push(windows, [(1, 0, 5, 10 * M, 0)], 12 * M)
    push(windows, watermark_ms=12 * M)
    assert push(windows, [(1, 0, 7, 10 * M, 1)], 12 * M) == []
    assert push(windows, [(2, 0, 9, 10 * M, 2)], 12 * M) == []
    (corrected,) = push(windows, watermark_ms=12 * M)
    assert corrected.pane is not None
    assert (corrected.number, corrected.pane.revision) == (10, 1)
    assert corrected.pane.sums[:2].tolist() == [12, 9]
    assert push(windows, watermark_ms=12 * M) == []


def test_a_reading_for_a_pane_that_closed_empty_makes_revision_one() -> None:
    windows = FeedWindows(feed())
    push(windows, watermark_ms=12 * M)
    push(windows, [(1, 0, 7, 10 * M, 0)], 12 * M)
    (corrected,) = push(windows, watermark_ms=12 * M)
    assert corrected.pane is not None and corrected.pane.revision == 1


def test_a_reading_for_a_pane_that_is_gone_is_late_and_changes_nothing() -> None:
    windows = FeedWindows(feed(pane_s=60, lateness_s=120))  # three closed panes are kept
    push(windows, watermark_ms=10 * M)
    rows: list[Row] = [(1, 0, 5, 7 * M - 1, 0), (2, 0, 6, 7 * M, 0)]
    late = windows.take(*frame(rows, watermark_ms=10 * M)).late
    assert late["cell"].tolist() == [1] and late["ts_ms"].tolist() == [7 * M - 1]
    assert (windows.late_count, windows.applied_count) == (1, 1)
    assert not windows.take(*frame(rows, watermark_ms=10 * M)).late["cell"].size  # a replay
    assert (windows.late_count, windows.applied_count) == (1, 1)


@pytest.mark.parametrize(
    ("row", "how", "complaint"),
    [
        ((1, 1, 5, M, 0), {}, "metric 1 of 1"),
        ((1_000_000, 0, 5, M, 0), {}, "six digits"),
        ((1, 0, 5, M, 0), {"metrics": ("soot",)}, "no metric soot"),
        ((1, 0, 5, M, 0), {"street": "11010100x"}, "nine digits"),
    ],
)
def test_what_cannot_be_is_refused_whole(row: Row, how: dict[str, str], complaint: str) -> None:
    windows = FeedWindows(feed())
    with pytest.raises(MalformedColumns, match=complaint):
        windows.take(*frame([(1, 0, 5, M, 0), row], watermark_ms=0, **how))  # type: ignore[arg-type]
    assert windows.applied_count == 0


def test_metrics_are_numbered_by_name_not_by_their_place_in_the_frame() -> None:
    windows = FeedWindows(feed(metrics=("pm10", "pm25")))
    push_header = frame([(1, 0, 5, M, 0)], watermark_ms=0, metrics=("pm25", "pm10"))
    windows.take(*push_header)
    assert windows.series.metrics.tolist() == [1]


def test_means_of_all_windows_by_hand() -> None:
    windows = FeedWindows(feed(pane_s=900, lateness_s=600))
    hour = 60 * M
    start = 30 * 24 * hour
    rows: list[Row] = [
        (1, 0, 100, start - 3 * 24 * hour, 0),
        (1, 0, 200, start - 5 * hour, 1),
        (1, 0, 300, start - 20 * M, 2),
        (1, 0, 400, start, 3),
        (2, 0, 50, start - 5 * hour, 4),
    ]
    push(windows, rows, start - 4 * 24 * hour)
    push(windows, watermark_ms=start)
    found = windows.rows()
    table = {
        (int(cell) % 10, windows.layers[layer]): float(value)
        for cell, layer, value in zip(found.cell, found.layer, found.value, strict=True)
    }
    assert table == pytest.approx(
        {
            # The pane of `start` is open: p95 knows 20.0 and 30.0, within the sketch's 5 %.
            (1, "pm10.mean_1h"): 35.0,
            (1, "pm10.mean_24h"): 30.0,
            (1, "pm10.mean_7d"): 25.0,
            (1, "pm10.p95_24h"): table[1, "pm10.p95_24h"],
            (2, "pm10.mean_24h"): 5.0,
            (2, "pm10.mean_7d"): 5.0,
            (2, "pm10.p95_24h"): table[2, "pm10.p95_24h"],
        }
    )
    assert table[1, "pm10.p95_24h"] == pytest.approx(30.0, rel=0.05)
    assert set(found.event_ms.tolist()) == {start, start - 5 * hour}


def test_one_fast_clock_does_not_empty_the_last_five_minutes() -> None:
    windows = FeedWindows(feed(lateness_s=60, future_s=600))
    start = 10_000 * M
    push(windows, [(1, 0, 70, start, 0)], start - M, raw_partitions=2)
    push(
        windows,
        [(2, 0, 90, start + 9 * M, 0)],
        start + 8 * M,
        raw_partition=1,
        raw_partitions=2,
    )
    found = windows.rows()
    five_minutes = windows.layers.index("pm10.mean_5min")
    assert found.value[found.layer == five_minutes].tolist() == pytest.approx([7.0])


def test_values_are_sorted_by_cell_whatever_the_order_of_arrival() -> None:
    windows = FeedWindows(feed())
    push(windows, [(9, 0, 1, M, 0), (3, 0, 1, M, 1), (5, 0, 1, M, 2)], M)
    cells = windows.rows().cell
    assert (np.diff(cells) >= 0).all()


ROWS = st.tuples(st.integers(0, 4), st.just(0), st.integers(-9, 99), st.integers(8 * M, 20 * M))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.lists(ROWS, max_size=5), st.integers(0, 20)), max_size=12))
def test_rows_that_gather_give_what_rows_added_at_once_give(
    frames: list[tuple[list[tuple[int, int, int, int]], int]],
) -> None:
    gathering, at_once = FeedWindows(feed()), FeedWindows(feed())
    offset = 0
    for number, (readings, minute) in enumerate(frames):
        rows: list[Row] = [(*row, offset + place) for place, row in enumerate(readings)]
        offset += len(rows)
        told = []
        for windows in (gathering, at_once):
            windows.take(*frame(rows, watermark_ms=minute * M, ingested_ms=number))
            if windows is at_once:
                windows.settle()
            told.append(
                [
                    (one.number, one.watermark_ms, one.pane and contents(one.pane))
                    for one in windows.advance(LONG_AFTER_MS, with_corrections=not rows)
                ]
            )
        assert told[0] == told[1]
    for name in ("cell", "layer", "value", "event_ms"):
        mine, theirs = (getattr(windows.rows(), name) for windows in (gathering, at_once))
        assert mine.tolist() == theirs.tolist()


def contents(pane: Pane) -> list[object]:
    quantiles = np.nan_to_num(pane.quantiles(np.arange(5)), nan=-1.0)
    columns = (pane.counts, pane.sums, pane.lows, pane.highs, quantiles)
    return [pane.revision, pane.ingested_ms, *(column.tolist() for column in columns)]


def test_an_old_pane_does_not_get_the_time_of_a_frame_for_a_newer_one() -> None:
    windows = FeedWindows(feed())
    windows.take(*frame([(1, 0, 1, 3 * M, 0)], watermark_ms=0, ingested_ms=50))
    windows.take(*frame([(1, 0, 1, 4 * M, 1)], watermark_ms=0, ingested_ms=90))
    panes = [told.pane for told in push(windows, watermark_ms=5 * M)]
    assert [pane and pane.ingested_ms for pane in panes] == [50, 90]


def test_rows_do_not_gather_without_end() -> None:
    windows = FeedWindows(feed())
    for start in range(0, 50_000, 5000):
        rows: list[Row] = [(1, 0, 1, 3 * M, offset) for offset in range(start, start + 5000)]
        windows.take(*frame(rows, watermark_ms=0))
    assert windows.applied_count == 50_000
    assert windows.sums.totals(3 * M, size=1)[0].counts[0] >= 50_000 - 32_768
