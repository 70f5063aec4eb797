"""Who speaks by an event of a case."""

from __future__ import annotations

import pytest

from models.cases.feed import active_sources
from models.messages.case_events import CaseEvent, EventType
from models.messages.panes import ActiveSource

CELL = "110101003001002"
BEAT, WATER = ("beats", "110101003", "07"), ("departments", "110101", "water")


@pytest.mark.parametrize(
    ("kind", "more", "spoken"),
    [
        (EventType.REPORTED, {"beat": "07"}, [BEAT]),
        (EventType.REPORTED, {"beat": "07", "role": "public"}, [BEAT]),
        (EventType.REPORTED, {}, []),
        (EventType.FILED, {"beat": "07"}, []),  # said of the case, not by its beat
        (EventType.DISPATCHED, {"role": "command", "department": "water"}, []),
        (EventType.DISPOSED, {"role": "department", "department": "water"}, [WATER]),
        (EventType.DISPOSED, {"role": "department"}, []),
        (
            EventType.REPORTED,
            {"beat": "07", "role": "department", "department": "water"},
            [BEAT, WATER],
        ),
    ],
)
def test_a_beat_reports_by_its_report_and_a_department_by_its_own_step(
    kind: EventType, more: dict[str, str], spoken: list[ActiveSource]
) -> None:
    event = CaseEvent(case="1", type=kind, ts_ms=0, category="", cell=CELL, offset=0, **more)  # type: ignore[arg-type]
    assert active_sources(event) == spoken
