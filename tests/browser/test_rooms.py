"""The rooms beside the wall in a real browser: readable on a desk and a phone, no complaints."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Route

from dashboards.api.subscriptions import SubscriptionBody
from models.situation.snapshot import Snapshot
from tests.browser.conftest import HD, Screen, Wall, a_screen
from tests.dashboards.common.books import entry, receipt, write

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
)
PATHS = ("bureau", "command", "operator", *(f"operator/{name}" for name in OPERATORS))
SMALL = """() => [...document.querySelectorAll('#page *')]
  .filter((el) => [...el.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
  .filter((el) => el.offsetParent && !el.closest('.unseen'))
  .filter((el) => parseFloat(getComputedStyle(el).fontSize) < 14)
  .map((el) => `${el.className}: ${el.innerText}`)"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def warned(wall: Wall, busy: Snapshot) -> str:
    """Id of the worst of some warnings that are in the book."""
    messages = [part for each in busy.warnings for part in (each, entry(each), receipt(each))]
    now_ms = time.time_ns() // 1_000_000
    with ThreadPoolExecutor(1) as beside:  # the browser's event loop runs in this thread
        beside.submit(write, wall.redis_url, *messages, written_ms=now_ms).result()
    return busy.warnings[0].id


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


@pytest.mark.parametrize("path", ["bureau", "operator/subscriptions"])
def test_two_streets_above_yellow_by_mail_are_tried_on_the_past_and_saved(
    wall: Wall, browser: Browser, busy: Snapshot, path: str
) -> None:
    """The form against answers of the API; what it sends is what the API takes."""
    sent: list[tuple[str, dict[str, Any]]] = []

    def take(route: Route) -> None:
        if route.request.method == "GET":
            route.fulfill(status=404, json={"detail": "none"})
            return
        body: Any = route.request.post_data_json
        sent.append((route.request.url.rpartition("/")[2], body))
        rehearsal = {"messages": 14, "warnings": 9}
        route.fulfill(status=200, json={"rehearsal": rehearsal, "subscription": body})

    with wall.writing(busy), a_screen(browser, PHONE) as screen:
        page = screen.page
        page.route(re.compile("/api/v1/subscriptions"), take)
        screen.open(f"{wall.url}/{path}?lang=en")
        page.fill("#subscribe-id", "dust-bureau")
        page.fill("#subscribe-owner", "Duty desk")
        page.fill("#subscribe-address", "desk@example.org")
        page.fill("#subscribe-until", "2035-12-31")
        streets = page.locator("[data-name='areas'] button")
        streets.nth(0).click()
        streets.nth(1).click()
        page.click("[data-name='minimum'] button[data-value='yellow']")
        page.click("[data-subscribe='try']")
        page.wait_for_selector("[data-told]:has-text('would have received 14 messages of 9')")
        page.click("[data-subscribe='save']")
        page.wait_for_selector("[data-told]:has-text('Saved')")
        codes = [streets.nth(place).get_attribute("data-value") for place in (0, 1)]
    assert [where for where, _ in sent] == ["subscriptions?dry_run=true", "subscriptions"]
    for _, body in sent:
        asked = SubscriptionBody.model_validate(body)
        one = asked.subscription
        assert (one.channel, one.minimum, list(one.areas)) == ("mail", "yellow", codes)
        assert (one.id, one.address, one.language) == ("dust-bureau", "desk@example.org", "zh")
        assert (str(one.until), asked.version) == ("2035-12-31", 0)
