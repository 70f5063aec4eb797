"""`gridpulse warnings list` asks the books, and the topic only where nobody keeps them up."""

from __future__ import annotations

import time

import pytest

from config.settings import Settings
from ops.processes.ports import free_port
from ops.warnings import asking
from tests.dashboards.common.books import warning, write


def test_books_that_are_kept_up_are_asked_and_others_are_not(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"of the topic": warning(7)}
    monkeypatch.setattr(asking, "newest_warnings", lambda _: told)
    settings = Settings(redis_url=redis_url)
    now_ms = time.time_ns() // 1_000_000
    assert asking.known_warnings(settings) == [warning(7)]  # nothing was written yet
    write(redis_url, warning(1), written_ms=now_ms)
    assert asking.known_warnings(settings) == [warning(1)]
    write(redis_url, written_ms=now_ms - 60_000)
    assert asking.known_warnings(settings) == [warning(7)]  # nobody keeps them up
    away = Settings(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    assert asking.known_warnings(away) == [warning(7)]
