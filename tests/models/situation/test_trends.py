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
    book = RatioView()
    assert book.layer("dust", "pm10", grid) is None
    book.put(*judged(0, [20, 30, 5], [10, 10, np.nan]))
    book.put(*judged(PANE_MS, [40], [10]))
    layer = book.layer("dust", "pm10", grid)
    assert layer is not None
    assert str(layer.values.tolist()) == "[4.0, 3.0, nan]"
    assert layer.newest_ms == 2 * PANE_MS


def test_old_ratios_are_let_go(grid: Grid) -> None:
    book = RatioView()
    book.put(*judged(0, [20], [10]))
    assert book.put(*judged(2 * HOUR_MS, [np.nan], [10])) == [("dust", "pm10", 0)]


TITLE = {"zh": "标题", "en": "title"}


def test_a_trend_is_the_median_of_each_pane_over_a_day() -> None:
    book = TrendView()
    assert book.measured("dust", "pm10", TITLE, "u") is None
    for pane in range(100):
        book.put(*judged(pane * PANE_MS, [pane, pane + 1, 1000], [5, np.nan, 7]))
    line = book.measured("dust", "pm10", TITLE, "u")
    assert line is not None
    assert (line.step_s, len(line.values)) == (900, 96)
    assert line.start_ms == 4 * PANE_MS
    assert line.values[0] == 5.0
    assert line.expected[0] == 6.0


def test_an_hourly_station_gives_an_hourly_trend() -> None:
    book = TrendView()
    for hour in range(10):
        if hour != 4:
            book.put(*judged(hour * HOUR_MS, [hour], [np.nan]))
    line = book.measured("dust", "pm10", TITLE, "u")
    assert line is not None
    assert (line.step_s, line.values) == (3600, [0.0, 1.0, 2.0, 3.0, None, 5.0, 6.0, 7.0, 8.0, 9.0])
    assert line.expected == [None] * 10


def test_filed_cases_add_up_over_partitions_and_a_correction_replaces() -> None:
    book = TrendView()

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

    assert book.filed_per_pane("cases", TITLE) is None
    for one in (pane(0, 0, 3), pane(0, 1, 4), pane(0, 0, 2), pane(2 * HOUR_MS, 0, 1)):
        book.put_cases(one)
    line = book.filed_per_pane("cases", TITLE)
    assert line is not None
    assert line.values == [6.0, 0.0, 1.0]
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(book), type=TrendView)
    assert saved == book
