"""Wakes all who follow: one look at Redis ten times a second, however many listen."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

from dashboards.api.http.problems import Problem
from dashboards.common.book import BookState
from dashboards.common.source import SnapshotSource, Trouble
from dashboards.common.warning_book import WarningReader

LOOK_EVERY_S: Final = 0.1
MOST_LISTENERS: Final = 64
MOST_OF_CLIENT: Final = 8

Moment = tuple[str, BookState, int]  # mark of the books, their state, version of the snapshot


class ChangeWatch:
    """Follows the books and the snapshot while anybody listens.

    Parameters
    ----------
    warnings : WarningReader
    snapshots : SnapshotSource
    """

    def __init__(self, warnings: WarningReader, snapshots: SnapshotSource) -> None:
        self._warnings = warnings
        self._snapshots = snapshots
        self._listeners: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self.moment: Moment = ("", BookState.EMPTY, 0)

    @contextmanager
    def listening(self, client: str) -> Iterator[None]:
        """Count a listener for as long as it is one.

        Raises
        ------
        Problem
            503: there are too many; 429: too many of this client.
        """
        if self._listeners.total() >= MOST_LISTENERS:
            after = {"Retry-After": "30"}
            detail = "too many listen already; ask the lists instead"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, after)
        if self._listeners[client] >= MOST_OF_CLIENT:
            after = {"Retry-After": "30"}
            detail = f"a client may listen {MOST_OF_CLIENT} times at once"
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, after)
        self._listeners[client] += 1
        try:
            yield
        finally:
            self._listeners[client] -= 1
            if not self._listeners[client]:
                del self._listeners[client]

    async def after(self, moment: Moment | None, wait_s: float) -> Moment:
        """Wait until something is newer than a moment, or for some seconds."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
        deadline_s = asyncio.get_running_loop().time() + wait_s
        if moment is None:
            self._tell(await asyncio.to_thread(self._look))
        while self.moment == moment:
            left_s = deadline_s - asyncio.get_running_loop().time()
            if left_s <= 0:
                break
            news = self._news
            try:
                await asyncio.wait_for(news.wait(), left_s)
            except TimeoutError:
                break
        return self.moment

    async def _run(self) -> None:
        while self._listeners.total():
            self._tell(await asyncio.to_thread(self._look))
            await asyncio.sleep(LOOK_EVERY_S)

    def _tell(self, found: Moment) -> None:
        if found != self.moment:
            self.moment = found
            news, self._news = self._news, asyncio.Event()
            news.set()

    def _look(self) -> Moment:
        mark, state = self._warnings.moment()
        snapshot = self._snapshots.read()
        return mark, state, 0 if isinstance(snapshot, Trouble) else snapshot.version
