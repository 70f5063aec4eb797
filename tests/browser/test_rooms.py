"""The rooms beside the wall in a real browser: readable on a desk and a phone, no complaints."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser

from models.situation.snapshot import Snapshot
from tests.browser.conftest import HD, Screen, Wall, a_screen

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
OPERATORS = (
    "feeds",
    "deliveries",
    "audit",
    "rules",
    "cases",
    "campaigns",
    "hazards",
    "dead-letters",
    "users",
    "subscriptions",
    "situation",
    "dossiers",
)
PATHS = (
    "bureau",
    "command",
    "figure?of=headline.open_cases",
    "operator",
    *(f"operator/{name}" for name in OPERATORS),
)
SMALL = """() => [...document.querySelectorAll('#page *')]
  .filter((el) => [...el.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
  .filter((el) => el.offsetParent && !el.closest('.unseen'))
  .filter((el) => parseFloat(getComputedStyle(el).fontSize) < 14)
  .map((el) => `${el.className}: ${el.innerText}`)"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("size", [HD, PHONE], ids=["desk", "phone"])
def test_every_room_can_be_read(
    wall: Wall, browser: Browser, busy: Snapshot, warned: str, size: dict[str, int]
) -> None:
    with wall.writing(busy), a_screen(browser, size) as screen:
        for path in (*PATHS, f"operator/warning?id={warned}"):
            screen.open(f"{wall.url}/{path}")
            screen.page.wait_for_function("() => !document.body.innerText.includes('正在读取')")
            assert screen.page.evaluate(SMALL) == [], path
            assert screen.page.evaluate(SIDEWAYS) <= 0, path
            if size is HD:
                assert barriers(screen) == [], path
        assert screen.complaints == []
        assert all(url.startswith((wall.url, "data:")) for url in screen.requests)


def barriers(screen: Screen) -> list[tuple[str, list[str]]]:
    """What axe finds against WCAG on a page: rule, and the elements that break it."""
    found: dict[str, Any] = Axe().run(screen.page).response
    return [(one["id"], [n["html"][:120] for n in one["nodes"]]) for one in found["violations"]]


def test_a_command_without_a_selection_or_a_right_is_told_and_not_done(
    wall: Wall, browser: Browser, busy: Snapshot, warned: str
) -> None:
    with wall.writing(busy), a_screen(browser, HD) as screen:
        page = screen.page
        screen.open(f"{wall.url}/operator")
        page.wait_for_selector(".ag-center-cols-container .ag-row")
        page.click("button[data-command='acknowledge']")
        page.wait_for_selector("[data-told]:has-text('请先选择预警')")
        page.click(f".ag-row[row-id='{warned}'] .ag-cell")
        page.click("button[data-command='acknowledge']")
        page.wait_for_selector("[data-told]:has-text('未执行')")  # here everybody only reads
        page.click("button[data-open]")
        page.wait_for_selector(f"[data-warning='{warned}']")
        page.click("#language")
        page.wait_for_selector("text=Whole life")


@pytest.mark.parametrize("size", [HD, PHONE], ids=["desk", "phone"])
def test_the_table_of_warnings_cuts_no_word_and_shows_several(
    wall: Wall, browser: Browser, busy: Snapshot, warned: str, size: dict[str, int]
) -> None:
    with wall.writing(busy), a_screen(browser, size) as screen:
        screen.open(f"{wall.url}/operator?lang=en")
        rows = screen.page.locator(".ag-center-cols-container .ag-row")
        rows.nth(4).wait_for()
        heights = rows.evaluate_all("rows => rows.map((row) => row.offsetHeight)")
        assert max(heights) < 150
        cut = screen.page.evaluate(
            """() => [...document.querySelectorAll('.ag-center-cols-container .ag-cell')]
              .filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
              .map((cell) => cell.innerText)"""
        )
        assert cut == []
