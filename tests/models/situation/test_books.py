"""Each book keeps the newest word of its sources and adds them up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import msgspec
import numpy as np
import pytest

from config.catalog import Feed
from models.cases.summary import CaseSummary, IndicatorCount, StageNow, WatchedCase
from models.columns import Columns
from models.detect.judged import JudgedHeader
from models.feeds.frame import IDLE
from models.grid.grid import Grid
from models.situation.cases import WATCHED, CaseBook
from models.situation.feeds import FeedBook
from models.situation.ratios import RatioBook
from models.situation.streets import StreetBook
from models.situation.trends import TrendBook
from models.situation.warnings import KEPT_MS, WarningBook
from models.warn.warning import CityWarning, Level, Receipt
from models.windows.messages import CasePane, FeedHealth, SummaryHeader
from tests.models.warn.test_board import CALM, HOT, run
from tests.streams.agents.district import dongcheng

HOUR_MS = 3_600_000
PANE_MS = 900_000
CODES = np.array([10, 20, 30], np.int64)


@pytest.fixture
def grid() -> Grid:
    """Three cells."""
    whole = dongcheng().grid_at(date(2014, 4, 1))
    first = {name: getattr(whole, name)[:3] for name in ("lon", "lat", "x_m", "y_m")}
    place = {name: getattr(whole, name)[:3] for name in ("column", "row")}
    return replace(whole, codes=CODES, **first, **place)


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
    book = StreetBook()
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
    book = StreetBook()
    book.put(*summary(0, []))
    layer = book.layer("dust", "pm10.mean_1h", grid)
    assert layer is not None
    assert layer.total is None


def test_cumulative_counts_are_taken_not_added_again() -> None:
    book = StreetBook()
    for closed in (3, 5):
        book.put(*summary(0, [], panes_closed=closed, totals={"late": closed}))
    book.put(*summary(1, [], panes_closed=7, watermark_ms=IDLE))
    assert book.panes_closed() == 12
    assert book.total("late") == 5
    assert book.total("unknown") is None
    assert book.watermark_ms() == 100


def test_where_all_is_idle_the_watermark_is_the_newest_event() -> None:
    book = StreetBook()
    book.put(*summary(0, [], watermark_ms=IDLE, last_event_ms=88))
    assert book.watermark_ms() == 88


def test_a_cell_is_as_new_as_its_newest_layer() -> None:
    book = StreetBook()
    book.put(*summary(0, [(10, 0, 1.0, 50), (10, 1, 1.0, 60)]))
    cells, times = book.heard("dust")
    assert (cells.tolist(), times.tolist()) == ([10], [60])


def health(partition: int, published_ms: int, accepted: int, **more: object) -> FeedHealth:
    fields: dict[str, object] = {
        "feed": "dust",
        "raw_partition": partition,
        "raw_partitions": 2,
        "published_ms": published_ms,
        "position": 90,
        "end": 100,
        "sent_ms": published_ms,
        "last_event_ms": published_ms - 5,
        "watermark_ms": 0,
        "accepted": accepted,
        "rejected": 2,
        "reasons": {"empty": 2},
    }
    return FeedHealth(**(fields | more))  # type: ignore[arg-type]


@pytest.fixture
def dust() -> Feed:
    return dongcheng().feeds["dust"]


def test_a_feed_is_the_sum_of_its_raw_partitions(dust: Feed) -> None:
    book = FeedBook()
    book.put(health(0, 1_000, 500))
    book.put(health(1, 1_000, 300))
    book.put(health(0, 3_000, 900))
    now = book.now(dust)
    assert (now.accepted, now.rejected, now.lag_records) == (1200, 4, 20)
    assert now.reasons == {"empty": 4}
    assert (now.last_event_ms, now.published_ms) == (2_995, 3_000)
    assert now.rate_per_s == (1200 - 500) / 2
    assert book.event_now_ms() == 3_000
    assert book.count("accepted", {"dust"}) == 1200
    assert book.count("accepted", {"cases"}) == 0


def test_a_feed_that_never_spoke_has_no_times(dust: Feed) -> None:
    now = FeedBook().now(dust)
    assert (now.last_event_ms, now.published_ms, now.rate_per_s) == (0, 0, 0.0)


def test_a_rate_looks_back_over_seconds_only(dust: Feed) -> None:
    book = FeedBook()
    for second in range(100):
        book.put(health(0, second * 1_000, second * 100 if second < 50 else 5_000))
    assert book.now(dust).rate_per_s == 0.0


def cases(partition: int, **more: object) -> CaseSummary:
    fields: dict[str, object] = {
        "feed": "cases",
        "partition": partition,
        "partitions": 2,
        "published_ms": 0,
        "watermark_ms": 0,
    }
    return CaseSummary(**(fields | more))  # type: ignore[arg-type]


def test_stages_flags_and_indicators_add_up() -> None:
    book = CaseBook()
    assert book.is_empty
    stage = StageNow(open=2, overdue=1, dwell_h_sum=3.0, done=4, done_h_sum=5.0)
    count = IndicatorCount("30d", "all", "", "closed_of_filed", 3, 4)
    plain = IndicatorCount("30d", "all", "", "filed", 4, None)
    for partition in (0, 1, 1):
        book.put(
            cases(
                partition,
                stages={"filed": stage},
                flags={"no-actor": 2},
                indicators=[count, plain],
            )
        )
    assert book.stages() == {
        "filed": StageNow(open=4, overdue=2, dwell_h_sum=6.0, done=8, done_h_sum=10.0)
    }
    assert book.flags() == {"no-actor": 4}
    assert book.indicators() == [
        IndicatorCount("30d", "all", "", "closed_of_filed", 6, 8),
        IndicatorCount("30d", "all", "", "filed", 8, None),
    ]
    assert book.indicator("closed_of_filed", ("today", "30d")) == book.indicators()[0]
    assert book.indicator("closed_of_filed", ("today",)) is None


def test_the_most_overdue_cases_of_the_district_are_watched() -> None:
    def watched(number: int) -> WatchedCase:
        return WatchedCase(
            case=f"c{number}",
            cell="",
            category="",
            department="",
            stage="filed",
            reported_ms=0,
            due_ms=0,
            overdue_min=number,
        )

    book = CaseBook()
    book.put(cases(0, watched=[watched(n) for n in range(0, 40, 2)]))
    book.put(cases(1, watched=[watched(n) for n in range(1, 41, 2)]))
    assert [case.overdue_min for case in book.watched()] == list(range(39, 39 - WATCHED, -1))


def judged(
    start_ms: int, value: list[float], expected: list[float]
) -> tuple[JudgedHeader, Columns]:
    header = JudgedHeader(
        rows=len(value), feed="dust", metric="pm10", detector="d", start_ms=start_ms, width_s=900
    )
    columns: Columns = {
        "cell": CODES[: len(value)],
        "value": np.array(value, np.float32),
        "expected": np.array(expected, np.float32),
    }
    return header, columns


def test_a_ratio_is_the_newest_of_each_cell_and_unknown_without_an_expectation(grid: Grid) -> None:
    book = RatioBook()
    assert book.layer("dust", "pm10", grid) is None
    book.put(*judged(0, [20, 30, 5], [10, 10, np.nan]))
    book.put(*judged(PANE_MS, [40], [10]))
    layer = book.layer("dust", "pm10", grid)
    assert layer is not None
    assert str(layer.values.tolist()) == "[4.0, 3.0, nan]"
    assert layer.newest_ms == 2 * PANE_MS


def test_old_ratios_are_let_go(grid: Grid) -> None:
    book = RatioBook()
    book.put(*judged(0, [20], [10]))
    assert book.put(*judged(2 * HOUR_MS, [np.nan], [10])) == [("dust", "pm10", 0)]


TITLE = {"zh": "标题", "en": "title"}


def test_a_trend_is_the_median_of_each_pane_over_a_day() -> None:
    book = TrendBook()
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
    book = TrendBook()
    for hour in range(10):
        if hour != 4:
            book.put(*judged(hour * HOUR_MS, [hour], [np.nan]))
    line = book.measured("dust", "pm10", TITLE, "u")
    assert line is not None
    assert (line.step_s, line.values) == (3600, [0.0, 1.0, 2.0, 3.0, None, 5.0, 6.0, 7.0, 8.0, 9.0])
    assert line.expected == [None] * 10


def test_filed_cases_add_up_over_partitions_and_a_correction_replaces() -> None:
    book = TrendBook()

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
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(book), type=TrendBook)
    assert saved == book


LIFE: list[CityWarning] = run(*HOT, *CALM)[1]


def receipt(revision: int, *, delivered: bool, gave_up: bool = False) -> Receipt:
    return Receipt(
        warning=LIFE[0].id,
        revision=revision,
        channel="webhook",
        receiver="",
        attempt=1,
        delivered=delivered,
        status=0,
        detail="",
        sent_ms=0,
        answered_ms=0,
        gave_up=gave_up,
    )


def test_a_warning_counts_once_however_often_it_is_told() -> None:
    book = WarningBook()
    assert [book.put(w) for w in (LIFE[0], LIFE[0])] == [True, False]
    assert book.open() == [LIFE[0]]
    assert book.open_by_level() == {"blue": 1, "yellow": 0, "orange": 0, "red": 0}
    assert [book.put(w) for w in (LIFE[1], LIFE[0])] == [True, False]
    assert (book.open(), book.opened) == ([], 1)


def test_the_worst_come_first_then_the_oldest() -> None:
    book = WarningBook()
    for name, level, raised_ms in (("a", Level.BLUE, 1), ("b", Level.RED, 9), ("c", Level.RED, 2)):
        book.put(msgspec.structs.replace(LIFE[0], id=name, level=level, raised_ms=raised_ms))
    assert [warning.id for warning in book.open()] == ["c", "b", "a"]


def test_a_missed_delivery_is_seen_and_a_late_success_makes_it_good() -> None:
    book = WarningBook()
    book.put(LIFE[0])
    book.receipt(receipt(0, delivered=True))
    book.receipt(receipt(0, delivered=True))
    book.receipt(receipt(1, delivered=False))
    book.receipt(receipt(1, delivered=False, gave_up=True))
    assert (book.deliveries, book.undelivered) == (1, 1)
    book.receipt(receipt(1, delivered=True))
    assert (book.deliveries, book.undelivered) == (2, 0)


def test_what_was_cleared_long_ago_is_forgotten_but_counted() -> None:
    book = WarningBook()
    for warning in LIFE:
        book.put(warning)
    book.receipt(receipt(0, delivered=True))
    later = LIFE[-1].cleared_ms + KEPT_MS + 1
    book.put(msgspec.structs.replace(LIFE[0], id="later", updated_ms=later))
    assert list(book.entries) == ["later"]
    assert (book.opened, book.deliveries) == (2, 1)
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(book), type=WarningBook)
    assert saved == book
