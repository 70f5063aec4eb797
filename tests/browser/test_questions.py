"""The questions of a bureau's officer and of a commander: each is one test, named by its question.

One wall, one archive of invented dust, one page a test.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from config.loader import load
from config.settings import Settings
from models.situation.snapshot import Snapshot
from tests.browser.conftest import HD, Screen, Wall, a_screen
from tests.browser.test_rooms import PHONE, SIDEWAYS, SMALL
from tests.dashboards.dust_archive import invented_archive

pytestmark = pytest.mark.browser

READY = "#bureau-history .history-asked"


@pytest.fixture(scope="module")
def cells(shared_wall: Wall) -> list[str]:
    return invented_archive(shared_wall.archive, load(Settings()), shared_wall.grid)


@pytest.fixture
def desk(wall: Wall, browser: Browser, busy: Snapshot, cells: list[str]) -> Iterator[Screen]:
    with wall.writing(busy), a_screen(browser, HD) as screen:
        yield screen


def saved(page: Page, press: str, folder: Path) -> Path:
    """Press what gives a file, and give the file under the name that it suggests."""
    with page.expect_download() as waiting:
        page.click(press)
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_can_i_compare_stations(desk: Screen, wall: Wall, cells: list[str]) -> None:
    page = desk.page
    desk.open(f"{wall.url}/bureau?lang=en")
    page.wait_for_selector(READY)
    page.click("summary:has-text('Choose places')")
    stations = page.locator("[data-name='place'] button")
    for place in (1, 2, 3, 4):  # the fifth is one too many
        stations.nth(place).click()
    page.click("[data-name='range'] button[data-value='7d']")
    page.wait_for_selector(".place-table thead th:nth-child(5)")
    assert page.locator(".place-table thead th").count() == 5
    assert page.locator("[data-name='place'] [aria-pressed='true']").count() == 4
    assert re.search(f"range=7d.*place={cells[0]}.*place={cells[3]}", page.url)
    known = page.locator(".place-table tbody tr").last.inner_text().split("\t")[1:]
    assert [each.rpartition("/")[2].strip() for each in known] == ["168"] * 4
    assert desk.complaints == []


def test_can_i_export_the_evidence(
    desk: Screen, wall: Wall, cells: list[str], tmp_path: Path
) -> None:
    page = desk.page
    desk.open(f"{wall.url}/bureau?lang=zh&metric=pm10&place={cells[0]}")
    page.wait_for_selector(f"{READY}:has-text('PM10')")
    asked = page.locator(READY).inner_text()
    pdf = saved(page, "a:has-text('PDF')", tmp_path)
    png = saved(page, "button:has-text('PNG')", tmp_path)
    assert pdf.read_bytes().startswith(b"%PDF")
    with Image.open(png) as picture:
        assert picture.width == 1800
        assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 50
    name = f"dust-pm10-{cells[0]}-20100415T16-20100416T16"
    assert (pdf.name, png.name) == (f"{name}.pdf", f"{name}.png")
    page.goto(wall.url + str(page.get_attribute("#history-link", "href")))
    page.wait_for_selector(READY)
    assert page.locator(READY).inner_text() == asked


def test_can_i_have_the_numbers_as_csv(
    desk: Screen, wall: Wall, cells: list[str], tmp_path: Path
) -> None:
    page = desk.page
    desk.open(f"{wall.url}/bureau?lang=zh&range=7d&place={cells[1]}")
    page.wait_for_selector(f"{READY}:has-text('04-09 16:00')")
    text = saved(page, "a:has-text('CSV 小时值')", tmp_path).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 7 * 24
    page.click("summary:has-text('数值表')")
    first = page.locator(".history-rows tbody tr").first.inner_text().split("\t")
    day = [
        float(row["mean"]) for row in rows if row["start"].startswith("2010-04-09") and row["mean"]
    ]
    assert first[:2] == ["2010-04-09", f"{sum(day) / len(day):.1f}"]
    assert rows[0]["query"].startswith("/bureau?metric=coarse&range=own&since=2010-04-09T16%3A00")


def test_can_i_use_it_on_a_phone(
    wall: Wall, browser: Browser, busy: Snapshot, cells: list[str]
) -> None:
    for language in ("zh", "en"):
        with wall.writing(busy), a_screen(browser, PHONE) as screen:
            page = screen.page
            screen.open(f"{wall.url}/bureau?lang={language}&place={cells[0]}&place={cells[1]}")
            page.wait_for_selector(READY)
            page.locator("[data-name='range'] button[data-value='own']").press("Enter")
            page.fill("#history-since", "2010-04-14T00:00")
            page.fill("#history-until", "2010-04-15T00:00")
            page.wait_for_selector(f"{READY}:has-text('2010-04-15 00:00')")
            page.wait_for_selector(".history-picture img")
            drawn = page.locator(".history-picture img").evaluate(
                "(el) => el.currentSrc.slice(0, 900)"
            )
            assert "358" in drawn  # the picture for narrow screens
            assert page.evaluate(SIDEWAYS) == 0
            assert page.evaluate(SMALL) == []
            assert screen.complaints == []
