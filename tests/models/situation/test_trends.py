"""Ratios to normal, and the lines of the last 24 hours."""

from __future__ import annotations

import msgspec
import numpy as np

from models.grid.grid import Grid
from models.messages.columns import Columns
from models.messages.judged_panes import JudgedHeader
from models.messages.panes import CasePane
from models.situation.ratios import RatioView
from models.situation.trends import TrendView
from models.timing.units import HOUR_MS

PANE_MS = 900_000
CELLS = np.array([10, 20, 30], np.int64)


def judged(
    start_ms: int, value: list[float], expected: list[float]
) -> tuple[JudgedHeader, Columns]:
    header = JudgedHeader(
        rows=len(value), feed="dust", metric="pm10", detector="d", start_ms=start_ms, width_s=900
    )
    columns: Columns = {
        "cell": CELLS[: len(value)],
        "value": np.array(value, np.float32),
        "expected": np.array(expected, np.float32),
    }
    return header, columns


def test_a_ratio_is_the_newest_of_each_cell_and_unknown_without_an_expectation(grid: Grid) -> None:
    view = RatioView()
    assert view.layer("dust", "pm10", grid) is None
    view.apply(*judged(0, [20, 30, 5], [10, 10, np.nan]))
    view.apply(*judged(PANE_MS, [40], [10]))
    layer = view.layer("dust", "pm10", grid)
    assert layer is not None
    assert str(layer.values.tolist()) == "[4.0, 3.0, nan]"
    assert layer.newest_ms == 2 * PANE_MS


def test_old_ratios_are_let_go(grid: Grid) -> None:
    view = RatioView()
    view.apply(*judged(0, [20], [10]))
    assert view.apply(*judged(2 * HOUR_MS, [np.nan], [10])) == [("dust", "pm10", 0)]


TITLE = {"zh": "标题", "en": "title"}


def test_a_trend_is_the_median_of_each_pane_over_a_day() -> None:
    view = TrendView()
    assert view.measured("dust", "pm10", TITLE, "u") is None
    for pane in range(100):
        view.apply(*judged(pane * PANE_MS, [pane, pane + 1, 1000], [5, np.nan, 7]))
    line = view.measured("dust", "pm10", TITLE, "u")
    assert line is not None
    assert (line.step_s, len(line.values)) == (900, 96)
    assert line.start_ms == 4 * PANE_MS
    assert line.values[0] == 5.0
    assert line.expected[0] == 6.0


def test_an_hourly_station_gives_an_hourly_trend() -> None:
    view = TrendView()
    for hour in range(10):
        if hour != 4:
            view.apply(*judged(hour * HOUR_MS, [hour], [np.nan]))
    line = view.measured("dust", "pm10", TITLE, "u")
    assert line is not None
    assert (line.step_s, line.values) == (3600, [0.0, 1.0, 2.0, 3.0, None, 5.0, 6.0, 7.0, 8.0, 9.0])
    assert line.expected == [None] * 10


def test_filed_cases_add_up_over_partitions_and_a_correction_replaces() -> None:
    view = TrendView()

    def pane(start_ms: int, partition: int, filed: int) -> CasePane:
        return CasePane(
            feed="cases",
            partition=partition,
            partitions=2,
            start_ms=start_ms,
            width_s=3600,
            watermark_ms=0,
            revision=0,
            rows=[(10, "a", "filed", filed), (10, "a", "closed", 5)],
        )

    assert view.filed_per_pane("cases", TITLE) is None
    for one in (pane(0, 0, 3), pane(0, 1, 4), pane(0, 0, 2), pane(2 * HOUR_MS, 0, 1)):
        view.apply_cases(one)
    line = view.filed_per_pane("cases", TITLE)
    assert line is not None
    assert line.values == [6.0, 0.0, 1.0]
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(view), type=TrendView)
    assert saved == view


def test_a_ratio_needs_an_expectation_worth_comparing_with(grid: Grid) -> None:
    view = RatioView()
    view.apply(*judged(0, [3.0, 3.0, 3.0], [1.0, 0.99, np.nan]))
    layer = view.layer("dust", "pm10", grid)
    assert layer is not None
    assert str(layer.values.tolist()) == "[3.0, nan, nan]"
    assert layer.event_ms.tolist() == [PANE_MS, 0, 0]
    assert [str(part.dtype) for part in (layer.values, layer.event_ms)] == ["float32", "int64"]
    assert view.layer("dust", "pm25", grid) is None
    assert view.layer("noise", "pm10", grid) is None


