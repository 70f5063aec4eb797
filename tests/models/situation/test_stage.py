"""The stage of the city: never calm while it is blind, and never calmer for more trouble."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.place import SituationLimits
from models.messages.warnings import Level
from models.situation.feed_state import BLIND, FeedState
from models.situation.stage import REASONS, CityStage, Stage, StageFacts, city_stage

LIMITS = SituationLimits()
CURRENT, STALE, NEVER = FeedState.CURRENT, FeedState.STALE, FeedState.NEVER
# States of one feed, each worse than the one before it.
WORSE = (
    FeedState.CURRENT,
    FeedState.LATE,
    FeedState.CATCHING_UP,
    FeedState.STALE,
    FeedState.NEVER,
    FeedState.UNHEARD,
)


def judged(
    feeds: Mapping[str, FeedState],
    warnings: Mapping[Level, int] | None = None,
    *,
    cases: tuple[int, int] = (0, 0),
    online: tuple[int, int] = (0, 0),
) -> CityStage:
    """Stage by feeds, warnings, (overdue, open) cases and (online, known) places."""
    facts = StageFacts(
        open_warnings=warnings or {},
        feeds=feeds,
        overdue_cases=cases[0],
        open_cases=cases[1],
        places_online=online[0],
        places_known=online[1],
    )
    return city_stage(facts, LIMITS)


@st.composite
def facts(draw: st.DrawFn) -> StageFacts:
    opened, known = draw(st.integers(0, 200)), draw(st.integers(0, 60))
    names = st.sampled_from(("dust", "hazard", "cases", "parking"))
    return StageFacts(
        open_warnings=draw(st.dictionaries(st.sampled_from(Level), st.integers(0, 3))),
        feeds=draw(st.dictionaries(names, st.sampled_from(FeedState))),
        open_cases=opened,
        overdue_cases=draw(st.integers(0, opened)),
        places_known=known,
        places_online=draw(st.integers(0, known)),
        line_partitions=9,
        line_unassigned=draw(st.integers(0, 9)),
        line_waiting=draw(st.integers(0, 999)),
        is_line_behind=draw(st.booleans()),
    )


def test_all_well_is_normal_without_a_reason() -> None:
    well = judged({"dust": CURRENT, "cases": CURRENT}, cases=(3, 90), online=(40, 42))
    assert well == CityStage(stage=Stage.NORMAL)


def test_a_fresh_start_with_nothing_received_is_no_data() -> None:
    assert judged({"dust": NEVER, "cases": NEVER}, online=(0, 42)).stage is Stage.NO_DATA


def test_a_city_that_expects_no_feed_has_no_data() -> None:
    assert judged({}).stage is Stage.NO_DATA


def test_all_overdue_no_sensor_online_and_every_feed_unheard_is_no_data_with_all_reasons() -> None:
    unheard = dict.fromkeys(("dust", "hazard", "cases"), FeedState.UNHEARD)
    found = judged(unheard, cases=(85, 85), online=(0, 42))
    assert found.stage is Stage.NO_DATA
    assert [(reason.code, reason.count, reason.total) for reason in found.reasons] == [
        ("no-feed", 0, 3),
        ("coverage", 0, 42),
        ("overdue", 85, 85),
    ]


def test_a_silent_street_partition_makes_the_city_partly_blind() -> None:
    facts = StageFacts(open_warnings={}, feeds={"dust": CURRENT}, streets_known=4)
    assert city_stage(facts, LIMITS).stage is Stage.NORMAL
    found = city_stage(msgspec.structs.replace(facts, streets_silent=1), LIMITS)
    (reason,) = found.reasons
    assert (found.stage, reason.code, reason.count, reason.total) == (
        Stage.PARTLY_BLIND, "streets", 1, 4,
    )  # fmt: skip


@pytest.mark.parametrize("state", sorted(BLIND))
def test_one_blind_feed_of_two_is_partly_blind_and_named(state: FeedState) -> None:
    found = judged({"dust": state, "cases": CURRENT})
    assert found.stage is Stage.PARTLY_BLIND
    assert (found.reasons[0].code, found.reasons[0].feeds) == ("feeds", ["dust"])


@pytest.mark.parametrize(
    ("level", "stage"),
    [
        (Level.BLUE, Stage.BLUE),
        (Level.YELLOW, Stage.YELLOW),
        (Level.ORANGE, Stage.ORANGE),
        (Level.RED, Stage.RED),
    ],
)
def test_a_warning_gives_its_level_and_blindness_stays_a_reason(level: Level, stage: Stage) -> None:
    found = judged({"dust": STALE}, {level: 1, Level.BLUE: 1})
    assert (found.stage, found.stage.level) == (stage, level)
    assert [reason.code for reason in found.reasons] == ["warnings", "no-feed"]


@pytest.mark.parametrize(
    ("cases", "stage"),
    [
        ((9, 9), Stage.NORMAL),  # fewer than ten
        ((10, 20), Stage.OVERDUE),
        ((10, 21), Stage.NORMAL),  # under half
    ],
)
def test_overdue_cases_have_a_stage_from_a_share_and_a_number_on(
    cases: tuple[int, int], stage: Stage
) -> None:
    assert judged({"cases": CURRENT}, cases=cases).stage is stage


@pytest.mark.parametrize(("online", "stage"), [(7, Stage.NORMAL), (6, Stage.PARTLY_BLIND)])
def test_coverage_is_a_share_of_the_places_with_sensors(online: int, stage: Stage) -> None:
    assert judged({"dust": CURRENT}, online=(online, 10)).stage is stage


def test_a_backlog_is_catching_up_and_the_end_of_a_replay_is_not_the_present() -> None:
    ended = judged({"dust": FeedState.ENDED, "cases": FeedState.ENDED})
    assert ended.stage is Stage.REPLAY_ENDED
    behind = judged({"dust": FeedState.CATCHING_UP, "cases": FeedState.ENDED})
    assert behind.stage is Stage.CATCHING_UP


def test_a_late_feed_is_a_reason_though_the_stage_is_normal() -> None:
    found = judged({"dust": FeedState.LATE})
    assert found.stage is Stage.NORMAL
    assert [(reason.code, reason.feeds) for reason in found.reasons] == [("late", ["dust"])]


@given(facts())
def test_every_reason_is_a_known_one_and_the_gravest_comes_first(found: StageFacts) -> None:
    city = city_stage(found, LIMITS)
    assert {reason.code for reason in city.reasons} <= set(REASONS)
    stages = [reason.stage for reason in city.reasons]
    assert stages == sorted(stages, reverse=True)
    assert city.stage is max(stages, default=Stage.NORMAL)


def test_a_stage_travels_in_a_snapshot() -> None:
    found = judged({"dust": STALE}, {Level.RED: 2})
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=CityStage) == found


@given(facts())
def test_never_normal_while_a_feed_is_blind_or_coverage_is_short(found: StageFacts) -> None:
    is_blind = any(state in BLIND for state in found.feeds.values()) or not found.feeds
    is_short = found.places_online < LIMITS.coverage * found.places_known
    if is_blind or is_short:
        assert city_stage(found, LIMITS).stage >= Stage.PARTLY_BLIND


@given(facts())
def test_normal_only_where_no_source_asks_for_more(found: StageFacts) -> None:
    stage = city_stage(found, LIMITS).stage
    assert (stage is Stage.NORMAL) == all(
        (
            not any(found.open_warnings.values()),
            bool(found.feeds),
            set(found.feeds.values()) <= {FeedState.CURRENT, FeedState.LATE},
            found.places_online >= LIMITS.coverage * found.places_known,
            found.overdue_cases < max(LIMITS.overdue_cases, LIMITS.overdue * found.open_cases),
            not found.line_unassigned,
            not found.is_line_behind,
        )
    )


@given(facts(), st.sampled_from(Level))
def test_one_more_warning_is_never_calmer(found: StageFacts, level: Level) -> None:
    more = {**found.open_warnings, level: found.open_warnings.get(level, 0) + 1}
    assert_not_calmer(found, msgspec.structs.replace(found, open_warnings=more))


@given(facts(), st.data())
def test_a_feed_in_more_trouble_is_never_calmer(found: StageFacts, data: st.DataObject) -> None:
    feeds = {name: state for name, state in found.feeds.items() if state in WORSE}
    found = msgspec.structs.replace(found, feeds=feeds)
    if feeds:
        name = data.draw(st.sampled_from(sorted(feeds)))
        worse = data.draw(st.sampled_from(WORSE[WORSE.index(feeds[name]) :]))
        assert_not_calmer(found, msgspec.structs.replace(found, feeds={**feeds, name: worse}))


@given(facts(), st.integers(1, 50))
def test_more_overdue_cases_and_fewer_sensors_are_never_calmer(found: StageFacts, n: int) -> None:
    more = msgspec.structs.replace(
        found, open_cases=found.open_cases + n, overdue_cases=found.overdue_cases + n
    )
    assert_not_calmer(found, more)
    fewer = msgspec.structs.replace(found, places_online=max(0, found.places_online - n))
    assert_not_calmer(found, fewer)


@given(facts())
def test_a_line_that_falls_behind_or_misses_a_part_is_never_calmer(found: StageFacts) -> None:
    assert_not_calmer(found, msgspec.structs.replace(found, is_line_behind=True, line_waiting=1000))
    assert_not_calmer(found, msgspec.structs.replace(found, line_unassigned=9))
    waits = msgspec.structs.replace(found, line_waiting=found.line_waiting + 1)
    assert_not_calmer(found, waits)


def test_a_line_behind_is_catching_up_and_a_part_that_nobody_holds_is_partly_blind() -> None:
    well = StageFacts(open_warnings={}, feeds={"dust": FeedState.ENDED}, line_partitions=9)
    behind = msgspec.structs.replace(well, is_line_behind=True, line_waiting=412)
    assert reasons(city_stage(behind, LIMITS)) == [
        (Stage.CATCHING_UP, "line-behind", [], 412, 0),
    ]
    missing = msgspec.structs.replace(behind, line_unassigned=2)
    assert reasons(city_stage(missing, LIMITS))[0] == (
        Stage.PARTLY_BLIND, "line-unassigned", [], 2, 9,
    )  # fmt: skip


@pytest.mark.parametrize("is_behind", [False, True])
def test_the_end_of_a_replay_is_told_when_nothing_waits(is_behind: bool) -> None:
    ended = StageFacts(open_warnings={}, feeds={"dust": FeedState.ENDED}, line_partitions=9)
    assert reasons(city_stage(ended, LIMITS)) == [
        (Stage.REPLAY_ENDED, "replay-ended", ["dust"], 0, 0)
    ]
    waits = msgspec.structs.replace(ended, line_waiting=4000, is_line_behind=is_behind)
    assert reasons(city_stage(waits, LIMITS)) == [(Stage.CATCHING_UP, "line-behind", [], 4000, 0)]
    live = msgspec.structs.replace(waits, feeds={"dust": CURRENT}, is_line_behind=False)
    assert city_stage(live, LIMITS).stage is Stage.NORMAL


def assert_not_calmer(before: StageFacts, after: StageFacts) -> None:
    assert city_stage(after, LIMITS).stage >= city_stage(before, LIMITS).stage


def reasons(found: CityStage) -> list[tuple[Stage, str, list[str], int, int]]:
    return [(why.stage, why.code, why.feeds, why.count, why.total) for why in found.reasons]


def test_every_reason_says_what_it_asks_for_of_whom_and_how_many() -> None:
    feeds = {
        "a": FeedState.STALE,
        "b": FeedState.CATCHING_UP,
        "c": FeedState.ENDED,
        "d": FeedState.LATE,
        "e": FeedState.NEVER,
    }
    warnings = {Level.BLUE: 2, Level.ORANGE: 1, Level.RED: 0}
    found = judged(feeds, warnings, cases=(12, 20), online=(3, 9))
    assert found.stage is Stage.ORANGE
    assert reasons(found) == [
        (Stage.ORANGE, "warnings", [], 3, 0),
        (Stage.PARTLY_BLIND, "feeds", ["a", "e"], 2, 5),
        (Stage.PARTLY_BLIND, "coverage", [], 3, 9),
        (Stage.CATCHING_UP, "catching-up", ["b"], 0, 0),
        (Stage.OVERDUE, "overdue", [], 12, 20),
        (Stage.REPLAY_ENDED, "replay-ended", ["c"], 0, 0),
        (Stage.NORMAL, "late", ["d"], 0, 0),
    ]


def test_blind_to_the_last_feed_is_no_data_and_says_how_many() -> None:
    found = judged({"a": FeedState.STALE, "b": FeedState.UNHEARD})
    assert reasons(found) == [(Stage.NO_DATA, "no-feed", ["a", "b"], 0, 2)]


def test_warnings_that_are_counted_as_none_ask_for_nothing() -> None:
    assert judged({"a": CURRENT}, dict.fromkeys(Level, 0)).reasons == []


@pytest.mark.parametrize("stage", Stage)
def test_a_stage_has_a_slug_and_a_level_only_where_it_is_one_of_warnings(stage: Stage) -> None:
    assert stage.slug == stage.name.lower().replace("_", "-")
    names = {level.name for level in Level}
    assert (stage.level is None) == (stage.name not in names)
    assert stage.level is None or stage.level.name == stage.name


def test_slugs_known_by_heart() -> None:
    assert [Stage.PARTLY_BLIND.slug, Stage.NO_DATA.slug, Stage.RED.slug] == [
        "partly-blind",
        "no-data",
        "red",
    ]
