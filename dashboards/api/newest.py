"""The newest snapshot for the routes, with how far it may be believed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from dashboards.api.context import ApiContext
from dashboards.api.http.problems import Problem
from dashboards.common.book import BookState
from dashboards.common.frame import STALE_AFTER_MS
from dashboards.common.source import Trouble
from models.situation.snapshot import Snapshot

_STATES: Final = {
    Trouble.REDIS: BookState.REDIS,
    Trouble.EMPTY: BookState.EMPTY,
    Trouble.BROKEN: BookState.BROKEN,
    Trouble.FORMAT: BookState.BROKEN,
    Trouble.GRID: BookState.BROKEN,
}


def newest(context: ApiContext) -> tuple[Snapshot | None, BookState]:
    """Give the newest snapshot and how far it may be believed."""
    found = context.snapshots.read()
    if isinstance(found, Trouble):
        return None, _STATES[found]
    is_old = context.now_ms() - found.written_ms > STALE_AFTER_MS
    return found, BookState.STALE if is_old else BookState.FRESH


def required(context: ApiContext) -> tuple[Snapshot, BookState]:
    """Give the newest snapshot.

    Raises
    ------
    Problem
        503: there is none.
    """
    found, state = newest(context)
    if found is None:
        detail = f"there is no snapshot ({state}); look at `gridpulse doctor`"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": "2"})
    return found, state


def clock_of(context: ApiContext) -> int:
    """Give the time up to which is shown: of the newest snapshot, which may be of a replay."""
    snapshot, _ = newest(context)
    return snapshot.clock_ms if snapshot else context.now_ms()
