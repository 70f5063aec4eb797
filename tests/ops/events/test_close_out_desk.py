"""Close-outs for the pages: an archive that did not change is not read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from models.messages.case_events import CaseEvent, EventType
from models.timing.units import DAY_MS, HOUR_MS
from ops.events import close_out_desk
from ops.events.close_out import close_out_of
from ops.events.close_out_desk import CloseOutDesk
from tests.ops.analysis.test_case_history import write
from tests.ops.events.test_close_out import LIVE, catalog

NAME = "olympics-2008"
LATER_MS = LIVE[1] + 9 * DAY_MS


def case(number: int, at_ms: int) -> CaseEvent:
    return CaseEvent(
        case=f"c{number}",
        type=EventType.FILED,
        ts_ms=at_ms,
        offset=0,
        category="E0102",
        cell="110101001001001",
        role="",
        actor="",
        department="",
    )


class Counts:
    """How often the archive was judged."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, *given: Any, **more: Any) -> Any:
        self.number += 1
        return close_out_of(*given, **more)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    made = Counts()
    monkeypatch.setattr(close_out_desk, "close_out_of", made)
    return made


@pytest.fixture
def desk(tmp_path: Path) -> CloseOutDesk:
    write(tmp_path, [case(1, LIVE[0] + DAY_MS), case(2, LIVE[0] + 2 * DAY_MS)])
    return CloseOutDesk(Settings(archive_dir=tmp_path), catalog())


def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(close_out_desk, "FRESH_S", 0.0)
    monkeypatch.setattr(close_out_desk, "BUSY_SHARE", 0)


def test_an_event_that_is_over_is_counted_once(
    desk: CloseOutDesk, counts: Counts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_wait(monkeypatch)
    assert desk.figures(NAME, LATER_MS).cases == 2
    write(tmp_path, [case(3, LIVE[1]), case(4, LATER_MS)])  # the city goes on
    assert desk.figures(NAME, LATER_MS + DAY_MS).cases == 2
    assert "Olympic" in desk.page(NAME, LATER_MS + 2 * DAY_MS, "en")
    assert counts.number == 1
    write(tmp_path, [case(5, LIVE[1] - 1)])  # told late
    assert desk.figures(NAME, LATER_MS).cases == 3
    assert counts.number == 2


def test_an_event_that_runs_is_counted_once_a_minute(desk: CloseOutDesk, counts: Counts) -> None:
    assert desk.figures(NAME, LIVE[0] + DAY_MS + HOUR_MS).cases == 1
    assert desk.figures(NAME, LIVE[0] + 3 * DAY_MS).cases == 1
    assert counts.number == 1


def test_an_event_that_runs_is_counted_anew_when_the_minute_is_over(
    desk: CloseOutDesk, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_wait(monkeypatch)
    assert desk.figures(NAME, LIVE[0] + DAY_MS + HOUR_MS).cases == 1
    assert desk.figures(NAME, LIVE[0] + 3 * DAY_MS).cases == 2
    assert counts.number == 2
