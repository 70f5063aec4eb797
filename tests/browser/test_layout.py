"""The wall can be read: nothing clipped, nothing outside its panel, letters large enough."""

from __future__ import annotations

import msgspec
import pytest
from playwright.sync_api import Browser

from models.situation.feed_state import FeedState
from models.situation.snapshot import FeedNow, Snapshot
from tests.browser.conftest import HD, UHD, Screen, Wall, a_screen
from tests.dashboards import factory

pytestmark = pytest.mark.browser

# Elements whose content does not fit; those that shorten with an ellipsis do so on purpose.
CLIPPED = """() => {
  const shortens = (el) => {
    const style = getComputedStyle(el);
    return style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none';
  };
  return [...document.querySelectorAll('#page *')]
    .filter((el) => el.clientWidth > 2 && !el.closest('.graph, .unseen, #stale, [hidden]'))
    .filter((el) => !shortens(el) && !(el.parentElement && shortens(el.parentElement)))
    .filter((el) => el.scrollWidth > el.clientWidth + 1 || el.scrollHeight > el.clientHeight + 2)
    .filter((el) => getComputedStyle(el).display !== 'inline')
    .filter((el) => getComputedStyle(el).overflow !== 'visible')
    .map((el) => `${el.tagName}#${el.id}.${el.className}: ${el.innerText.slice(0, 40)}`);
}"""

# Elements that reach outside the panel they are in.
OUTSIDE = """() => [...document.querySelectorAll('.panel *, .tile *, .banner *')]
  .filter((el) => el.offsetParent && !el.closest('.graph, .unseen, #stale'))
  .filter((el) => {
    const around = getComputedStyle(el.parentElement);
    const above = getComputedStyle(el.parentElement.parentElement);
    return ![around, above].some(
      (style) => style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none');
  })
  .filter((el) => {
    const own = el.getBoundingClientRect();
    const box = el.closest('.panel, .tile, .banner').getBoundingClientRect();
    return own.right > box.right + 1 || own.bottom > box.bottom + 1 || own.left < box.left - 1;
  })
  .map((el) => `${el.tagName}#${el.id}.${el.className}: ${(el.innerText || '').slice(0, 40)}`)"""

# Names that the style sheet cuts though a rule has shortened them.
CUT_NAMES = """() => [...document.querySelectorAll('.rankings tbody th')]
  .filter((el) => el.scrollWidth > el.clientWidth + 1)
  .map((el) => el.innerText)"""

SMALL = """(least) => [...document.querySelectorAll('#page *')]
  .filter((el) => [...el.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
  .filter((el) => el.offsetParent && !el.closest('thead, footer, .unseen, .graph'))
  .filter((el) => parseFloat(getComputedStyle(el).fontSize) < least)
  .map((el) => `${el.className}: ${el.innerText}`)"""


@pytest.mark.parametrize("size", [HD, UHD], ids=["1080p", "2160p"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_clipped_or_outside_its_place(
    wall: Wall, browser: Browser, busy: Snapshot, size: dict[str, int], language: str
) -> None:
    with wall.writing(busy), a_screen(browser, size) as screen:
        open_settled(wall, screen, language)
        assert screen.page.evaluate(CLIPPED) == []
        assert screen.page.evaluate(OUTSIDE) == []
        overflow = (
            "[document.body.scrollWidth - innerWidth, document.body.scrollHeight - innerHeight]"
        )
        assert screen.page.evaluate(overflow) == [0, 0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_blind_city_with_every_reason_keeps_to_its_places(
    wall: Wall, browser: Browser, busy: Snapshot, language: str
) -> None:
    states = dict.fromkeys(("dust", "hazard", "cases"), FeedState.STALE)
    stage = factory.stage(
        {"RED": 1}, states, places_known=42, open_cases=85, overdue_cases=85, places_online=0
    )
    with (
        wall.writing(msgspec.structs.replace(busy, stage=stage, mode="live")),
        a_screen(browser, HD) as screen,
    ):
        open_settled(wall, screen, language)
        assert screen.page.evaluate(CLIPPED) == []
        assert screen.page.evaluate(OUTSIDE) == []
        reasons = screen.page.locator(".stage-reason > div")
        assert [line.is_visible() for line in reasons.all()] == [True, True]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_odd_sources_and_long_names_keep_to_their_places(
    wall: Wall,
    browser: Browser,
    busy: Snapshot,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feeds = factory.feeds

    def odd(written_ms: int) -> list[FeedNow]:
        gateways = {f"gateway-{n}/construction-dust": 594_000 for n in range(20)}
        return [
            msgspec.structs.replace(
                feed, departed=gateways, departed_sources=31, beyond={"ids": 3_000_000}
            )
            for feed in feeds(written_ms)
        ]

    monkeypatch.setattr(factory, "feeds", odd)
    codes = ("city-management", "environment", "construction", "urban-enforcement")
    ranked = [msgspec.structs.replace(busy.rankings["street"][0], group=code) for code in codes]
    named = msgspec.structs.replace(busy, rankings=busy.rankings | {"department": ranked})
    with wall.writing(named), a_screen(browser, HD) as screen:
        open_settled(wall, screen, language)
        assert screen.page.locator(".feed-notes").is_visible()
        assert screen.page.evaluate(CLIPPED) == []
        assert screen.page.evaluate(OUTSIDE) == []
        assert screen.page.evaluate(CUT_NAMES) == []


@pytest.mark.parametrize(("size", "text_px", "numeral_px"), [(HD, 24, 50), (UHD, 48, 75)])
def test_letters_are_large_enough_for_six_metres(
    wall: Wall,
    browser: Browser,
    busy: Snapshot,
    size: dict[str, int],
    text_px: int,
    numeral_px: int,
) -> None:
    with wall.writing(busy), a_screen(browser, size) as screen:
        open_settled(wall, screen, "zh")
        assert screen.page.evaluate(SMALL, text_px - 0.1) == []
        numeral = "parseFloat(getComputedStyle(document.querySelector('.numeral')).fontSize)"
        assert screen.page.evaluate(numeral) >= numeral_px


def test_text_stands_out_from_its_ground(wall: Wall, screen: Screen, busy: Snapshot) -> None:
    with wall.writing(busy):
        open_settled(wall, screen, "zh")
        pairs = screen.page.evaluate(
            """() => {
              const style = getComputedStyle(document.documentElement);
              const colour = (name) => style.getPropertyValue(name).trim();
              const inks = ['--ink', '--ink-quiet', '--blue', '--yellow', '--orange', '--red'];
              return inks.map((name) => [colour(name), colour('--panel')]);
            }"""
        )
    for ink, ground in pairs:
        assert contrast(ink, ground) >= 4.5, ink


def open_settled(wall: Wall, screen: Screen, language: str) -> None:
    """Open a page and wait until its map is drawn."""
    screen.open(f"{wall.url}/?lang={language}")
    screen.page.locator("#map .heatmaplayer image").nth(1).wait_for(state="attached")
    screen.page.evaluate("document.fonts.ready")


def contrast(ink: str, ground: str) -> float:
    """Contrast ratio of two colours `#rrggbb` (WCAG 2.2, 1.4.3)."""
    light, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
