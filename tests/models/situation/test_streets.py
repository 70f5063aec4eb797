"""The newest summary of each street partition, laid over the grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.grid.grid import Grid
from models.messages.columns import Columns
from models.messages.frames import IDLE
from models.messages.street_summaries import SummaryHeader
from models.situation.streets import SILENT_MS, StreetView

_ARRAYS = ("codes", "lon", "lat", "x_m", "y_m", "column", "row")


def summary(
    partition: int, rows: list[tuple[int, int, float, int]], **more: object
) -> tuple[SummaryHeader, Columns]:
    fields: dict[str, object] = {
        "rows": len(rows),
        "feed": "dust",
        "partition": partition,
        "partitions": 2,
        "published_ms": 0,
        "watermark_ms": 100,
        "last_event_ms": 100,
        "layers": ("pm10.mean_1h", "pm10.mean_24h"),
    }
    cell, layer, value, event_ms = zip(*rows, strict=True) if rows else ((), (), (), ())
    columns: Columns = {
        "cell": np.array(cell, np.int64),
        "layer": np.array(layer, np.uint16),
        "value": np.array(value, np.float32),
        "event_ms": np.array(event_ms, np.int64),
    }
    return SummaryHeader(**(fields | more)), columns  # type: ignore[arg-type]


def test_a_layer_joins_the_partitions_and_the_newest_summary_replaces(grid: Grid) -> None:
    view = StreetView()
    assert view.layer("dust", "pm10.mean_1h", grid) is None
    view.apply(*summary(0, [(10, 0, 1.0, 50), (20, 0, 9.0, 50)]))
    view.apply(*summary(0, [(10, 0, 2.0, 60), (10, 1, 7.0, 60), (999, 0, 5.0, 60)]))
    view.apply(*summary(1, [(30, 0, 4.0, 70)]))
    layer = view.layer("dust", "pm10.mean_1h", grid)
    assert layer is not None
    assert str(layer.values.tolist()) == "[2.0, nan, 4.0]"
    assert layer.event_ms.tolist() == [60, 0, 70]
    assert (layer.newest_ms, layer.total) == (70, 6.0)


def test_an_empty_layer_has_no_total(grid: Grid) -> None:
    view = StreetView()
    view.apply(*summary(0, []))
    layer = view.layer("dust", "pm10.mean_1h", grid)
    assert layer is not None
    assert layer.total is None


def test_cumulative_counts_are_taken_not_added_again() -> None:
    view = StreetView()
    for closed in (3, 5):
        view.apply(*summary(0, [], panes_closed=closed, totals={"late": closed}))
    view.apply(*summary(1, [], panes_closed=7, watermark_ms=IDLE))
    assert view.panes_closed() == 12
    assert view.total("late") == 5
    assert view.total("unknown") is None
    assert view.watermark_ms() == 100


def test_where_all_is_idle_the_watermark_is_the_newest_event() -> None:
    view = StreetView()
    view.apply(*summary(0, [], watermark_ms=IDLE, last_event_ms=88))
    assert view.watermark_ms() == 88


def test_a_cell_is_as_new_as_its_newest_layer() -> None:
    view = StreetView()
    view.apply(*summary(0, [(10, 0, 1.0, 50), (10, 1, 1.0, 60)]))
    cells, times = view.last_seen("dust")
    assert (cells.tolist(), times.tolist()) == ([10], [60])


def test_the_lowest_watermark_of_those_that_have_one_counts() -> None:
    view = StreetView()
    assert (view.watermark_ms(), view.last_event_ms(), view.panes_closed()) == (0, 0, 0)
    view.apply(*summary(0, [], watermark_ms=300, last_event_ms=310))
    view.apply(*summary(1, [], watermark_ms=200, last_event_ms=220))
    assert (view.watermark_ms(), view.last_event_ms()) == (200, 310)
    view.apply(*summary(2, [], watermark_ms=0, last_event_ms=5))  # it has heard nothing yet
    assert view.watermark_ms() == 200
    view.apply(*summary(1, [], watermark_ms=IDLE, last_event_ms=220))
    assert view.watermark_ms() == 300
    view.apply(*summary(0, [], watermark_ms=1, last_event_ms=310))
    assert view.watermark_ms() == 1


def test_totals_are_summed_over_those_that_have_them() -> None:
    view = StreetView()
    view.apply(*summary(0, [], totals={"late": 2.0}))
    view.apply(*summary(1, [], totals={"late": 3.5, "other": 0.0}))
    view.apply(*summary(2, []))
    assert (view.total("late"), view.total("other"), view.total("none")) == (5.5, 0.0, None)


def test_each_feed_has_cells_and_layers_of_its_own(grid: Grid) -> None:
    view = StreetView()
    view.apply(*summary(0, [(10, 0, 1.0, 50)], feed="noise"))
    view.apply(*summary(0, [(20, 1, 2.0, 60)]))
    assert [cells.tolist() for cells in view.last_seen("noise")] == [[10], [50]]
    assert [cells.tolist() for cells in view.last_seen("dust")] == [[20], [60]]
    assert [(part.size, str(part.dtype)) for part in view.last_seen("gas")] == [(0, "int64")] * 2
    assert view.layer("gas", "pm10.mean_1h", grid) is None
    day = view.layer("dust", "pm10.mean_24h", grid)
    assert day is not None
    assert str(day.values.tolist()) == "[nan, 2.0, nan]"
    assert [str(part.dtype) for part in (day.values, day.event_ms)] == ["float32", "int64"]


def test_cells_of_several_partitions_are_as_new_as_the_newest() -> None:
    view = StreetView()
    view.apply(*summary(0, [(30, 0, 1.0, 9), (10, 0, 1.0, 70)]))
    view.apply(*summary(1, [(10, 0, 1.0, 50), (20, 0, 1.0, 60)]))
    cells, times = view.last_seen("dust")
    assert (cells.tolist(), times.tolist()) == ([10, 20, 30], [70, 60, 9])


def test_an_empty_layer_is_as_new_as_nothing(grid: Grid) -> None:
    view = StreetView()
    view.apply(*summary(0, []))
    layer = view.layer("dust", "pm10.mean_1h", grid)
    assert layer is not None
    assert (layer.newest_ms, layer.event_ms.tolist()) == (0, [0, 0, 0])


def test_a_partition_without_a_layer_takes_nothing_from_one_that_has_it(grid: Grid) -> None:
    view = StreetView()
    view.apply(*summary(0, [(10, 0, 7.0, 50)], layers=("other",)))
    view.apply(*summary(1, [(20, 1, 3.0, 60)], layers=("other", "pm10.mean_1h")))
    view.apply(*summary(2, [(30, 0, 4.0, 60)], layers=("other",)))
    layer = view.layer("dust", "pm10.mean_1h", grid)
    assert layer is not None
    assert str(layer.values.tolist()) == "[nan, 3.0, nan]"


def test_a_summary_in_parts_is_one_and_a_shorter_one_lets_the_rest_go(grid: Grid) -> None:
    view = StreetView()
    for part in range(3):
        assert view.apply(*summary(0, [(10 * (part + 1), 0, 1.0, 9)], part=part, parts=3)) == []
    view.apply(*summary(1, [], part=0, parts=1))
    layer = view.layer("dust", "pm10.mean_1h", grid)
    assert layer is not None
    assert layer.values.tolist() == [1.0, 1.0, 1.0]
    gone = view.apply(*summary(0, [(10, 0, 2.0, 9)], part=0, parts=1))
    assert gone == [("dust", 0, 1), ("dust", 0, 2)]
    layer = view.layer("dust", "pm10.mean_1h", grid)
    assert layer is not None
    assert str(layer.values.tolist()) == "[2.0, nan, nan]"


def test_a_figure_of_one_feed_is_summed_over_its_partitions_alone() -> None:
    view = StreetView()
    view.apply(*summary(0, [], totals={"beyond": 2.0}))
    view.apply(*summary(1, [], totals={"beyond": 3.0}))
    view.apply(*summary(2, []))
    view.apply(*summary(0, [], totals={"beyond": 50.0}, feed="noise"))
    assert (view.total_of("dust", "beyond"), view.total_of("dust", "x")) == (5.0, 0)


def test_cells_of_another_grid_touch_no_cell_of_this_one(grid: Grid) -> None:
    book = StreetView()
    book.apply(*summary(0, [(10, 0, 2.0, 60), (999, 0, 5.0, 99), (20, 0, 3.0, 70)]))
    layer = book.layer("dust", "pm10.mean_1h", grid)
    assert layer is not None
    assert str(layer.values.tolist()) == "[2.0, 3.0, nan]"
    assert layer.event_ms.tolist() == [60, 70, 0]


def test_figures_of_today_are_those_of_the_newest_day(grid: Grid) -> None:
    view = StreetView()
    more: dict[str, object] = {"layers": ("cases.open", "cases.filed_today"), "feed": "cases"}
    totals = {"cases.filed_today": 3.0, "cases.filed_30d": 9.0}
    old = summary(0, [(10, 0, 4.0, 50), (10, 1, 3.0, 50)], today=7, totals=totals, **more)
    view.apply(*old)
    view.apply(*summary(1, [(30, 1, 2.0, 60)], today=7, totals=totals, **more))
    view.apply(*summary(2, [], today=9, layers=(), feed="other"))

    def filed_today() -> float | None:
        layer = view.layer("cases", "cases.filed_today", grid)
        assert layer is not None
        return layer.total

    assert (filed_today(), view.total("cases.filed_today")) == (5.0, 6.0)
    view.apply(*summary(1, [(30, 1, 1.0, 90)], today=8, totals=totals, **more))
    assert (filed_today(), view.total("cases.filed_today")) == (1.0, 3.0)
    still = view.layer("cases", "cases.open", grid)
    assert still is not None and still.total == 4.0  # what is open does not end with the day
    assert view.total("cases.filed_30d") == 18.0


def test_a_partition_is_silent_whose_summary_stays_away_while_others_come() -> None:
    view = StreetView()
    assert view.silent() == (0, 0)
    for partition in (0, 1):
        view.apply(*summary(partition, [], published_ms=10**9))
    view.apply(*summary(1, [], published_ms=10**9 + SILENT_MS))
    assert view.silent() == (0, 2)
    view.apply(*summary(1, [], published_ms=10**9 + SILENT_MS + 1))
    assert view.silent() == (1, 2)
    view.apply(*summary(0, [], published_ms=10**9 + SILENT_MS + 1))
    assert view.silent() == (0, 2)


def test_a_layer_is_drawn_anew_after_each_summary_of_its_feed_and_on_another_grid(
    grid: Grid,
) -> None:
    view = StreetView()
    view.apply(*summary(0, [(10, 0, 2.0, 60)]))
    drawn = view.layer("dust", "pm10.mean_1h", grid)
    assert view.layer("dust", "pm10.mean_1h", grid) is drawn
    view.apply(*summary(0, [(10, 0, 9.0, 61)], feed="noise"))
    assert view.layer("dust", "pm10.mean_1h", grid) is drawn
    view.apply(*summary(0, [(10, 0, 3.0, 70), (30, 0, 1.0, 75)]))
    renewed, (cells, times) = view.layer("dust", "pm10.mean_1h", grid), view.last_seen("dust")
    assert renewed is not None
    assert str(renewed.values.tolist()) == "[3.0, nan, 1.0]"
    assert (cells.tolist(), times.tolist()) == ([10, 30], [70, 75])
    half = replace(grid, **{name: getattr(grid, name)[1:] for name in _ARRAYS})
    other = view.layer("dust", "pm10.mean_1h", half)
    assert other is not None
    assert str(other.values.tolist()) == "[nan, 1.0]"


def test_rows_in_any_order_give_the_same() -> None:
    rows = [(30, 1, 1.0, 5), (10, 0, 2.0, 9), (30, 0, 3.0, 7), (10, 1, 4.0, 2)]
    found = []
    for order in (rows, sorted(rows)):
        view = StreetView()
        view.apply(*summary(0, order))
        found.append([part.tolist() for part in view.last_seen("dust")])
    assert found == [[[10, 30], [9, 7]]] * 2
