"""The page of the emergency command: a major event and the mode of the district."""

from __future__ import annotations

from typing import Any

from dashboards.common.city_index import CityIndex
from dashboards.panels.event_now import closed_share, event_section, operating
from dashboards.rooms.command.page import live
from models.situation.event_parts import EventFigures, EventNow, EventObjectNow, OperatingMode
from tests.dashboards import factory
from tests.dashboards.page import words


def event(**changes: Any) -> EventNow:
    place = EventObjectNow(
        id="gate",
        kind="venue",
        level="first",
        rank=1,
        title={"zh": "<场馆>", "en": "<Venue>"},
        kind_title={"zh": "场馆", "en": "Venue"},
        level_title={"zh": "一级", "en": "Level I"},
        shape="point",
        points=[(116.42, 39.93)],
        buffer_m=100.0,
        figures=EventFigures(filed=3, open=1, overdue=1),
    )
    parts: dict[str, Any] = {
        "event": "games",
        "tag": "奥运",
        "title": {"zh": "运动会", "en": "Games"},
        "phase": "live",
        "begins_ms": factory.NOW_MS,
        "ends_ms": factory.NOW_MS + 86_400_000,
        "live_begins_ms": factory.NOW_MS,
        "live_ends_ms": factory.NOW_MS + 86_400_000,
        "changes_ms": factory.NOW_MS + 86_400_000,
        "priority": "urgent",
        "figures": EventFigures(filed=3447, closed=3350, open=97, overdue=2),
        "objects": [place],
    }
    return EventNow(**(parts | changes))


def test_an_event_shows_its_figures_with_their_denominator(city_index: CityIndex) -> None:
    snapshot = factory.snapshot(city_index.current.grid, events=[event()])
    shown = words(event_section(snapshot.events[0], snapshot, city_index), "zh")
    for wanted in ("3,447", "3,350", "97", "97.19 %", "3,350 / 3,447", "距下一阶段 1 天", "奥运"):
        assert wanted in shown
    assert "演练" not in shown


def test_an_exercise_counts_its_own_cases_and_cannot_be_taken_for_the_event(
    city_index: CityIndex,
) -> None:
    exercise = event(phase="rehearsal", exercise=EventFigures(filed=5, closed=1, open=4))
    snapshot = factory.snapshot(city_index.current.grid, events=[exercise])
    shown = words(event_section(exercise, snapshot, city_index), "zh")
    assert "演练：以下数字只计演练案件" in shown
    assert "3,447" not in shown
    assert "20.00 %" in shown


def test_without_an_event_the_page_says_so(city_index: CityIndex) -> None:
    snapshot = factory.snapshot(city_index.current.grid)
    shown = words(live(snapshot, city_index)["command-events.children"], "zh")
    assert "当前没有重大活动" in shown
    assert "运行模式：平时" in shown


def test_the_mode_of_the_district_is_told(city_index: CityIndex) -> None:
    switched = OperatingMode(
        mode="emergency", since_ms=factory.NOW_MS, role="commander", revision=1
    )
    snapshot = factory.snapshot(city_index.current.grid, operating=switched)
    assert "运行模式：应急（15:05起）" in words(operating(snapshot, city_index), "zh")
    never = factory.snapshot(city_index.current.grid)
    assert "（从未切换）" in words(operating(never, city_index), "zh")


def test_a_share_of_nothing_is_no_share() -> None:
    assert closed_share(EventFigures(filed=0)) == "—"
