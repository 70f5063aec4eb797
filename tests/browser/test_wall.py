"""What a person sees on the wall."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Position

from dashboards.figures.city_map import values_of
from models.grid.grid import Grid
from models.situation.event_parts import EventNow
from models.situation.snapshot import Snapshot
from tests.browser.conftest import HD, Screen, Wall, a_screen
from tests.dashboards import factory

pytestmark = pytest.mark.browser

OPEN_CASES = "#headline-open_cases .numeral"
STATE = "window.gridpulse.map.state()"


def shows(screen: Screen, selector: str, text: str) -> None:
    """Wait until an element shows a text."""
    screen.page.locator(selector).filter(has_text=text).wait_for(timeout=30_000)


def assert_drawn(screen: Screen, snapshot: Snapshot, layer: int) -> None:
    """Wait until the browser draws a layer, and compare what it draws with the snapshot."""
    wanted = snapshot.layers[layer]
    expected = values_of(wanted)
    state: dict[str, Any] = {}
    for _ in range(50):  # the page's policy forbids the evaluation that a waiting function needs
        state = screen.page.evaluate(STATE)
        if state["layer"] == wanted.id and state["values"] == expected:
            break
        screen.page.wait_for_timeout(100)
    assert state == {"layer": wanted.id, "values": expected}


def colours(screen: Screen) -> int:
    """Count the colours that stand on the canvas: an empty one has one."""
    count: int = screen.page.evaluate(
        """() => {
          const map = document.getElementById('map');
          const data = map.getContext('2d').getImageData(0, 0, map.width, map.height).data;
          return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    return count


def test_the_page_loads_without_a_complaint_or_a_foreign_request(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    with wall.writing(busy):
        screen.open(wall.url)
        screen.page.locator("#map-none").wait_for(state="hidden")
        screen.page.wait_for_timeout(2_000)
        assert colours(screen) > 20
    assert screen.complaints == []
    assert {url for url in screen.requests if not url.startswith((wall.url, "data:"))} == set()


def test_numbers_change_with_each_snapshot_and_the_map_is_the_snapshot(
    wall: Wall, screen: Screen, city_grid: Grid
) -> None:
    for content in (5, 6):
        snapshot = factory.snapshot(city_grid, content)
        with wall.writing(snapshot):
            if content == 5:
                screen.open(wall.url)
            shows(screen, OPEN_CASES, f"1,29{content}")
            assert_drawn(screen, snapshot, 2)  # that of the worst warning


def test_another_layer_is_one_click_or_key_away(wall: Wall, screen: Screen, busy: Snapshot) -> None:
    with wall.writing(busy):
        screen.open(wall.url)
        screen.page.locator("#layer button").filter(has_text="未结案件").click()
        shows(screen, ".legend-of:visible", "零")
        assert_drawn(screen, busy, 0)
        screen.page.keyboard.press("ArrowDown")
        shows(screen, "#layer [aria-checked=true]", "今日立案")
        assert_drawn(screen, busy, 1)


def test_a_street_is_one_click_away_and_the_city_another(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    with wall.writing(busy):
        screen.open(f"{wall.url}/?lang=en")
        screen.page.locator("#map-none").wait_for(state="hidden")
        assert not screen.page.locator("#map-card").is_visible()
        box = screen.page.locator("#map").bounding_box()
        assert box is not None
        centre = Position(x=box["width"] / 2, y=box["height"] / 2)
        screen.page.locator("#map").click(position=centre)
        card = screen.page.locator("#map-card")
        card.wait_for(state="visible")
        name, highest, _ = card.inner_text().split("\n")
        assert ": mean " in name
        assert highest.startswith("highest ")
        screen.page.keyboard.press("Escape")
        card.wait_for(state="hidden")


# --- views --------------------------------------------------------------------------------------


def test_a_red_warning_holds_the_room_at_the_warnings(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    with wall.writing(busy):
        screen.page.clock.install()
        screen.open(wall.url)
        screen.page.clock.run_for(70_000)
        assert screen.page.locator("#view-warnings").is_visible()
        assert screen.page.locator(".is-held").is_visible()


def test_views_take_turns_without_one_and_a_key_pauses_them(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    calm = msgspec.structs.replace(busy, warnings=[], open_by_level={}, stage=factory.stage({}))
    with wall.writing(calm):
        screen.page.clock.install()
        screen.open(wall.url)
        for _ in range(60):  # a slow server's first push takes its own seconds
            screen.page.clock.run_for(1_000)
            if screen.page.locator(".view.is-shown").count():
                break
        assert screen.page.locator("#view-course").is_visible(), "in calm, how the city runs"
        course, after = screen.page.locator("#view-course"), screen.page.locator("#view-matters")
        while course.is_visible():  # a slow machine's own seconds count as well
            screen.page.clock.run_for(2_000)
        assert after.is_visible()
        screen.page.keyboard.press("2")
        screen.page.clock.run_for(30_000)
        assert screen.page.locator("#view-loop").is_visible()
        assert screen.page.locator(".is-paused").is_visible()


def test_each_warning_tells_what_to_do_in_its_turn(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    with wall.writing(busy):
        screen.page.clock.install()
        screen.open(wall.url)
        told = set()
        for _ in range(12):  # a slow server's first push takes some of them
            screen.page.clock.run_for(8_500)
            shown = screen.page.locator("#warnings > li").all()
            told |= {at for at, one in enumerate(shown) if one.locator(".warning-do").is_visible()}
        assert told == set(range(5))


def test_a_rehearsal_cannot_be_taken_for_the_real_thing(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    event = EventNow(
        event="marathon", tag="马拉松", title={"zh": "马拉松", "en": "Marathon"}, phase="rehearsal",
        begins_ms=0, ends_ms=0, live_begins_ms=0, live_ends_ms=0, changes_ms=0, priority="raised",
    )  # fmt: skip
    with wall.writing(busy):
        screen.open(wall.url)
        assert not screen.page.locator("#exercise").is_visible()
    with wall.writing(msgspec.structs.replace(busy, events=[event])):
        screen.page.locator("#exercise").filter(has_text="演练").wait_for(state="visible")


def test_english_is_one_click_away_and_back(wall: Wall, screen: Screen, busy: Snapshot) -> None:
    with wall.writing(busy):
        screen.open(wall.url)
        language = screen.page.locator("html")
        assert language.get_attribute("lang") == "zh-CN"
        shows(screen, "#stage", "红色预警")
        screen.page.locator("#language").click()
        assert language.get_attribute("lang") == "en"
        english = screen.page.locator("body").inner_text()
        assert "Red warning" in english
        chinese = [c for c in english if "\u4e00" <= c <= "\u9fff"]
        assert "".join(chinese) == "中文"  # the button back
        screen.page.locator("#language").click()
        assert "Red warning" not in screen.page.locator("body").inner_text()


@pytest.mark.parametrize(
    ("locale", "language"), [("en-GB", "en"), ("zh-TW", "zh-CN"), ("de-DE", "zh-CN")]
)
def test_a_page_starts_in_the_language_of_the_browser(
    wall: Wall, browser: Browser, busy: Snapshot, locale: str, language: str
) -> None:
    with wall.writing(busy), a_screen(browser, HD, locale) as screen:
        screen.open(wall.url)
        assert screen.page.locator("html").get_attribute("lang") == language


def test_names_from_outside_are_text_and_nothing_else(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    hostile = "<img src=/x onerror=alert(1)>\x1b[2J\u202e"
    case = msgspec.structs.replace(busy.watched[0], case=hostile, department=hostile)
    warning = msgspec.structs.replace(busy.warnings[0], area=hostile, rule=hostile)
    changed = {"watched": [case], "warnings": [warning, *busy.warnings[1:]]}
    with wall.writing(msgspec.structs.replace(busy, **changed)):
        screen.open(wall.url)
        screen.page.keyboard.press("2")
        shows(screen, "#overdue", "<img src=/x onerror=alert(1)>\\x1b[2J\\u202e")
        shows(screen, "#stage", "onerror")
        assert screen.page.locator("img[src='/x']").count() == 0
    assert screen.complaints == []
    assert not [url for url in screen.requests if url.endswith("/x")]


def test_a_new_warning_is_announced_to_a_screen_reader(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    quiet = msgspec.structs.replace(busy, warnings=[], open_by_level={}, stage=factory.stage({}))
    with wall.writing(quiet):
        screen.open(f"{wall.url}/?lang=en")
        shows(screen, "#stage", "Normal")
        assert screen.page.locator("#announcer").inner_text() == ""
    with wall.writing(busy):
        said = screen.page.locator("#announcer").filter(has_text="New warning: red")
        said.wait_for(state="attached", timeout=30_000)


def test_a_replay_says_that_it_is_one_and_old_live_data_are_none(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    with wall.writing(busy):
        screen.open(f"{wall.url}/?lang=en")
        shows(screen, "#now-mode", "REPLAY")
    with wall.writing(msgspec.structs.replace(busy, mode="live")):
        shows(screen, "#now-mode", "Now")
        assert screen.page.locator(".replay-badge").count() == 0
