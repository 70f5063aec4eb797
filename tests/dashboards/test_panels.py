"""Panels say what the snapshot says: in both languages, with time and denominator."""

from __future__ import annotations

from datetime import UTC
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from config.place import HeadlineTarget
from dashboards.common.city_index import CityIndex
from dashboards.common.wording import local
from dashboards.panels import banner, levels, warnings
from dashboards.panels import map_captions as map_words
from dashboards.panels.case_funnel import STAGES, funnel_rows, overdue, overdue_rows
from dashboards.panels.compared import Past
from dashboards.panels.footer import footer
from dashboards.panels.headlines import HEADLINES, headlines
from dashboards.panels.health import health_rows
from dashboards.panels.trends import hours, last_known, shown_trends, trend_charts
from models.grid.grid import Grid
from models.messages.commands import Role
from models.messages.street_summaries import IndicatorCount, StageNow
from models.messages.warnings import Level, Life, Mark
from models.situation.feed_state import FeedState
from models.situation.line_now import AgentNow, LineNow
from models.situation.snapshot import Headline, Layer, Mode, Snapshot
from models.situation.stage import CityStage
from tests.dashboards import factory
from tests.dashboards.page import classes, parts, words
from tests.models.warnings.warning_things import over

NOW = factory.NOW_MS


@pytest.fixture
def busy(grid: Grid) -> Snapshot:
    return factory.snapshot(grid)


# --- banner -----------------------------------------------------------------------------------


def staged(snapshot: Snapshot, stage: CityStage) -> Snapshot:
    return msgspec.structs.replace(snapshot, stage=stage)


@pytest.mark.parametrize(
    ("open_by_level", "word"),
    [
        ({}, "Normal"),
        ({"BLUE": 3}, "Blue warning"),
        ({"BLUE": 3, "YELLOW": 1}, "Yellow warning"),
        ({"RED": 0, "ORANGE": 1}, "Orange warning"),
        ({"BLUE": 9, "RED": 1}, "Red warning"),
    ],
)
def test_the_stage_is_the_gravest_open_level(
    busy: Snapshot, city_index: CityIndex, open_by_level: dict[str, int], word: str
) -> None:
    assert word in words(banner.stage(staged(busy, factory.stage(open_by_level)), city_index))


def test_the_stage_says_why(busy: Snapshot, city_index: CityIndex) -> None:
    assert banner.reasons(busy, city_index) == [
        {
            "zh": "红色 1 起、橙色 2 起、黄色 2 起、蓝色 4 起　最高：景山街道 PM10 局地偏高",
            "en": "1 red, 2 orange, 2 yellow, 4 blue — highest: PM10 locally high, Jingshan",
        }
    ]
    calm = banner.reasons(staged(busy, factory.stage({})), city_index)
    assert calm[0]["en"] == "no open warning, every feed is current"


def test_a_blind_city_says_which_feeds_and_for_how_long(
    busy: Snapshot, city_index: CityIndex
) -> None:
    blind = factory.stage(
        {},
        {"dust": FeedState.CURRENT, "hazard": FeedState.STALE, "cases": FeedState.CURRENT},
        places_known=42,
        places_online=3,
        open_cases=20,
        overdue_cases=19,
    )
    shown = words(banner.stage(staged(busy, blind), city_index))
    assert shown.startswith("Partly blind ")
    for part in (
        "1 of 3 feeds blind: Hazard sources silent for 7 min",
        "3 of 42 sensor places online",
        "19 of 20 open cases overdue",
    ):
        assert part in shown


def test_a_warning_has_blindness_beside_it(busy: Snapshot, city_index: CityIndex) -> None:
    both = staged(busy, factory.stage({"RED": 1}, {"dust": FeedState.STALE}))
    shown = banner.stage(both, city_index)
    assert "stage-badge" in classes(shown)
    assert "Red warning No data" in words(shown)


def test_no_feed_with_data_is_said_as_such(busy: Snapshot, city_index: CityIndex) -> None:
    feeds = [
        msgspec.structs.replace(feed, state=FeedState.NEVER, age_s=None) for feed in busy.feeds
    ]
    never = factory.stage({}, {feed.feed: feed.state for feed in feeds})
    shown = words(banner.stage(msgspec.structs.replace(busy, feeds=feeds, stage=never), city_index))
    assert shown.startswith("No data")
    assert "none of 3 feeds has data" in shown


