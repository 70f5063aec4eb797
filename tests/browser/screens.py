"""`make screens`: pictures of every page in every size for `docs/screens`, from made-up data.

With names of pages (`python -m tests.browser.screens bureau command`) only of those.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from dashboards import rooms
from dashboards.common.pages import find_pages
from models.grid.grid import Grid
from models.situation.event_parts import EventFigures, EventNow, EventObjectNow
from models.situation.feed_state import FeedState
from models.situation.snapshot import FeedNow, Snapshot
from models.timing.units import HOUR_MS
from tests.browser.conftest import CHROMIUM, Screen, Wall, a_screen, running_wall
from tests.conftest import ROOT
from tests.dashboards import factory
from tests.dashboards.common.books import entry, receipt, write
from tests.dashboards.dust_archive import invented_archive
from tests.dashboards.small_city import DAY

FOLDER = ROOT / "docs" / "screens"
SIZES = ((3840, 2160), (1920, 1080), (1366, 768), (390, 844))
COLOURS = 200  # of a picture: flat colours stay small
SETTLED_MS = 1_500
SECTIONS = (("bureau", "history"), ("command", "handover"))
README_PICTURE = ROOT / "docs" / "img" / "wall.png"


def keep(screen: Screen, path: Path) -> None:
    """Take a picture and write it with few colours."""
    taken = Image.open(io.BytesIO(screen.page.screenshot())).convert("RGB")
    taken.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


def picture(wall: Wall, screen: Screen, path: str, name: str, query: str = "lang=zh") -> None:
    """Open a page and keep what it looks like once its parts have come."""
    screen.open(f"{wall.url}{path}?{query}")
    screen.page.wait_for_function("() => !document.body.innerText.includes('正在读取')")
    screen.page.wait_for_timeout(SETTLED_MS)
    keep(screen, FOLDER / f"{name}.png")


def calm(busy: Snapshot) -> Snapshot:
    """Make a snapshot of a day on which all is well."""
    numbers = [
        msgspec.structs.replace(one, value=0.0) if one.id == "open_warnings" else one
        for one in busy.headlines
    ]
    return msgspec.structs.replace(
        busy, warnings=[], open_by_level={}, stage=factory.stage({}), headlines=numbers
    )


def well(written_ms: int) -> list[FeedNow]:
    """Feeds that are all current."""
    return [
        msgspec.structs.replace(each, state=FeedState.CURRENT, age_s=min(each.age_s or 0, 60.0))
        for each in factory.feeds(written_ms)
    ]


def games(grid: Grid, catalog: Catalog) -> EventNow:
    """Make the event of the city's file as it looks in its middle, with invented cases."""
    event = next(iter(catalog.events.values()))
    objects = [
        EventObjectNow(
            id=each.id,
            kind=each.kind,
            level=each.level,
            rank=event.levels[each.level].rank,
            title=each.title,
            kind_title=event.kinds[each.kind],
            level_title=event.levels[each.level].title,
            shape="point",
            points=[(float(grid.lon[place]), float(grid.lat[place]))],
            buffer_m=200.0,
            figures=EventFigures(filed=80, open=place % 3, overdue=int(place % 7 == 0)),
        )
        for each, place in zip(event.objects, range(30, len(grid), 60), strict=False)
    ]
    day_ms = 86_400_000
    return EventNow(
        event=event.name,
        tag=event.tag,
        title=event.title,
        phase="live",
        begins_ms=factory.NOW_MS - day_ms,
        ends_ms=factory.NOW_MS + 30 * day_ms,
        live_begins_ms=factory.NOW_MS - day_ms,
        live_ends_ms=factory.NOW_MS + 20 * day_ms,
        changes_ms=factory.NOW_MS + 20 * day_ms,
        priority="urgent",
        figures=EventFigures(filed=3447, closed=3350, open=97, overdue=6),
        objects=objects,
        watched=factory.snapshot(grid).watched,
    )


def sections(wall: Wall, screen: Screen, size: str, wanted: list[str]) -> None:
    """Keep what stands further down on a page."""
    for name, section in SECTIONS:
        if not wanted or name in wanted:
            screen.open(f"{wall.url}/{name}?lang=zh")
            screen.page.wait_for_function("() => !document.body.innerText.includes('正在读取')")
            screen.page.locator(f"#{section}").evaluate("(el) => el.scrollIntoView()")
            screen.page.wait_for_timeout(SETTLED_MS)
            keep(screen, FOLDER / f"{name}-{section}-{size}.png")


def main(wanted: list[str]) -> None:
    """Write all pictures, or those of some pages."""
    FOLDER.mkdir(exist_ok=True)
    grid = load(Settings()).grid_at(DAY)
    # The city's own rule, so that its title stands there.
    busy = factory.snapshot(grid)
    busy = msgspec.structs.replace(
        busy,
        warnings=[msgspec.structs.replace(one, rule="dust-local-excess") for one in busy.warnings],
    )
    busy = msgspec.structs.replace(busy, events=[games(grid, load(Settings()))])
    with (
        tempfile.TemporaryDirectory() as folder,
        running_wall(grid, Path(folder)) as wall,
        sync_playwright() as playwright,
    ):
        invented_archive(wall.archive, load(Settings()), grid)
        told = [part for each in busy.warnings for part in (each, entry(each), receipt(each))]
        with ThreadPoolExecutor(1) as beside:  # the browser's event loop runs in this thread
            now_ms = time.time_ns() // 1_000_000
            beside.submit(write, wall.redis_url, *told, written_ms=now_ms + HOUR_MS).result()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width, height in SIZES:
            size = {"width": width, "height": height}
            with wall.writing(busy), a_screen(browser, size) as screen:
                for page in find_pages(rooms):
                    if wanted and page.name not in wanted:
                        continue
                    # One page is about a warning, one about a number.
                    query = f"lang=zh&id={busy.warnings[0].id}&of=headline.closed_of_filed"
                    picture(wall, screen, page.path, f"{page.name}-{width}x{height}", query)
                if (width, height) in (SIZES[1], SIZES[-1]):
                    sections(wall, screen, f"{width}x{height}", wanted)
        if not wanted:
            walls(wall, browser, busy)
        browser.close()


def walls(wall: Wall, browser: Browser, busy: Snapshot) -> None:
    """Keep the views of the wall, and the wall of a day on which all is well."""
    hd = {"width": 1920, "height": 1080}
    with wall.writing(busy), a_screen(browser, hd) as screen:
        picture(wall, screen, "/", "wall-warnings-en", "lang=en")
        keep(screen, README_PICTURE)
        for key, view in (("2", "loop"), ("3", "course"), ("4", "matters"), ("5", "data")):
            screen.page.keyboard.press(key)
            screen.page.wait_for_timeout(300)
            keep(screen, FOLDER / f"wall-{view}-en.png")
    wall.feeds = well
    with wall.writing(calm(busy)), a_screen(browser, hd) as screen:
        picture(wall, screen, "/", "wall-calm")


if __name__ == "__main__":
    main(sys.argv[1:])
