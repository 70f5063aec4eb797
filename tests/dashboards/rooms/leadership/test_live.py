"""What a snapshot shows on the wall: all from one snapshot, once, and nothing that stands still."""

from __future__ import annotations

import json

import msgspec
import pytest

from dashboards.common.city_index import CityIndex
from dashboards.common.push import UNSEEN, PageChannel
from dashboards.panels.changes import SPAN_MS, Memory, change_rows
from dashboards.panels.dues import due_rows
from dashboards.rooms.leadership.layout import wall
from dashboards.rooms.leadership.live import ANNOUNCED, WallLive, wall_live
from models.grid.grid import Grid
from models.messages.street_summaries import IndicatorCount
from models.messages.warnings import Level, Life
from models.situation.feed_state import FeedState
from models.situation.snapshot import Snapshot
from tests.dashboards import factory
from tests.dashboards.page import parts, words


@pytest.fixture
def busy(grid: Grid) -> Snapshot:
    return factory.snapshot(grid)


def sent(channel: PageChannel, number: int) -> dict[str, object]:
    found = channel.after(number)
    assert found is not None
    told: dict[str, dict[str, object]] = json.loads(found[1].plain.removeprefix(b"data: "))
    return told["set"]


def test_every_value_has_its_place_on_the_page(busy: Snapshot, city_index: CityIndex) -> None:
    places = {part.id for part in parts(wall(city_index)) if getattr(part, "id", None)}
    live = wall_live(busy, city_index)
    named = {name.rpartition(".")[0] for name in live if ":" not in name}
    assert named <= places
    assert {name.partition(":")[0] for name in live if ":" in name} == {"map", "sound", "wall"}


def test_all_that_stands_still_is_sent_once(busy: Snapshot, city_index: CityIndex) -> None:
    channel = PageChannel()
    channel.advance({}, wall_live(busy, city_index))
    first = sent(channel, UNSEEN)
    assert "map:city" in first
    assert {name for name in first if name.endswith(".children")} == set(), "all of it is text"
    later = msgspec.structs.replace(busy, version=2, clock_ms=busy.clock_ms + 1_000)
    channel.advance({}, wall_live(later, city_index))
    assert set(sent(channel, 1)) == {"now-time.html", "footer.html"}


def test_a_snapshot_is_a_few_kilobytes_on_the_way(busy: Snapshot, city_index: CityIndex) -> None:
    channel = PageChannel()
    channel.advance({}, wall_live(busy, city_index))
    assert len(channel.full().packed) < 60_000
    changed = factory.layers(city_index.current.grid, 2)
    later = msgspec.structs.replace(busy, version=2, layers=changed)
    channel.advance({}, wall_live(later, city_index))
    found = channel.after(1)
    assert found is not None
    assert len(found[1].packed) < 40_000, "every layer has new values"


def test_a_grid_that_the_city_does_not_have_is_refused(
    busy: Snapshot, city_index: CityIndex
) -> None:
    with pytest.raises(ValueError, match="the city has no grid 0000"):
        wall_live(msgspec.structs.replace(busy, grid="0" * 16), city_index)


def test_panels_of_a_silent_feed_of_cases_are_marked(busy: Snapshot, city_index: CityIndex) -> None:
    silent = [
        msgspec.structs.replace(feed, state=FeedState.STALE) if feed.feed == "cases" else feed
        for feed in busy.feeds
    ]
    live = wall_live(msgspec.structs.replace(busy, feeds=silent), city_index)
    assert live["funnel-panel.className"] == "panel funnel is-blind"
    assert wall_live(busy, city_index)["funnel-panel.className"] == "panel funnel"


def test_only_later_warnings_are_announced(busy: Snapshot, city_index: CityIndex) -> None:
    show = WallLive()
    fewer = msgspec.structs.replace(busy, warnings=busy.warnings[1:])
    assert show(fewer, city_index)["announcer.children"] == []
    for _ in range(ANNOUNCED):
        news = show(busy, city_index)["announcer.children"]
        assert words(news) == "New warning: red, Jingshan, PM10 locally high"
    show(busy, city_index)
    assert show(busy, city_index)["announcer.children"] == []


# --- what changed -------------------------------------------------------------------------------


def at(snapshot: Snapshot, minutes: float, **changes: object) -> Snapshot:
    clock_ms = factory.NOW_MS + round(minutes * 60_000)
    return msgspec.structs.replace(snapshot, clock_ms=clock_ms, **changes)


def test_the_last_quarter_of_an_hour_is_compared(busy: Snapshot, city_index: CityIndex) -> None:
    memory = Memory()
    assert memory.before(at(busy, 0)) is None
    for minute in range(1, 16):
        before = memory.before(at(busy, minute))
        assert before is not None
        assert before.clock_ms == factory.NOW_MS
    later = at(busy, 16, headlines=factory.headlines(9), warnings=[], open_by_level={})
    before = memory.before(later)
    assert before is not None
    assert later.clock_ms - before.clock_ms <= SPAN_MS
    told = words(change_rows(later, before, city_index))
    assert "open cases +8, now 1,299" in told
    assert "over: PM10 locally high, Jingshan" in told
    assert "known since" not in told


def test_a_young_server_says_since_when_it_can_compare(
    busy: Snapshot, city_index: CityIndex
) -> None:
    calm = at(busy, 0, warnings=[])
    memory = Memory()
    memory.before(calm)
    told = words(change_rows(at(calm, 2), memory.before(at(calm, 2)), city_index))
    assert told == "no change known since 15:05"


def test_a_clock_that_goes_back_is_compared_with_nothing(busy: Snapshot) -> None:
    memory = Memory()
    memory.before(at(busy, 10))
    assert memory.before(at(busy, 0)) is None


def test_a_warning_beyond_the_five_is_not_called_over(
    busy: Snapshot, city_index: CityIndex
) -> None:
    memory = Memory()
    memory.before(busy)
    fewer = at(busy, 1, warnings=busy.warnings[1:], open_by_level={"ORANGE": 9})
    assert "over:" not in words(change_rows(fewer, memory.before(fewer), city_index))


# --- what is due ----------------------------------------------------------------------------------


def test_what_is_due_has_its_counts_and_denominator(busy: Snapshot) -> None:
    counts = [IndicatorCount("7d", "all", "all", "closed_in_time_of_due", 720.0, 800)]
    told = msgspec.structs.replace(busy, indicators=counts, figures={"cases_at_risk": 12.0})
    assert [words(row) for row in due_rows(told)] == [
        "1,291 open, 40 overdue",
        "12 likely to be late",
        "in time, 7 days: 90.0 % (720/800)",
    ]
    assert words(due_rows(msgspec.structs.replace(busy, stages={}))) == "cases unknown"


def test_the_sound_is_for_red_warnings_that_nobody_has_acknowledged(
    busy: Snapshot, city_index: CityIndex
) -> None:
    assert wall_live(busy, city_index)["sound:red"] == 0  # the red one is acknowledged
    worst = msgspec.structs.replace(busy.warnings[0], life=Life())
    unanswered = msgspec.structs.replace(busy, warnings=[worst, *busy.warnings[1:]])
    assert wall_live(unanswered, city_index)["sound:red"] == 1
    orange = msgspec.structs.replace(worst, level=Level.ORANGE)
    assert wall_live(msgspec.structs.replace(busy, warnings=[orange]), city_index)["sound:red"] == 0