@pytest.mark.parametrize(
    ("left_s", "said"),
    [(40.0, "约 40 秒"), (0.2, "约 1 秒"), (None, "剩余时间不明")],
)
def test_catching_up_says_its_speed_and_the_time_left(
    busy: Snapshot, city_index: CityIndex, left_s: float | None, said: str
) -> None:
    behind = msgspec.structs.replace(
        busy.feeds[0], state=FeedState.CATCHING_UP, read_per_s=12_000.0, left_s=left_s
    )
    stage = factory.stage({}, {"dust": behind.state})
    snapshot = msgspec.structs.replace(busy, feeds=[behind], stage=stage)
    shown = words(banner.stage(snapshot, city_index), "zh")
    assert shown.startswith("追赶中")
    assert f"工地扬尘 12,000 条/秒，{said}" in shown
    row = words(health_rows(snapshot)[0], "zh")
    assert f"追赶中，{said}" in row
    assert "12,000 /s" in row


def test_without_a_snapshot_the_stage_is_unknown_not_normal(city_index: CityIndex) -> None:
    assert "Unknown" in words(banner.stage(None, city_index))


def test_the_time_of_the_banner_is_that_of_its_mode(busy: Snapshot, city_index: CityIndex) -> None:
    assert banner.now(busy, city_index.zone) == ("2010-04-16", "15:05:30")
    assert words(banner.mode(busy)) == "REPLAY"
    ended = staged(busy, factory.stage({}, {"dust": FeedState.ENDED}))
    assert words(banner.mode(ended)) == "REPLAY ENDED"
    live = msgspec.structs.replace(busy, mode="live")
    assert words(banner.mode(live)) == "Now"


def test_a_level_is_shape_numeral_and_word() -> None:
    marks = {level: levels.mark(level) for level in Level}
    assert {mark.children for mark in marks.values()} == {"Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"}
    assert marks[Level.RED].children == "Ⅰ"
    assert len({str(classes(mark)) for mark in marks.values()}) == len(Level)


# --- headlines --------------------------------------------------------------------------------


def telling(busy: Snapshot, *told: Headline) -> Snapshot:
    return msgspec.structs.replace(busy, headlines=list(told))


def test_a_headline_has_time_numerator_and_denominator(
    busy: Snapshot, city_index: CityIndex
) -> None:
    tiles = headlines(busy, city_index.zone)
    assert words(tiles[2]).startswith("Closed, 30 days % 97.2 3,350/3,447 15:05 ")


def test_a_headline_of_a_blind_feed_is_stale_and_compared_with_nothing(
    busy: Snapshot, city_index: CityIndex
) -> None:
    told = telling(busy, Headline(id="filed_today", value=101, event_ms=NOW, feeds=["dust"]))
    blind = [msgspec.structs.replace(feed, state=FeedState.STALE) for feed in busy.feeds]
    past = Past(telling(busy, Headline(id="filed_today", value=97, event_ms=NOW)))
    seen, unseen = (
        headlines(each, city_index.zone, {}, past)[1]
        for each in (told, msgspec.structs.replace(told, feeds=blind))
    )
    assert "day ago 97" in words(seen) and "is-blind" not in classes(seen)
    assert words(unseen).split() == ["Filed", "today", "101", "STALE", "15:05"]
    assert "is-blind" in classes(unseen)


def test_there_are_always_six_headlines_and_a_missing_one_is_unknown(
    busy: Snapshot, city_index: CityIndex
) -> None:
    told = telling(busy, Headline(id="filed_today", value=0, event_ms=NOW))
    tiles = headlines(told, city_index.zone)
    assert len(tiles) == len(HEADLINES) == 6
    assert words(tiles[0]).split() == ["Open", "cases", "—", "—"]
    before = "day ago unknown year ago unknown"
    assert words(tiles[1]) == f"Filed today  0 15:05 {before}"
    assert [words(tile).count("—") for tile in headlines(None, city_index.zone)] == [2] * 6


def test_an_unknown_value_shows_no_unit_and_nothing_beside_it(
    busy: Snapshot, city_index: CityIndex
) -> None:
    unknown = telling(busy, Headline(id="pm10_now", value=None, unit="µg/m³", denominator=44))
    tile = words(headlines(unknown, city_index.zone)[3])
    assert "µg" not in tile
    assert "44" not in tile


