"""Cases for tests, made from hours."""

from __future__ import annotations

import numpy as np

from models.cases.columns import NEVER, CaseColumns, Limits, columns_of
from models.cases.state import CaseState, Stage
from models.messages.case_events import CaseBatch, CaseEvent, EventType
from models.messages.origin import Origin

HOUR = 3_600_000
DAY = 24 * HOUR
START = 1_709_222_400_000  # 2024-03-01 00:00 in Shanghai
CELL = "110101001001001"


def at(hour: float | None) -> int | None:
    return None if hour is None else START + int(hour * HOUR)


def state(
    filed: float | None = 0.0,
    closed: float | None = None,
    *,
    department: str = "sanitation",
    **more: object,
) -> CaseState:
    """A case filed and closed some hours after the start."""
    fields: dict[str, object] = {
        "stage": Stage.FILED if closed is None else Stage.CLOSED,
        "reported_ms": at(filed),
        "filed_ms": at(filed),
        "closed_ms": at(closed),
        "department": department,
        "cell": CELL,
        **more,
    }
    return CaseState(**fields)  # type: ignore[arg-type]


def columns(*cases: tuple[CaseState, float | None]) -> CaseColumns:
    """Columns of cases and the hours of their limits."""
    return columns_of([one for one, _ in cases], [Limits(at(due)) for _, due in cases])


def event(case: str, kind: EventType, hour: float, offset: int = 0, **more: object) -> CaseEvent:
    fields: dict[str, object] = {"category": "", "cell": CELL, "actor": "someone", **more}
    return CaseEvent(case=case, type=kind, ts_ms=START + int(hour * HOUR), offset=offset, **fields)  # type: ignore[arg-type]


def batch(
    events: list[CaseEvent],
    watermark_h: float,
    *,
    feed: str = "cases",
    street: str = "110101001",
    raw_partition: int = 0,
    raw_partitions: int = 1,
    watermark_ms: int | None = None,
    ingested_ms: int = 7,
) -> CaseBatch:
    """A batch whose watermark stands so many hours after the start, or at an epoch time."""
    reached_ms = START + int(watermark_h * HOUR) if watermark_ms is None else watermark_ms
    origin = Origin(1, raw_partition, raw_partitions, reached_ms, ingested_ms)
    return CaseBatch(events=events, feed=feed, street=street, origin=origin)


def span_of(cases: CaseColumns) -> tuple[int, int]:
    """First and last event of all cases, epoch milliseconds; limits are no events."""
    came = np.concatenate(
        [
            cases.reported,
            cases.filed,
            cases.decided,
            cases.dispatched,
            cases.disposed,
            cases.verified,
            cases.closed,
        ]
    )
    came = came[came != NEVER]
    return int(came.min()), int(came.max())