def test_ratios_of_cells_the_grid_does_not_have_are_left_out(grid: Grid) -> None:
    view = RatioView()
    header, columns = judged(0, [8.0, 6.0], [2.0, 2.0])
    view.apply(header, {**columns, "cell": np.array([999, 30])})
    layer = view.layer("dust", "pm10", grid)
    assert layer is not None
    assert str(layer.values.tolist()) == "[nan, nan, 3.0]"


def test_ratios_are_kept_for_two_hours_each_metric_by_itself(grid: Grid) -> None:
    view = RatioView()
    assert view.apply(*judged(0, [20], [10])) == []
    other, columns = judged(9 * HOUR_MS, [20], [10])
    assert view.apply(msgspec.structs.replace(other, metric="pm25"), columns) == []
    assert view.apply(msgspec.structs.replace(other, feed="noise"), columns) == []
    assert view.apply(*judged(2 * HOUR_MS - 1, [np.nan], [10])) == []
    assert view.apply(*judged(2 * HOUR_MS, [np.nan], [10])) == [("dust", "pm10", 0)]
    assert view.apply(*judged(5, [20], [10])) == []  # late, and still within the two hours
    assert view.apply(*judged(0, [20], [10])) == [("dust", "pm10", 0)]


def points(*starts_ms: int, width_s: int = 900) -> TrendView:
    view = TrendView()
    for start_ms in starts_ms:
        header, columns = judged(start_ms, [1.0, 3.0], [2.0, 4.0])
        view.apply(msgspec.structs.replace(header, width_s=width_s), columns)
    return view


def test_a_line_begins_and_ends_with_its_panes_and_has_gaps_between() -> None:
    line = points(900_000, 3 * 900_000, 4 * 900_000).measured("dust", "pm10", TITLE, "u")
    assert line is not None
    assert (line.id, line.feed, line.title, line.unit) == ("pm10", "dust", TITLE, "u")
    assert (line.start_ms, line.step_s) == (900_000, 900)
    assert line.values == [2.0, None, 2.0, 2.0]
    assert line.expected == [3.0, None, 3.0, 3.0]


def test_a_line_of_which_most_panes_are_empty_is_drawn_by_the_hour() -> None:
    every_half_hour = [n * 1_800_000 for n in range(5)]  # five points, two hours
    line = points(*every_half_hour).measured("dust", "pm10", TITLE, "u")
    assert line is not None
    assert (line.step_s, len(line.values)) == (900, 9)
    sparse = [0, 1_800_000, 7_200_000 + 900_000, 9_900_000]
    line = points(*sparse).measured("dust", "pm10", TITLE, "u")
    assert line is not None
    assert (line.step_s, line.start_ms, line.values) == (3600, 0, [2.0, None, 2.0])
    late = points(*(n + 1_800_000 for n in sparse)).measured("dust", "pm10", TITLE, "u")
    assert late is not None
    assert (late.start_ms, late.values) == (0, [2.0, 2.0, 2.0, 2.0])
    wide = points(0, 14 * HOUR_MS, width_s=7200).measured("dust", "pm10", TITLE, "u")
    assert wide is not None
    assert wide.step_s == 7200


def test_points_of_one_hour_are_averaged_over_those_that_expect_something() -> None:
    view = TrendView()
    for start_ms, value, expected in (
        (0, 1.0, 5.0),
        (900_000, 3.0, np.nan),
        (20 * HOUR_MS, 7.0, np.nan),
    ):
        view.apply(*judged(start_ms, [value], [expected]))
    line = view.measured("dust", "pm10", TITLE, "u")
    assert line is not None
    assert (line.values[0], line.expected[0]) == (2.0, 5.0)
    assert (line.values[-1], line.expected[-1], len(line.values)) == (7.0, None, 21)