def test_a_number_is_compared_with_yesterday_and_judged(
    busy: Snapshot, city_index: CityIndex
) -> None:
    line = msgspec.structs.replace(busy.trends[0], values=[100.0, *busy.trends[0].values[1:]])
    now = Headline(id="pm10_now", value=128.4, decimals=1, event_ms=line.start_ms + 86_400_000)
    tile = headlines(msgspec.structs.replace(telling(busy, now), trends=[line]), city_index.zone)[3]
    assert "day ago 100.0   ▲  worse" in words(tile)
    assert "worse" in classes(tile)
    better = msgspec.structs.replace(now, value=60.0)
    tile = headlines(
        msgspec.structs.replace(telling(busy, better), trends=[line]), city_index.zone
    )[3]
    assert {"better"} <= classes(tile)
    assert "▼" in words(tile)


def test_the_share_closed_is_compared_with_the_last_seven_days(
    busy: Snapshot, city_index: CityIndex
) -> None:
    counts = [
        IndicatorCount("7d", "all", "all", "closed_of_filed", 99.0, 100),
        IndicatorCount("7d", "all", "all", "filed", 707.0, None),
    ]
    tiles = headlines(msgspec.structs.replace(busy, indicators=counts), city_index.zone)
    assert "7 days 99.0 %   ▲  better" in words(tiles[2])
    assert "better" in classes(tiles[2])
    assert "7-day mean 101" in words(tiles[1])


def test_open_warnings_are_counted_by_level(busy: Snapshot, city_index: CityIndex) -> None:
    assert words(headlines(busy, city_index.zone)[4]).split()[1:10] == [
        "9", "Ⅰ", "1", "Ⅱ", "2", "Ⅲ", "2", "Ⅳ", "4",
    ]  # fmt: skip


def test_a_number_is_compared_with_the_same_time_a_day_and_a_year_ago(
    busy: Snapshot, city_index: CityIndex
) -> None:
    def then(**values: float) -> Snapshot:
        told = [Headline(id=name, value=value, feeds=["cases"]) for name, value in values.items()]
        return msgspec.structs.replace(telling(busy, *told), feeds=[])

    past = Past(then(open_cases=1400, sensors_online=41), then(open_cases=1291, filed_today=90))
    tiles = [words(tile) for tile in headlines(busy, city_index.zone, past=past)]
    assert "day ago 1,400   ▼  better year ago 1,291   even" in tiles[0]
    assert "year ago 90   ▲  higher" in tiles[1]  # neither good nor bad
    assert "day ago 41   even year ago unknown" in tiles[5]


def test_what_was_blind_in_the_past_is_not_compared_with(
    busy: Snapshot, city_index: CityIndex
) -> None:
    blind = [msgspec.structs.replace(f, state=FeedState.STALE) for f in busy.feeds]
    told = Headline(id="open_cases", value=3, feeds=["cases"])
    past = Past(msgspec.structs.replace(telling(busy, told), feeds=blind))
    assert "day ago unknown" in words(headlines(busy, city_index.zone, past=past)[0])


def test_a_number_says_whether_it_meets_its_target(busy: Snapshot, city_index: CityIndex) -> None:
    targets = {
        "closed_of_filed": HeadlineTarget(at_least=95),
        "pm10_now": HeadlineTarget(at_most=100),
        "sensors_online": HeadlineTarget(at_least=95, percent=True),
        "filed_today": HeadlineTarget(at_most=500, percent=True),  # it has no denominator
    }
    tiles = headlines(busy, city_index.zone, targets)
    assert "✓  target ≥ 95 % met" in words(tiles[2])
    assert "✗  target ≤ 100 missed" in words(tiles[3])
    assert "✗  target ≥ 95 % missed" in words(tiles[5])  # 41 of 44
    assert "target ≤ 500 % 15:05 day" in words(tiles[1])
    assert "abnormal" in classes(tiles[3]) and "abnormal" not in classes(tiles[2])


# --- warnings ---------------------------------------------------------------------------------


def test_a_warning_says_level_place_facts_owner_and_advice(
    busy: Snapshot, city_index: CityIndex
) -> None:
    row = words(warnings.warning_rows(busy, city_index)[0])
    for part in ("red", "14:40", "25 min", "Jingshan", "PM10 locally high"):
        assert part in row
    assert "PM10 242.3 µg/m³, expected 98.1 (normal ≤ 161.0), region 121.4; once in 210 days" in row
    assert "Send a supervisor" in row
    assert "Environment bureau duty desk acknowledged: operator, 14:45" in " ".join(row.split())


