"""The wall can be read: nothing cut, nothing outside its panel, letters large enough from afar."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser

from dashboards.panels.compared import a_year_before
from models.situation.feed_state import FeedState
from models.situation.snapshot import FeedNow, Snapshot
from models.timing.units import DAY_MS, MINUTE_MS
from tests.browser.conftest import HD, UHD, Screen, Wall, a_screen
from tests.dashboards import factory

pytestmark = pytest.mark.browser

VIEWS = ("1", "2", "3", "4", "5")
WIDE = {"width": 2560, "height": 1080}
VERY_WIDE = {"width": 3840, "height": 1080}
UPRIGHT = {"width": 1080, "height": 1920}
LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
LEAST_PX, READ_PX = 40, 75  # at 3840×2160

# Elements whose content does not fit, letters that reach out of narrow lines apart; names that are
# shortened by a rule have their whole in the title.
CLIPPED = """() => [...document.querySelectorAll('#page *')]
  .filter((el) => el.clientWidth > 2 && !el.closest('.unseen, #stale, [hidden], #map'))
  .filter((el) => !el.closest('[title], .feed-notes') && !el.querySelector('[title]'))
  .filter((el) => getComputedStyle(el).display !== 'inline')
  .filter((el) => getComputedStyle(el).overflow !== 'visible')
  .filter((el) => el.scrollWidth > el.clientWidth + 1
    || el.scrollHeight > el.clientHeight + 0.45 * parseFloat(getComputedStyle(el).fontSize))
  .map((el) => `${el.tagName}#${el.id}.${el.className}: ${el.innerText.slice(0, 60)}`)"""

# Elements that reach outside the panel they are in, or out of the screen.
OUTSIDE = """() => [...document.querySelectorAll('.panel *, .tile *, .banner *, .footer *')]
  .filter((el) => el.offsetParent && !el.closest('.unseen, #stale, [title], .feed-notes'))
  .filter((el) => {
    const own = el.getBoundingClientRect();
    const box = el.closest('.panel, .tile, .banner, .footer').getBoundingClientRect();
    const over = 0.3 * parseFloat(getComputedStyle(el).fontSize);  // a line is higher than letters
    return own.right > box.right + 1 || own.bottom > box.bottom + over || own.left < box.left - 1
      || own.right > innerWidth + 1;
  })
  .map((el) => `${el.tagName}#${el.id}.${el.className}: ${(el.innerText || '').slice(0, 60)}`)"""

# Texts that lie on one another, the note on logins, which is outside the page, among them.
OVERLAPPING = """() => {
  const hidden = (el) => el.closest('.level-name')?.clientWidth === 1;  // for screen readers
  const APART = '.unseen, #stale, .exercise, [title], .feed-notes';
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const el = node.parentElement;
    const text = node.textContent;
    if (!text.trim() || !el.offsetParent || el.closest(APART) || hidden(el)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const inset = 0.22 * box.height;  // a line is higher than its letters
      boxes.push([box.left + 1, box.top + inset, box.right - 1, box.bottom - inset, text]);
    }
  }
  const found = [];
  for (let i = 0; i < boxes.length; i += 1)
    for (let j = i + 1; j < boxes.length; j += 1) {
      const [a, b] = [boxes[i], boxes[j]];
      if (a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]) found.push(`${a[4]} / ${b[4]}`);
    }
  return found;
}"""

# Texts smaller than a size, of those that a selector names.
SMALL = """([selector, least]) => [...document.querySelectorAll(selector)]
  .filter((el) => [...el.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
  .filter((el) => el.offsetParent && !el.closest('.unseen'))
  .filter((el) => least < 60 || !el.matches('.unit, .mark'))  // words say the same
  .filter((el) => parseFloat(getComputedStyle(el).fontSize) < least - 0.1)
  .map((el) => `${el.className} ${getComputedStyle(el).fontSize}: ${el.innerText}`)"""

# What a leader must read: the stage and its reasons, the numbers and their names, the warnings with
# what to do, who has them and since when, the worst one's name beside the map.
MUST_READ = """.stage-word *, .stage-reason *, .now-time, .tile-title *, .numeral, .warning-head *,
  .warning-do *, .warning-whose *, .ring-name *, .funnel tbody *, .overdue tbody *,
  .rankings tbody *, .lines li:not(.small) *, .trend-values strong *"""


def troubles(screen: Screen) -> dict[str, list[str]]:
    found = {"cut": CLIPPED, "outside": OUTSIDE, "overlapping": OVERLAPPING}
    told = {name: screen.page.evaluate(script) for name, script in found.items()}
    return {name: texts for name, texts in told.items() if texts}


def every_view(screen: Screen) -> dict[str, dict[str, list[str]]]:
    """Troubles of each view; nothing where all is well."""
    found = {}
    for key in VIEWS:
        screen.page.keyboard.press(key)
        screen.page.wait_for_timeout(80)
        if told := troubles(screen):
            found[key] = told
    return found


@pytest.fixture(scope="module")
def crowded(busy: Snapshot) -> Snapshot:
    """Snapshot with the longest names, dates beside times, every kind of note and six feeds."""
    long = {
        "zh": "东城区住房和城市建设委员会扬尘管控联合值班室",
        "en": "Joint Duty Desk for Dust of the Housing and Construction Commission",
    }
    advice = {
        "zh": "派监督员到现场核查围挡、苫盖、洒水和车辆冲洗，必要时责令停止土方作业并通知属地街道",
        "en": "Send a supervisor to check hoarding, covers, spraying and wheel washing; stop "
        "earthworks if needed and tell the street office",
    }
    worst = [
        msgspec.structs.replace(
            one, owner=long, suggestion=advice, rule="dust-coarse-excess", area="110101006",
            raised_ms=one.raised_ms - DAY_MS,
        )
        for one in busy.warnings
    ]  # fmt: skip
    codes = ("city-management", "environment", "construction", "urban-enforcement")
    ranked = [msgspec.structs.replace(busy.rankings["street"][0], group=code) for code in codes]
    figures = busy.figures | {"warnings_held": 12.0, "warnings_kept": 7, "warnings_returned": 30}
    heads = [msgspec.structs.replace(one, event_ms=one.event_ms - DAY_MS) for one in busy.headlines]
    return msgspec.structs.replace(
        busy, warnings=worst, figures=figures, rankings=busy.rankings | {"department": ranked},
        line=factory.line_behind(), headlines=heads,
        clock_ms=busy.clock_ms + MINUTE_MS,  # the past is read once a minute of it
        open_by_level={"RED": 12, "ORANGE": 25, "YELLOW": 31, "BLUE": 44},
    )  # fmt: skip


def earlier(crowded: Snapshot) -> list[Snapshot]:
    """Give moments of a day and a year ago with larger numbers than those of now."""
    zone = ZoneInfo("Asia/Shanghai")
    numbers = [
        msgspec.structs.replace(one, value=44 * (one.value or 0)) for one in crowded.headlines
    ]
    return [
        msgspec.structs.replace(crowded, clock_ms=clock_ms, headlines=numbers)
        for clock_ms in (crowded.clock_ms - DAY_MS, a_year_before(crowded.clock_ms, zone))
    ]


@pytest.fixture
def six_feeds(monkeypatch: pytest.MonkeyPatch) -> None:
    feeds = factory.feeds

    def odd(written_ms: int) -> list[FeedNow]:
        gateways = {f"gateway-{n}/construction-dust": 594_000 for n in range(20)}
        every = [
            msgspec.structs.replace(
                feed, departed=gateways, departed_sources=31, beyond={"ids": 3_000_000}
            )
            for feed in feeds(written_ms)
        ]
        more = [
            msgspec.structs.replace(feed, feed=f"{feed.feed}-2", state=FeedState.UNHEARD)
            for feed in every
        ]
        return [*every, *more]

    monkeypatch.setattr(factory, "feeds", odd)


SCREENS = [(HD, "1080p"), (UHD, "2160p"), (WIDE, "21:9"), (VERY_WIDE, "32:9"), (UPRIGHT, "upright")]


@pytest.mark.parametrize("size", [size for size, _ in SCREENS], ids=[name for _, name in SCREENS])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_cut_outside_its_place_or_on_another(
    wall: Wall, browser: Browser, busy: Snapshot, size: dict[str, int], language: str
) -> None:
    with wall.writing(busy), a_screen(browser, size) as screen:
        open_settled(wall, screen, language)
        assert every_view(screen) == {}
        overflow = (
            "[document.body.scrollWidth - innerWidth, document.body.scrollHeight - innerHeight]"
        )
        assert screen.page.evaluate(overflow) == [0, 0]


@pytest.mark.usefixtures("six_feeds")
@pytest.mark.parametrize("size", [UHD, UPRIGHT], ids=["2160p", "upright"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_longest_names_and_six_feeds_keep_to_their_places(
    wall: Wall, browser: Browser, crowded: Snapshot, language: str, size: dict[str, int]
) -> None:
    wall.keep(*earlier(crowded))
    with wall.writing(crowded), a_screen(browser, size) as screen:
        open_settled(wall, screen, language)
        screen.page.locator(".compared").nth(8).wait_for()
        assert screen.page.locator("#feeds > li").count() == 6
        assert every_view(screen) == {}
        least = LEAST_PX * (size is UHD)
        assert screen.page.evaluate(SMALL, ["#page *", least]) == []


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
        assert troubles(screen) == {}
        reasons = screen.page.locator(".stage-reason > div")
        assert [line.is_visible() for line in reasons.all()] == [True, True]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_letters_are_large_enough_for_six_metres(
    wall: Wall, browser: Browser, busy: Snapshot, language: str
) -> None:
    with wall.writing(busy), a_screen(browser, UHD) as screen:
        open_settled(wall, screen, language)
        for key in VIEWS:
            screen.page.keyboard.press(key)
            screen.page.wait_for_timeout(80)
            assert screen.page.evaluate(SMALL, ["#page *", LEAST_PX]) == []
            assert screen.page.evaluate(SMALL, [MUST_READ, READ_PX]) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_phone_gets_a_column_that_can_be_read(
    wall: Wall, browser: Browser, busy: Snapshot, language: str
) -> None:
    with wall.writing(busy), a_screen(browser, PHONE) as screen:
        open_settled(wall, screen, language)
        assert screen.page.evaluate(SMALL, ["#page *", 14]) == []
        assert screen.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        for view in ("warnings", "loop", "course", "matters", "data"):
            assert screen.page.locator(f"#view-{view}").is_visible()


@pytest.mark.parametrize("key", VIEWS)
def test_the_wall_has_no_barrier_that_axe_knows(
    wall: Wall, screen: Screen, busy: Snapshot, key: str
) -> None:
    with wall.writing(busy):
        open_settled(wall, screen, "zh")
        screen.page.keyboard.press(key)
        found: dict[str, Any] = Axe().run(screen.page).response
    told = [
        (one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found["violations"]
    ]
    assert told == [], json.dumps(told, ensure_ascii=False, indent=1)


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
    screen.page.locator("#map-none").wait_for(state="hidden")
    screen.page.evaluate("document.fonts.ready")
    screen.page.wait_for_timeout(200)


def contrast(ink: str, ground: str) -> float:
    """Contrast ratio of two colours `#rrggbb` (WCAG 2.2, 1.4.3)."""
    light, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
