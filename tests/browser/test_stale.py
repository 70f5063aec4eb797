"""A wall that no longer moves says so, whatever died."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser

from models.grid.grid import Grid
from models.situation.snapshot import FORMAT, Snapshot
from tests.browser.conftest import FRESH, HD, STALE, Screen, Wall, a_screen, running_wall

pytestmark = pytest.mark.browser

WITHIN_MS = 10_000


def is_stale(screen: Screen, because: str) -> None:
    """Wait for the banner and its reason, in words that can be seen."""
    screen.page.wait_for_selector(
        f'{STALE}[data-stale-reason="{because}"]', state="attached", timeout=WITHIN_MS
    )
    banner = screen.page.locator("#stale")
    assert banner.is_visible()
    assert "STALE" in banner.inner_text()
    assert len(screen.page.locator(".stale-reason:visible").all()) == 1
    assert screen.page.title() == "STALE – Wall – Gridpulse 城脉"


def test_stale_when_the_writer_stops_and_fresh_when_it_is_back(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    with wall.writing(busy):
        screen.open(f"{wall.url}/?lang=en")
        assert not screen.page.locator("#stale").is_visible()
    is_stale(screen, "quiet")
    with wall.writing(busy):
        screen.page.wait_for_selector(FRESH, state="attached", timeout=WITHIN_MS)
        assert screen.page.title() == "Wall – Gridpulse 城脉"


def test_stale_when_every_server_is_dead_and_the_language_still_switches(
    browser: Browser, busy: Snapshot, city_grid: Grid, tmp_path: Path
) -> None:
    with (
        running_wall(city_grid, tmp_path) as wall,
        a_screen(browser, HD) as screen,
        wall.writing(busy),
    ):
        screen.open(f"{wall.url}/?lang=en")
        assert wall.server is not None
        wall.server.kill()
        is_stale(screen, "server")
        screen.page.locator("#language").click()
        assert "大屏服务没有应答" in screen.page.locator("#stale").inner_text()
        with pytest.raises(pytest.fail.Exception, match=r"status -9; it said: wall: http://"):
            wall.must_live()  # as after every test of the shared wall: it starts another one
        screen.page.wait_for_selector(FRESH, state="attached", timeout=WITHIN_MS)


def test_a_page_opened_before_the_first_snapshot_waits_in_words(
    browser: Browser, busy: Snapshot, city_grid: Grid, tmp_path: Path
) -> None:
    with running_wall(city_grid, tmp_path) as wall, a_screen(browser, HD) as screen:
        screen.open(f"{wall.url}/?lang=en", until=STALE)
        is_stale(screen, "empty")
        assert "Unknown" in (screen.page.locator("#stage").text_content() or "")
        with wall.writing(busy):
            screen.page.wait_for_selector(FRESH, state="attached", timeout=WITHIN_MS)


def test_a_snapshot_that_does_not_fit_is_named(wall: Wall, screen: Screen, busy: Snapshot) -> None:
    with wall.writing(busy):
        screen.open(f"{wall.url}/?lang=en")
    with wall.writing(msgspec.structs.replace(busy, grid="0" * 16)):
        is_stale(screen, "grid")
    with wall.writing(msgspec.structs.replace(busy, format=FORMAT + 1)):
        is_stale(screen, "format")


def test_a_browser_with_a_wrong_clock_is_not_fooled(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    screen.page.add_init_script("const real = Date.now; Date.now = () => real() - 7_200_000;")
    with wall.writing(busy):
        screen.open(f"{wall.url}/?lang=en")
        screen.page.wait_for_timeout(2_000)
        assert screen.page.locator(FRESH).count() == 1