def test_each_warning_has_its_advice_and_the_worst_is_marked(
    busy: Snapshot, city_index: CityIndex
) -> None:
    rows = warnings.warning_rows(busy, city_index)
    assert ["worst" in classes(row) for row in rows] == [True, False, False, False, False]
    for row in rows:
        assert "Environment bureau duty desk" in words(row)
        assert "Send a supervisor" in words(row)


def test_a_warning_without_evidence_gives_its_explanation(
    busy: Snapshot, city_index: CityIndex
) -> None:
    warning = msgspec.structs.replace(busy.warnings[0], evidence=[])
    assert warnings.why(warning, city_index) == warning.explanation


def test_a_limit_gives_its_facts_and_no_chance(busy: Snapshot, city_index: CityIndex) -> None:
    facts = {"zh": "达到限值", "en": "at the limit"}
    broken = msgspec.structs.replace(busy.warnings[0], evidence=[over(0, 15)], facts=facts)
    assert warnings.why(broken, city_index) == facts


def test_facts_leave_out_a_region_that_had_too_few_cells(
    busy: Snapshot, city_index: CityIndex
) -> None:
    anomaly = factory.evidence("110101002001001")
    evidence = msgspec.structs.replace(anomaly.evidence, region=None)
    anomaly = msgspec.structs.replace(anomaly, evidence=evidence)
    warning = msgspec.structs.replace(busy.warnings[0], evidence=[anomaly])
    assert "region" not in warnings.why(warning, city_index)["en"]


def test_at_most_five_warnings_and_a_count_of_the_others(
    busy: Snapshot, city_index: CityIndex
) -> None:
    many = msgspec.structs.replace(busy, warnings=busy.warnings * 2, open_by_level={"RED": 12})
    assert len(warnings.warning_rows(many, city_index)) == warnings.SHOWN
    assert words(warnings.more(many)) == "7 more"
    assert warnings.more(msgspec.structs.replace(busy, open_by_level={"RED": 5})) == []


def test_the_number_of_warnings_held_back_stands_beside(busy: Snapshot) -> None:
    few = msgspec.structs.replace(
        busy, open_by_level={"RED": 5}, figures=busy.figures | {"warnings_held": 3.0}
    )
    assert words(warnings.more(few)) == "3 held back"
    many = msgspec.structs.replace(few, open_by_level={"RED": 12})
    assert words(warnings.more(many)).startswith("7 more")


def test_what_is_shelved_and_what_is_over_and_unseen_is_counted(busy: Snapshot) -> None:
    figures = busy.figures | {"warnings_kept": 2.0, "warnings_returned": 4.0}
    some = msgspec.structs.replace(busy, open_by_level={"RED": 6}, figures=figures)
    assert words(warnings.more(some)) == (
        "1 more  ·  2 shelved or out of service  ·  4 over, to be acknowledged"
    )


MARKED = Mark(role=Role.OPERATOR, since_ms=NOW - 120_000)
ASSIGNED = Mark(role=Role.BUREAU, since_ms=NOW)


@pytest.mark.parametrize(
    ("life", "said"),
    [
        (Life(), "not acknowledged"),
        (Life(acknowledged=MARKED), "acknowledged: operator, 15:03"),
        (Life(assigned=ASSIGNED), "assigned: bureau, 15:05"),
        (Life(acknowledged=MARKED, assigned=ASSIGNED), "assigned: bureau, 15:05"),
        (Life(tier=1, assigned=ASSIGNED), "escalated to shift leader"),
        (Life(tier=2, acknowledged=MARKED), "acknowledged: operator, 15:03"),
        (Life(tier=0, round=1), "round 2: not acknowledged by operator"),
    ],
)
def test_a_warning_says_which_role_has_it_and_since_when(
    busy: Snapshot, city_index: CityIndex, life: Life, said: str
) -> None:
    warning = msgspec.structs.replace(busy.warnings[0], life=life)
    assert " ".join(words(warnings.who(warning, city_index, NOW)).split()) == said
    shown = msgspec.structs.replace(busy, warnings=[warning])
    row = words(warnings.warning_rows(shown, city_index)[0])
    assert said in " ".join(row.split())


