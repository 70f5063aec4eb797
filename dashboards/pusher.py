"""Follow the snapshot and push what it shows to all browsers: one reader, however many look on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from dashboards.common.metrics import WallMetrics
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.push import UNSEEN, PageChannel, PushedMessage
from dashboards.common.source import Trouble
from dashboards.panels.footer import program_version
from models.situation.snapshot import Snapshot

LOOK_EVERY_S: Final = 0.05
BEAT_EVERY_S: Final = 1.0
_LOG = logging.getLogger(__name__)


class Pusher:
    """Renders each snapshot once a page that somebody looks at.

    Parameters
    ----------
    pages : sequence of Page
    context : PageContext
    metrics : WallMetrics
    """

    def __init__(self, pages: Sequence[Page], context: PageContext, metrics: WallMetrics) -> None:
        self._live_of = {
            page.name: page.starts(context) if page.starts else page.live for page in pages
        }
        self._channels = {name: PageChannel() for name in self._live_of}
        self._shown: dict[str, str] = {}  # page → name of what its channel shows
        self._followers = dict.fromkeys(self._live_of, 0)
        self._context, self._metrics = context, metrics
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._beat_s = 0.0

    async def now(self, name: str) -> bytes:
        """Everything that a page shows, as one event: for a browser that cannot follow."""
        await asyncio.to_thread(self._show, name, beat=True)
        return self._channels[name].full().plain

    async def follow(self, name: str) -> AsyncIterator[PushedMessage]:
        """Give everything that a page shows, then what changes, until the browser leaves."""
        channel = self._channels[name]
        with self._following(name):
            await asyncio.to_thread(self._show, name, beat=True)
            number = UNSEEN
            while True:
                news = self._news
                found = channel.after(number)
                if found is None:
                    await news.wait()
                else:
                    number, frame = found
                    yield frame

    @contextmanager
    def _following(self, name: str) -> Iterator[None]:
        self._followers[name] += 1
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
        try:
            yield
        finally:
            self._followers[name] -= 1

    async def _run(self) -> None:
        """Look for a new snapshot while anybody follows; say each second that the server lives."""
        while any(self._followers.values()):
            await asyncio.to_thread(self._look)
            news, self._news = self._news, asyncio.Event()
            news.set()
            await asyncio.sleep(LOOK_EVERY_S)

    def _look(self) -> None:
        beat = time.monotonic() - self._beat_s >= BEAT_EVERY_S
        if beat:
            self._beat_s = time.monotonic()
        for name, count in self._followers.items():
            if count:
                self._show(name, beat=beat)

    def _show(self, name: str, *, beat: bool) -> None:
        """Bring the channel of a page up to what is in Redis now."""
        found = self._context.source.read()
        if not isinstance(found, Trouble) and self._context.city_index.raster_for(found) is None:
            found = Trouble.GRID
        self._metrics.count(found)
        channel, shown = self._channels[name], state_name(found)
        head = clock(found, time.time_ns() // 1_000_000)
        if self._shown.get(name) == shown:
            if beat:
                channel.beat(head)
            return
        self._shown[name] = shown
        try:
            channel.advance(head, {} if isinstance(found, Trouble) else self._live(name, found))
        except Exception:  # one page that fails must neither freeze itself nor the others
            _LOG.exception("page %s cannot show snapshot %s", name, shown)
            channel.beat(head | {"trouble": Trouble.BROKEN.value})

    def _live(self, name: str, found: Snapshot) -> Live:
        with self._metrics.refresh_s.time():
            return self._live_of[name](found, self._context.city_index)


def state_name(found: Snapshot | Trouble) -> str:
    """Name of a snapshot, or of why there is none."""
    # A writer that starts anew counts from one again; its time of writing tells the two apart.
    return found.value if isinstance(found, Trouble) else f"{found.version}:{found.written_ms}"


def clock(found: Snapshot | Trouble, server_ms: int) -> dict[str, Any]:
    """Give what a browser needs to judge by itself whether the page is stale."""
    snapshot = None if isinstance(found, Trouble) else found
    return {
        "server_ms": server_ms,
        "trouble": found.value if isinstance(found, Trouble) else None,
        "program": program_version(),
        "snapshot": snapshot and state_name(snapshot),
        "written_ms": snapshot and snapshot.written_ms,
    }
