"""The snapshot of a whole district: each of its parts as the books have it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import pytest

from config.catalog import Catalog, Feed
from models.cases.indicators.cell_counts import pack_cells
from models.cases.indicators.definitions import CORE_COUNTS
from models.grid.grid import Grid
from models.messages.street_summaries import (
    IndicatorCount,
    PossibleDuplicate,
    StageNow,
    WatchedCase,
)
from models.messages.warnings import CityWarning, Level, Suppression
from models.situation.build import build_snapshot, figures, headlines, layers, trends
from models.situation.feed_state import FeedState
from models.situation.layers import metric_layers, packed
from models.situation.line_now import LineNow
from models.situation.snapshot import Snapshot, grid_digest
from models.situation.stage import Stage
from models.situation.state import DistrictState
from models.situation.streets import LayerNow
from tests.models.situation.test_cases import cases
from tests.models.situation.test_feeds import health
from tests.models.situation.test_streets import summary
from tests.models.situation.test_trends import filed, judged
from tests.models.situation.test_warnings import LIFE, receipt
from tests.streams.agents.district import dongcheng

CATALOG = dongcheng()
NOW_MS = 1_800_000_000_000
HOUR_MS = 3_600_000


def moment(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def grid_now() -> Grid:
    return CATALOG.grid_at(datetime.fromtimestamp(NOW_MS / 1000).astimezone().date())


def warnings() -> list[CityWarning]:
    """Seven that are open, one that is kept back."""
    levels = [Level.BLUE, Level.RED, Level.RED, Level.ORANGE, Level.BLUE, Level.BLUE, Level.YELLOW]
    open_ones = [
        msgspec.structs.replace(LIFE[0], id=f"w{n}", level=level) for n, level in enumerate(levels)
    ]
    held = msgspec.structs.replace(LIFE[0], id="held", suppressed=Suppression.THROTTLED)
    return [*open_ones, held]


def district() -> DistrictState:
    """Books in which every part of a snapshot has something."""
    state, grid = DistrictState(judged_ms=NOW_MS - HOUR_MS), grid_now()
    first, second = int(grid.codes[0]), int(grid.codes[1])
    names = ("pm10.mean_5min", "pm10.mean_24h", "cases.open", "cases.filed_today")
    rows = [(first, 0, 80.0, NOW_MS - 5), (second, 0, 90.0, NOW_MS - 9), (first, 1, 70.0, NOW_MS)]
    state.streets.apply(
        *summary(0, rows, layers=names, watermark_ms=NOW_MS - 7, panes_closed=4, totals=TOTALS)
    )
    filed = [(second, 2, 3.0, NOW_MS), (second, 3, 2.0, NOW_MS)]
    state.streets.apply(*summary(0, filed, feed="cases", layers=names, watermark_ms=NOW_MS))
    for feed, accepted in (("dust", 1000), ("cases", 50)):
        told = health(0, NOW_MS, accepted, feed=feed, raw_partitions=1, duplicates=3, late=5)
        state.feeds.apply(told)
    state.feeds.observe(CATALOG.feeds, NOW_MS)
    state.cases.apply(
        cases(
            0,
            stages={"filed": StageNow(open=7, overdue=2, dwell_h_sum=1.0)},
            indicators=[IndicatorCount("30d", "all", "", "closed_of_filed", 9, 12)],
            flags={"no-actor": 1},
            duplicates_open=6,
        )
    )
    for warning in warnings():
        state.warnings.apply(warning)
    state.warnings.receipt(msgspec.structs.replace(receipt(0, delivered=True), warning="w1"))
    gone = receipt(0, delivered=False, gave_up=True)
    state.warnings.receipt(msgspec.structs.replace(gone, warning="w2"))
    header, columns = judged(NOW_MS - 900_000, [150.0], [50.0])
    columns["cell"] = np.array([first])
    state.ratios.apply(header, columns)
    state.trends.apply(header, columns)
    state.signals |= {"dust/a": 4, "cases/b": 2}
    state.ingest_to_snapshot.add(NOW_MS, [700.0])
    state.ingest_to_warning.add(NOW_MS, [900.0])
    return state


TOTALS = {"late": 2.0, "cases.at_risk": 3.0}


@pytest.fixture
def made() -> Snapshot:
    return build_snapshot(CATALOG, district(), version=7, now_ms=NOW_MS)


def test_a_snapshot_says_what_it_is_of(made: Snapshot) -> None:
    assert (made.version, made.city, made.written_ms, made.clock_ms) == (
        7,
        "110101",
        NOW_MS,
        NOW_MS,
    )
    assert (made.grid, made.mode) == (grid_digest(grid_now().codes), "live")
    assert made.watermark_ms == NOW_MS - 7


def test_every_part_is_as_the_books_have_it(made: Snapshot) -> None:
    state = district()
    assert made.stages == state.cases.stages() != {}
    assert made.indicators == state.cases.shown() != []
    assert made.cells == state.cases.cells()
    assert made.watched == state.cases.watched()
    assert made.flags == {"no-actor": 1}
    assert made.duplicates == state.cases.duplicates()
    assert made.duplicates_open == 6
    assert made.rankings == state.cases.rankings() == {"street": [], "department": []}
    assert made.latency_ms == {
        "ingest_to_snapshot": {"p50": 700.0, "p99": 700.0},
        "ingest_to_warning": {"p50": 900.0, "p99": 900.0},
    }
    grid = grid_now()
    assert made.headlines == headlines(CATALOG, state, grid, NOW_MS, made.line)
    assert str(made.layers) == str(layers(CATALOG, state, grid))
    assert made.trends == trends(CATALOG, state)
    assert made.figures == figures(CATALOG, state, NOW_MS, made.line)


@pytest.mark.parametrize(
    ("line", "event_ms"),
    [
        (LineNow(judged_ms=0, is_behind=False), NOW_MS - HOUR_MS),
        (LineNow(judged_ms=NOW_MS - 9 * HOUR_MS, is_behind=True), NOW_MS - 9 * HOUR_MS),
        (LineNow(judged_ms=0, is_behind=True), 0),  # nobody says how far
    ],
)
def test_warnings_of_a_line_behind_are_never_of_what_was_judged_last(
    line: LineNow, event_ms: int
) -> None:
    first, *_ = headlines(CATALOG, district(), grid_now(), NOW_MS, line)
    assert (first.id, first.value, first.event_ms) == ("open_warnings", 7.0, event_ms)


def test_the_five_worst_warnings_are_shown_and_all_open_ones_counted(made: Snapshot) -> None:
    assert [warning.id for warning in made.warnings] == ["w1", "w2", "w3", "w6", "w0"]
    assert made.open_by_level == {"blue": 3, "yellow": 1, "orange": 1, "red": 2}


def test_each_feed_of_the_city_is_told_and_the_stage_decided_from_all(made: Snapshot) -> None:
    assert {feed.feed: feed.state for feed in made.feeds} == {
        "cases": FeedState.CURRENT,
        "dust": FeedState.CURRENT,
        "hazard": FeedState.NEVER,
    }
    known = next(one.denominator for one in made.headlines if one.id == "sensors_online")
    assert made.stage.stage is Stage.RED
    assert [(why.code, why.feeds, why.count, why.total) for why in made.stage.reasons] == [
        ("warnings", [], 7, 0),
        ("feeds", ["hazard"], 1, 3),
        ("coverage", [], 2, known),
    ]


def test_too_many_overdue_cases_are_a_reason_with_their_number() -> None:
    state = DistrictState()
    for partition, stage in enumerate(("filed", "handled")):
        now = StageNow(open=20, overdue=14, dwell_h_sum=1.0)
        state.cases.apply(cases(partition, stages={stage: now}))
    reasons = build_snapshot(CATALOG, state, version=1, now_ms=NOW_MS).stage.reasons
    assert [(why.code, why.count, why.total) for why in reasons if why.code == "overdue"] == [
        ("overdue", 28, 40)
    ]


def test_headlines_come_kind_by_kind_and_what_is_not_known_is_none(made: Snapshot) -> None:
    values = {one.id: (one.value, one.event_ms) for one in made.headlines}
    assert values["open_warnings"] == (7.0, NOW_MS - HOUR_MS)
    assert values["pm10_now"] == (85.0, NOW_MS - 5)
    assert values["sensors_online"] == (2.0, NOW_MS)
    assert values["open_cases"] == (7.0, NOW_MS - 5)
    assert values["filed_today"] == (2.0, NOW_MS - 5)
    assert values["closed_of_filed"] == (75.0, NOW_MS - 5)
    assert next(one.id for one in made.headlines) == "open_warnings"
    empty = {
        one.id: one.value
        for one in headlines(CATALOG, DistrictState(), grid_now(), NOW_MS, LineNow())
    }
    assert set(empty) == set(values)
    assert [value for name, value in empty.items() if name != "sensors_online"] == [None] * 5


def test_figures_are_sums_of_what_each_source_counted(made: Snapshot) -> None:
    assert made.figures == {
        "cases_at_risk": 3.0,
        "readings_in": 1000,
        "readings_rejected": 2,
        "readings_late": 7,
        "cases_in": 50,
        "case_events_rejected": 2,
        "cells_active": 2,
        "panes_closed": 4,
        "anomalies": 6,
        "warnings_opened": 8,
        "warnings_open": 7,
        "warnings_held": 1,
        "warnings_kept": 0,
        "warnings_returned": 0,
        "deliveries": 1,
        "undelivered": 1,
        "lag_records": 20,
        "lag_raw_records": 20,
        "lag_line_records": 0,
    }
    assert "cases_at_risk" not in figures(CATALOG, DistrictState(), NOW_MS, LineNow())


def test_layers_are_those_of_the_kinds_then_those_of_the_metrics(made: Snapshot) -> None:
    assert [layer.id for layer in made.layers] == [
        "cases.open",
        "cases.filed_today",
        "pm10.now",
        "pm10.mean_24h",
        "pm10.ratio",
    ]
    assert [trend.id for trend in made.trends] == ["pm10"]


@pytest.fixture
def dust() -> Feed:
    return CATALOG.feeds["dust"]


def told(layer: Any) -> tuple[object, ...]:
    return layer.id, layer.title, layer.unit, layer.decimals, layer.scale, layer.stale_after_s


def test_the_layers_of_a_metric_say_what_they_are(dust: Feed) -> None:
    grid, pm10 = grid_now(), dust.metrics["pm10"].model_copy(update={"decimals": 1})
    found = list(metric_layers(dust, "pm10", pm10, district(), grid))
    stale_s = 2 * 900 + 600
    assert [told(layer) for layer in found] == [
        ("pm10.now", {"zh": "PM10 现值", "en": "PM10 now"}, "µg/m³", 1, "sequential", stale_s),
        (
            "pm10.mean_24h",
            {"zh": "PM10 24小时均值", "en": "PM10 24 h mean"},
            "µg/m³",
            1,
            "sequential",
            stale_s,
        ),
        (
            "pm10.ratio",
            {"zh": "PM10 与常态之比", "en": "PM10 ratio to normal"},
            "",
            2,
            "ratio",
            stale_s,
        ),
    ]
    assert {layer.feed for layer in found} == {"dust"}
    assert [layer.event_ms for layer in found] == [NOW_MS - 5, NOW_MS, NOW_MS]
    assert [layer.values[:2].tolist() for layer in found[:1]] == [[80.0, 90.0]]
    assert [layer.values[0] for layer in found] == [80.0, 70.0, 3.0]
    slow = dust.model_copy(update={"expected_interval_s": 3600})
    assert next(metric_layers(slow, "pm10", pm10, district(), grid)).stale_after_s == 7800


def test_a_metric_of_which_nothing_is_known_has_no_layer(dust: Feed) -> None:
    metric, grid = dust.metrics["pm10"], grid_now()
    assert list(metric_layers(dust, "pm10", metric, DistrictState(), grid)) == []
    state = DistrictState()
    state.streets.apply(*summary(0, [], layers=("pm10.mean_5min", "pm10.mean_24h")))
    assert list(metric_layers(dust, "pm10", metric, state, grid)) == []


def test_a_layer_is_packed_as_little_endian_floats_with_the_looks_of_its_metric(dust: Feed) -> None:
    now = LayerNow(np.array([1.5, np.nan], np.float32), np.array([4, 0]))
    plain = packed("a", {"zh": "甲", "en": "A"}, now, "cases")
    assert told(plain) == ("a", {"zh": "甲", "en": "A"}, "", 0, "sequential", 0)
    assert (plain.event_ms, plain.feed) == (4, "cases")
    assert plain.data == np.array([1.5, np.nan], "<f4").tobytes()
    metric = dust.metrics["pm10"].model_copy(update={"decimals": 1})
    assert (packed("a", {}, now, "f", metric).unit, packed("a", {}, now, "f", metric).decimals) == (
        "µg/m³",
        1,
    )
    assert packed("a", {}, now, "f", metric, 9, scale="ratio").decimals == 2


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2010-06-30T23:59:59+08:00", "2010-06-30"),
        ("2010-07-01T00:00:00+08:00", "2010-07-01"),  # streets were merged
        ("2010-06-30T23:59:59+00:00", "2010-07-01"),
        ("1980-01-01T00:00:00+08:00", "first"),  # before the first street
    ],
)
def test_the_grid_is_that_of_the_city_s_day(now: str, day: str) -> None:
    first = min(street.valid_from for street in CATALOG.streets)
    on = first if day == "first" else datetime.fromisoformat(day).date()
    made = build_snapshot(CATALOG, DistrictState(), version=1, now_ms=moment(now))
    assert made.grid == grid_digest(CATALOG.grid_at(on).codes)


def test_the_grids_of_both_years_differ() -> None:
    days = [datetime.fromisoformat(day).date() for day in ("2010-06-30", "2010-07-01")]
    assert len({grid_digest(CATALOG.grid_at(day).codes) for day in days}) == 2


def coverage(registered: bool) -> list[tuple[int, int]]:
    """What a district that heard nothing says of its places: (online, known)."""
    feeds = CATALOG.feeds
    if not registered:
        feeds = {n: feed.model_copy(update={"sensors": {}}) for n, feed in feeds.items()}
    city = CATALOG.model_copy(update={"feeds": feeds})
    stage = build_snapshot(city, DistrictState(), version=1, now_ms=NOW_MS).stage
    return [(why.count, why.total) for why in stage.reasons if why.code == "coverage"]


def test_places_that_are_not_known_are_not_missed() -> None:
    assert coverage(registered=False) == []
    ((online, known),) = coverage(registered=True)
    assert online == 0
    assert known > 2


def with_optional(name: str) -> Catalog:
    feed = CATALOG.feeds[name].model_copy(update={"optional": True})
    return CATALOG.model_copy(update={"feeds": {**CATALOG.feeds, name: feed}})


def test_an_optional_feed_is_not_awaited_until_it_is_heard() -> None:
    state, known = district(), coverage(registered=True)[0][1]
    made = build_snapshot(with_optional("hazard"), state, version=1, now_ms=NOW_MS)
    assert {f.feed for f in made.feeds if f.state is FeedState.NEVER} == {"hazard"}, "still shown"
    assert made.blind_feeds() == set()
    assert [why.code for why in made.stage.reasons] == ["warnings", "coverage"]
    places = next(one.denominator for one in made.headlines if one.id == "sensors_online")
    assert places is not None
    assert places < known, "its sensors are not missed"


def test_an_optional_feed_that_was_heard_counts_as_any_other() -> None:
    state = district()
    old_ms = NOW_MS - 86_400_000
    heard = {"feed": "hazard", "raw_partitions": 1, "last_event_ms": old_ms, "arrived_ms": old_ms}
    state.feeds.apply(health(0, NOW_MS, 1, **heard))
    state.feeds.observe(CATALOG.feeds, NOW_MS)
    made = build_snapshot(with_optional("hazard"), state, version=1, now_ms=NOW_MS)
    assert made.blind_feeds() == {"hazard"}
    assert "feeds" in [why.code for why in made.stage.reasons]


def test_a_city_whose_feeds_are_all_optional_and_unheard_has_no_data() -> None:
    feeds = {n: f.model_copy(update={"optional": True}) for n, f in CATALOG.feeds.items()}
    city = CATALOG.model_copy(update={"feeds": feeds})
    made = build_snapshot(city, DistrictState(), version=1, now_ms=NOW_MS)
    assert made.blind_feeds() == set()
    assert made.stage.stage is Stage.NO_DATA


def test_trends_are_those_of_metrics_with_a_layer_then_those_of_the_kinds() -> None:
    state = district()
    header, columns = judged(NOW_MS - 900_000, [9.0], [5.0])
    state.trends.apply(msgspec.structs.replace(header, metric="coarse"), columns)
    state.trends.apply(msgspec.structs.replace(header, metric="pm25"), columns)  # has no layer
    pane = filed(NOW_MS // HOUR_MS * HOUR_MS, 0, ("filed", 3))
    state.trends.apply_cases(pane)
    found = trends(CATALOG, state)
    assert [(line.id, line.feed, line.unit) for line in found] == [
        ("pm10", "dust", "µg/m³"),
        ("coarse", "dust", "µg/m³"),
        ("cases.filed", "cases", ""),
    ]
    assert [line.values for line in found] == [[150.0], [9.0], [3.0]]
    metrics = CATALOG.feeds["dust"].metrics
    assert [line.title for line in found[:2]] == [metrics["pm10"].title, metrics["coarse"].title]


def test_what_passed_a_bound_behind_ingest_is_told_with_its_feed() -> None:
    state = DistrictState(beyond={"dust/a": 2, "dust/b": 3, "cases/c": 4, "dusty/d": 9})
    told = health(0, NOW_MS, 1, raw_partitions=1, sources_beyond=7)
    state.feeds.apply(told)
    state.streets.apply(*summary(0, [], totals={"beyond": 6.0}))
    counts = [IndicatorCount("30d", "area", "(others)", "filed", 8, None)]
    state.cases.apply(cases(0, indicators=counts))
    feeds = build_snapshot(CATALOG, state, version=1, now_ms=NOW_MS).feeds
    assert {feed.feed: feed.beyond for feed in feeds} == {
        "dust": {"sensors": 7, "series": 6, "signals": 5},
        "cases": {"signals": 4, "area": 8},
        "hazard": {},
    }


def test_a_replay_is_told_as_one_and_judged_by_its_own_clock() -> None:
    state = DistrictState()
    then_ms = moment("2014-04-16T09:00:00+08:00")
    state.feeds.apply(health(0, NOW_MS, 1, mode="replay", run="r", sent_ms=then_ms))
    made = build_snapshot(CATALOG, state, version=1, now_ms=NOW_MS)
    assert (made.mode, made.clock_ms, made.written_ms) == ("replay", then_ms, NOW_MS)


def test_cases_that_are_watched_and_possible_duplicates_are_passed_on() -> None:
    state = DistrictState()
    block = pack_cells(np.array([110101001001001]), [np.ones((1, len(CORE_COUNTS)), np.int64)] * 5)
    common: dict[str, Any] = {"cell": "", "category": "", "reported_ms": 1}
    late = WatchedCase(case="c", department="", stage="filed", due_ms=1, overdue_min=2, **common)
    pair = PossibleDuplicate(case="d", original="c", distance_m=1.0, age_min=1, score=0.5, **common)
    state.cases.apply(cases(0, watched=[late], duplicates=[pair], duplicates_open=1, cells=block))
    made = build_snapshot(CATALOG, state, version=1, now_ms=NOW_MS)
    assert (made.watched, made.duplicates, made.cells) == ([late], [pair], [block])
    assert made.figures["readings_late"] == 0