def test_a_day_is_kept_to_the_pane() -> None:
    day_ms = 24 * HOUR_MS
    view = points(0, 1, day_ms)
    assert sorted(view.points["dust/pm10"]) == [1, day_ms]
    assert view.widths_s == {"dust": 900}
    assert view.measured("dust", "pm25", TITLE, "u") is None


def filed(start_ms: int, partition: int, *counts: tuple[str, int]) -> CasePane:
    return CasePane(
        feed="cases",
        partition=partition,
        partitions=2,
        start_ms=start_ms,
        width_s=1800,
        watermark_ms=0,
        revision=0,
        rows=[(10 + n, "a", kind, count) for n, (kind, count) in enumerate(counts)],
    )


def test_cases_filed_are_summed_over_cells_and_partitions_pane_by_pane() -> None:
    view = TrendView()
    view.apply_cases(filed(1_800_000, 0, ("filed", 3), ("filed", 4), ("closed", 9)))
    view.apply_cases(filed(1_800_000, 1, ("filed", 5)))
    view.apply_cases(filed(3 * 1_800_000, 1))
    line = view.filed_per_pane("cases", TITLE)
    assert line is not None
    assert (line.id, line.feed, line.title, line.unit) == ("cases.filed", "cases", TITLE, "")
    assert (line.start_ms, line.step_s, line.values) == (1_800_000, 1800, [12.0, 0.0, 0.0])
    assert line.expected == []
    assert view.filed_per_pane("parking", TITLE) is None
    view.apply_cases(filed(1_800_000 + 24 * HOUR_MS, 0, ("filed", 1)))
    assert sorted(view.filed["cases"]) == [3 * 1_800_000, 1_800_000 + 24 * HOUR_MS]


def test_ratios_of_another_feed_that_comes_before_do_not_hide_those_asked_for(grid: Grid) -> None:
    view = RatioView()
    header, columns = judged(0, [20], [10])
    for feed, metric in (("air", "pm10"), ("dust", "a"), ("dust", "pm10"), ("gas", "pm10")):
        view.apply(msgspec.structs.replace(header, feed=feed, metric=metric), columns)
    for feed in ("air", "dust", "gas"):
        layer = view.layer(feed, "pm10", grid)
        assert layer is not None
        assert layer.values[0] == 2.0


def test_ratios_of_a_feed_that_lie_in_a_future_that_was_not_lived_are_let_go() -> None:
    book = RatioView()
    header, columns = judged(0, [20], [10])
    for feed, start_ms in (("dust", 5), ("dust", 6), ("gas", 6)):
        book.apply(msgspec.structs.replace(header, feed=feed, start_ms=start_ms), columns)
    assert book.rewind("dust", 5) == [("dust", "pm10", 6)]
    assert book.rewind("dust", 5) == []
    assert book.rewind("gas", 5) == [("gas", "pm10", 6)]


def test_points_of_a_feed_that_lie_in_a_future_that_was_not_lived_are_let_go() -> None:
    book = points(5, 6)
    header, columns = judged(6, [1.0], [1.0])
    book.apply(msgspec.structs.replace(header, metric="pm25"), columns)
    book.apply(msgspec.structs.replace(header, feed="dusty"), columns)
    for start_ms in (5, 6):
        book.apply_cases(filed(start_ms, 0, ("filed", 1)))
        book.apply_cases(msgspec.structs.replace(filed(start_ms, 0, ("filed", 1)), feed="dust"))
    book.rewind("dust", 5)
    assert {name: sorted(line) for name, line in book.points.items()} == {
        "dust/pm10": [5],
        "dust/pm25": [],
        "dusty/pm10": [6],
    }
    assert {feed: sorted(line) for feed, line in book.filed.items()} == {
        "cases": [5, 6],
        "dust": [5],
    }
    book.rewind("gas", 0)
    assert sorted(book.points["dust/pm10"]) == [5]


def test_a_line_is_by_the_hour_only_where_more_than_half_of_its_panes_are_empty() -> None:
    now_ms = 400_000 * HOUR_MS
    for span_ms, step_s in ((HOUR_MS, 900), (HOUR_MS + 1, 3600)):  # two panes in an hour
        line = points(now_ms, now_ms + span_ms).measured("dust", "pm10", TITLE, "u")
        assert line is not None
        assert line.step_s == step_s
