"""The newest summary of each street partition, laid over the grid."""

from __future__ import annotations

import numpy as np

from models.grid.grid import Grid
from models.messages.columns import Columns
from models.messages.frames import IDLE
from models.messages.street_summaries import SummaryHeader
from models.situation.streets import StreetView


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
    book = StreetView()
    assert book.layer("dust", "pm10.mean_1h", grid) is None
    book.put(*summary(0, [(10, 0, 1.0, 50), (20, 0, 9.0, 50)]))
    book.put(*summary(0, [(10, 0, 2.0, 60), (10, 1, 7.0, 60), (999, 0, 5.0, 60)]))
    book.put(*summary(1, [(30, 0, 4.0, 70)]))
    layer = book.layer("dust", "pm10.mean_1h", grid)
    assert layer is not None
    assert str(layer.values.tolist()) == "[2.0, nan, 4.0]"
    assert layer.event_ms.tolist() == [60, 0, 70]
    assert (layer.newest_ms, layer.total) == (70, 6.0)


def test_an_empty_layer_has_no_total(grid: Grid) -> None:
    book = StreetView()
    book.put(*summary(0, []))
    layer = book.layer("dust", "pm10.mean_1h", grid)
    assert layer is not None
    assert layer.total is None


def test_cumulative_counts_are_taken_not_added_again() -> None:
    book = StreetView()
    for closed in (3, 5):
        book.put(*summary(0, [], panes_closed=closed, totals={"late": closed}))
    book.put(*summary(1, [], panes_closed=7, watermark_ms=IDLE))
    assert book.panes_closed() == 12
    assert book.total("late") == 5
    assert book.total("unknown") is None
    assert book.watermark_ms() == 100


def test_where_all_is_idle_the_watermark_is_the_newest_event() -> None:
    book = StreetView()
    book.put(*summary(0, [], watermark_ms=IDLE, last_event_ms=88))
    assert book.watermark_ms() == 88


def test_a_cell_is_as_new_as_its_newest_layer() -> None:
    book = StreetView()
    book.put(*summary(0, [(10, 0, 1.0, 50), (10, 1, 1.0, 60)]))
    cells, times = book.heard("dust")
    assert (cells.tolist(), times.tolist()) == ([10], [60])
