"""`make screens`: pictures of every page in every size for `docs/screens`, from made-up data."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import msgspec
from PIL import Image
from playwright.sync_api import sync_playwright

from config.loader import load
from config.settings import Settings
from dashboards import rooms
from dashboards.common.pages import find_pages
from models.situation.snapshot import Snapshot
from tests.browser.conftest import CHROMIUM, Screen, Wall, a_screen, running_wall
from tests.conftest import ROOT
from tests.dashboards import factory
from tests.dashboards.small_city import DAY

FOLDER = ROOT / "docs" / "screens"
SIZES = ((3840, 2160), (1920, 1080), (1366, 768), (390, 844))
COLOURS = 200  # of a picture: flat colours stay small
SETTLED_MS = 1_500
README_PICTURE = ROOT / "docs" / "img" / "wall.png"


def keep(screen: Screen, path: Path) -> None:
    """Take a picture and write it with few colours."""
    taken = Image.open(io.BytesIO(screen.page.screenshot())).convert("RGB")
    taken.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


def picture(wall: Wall, screen: Screen, path: str, name: str, language: str = "zh") -> None:
    """Open a page and keep what it looks like."""
    screen.open(f"{wall.url}{path}?lang={language}")
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


def main() -> None:
    """Write all pictures."""
    FOLDER.mkdir(exist_ok=True)
    grid = load(Settings()).grid_at(DAY)
    # The city's own rule, so that its title stands there.
    busy = factory.snapshot(grid)
    busy = msgspec.structs.replace(
        busy,
        warnings=[msgspec.structs.replace(one, rule="dust-local-excess") for one in busy.warnings],
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        running_wall(grid, Path(folder)) as wall,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width, height in SIZES:
            size = {"width": width, "height": height}
            with wall.writing(busy), a_screen(browser, size) as screen:
                for page in find_pages(rooms):
                    picture(wall, screen, page.path, f"{page.name}-{width}x{height}")
        hd = {"width": 1920, "height": 1080}
        with wall.writing(busy), a_screen(browser, hd) as screen:
            picture(wall, screen, "/", "wall-warnings-en", "en")
            keep(screen, README_PICTURE)
            for key, view in (("2", "loop"), ("3", "course"), ("4", "data")):
                screen.page.keyboard.press(key)
                screen.page.wait_for_timeout(300)
                keep(screen, FOLDER / f"wall-{view}-en.png")
        with wall.writing(calm(busy)), a_screen(browser, hd) as screen:
            picture(wall, screen, "/", "wall-calm")
        browser.close()


if __name__ == "__main__":
    main()
