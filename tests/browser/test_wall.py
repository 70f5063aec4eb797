"""What a person sees on the wall."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from playwright.sync_api import Browser

from dashboards.figures.grid_map import DATA_TRACE, bounds
from models.grid.grid import Grid
from models.situation.snapshot import Snapshot
from tests.browser.conftest import HD, Screen, Wall, a_screen
from tests.dashboards import factory

pytestmark = pytest.mark.browser

DRAWN = "document.querySelector('#map .js-plotly-plot').data"
OPEN_CASES = "#headline-open_cases .numeral"


def heatmap(screen: Screen) -> list[list[float | None]]:
    """Values of the map as the browser drew them."""
    z: list[list[float | None]] = screen.page.evaluate(f"{DRAWN}[{DATA_TRACE}].z")
    return z


def shows(screen: Screen, selector: str, text: str) -> None:
    """Wait until an element shows a text."""
    screen.page.locator(selector).filter(has_text=text).wait_for(timeout=30_000)


def assert_drawn(screen: Screen, wall: Wall, snapshot: Snapshot, layer: int) -> None:
    top = bounds(snapshot.layers[layer])[1]
    for _ in range(50):  # the page's policy forbids the evaluation that a waiting function needs
        if screen.page.evaluate(f"{DRAWN}[{DATA_TRACE}].zmax") == top:
            break
        screen.page.wait_for_timeout(100)
    z = heatmap(screen)
    values = snapshot.layers[layer].values
    row, column = wall.grid.row - wall.grid.row.min(), wall.grid.column - wall.grid.column.min()
    drawn = [z[r][c] for r, c in zip(row.tolist(), column.tolist(), strict=True)]
    known = np.array([math.nan if value is None else value for value in drawn])
    np.testing.assert_allclose(known, values, atol=0.001)
    assert sum(value is not None for line in z for value in line) == int(np.isfinite(values).sum())


def test_the_page_loads_without_a_complaint_or_a_foreign_request(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    with wall.writing(busy):
        screen.open(wall.url)
        screen.page.locator("#map .heatmaplayer image").nth(1).wait_for(state="attached")
        screen.page.wait_for_timeout(2_000)
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
            assert_drawn(screen, wall, snapshot, 0)


def test_another_layer_is_one_click_or_key_away(wall: Wall, screen: Screen, busy: Snapshot) -> None:
    with wall.writing(busy):
        screen.open(wall.url)
        screen.page.locator("#layer label").filter(has_text="PM10 现值").click()
        shows(screen, "#map-caption", "µg/m³")
        assert_drawn(screen, wall, busy, 2)
        screen.page.keyboard.press("ArrowUp")
        shows(screen, "#layer label:has(input:checked)", "今日立案")
        assert_drawn(screen, wall, busy, 1)


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