def test_no_warning_is_said_in_words(busy: Snapshot, city_index: CityIndex) -> None:
    quiet = msgspec.structs.replace(busy, warnings=[], open_by_level={})
    assert words(warnings.warning_rows(quiet, city_index)) == "No open warning"


def test_only_new_warnings_are_announced(busy: Snapshot, city_index: CityIndex) -> None:
    ids = [warning.id for warning in busy.warnings]
    assert warnings.announcements(busy, None, city_index) is None
    assert warnings.announcements(busy, ids, city_index) is None
    assert words(warnings.announcements(busy, ids[1:], city_index)) == (
        "New warning: red, Jingshan, PM10 locally high"
    )


# --- closed loop ------------------------------------------------------------------------------


def test_the_funnel_shows_open_overdue_and_dwell_by_stage(busy: Snapshot) -> None:
    rows = funnel_rows(busy.stages)
    assert len(rows) == len(STAGES)
    assert words(rows[2]).split() == ["In", "hand", "902", "37", "7", "h", "5.5", "h"]
    assert "abnormal" in classes(rows[2])
    assert "abnormal" not in classes(rows[0])


def test_a_stage_nobody_spoke_of_is_unknown_and_an_empty_one_has_no_mean() -> None:
    rows = funnel_rows({"filed": StageNow(open=0, overdue=0, dwell_h_sum=0.0)})
    assert words(rows[0]).split() == ["To", "file", "—", "—", "—", "—"]
    assert words(rows[1]).split() == ["To", "dispatch", "0", "0", "—", "—"]


def test_cases_on_hold_are_shown_when_there_are_any() -> None:
    held = StageNow(open=3, overdue=0, dwell_h_sum=30.0)
    rows = funnel_rows({"held": held, "unknown": StageNow(open=0, overdue=0, dwell_h_sum=0)})
    assert words(rows[-1]).startswith("On hold 3")


def test_the_overdue_list_is_short_longest_first_and_without_persons(
    busy: Snapshot, city_index: CityIndex
) -> None:
    late = [case.overdue_min for case in overdue(busy)]
    assert late == sorted(late, reverse=True)
    assert min(late) > 0
    row = words(overdue_rows(busy, city_index)[0])
    assert row == "DC201004160000 Exposed litter Enforcement 20 h"


def test_a_quiet_loop_says_so(busy: Snapshot, city_index: CityIndex) -> None:
    assert words(funnel_rows({})) == "No cases yet"
    nothing = msgspec.structs.replace(busy, watched=[])
    assert words(overdue_rows(nothing, city_index)) == "Nothing is overdue"


def test_without_cases_or_judgement_nothing_is_called_well(
    busy: Snapshot, city_index: CityIndex
) -> None:
    bare = msgspec.structs.replace(busy, watched=[], stages={}, warnings=[], headlines=[])
    assert words(overdue_rows(bare, city_index)) == "No cases yet"
    assert words(warnings.warning_rows(bare, city_index)) == "Nothing judged yet"


HOSTILE = "A\x1b]0;owned\x07\x9b2J\u202eB<script>alert(1)</script>"


def test_what_comes_from_outside_acts_on_nothing(busy: Snapshot, city_index: CityIndex) -> None:
    case = msgspec.structs.replace(
        busy.watched[0], case=HOSTILE, category=HOSTILE, department=HOSTILE
    )
    row = overdue_rows(msgspec.structs.replace(busy, watched=[case]), city_index)[0]
    shown = words(row)
    assert shown.count("A\\x1b]0;owned\\x07\\x9b2J\\u202eB<script>") == 3
    assert not {character for character in shown if not character.isprintable()}


# --- data health ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "mode", "word"),
    [
        (FeedState.CURRENT, "live", "current"),
        (FeedState.CURRENT, "replay", "replay"),
        (FeedState.LATE, "live", "late"),
        (FeedState.STALE, "replay", "STALE"),
        (FeedState.NEVER, "live", "never received"),
        (FeedState.UNHEARD, "live", "ingest silent"),
        (FeedState.ENDED, "replay", "replay ended"),
    ],
)
def test_a_feed_says_its_state_and_whose_time_it_is(
    busy: Snapshot, state: FeedState, mode: Mode, word: str
) -> None:
    feed = msgspec.structs.replace(busy.feeds[0], state=state, mode=mode)
    row = health_rows(msgspec.structs.replace(busy, feeds=[feed]))[0]
    assert words(row).startswith(f"Construction dust {word} ")
    assert f"feed-{state.value}" in classes(row)


