"""A real wall before a real browser: Redis, `gridpulse wall` as a process, Debian's Chromium."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)

from config.loader import load
from config.settings import Settings
from models.archive.moments import moment_part
from models.grid.grid import Grid
from models.situation.snapshot import FeedNow, Snapshot
from models.timing.zone import zone_of
from ops.processes.child import Child
from ops.processes.embedded import embedded_redis, redis_server
from ops.processes.ports import free_port
from streams.host.processor import Archive
from streams.sinks.archive_files import write_part
from tests.conftest import missing
from tests.dashboards import factory
from tests.dashboards.common.books import entry, receipt, write
from tests.dashboards.small_city import DAY

CHROMIUM = "/usr/bin/chromium"
HD = {"width": 1920, "height": 1080}
UHD = {"width": 3840, "height": 2160}
WRITE_EVERY_S = 0.5
START_S = 240  # on a machine that does much else
FRESH = "html:not(.is-stale)"
STALE = "html.is-stale"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once a module: while it lives, its event loop runs and no other test's can."""
    if not Path(CHROMIUM).exists():
        missing(f"no {CHROMIUM}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def city_grid() -> Grid:
    """Grid of the default city on the day of the factory's snapshots."""
    return load(Settings()).grid_at(DAY)


@dataclass
class Wall:
    """One wall with its Redis."""

    redis_url: str
    grid: Grid
    folder: Path
    port: int = field(default_factory=free_port)
    server: Child | None = None
    version: int = 0
    feeds: Callable[[int], list[FeedNow]] | None = None  # else those of the factory

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    def keep(self, *moments: Snapshot) -> None:
        """Put snapshots into the archive, as the district does every five minutes."""
        for each in moments:
            part = moment_part(each, zone_of("Asia/Shanghai"))
            write_part(self.archive, Archive(part.dataset, part.day, part.name, part.rows))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start `gridpulse wall` and wait until it listens."""
        env = dict(os.environ) | {
            "GRIDPULSE_REDIS_URL": self.redis_url,
            "GRIDPULSE_WALL_PORT": str(self.port),
            "GRIDPULSE_ARCHIVE_DIR": str(self.archive),
        }
        command = [sys.executable, "-c", "from ops.cli import main; main(['wall'])"]
        self.server = Child("wall", command, self.folder / "wall.log", env)
        self.server.wait_until_listening(self.port, START_S)

    def must_live(self) -> None:
        """Fail where the wall has ended, with its last words, and start another one."""
        assert self.server is not None
        status = self.server.returncode
        if status is not None:
            said = self.server.log_tail(40)
            self.start()
            pytest.fail(f"the wall ended with status {status}; it said: {said or 'nothing'}")

    def write(self, content: Snapshot) -> None:
        """Write a snapshot once more: the same content, a new version, written now."""
        self.version += 1
        now_ms = time.time_ns() // 1_000_000
        factory.write(
            self.redis_url,
            msgspec.structs.replace(
                content,
                version=self.version,
                written_ms=now_ms,
                feeds=(self.feeds or factory.feeds)(now_ms),
            ),
        )

    @contextmanager
    def writing(self, content: Snapshot) -> Iterator[None]:
        """Write a snapshot again and again, as the district does while nothing changes."""
        stopped = threading.Event()

        def write() -> None:
            while not stopped.wait(WRITE_EVERY_S):
                self.write(content)

        self.write(content)
        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        try:
            yield
        finally:
            stopped.set()
            writer.join()


@contextmanager
def running_wall(grid: Grid, folder: Path) -> Iterator[Wall]:
    """Run Redis and a wall."""
    installed = shutil.which("redis-server")
    server = (
        redis_server(installed, folder / "redis") if installed else embedded_redis(folder / "redis")
    )
    with server as redis_url:
        wall = Wall(redis_url, grid, folder)
        wall.start()
        try:
            yield wall
        finally:
            if wall.server is not None:
                wall.server.stop(5)


@pytest.fixture(scope="session")
def shared_wall(city_grid: Grid, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wall]:
    """One wall for all tests that do not break it."""
    with running_wall(city_grid, tmp_path_factory.mktemp("wall")) as running:
        yield running


@pytest.fixture
def wall(shared_wall: Wall) -> Iterator[Wall]:
    """Give the shared wall; a test in which it ended fails, and the next one has a new wall."""
    yield shared_wall
    shared_wall.must_live()


@dataclass
class Screen:
    """A page with what it complained about and whom it asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Note every console message, error and request from now on."""
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._ask)

    def open(self, url: str, until: str = FRESH) -> None:
        """Open the wall and wait until the browser has judged it."""
        self.page.goto(url)
        self.page.wait_for_selector(until, state="attached", timeout=60_000)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _ask(self, request: Request) -> None:
        self.requests.append(request.url)


@contextmanager
def a_screen(browser: Browser, size: dict[str, int], locale: str = "zh-CN") -> Iterator[Screen]:
    """Open a page of a size."""
    viewport = ViewportSize(width=size["width"], height=size["height"])
    page = browser.new_page(viewport=viewport, locale=locale)
    screen = Screen(page)
    screen.listen()
    try:
        yield screen
    finally:
        page.close()


@pytest.fixture(scope="session")
def grid_today() -> Grid:
    """Grid of the default city now."""
    return load(Settings()).grid_at(datetime.now(UTC).date())


@pytest.fixture(scope="session")
def busy(city_grid: Grid) -> Snapshot:
    """Snapshot of a busy afternoon of the default city."""
    return factory.snapshot(city_grid)


@pytest.fixture
def screen(browser: Browser) -> Iterator[Screen]:
    """A page of 1920×1080."""
    with a_screen(browser, HD) as opened:
        yield opened


@pytest.fixture
def warned(wall: Wall, busy: Snapshot) -> str:
    """Id of the worst of some warnings that are in the book."""
    note_warnings(wall, busy)
    return busy.warnings[0].id


def note_warnings(wall: Wall, busy: Snapshot) -> None:
    """Put the warnings of a snapshot into the book, with their audit and receipts."""
    messages = [part for each in busy.warnings for part in (each, entry(each), receipt(each))]
    now_ms = time.time_ns() // 1_000_000
    with ThreadPoolExecutor(1) as beside:  # the browser's event loop runs in this thread
        beside.submit(write, wall.redis_url, *messages, written_ms=now_ms).result()
