"""The past on the wall in a real browser: marked as such, and never beside the present."""

from __future__ import annotations

import re

import msgspec
import pytest
from playwright.sync_api import expect

from models.situation.snapshot import Headline, Snapshot
from models.timing.units import HOUR_MS, MINUTE_MS
from tests.browser.conftest import FRESH, Screen, Wall
from tests.dashboards.factory import NOW_MS

pytestmark = pytest.mark.browser

OPEN = "#headline-open_cases .numeral"


def then(busy: Snapshot, before_ms: int, open_cases: float) -> Snapshot:
    """Snapshot of earlier on the same day, with a number of its own."""
    headline = Headline(id="open_cases", value=open_cases, event_ms=NOW_MS - before_ms)
    return msgspec.structs.replace(
        busy, clock_ms=NOW_MS - before_ms, headlines=[headline], warnings=[], open_by_level={}
    )


def test_the_past_is_marked_plays_and_ends_with_the_present(
    wall: Wall, screen: Screen, busy: Snapshot
) -> None:
    hour = then(busy, HOUR_MS, 77)  # 14:05
    wall.keep(
        hour, then(busy, HOUR_MS - 5 * MINUTE_MS, 78), then(busy, HOUR_MS - 10 * MINUTE_MS, 79)
    )
    page = screen.page
    with wall.writing(busy):
        screen.open(f"{wall.url}/?at=2010-04-16T14:06&lang=en", "html.is-history")
        expect(page.locator(OPEN)).to_have_text("77")
        expect(page.locator("#history-mark")).to_have_text("HISTORY 2010-04-16 14:06")
        page.wait_for_timeout(1_200)  # the present is pushed meanwhile
        expect(page.locator(OPEN)).to_have_text("77")
        page.keyboard.press("PageDown")  # 14:11
        expect(page.locator(OPEN)).to_have_text("78")
        page.click("#timeline-play")  # to the last that was kept, 14:15
        expect(page.locator(OPEN)).to_have_text("79", timeout=20_000)
        page.evaluate(
            """() => {
              const scrub = document.getElementById("timeline-scrub");
              scrub.value = 9 * 60;
              scrub.dispatchEvent(new Event("input"));
            }"""
        )
        expect(page.locator("#history-mark")).to_have_text(
            "HISTORY 2010-04-16 09:00 nothing was kept of this time"
        )
        assert not page.locator(OPEN).is_visible()  # nothing of another time stands there
        assert "at=2010-04-16T09%3A00" in page.url
        page.keyboard.press("Escape")
        page.wait_for_selector(f"{FRESH}:not(.is-history)", state="attached")
        expect(page.locator(OPEN)).to_have_text(re.compile(r"^1,291$"))
        assert "at=" not in page.url
    assert screen.complaints == []