def test_a_replay_that_was_broken_off_says_so(busy: Snapshot) -> None:
    feed = msgspec.structs.replace(busy.feeds[0], state=FeedState.STALE, is_broken_off=True)
    row = health_rows(msgspec.structs.replace(busy, feeds=[feed]))[0]
    assert "replay broken off" in words(row)


def test_a_feed_says_age_rate_lag_rejected_late_and_when_ingest_spoke(busy: Snapshot) -> None:
    row = health_rows(busy)[0]
    assert words(row) == "Construction dust replay 4 s ago 4,123.4 /s 87 311 42 1 s ago"


def test_a_feed_that_never_spoke_is_unknown(busy: Snapshot) -> None:
    feed = msgspec.structs.replace(
        busy.feeds[0], last_event_ms=0, published_ms=0, age_s=None, state=FeedState.UNHEARD
    )
    row = health_rows(msgspec.structs.replace(busy, feeds=[feed]))[0]
    assert words(row).split()[2:] == [
        "ingest",
        "silent",
        "—",
        "4,123.4",
        "/s",
        "87",
        "311",
        "42",
        "—",
    ]
    assert "feed-unheard" in classes(row)


# --- map, trends, footer ----------------------------------------------------------------------


def test_the_caption_names_the_worst_cell_and_what_the_grid_is(
    busy: Snapshot, city_index: CityIndex
) -> None:
    text = words(map_words.caption(busy.layers[2], city_index.current, city_index, busy))
    value = float(busy.layers[2].values[~(busy.layers[2].values != busy.layers[2].values)].max())
    assert f"highest {value:.1f} µg/m³" in text
    beside = words(map_words.notes(city_index.current, busy, city_index))
    assert beside == "Jingshan PM10 locally high synthetic grid"


def test_the_legend_tells_zero_from_unknown(busy: Snapshot, city_index: CityIndex) -> None:
    cases, _, dust, *_ = (
        words(one) for one in map_words.legends(busy, city_index, city_index.current)
    )
    assert "zero" in cases
    assert "no data" not in cases
    assert "zero" not in dust
    unknown = int((busy.layers[2].values != busy.layers[2].values).sum())
    assert f"no data: {unknown} of " in dust


def test_a_scale_that_values_go_beyond_says_so() -> None:
    values = np.array([0.5, 31.0], "<f4").tobytes()
    layer = Layer(id="x", title={}, unit="", decimals=2, event_ms=0, data=values, scale="ratio")
    assert map_words.ticks(layer) == ["0", "≥ 4"]


def test_a_layer_is_stale_past_its_own_limit(busy: Snapshot) -> None:
    layer = busy.layers[2]
    limit_ms = layer.event_ms + layer.stale_after_s * 1000
    assert not map_words.is_stale(layer, limit_ms)
    assert map_words.is_stale(layer, limit_ms + 1)
    assert not map_words.is_stale(busy.layers[0], NOW * 2)


def test_a_stale_layer_says_so_beside_the_map(busy: Snapshot, city_index: CityIndex) -> None:
    old = msgspec.structs.replace(busy.layers[2], event_ms=NOW - 86_400_000)
    aged = msgspec.structs.replace(busy, layers=[old])
    assert "out of date" in words(map_words.legends(aged, city_index, city_index.current))


def test_the_wall_offers_few_layers_and_shows_that_of_the_worst_warning(busy: Snapshot) -> None:
    day = msgspec.structs.replace(busy.layers[2], id="pm10.mean_24h")
    offered = map_words.offered([day, *busy.layers, *busy.layers])
    assert len(offered) == map_words.MOST
    assert day not in offered
    assert map_words.automatic(busy, offered) == busy.layers[2]
    calm = msgspec.structs.replace(busy, warnings=[])
    assert map_words.automatic(calm, offered) == offered[0]
    other = msgspec.structs.replace(busy.warnings[0], metric="gas", feed="hazard")
    assert (
        map_words.automatic(msgspec.structs.replace(busy, warnings=[other]), offered) == offered[0]
    )
    assert map_words.automatic(busy, []) is None


def test_trends_show_a_reading_and_the_cases() -> None:
    first, last = factory.trends()
    assert shown_trends([first, first, last]) == [first, last]
    assert shown_trends([last]) == [last]
    assert shown_trends([]) == []
    assert words(trend_charts([], UTC, ())) == "no trend yet"
    [chart] = trend_charts([first], UTC, ())
    assert words(chart).startswith("PM10, district mean µg/m³ now 1")
    assert "usual" in words(chart)
    assert "is-blind" in classes(trend_charts([first], UTC, {first.feed}))
    assert last_known([1.0, 2.0, None]) == 2.0
    assert last_known([None]) is None


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("count", [2, 5, 24, 96, 700])
def test_a_chart_is_marked_at_few_whole_hours_of_local_time(zone: str, count: int) -> None:
    line = msgspec.structs.replace(factory.trends()[0], values=[1.0] * count)
    marks = hours(line, ZoneInfo(zone))
    end_ms = line.start_ms + (count - 1) * line.step_s * 1000
    assert all(line.start_ms <= at_ms <= end_ms for at_ms in marks)
    assert all(local(at_ms, ZoneInfo(zone)).minute == 0 for at_ms in marks)
    assert len(marks) <= 8
    assert len({later - at for at, later in pairwise(marks)}) <= 1


def test_a_day_is_marked_where_its_hours_lie() -> None:
    day = factory.trends()[0]  # from 15:05 on
    [chart] = trend_charts([day], ZoneInfo("Asia/Shanghai"), ())
    assert words(chart).endswith("18:00 00:00 06:00 12:00")
    assert hours(msgspec.structs.replace(day, values=[1.0]), UTC) == []


def test_what_no_rule_expects_is_not_announced_as_expected() -> None:
    first, _ = factory.trends()
    for expected in ([], [None] * len(first.values)):
        watched_by_none = msgspec.structs.replace(first, expected=expected)
        assert "usual" not in words(trend_charts([watched_by_none], UTC, ()))


def test_a_chance_of_ages_is_not_counted_in_days(busy: Snapshot, city_index: CityIndex) -> None:
    said = warnings.why(msgspec.structs.replace(busy.warnings[0], severity=1e7), city_index)
    assert "less than once in a century" in said["en"]
    assert "百年不到一次" in said["zh"]


def test_what_the_history_cannot_tell_is_said_as_a_bound(
    busy: Snapshot, city_index: CityIndex
) -> None:
    bound = msgspec.structs.replace(busy.warnings[0], severity=61.0, is_least=True)
    said = warnings.why(bound, city_index)
    assert "at most once in 61 days" in said["en"]
    assert "至多约61天一次" in said["zh"]


def test_the_footer_names_versions_zone_and_latency(busy: Snapshot, city_index: CityIndex) -> None:
    text = words(footer(busy, city_index))
    for part in ("snapshot 1", "complete to 14:55", "Asia/Shanghai", "99 % shown within 1.0 s"):
        assert part in text
    slow = msgspec.structs.replace(busy, latency_ms={})
    assert "99 % shown within —" in words(footer(slow, city_index))


# --- open cases -------------------------------------------------------------------------------


def test_beside_the_open_cases_stand_the_overdue_and_the_possible_duplicates(
    busy: Snapshot, city_index: CityIndex
) -> None:
    tiles = headlines(busy, city_index.zone)
    assert words(tiles[0]).startswith("Open cases  1,291 overdue 40 may repeat 12 15:05 day ago")


def test_of_unknown_cases_nothing_is_said(busy: Snapshot, city_index: CityIndex) -> None:
    tiles = headlines(msgspec.structs.replace(busy, stages={}), city_index.zone)
    assert words(tiles[0]).startswith("Open cases  1,291 15:05 day ago unknown")


ODD = {
    "departed": {"dust-03": 594_000, "dust-\x1b[2J": -7_200_000, "dust-09": 900},
    "departed_sources": 31,
}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", "工地扬尘时钟偏离 31：dust-03 快 10 分、dust-\\x1b[2J 慢 2 小时、dust-09 快 1 秒等"),
        (
            "en",
            "Construction dust: clock astray 31: dust-03 10 min ahead, dust-\\x1b[2J 2 h behind, …",
        ),
    ],
)
def test_sources_astray_are_counted_and_as_many_named_as_there_is_room_for(
    busy: Snapshot, language: str, said: str
) -> None:
    feed = msgspec.structs.replace(busy.feeds[0], **ODD)
    _, notes = health_rows(msgspec.structs.replace(busy, feeds=[feed]))
    assert words(notes, language) == said
    [title] = [part.title for part in parts(notes) if getattr(part, "title", None)]
    assert "dust-09 1 s ahead" in title, "the title names more than there is room for"
    assert "\x1b" not in title


def test_unregistered_sensors_and_passed_bounds_are_told_with_their_feed(busy: Snapshot) -> None:
    dust = msgspec.structs.replace(
        busy.feeds[0], unregistered={"x" * 30 + "1": 7}, unregistered_sources=1
    )
    cases = msgspec.structs.replace(busy.feeds[2], beyond={"department": 57})
    *_, notes = health_rows(msgspec.structs.replace(busy, feeds=[dust, cases]))
    assert words(notes, "zh") == (
        "城管案件超出上限：其他部门案件 57　工地扬尘未登记 1：xxxxxxxx…xxxxxx1"
    )


def test_notes_that_have_no_room_are_counted(busy: Snapshot) -> None:
    odd = [msgspec.structs.replace(feed, **ODD, beyond={"ids": 7}) for feed in busy.feeds]
    *_, notes = health_rows(msgspec.structs.replace(busy, feeds=odd))
    assert words(notes).endswith("5 more notes")


@pytest.mark.parametrize(
    ("language", "reasons", "said"),
    [
        (
            "zh",
            ["7 个处理分区中 1 个无人处理：panes 1", "工地扬尘的判断落后 21 天（detect）"],
            "无人处理的分区（panes 1）、待处理 1,240 条（detect 1,200、warn 31、archive 7等）、"
            "工地扬尘的判断落后 21 天（detect）、城管案件尚未判断（outbreaks）",
        ),
        (
            "en",
            [
                "nobody works on 1 of 7 partitions: panes 1",
                "Construction dust judged 21 d behind (detect)",
            ],
            "unassigned partitions (panes 1), 1,240 records wait (detect 1,200, warn 31, archive 7,"
            " …), Construction dust judged 21 d behind (detect), City cases not judged yet"
            " (outbreaks)",
        ),
    ],
)
def test_a_line_behind_says_who_and_by_how_much_event_time(
    busy: Snapshot, city_index: CityIndex, language: str, reasons: list[str], said: str
) -> None:
    line = factory.line_behind()
    stage = factory.stage({}, is_line_behind=True, line_unassigned=1, line_partitions=7)
    snapshot = msgspec.structs.replace(busy, line=line, stage=stage)
    shown = words(banner.stage(snapshot, city_index), language)
    assert shown.startswith("部分失联" if language == "zh" else "Partly blind")
    assert [reason in shown for reason in reasons] == [True, True]
    row = health_rows(snapshot)[len(busy.feeds)]
    assert said in str(getattr(row, "title", ""))
    assert getattr(row, "id", None) == "health-line"
    assert {"zh": "无人处理", "en": "unassigned"}[language] in words(row, language)
    assert "1,240" in words(row, language)


@pytest.mark.parametrize("is_behind", [False, True])
def test_warnings_of_an_unknown_time_say_so(busy: Snapshot, is_behind: bool) -> None:
    undated = [
        msgspec.structs.replace(one, event_ms=0) if one.id == "open_warnings" else one
        for one in busy.headlines
    ]
    line = LineNow(is_behind=is_behind)
    shown = msgspec.structs.replace(busy, headlines=undated, line=line)
    (tile,) = [
        one for one in headlines(shown, UTC) if getattr(one, "id", "") == "headline-open_warnings"
    ]
    assert ("as of unknown" in words(tile, "en")) is is_behind


def test_a_line_that_keeps_up_has_a_calm_row_and_none_without_workers(busy: Snapshot) -> None:
    assert len(health_rows(busy)) == len(busy.feeds)
    agents = [AgentNow(agent="detect", partitions=1)]
    line = LineNow(agents=agents, report_age_s=1.0)
    row = health_rows(msgspec.structs.replace(busy, line=line))[-1]
    assert words(row, "en").startswith("Processing keeps up")
    behind = msgspec.structs.replace(line, is_behind=True, agents=agents, waiting=3)
    row = health_rows(msgspec.structs.replace(busy, line=behind))[-1]
    assert words(row, "en").startswith("Processing catching up")


def test_a_feed_whose_sources_are_well_has_no_note(busy: Snapshot) -> None:
    assert len(health_rows(busy)) == len(busy.feeds)
