"""Messages of the stream for tests of the archive."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.messages import envelope
from models.messages.case_events import CaseBatch, CaseEvent, EventType
from models.messages.columns import encode
from models.messages.evidence import ReadingEvidence
from models.messages.matters import MatterBatch, MatterRecord
from models.messages.origin import Origin
from models.messages.panes import CasePane, PaneHeader
from models.messages.signals import Area, ReadingSignal, SignalBatch
from models.messages.warnings import CityWarning, Level, WarningChange
from models.timing.units import HOUR_MS

NOON_MS = 1_459_483_200_000  # 2016-04-01 12:00 in Shanghai
CELL = 110101001001001


def pane(
    sums: Mapping[int, int], *, start_ms: int = NOON_MS, revision: int = 0, count: int = 2
) -> bytes:
    """A pane of the metric pm10 (resolution 0.1): sum of each cell, counted from `CELL`."""
    n = len(sums)
    header = PaneHeader(
        rows=n,
        feed="dust",
        partition=0,
        partitions=1,
        start_ms=start_ms,
        width_s=3600,
        watermark_ms=start_ms + HOUR_MS,
        revision=revision,
        metrics=("pm10",),
        resolutions=(0.1,),
        ingested_ms=7,
    )
    total = np.array(list(sums.values()), dtype=np.int64)
    columns = {
        "cell": np.array(list(sums), dtype=np.int64) + CELL,
        "metric": np.zeros(n),
        "count": np.full(n, count),
        "sum": total,
        "min": total // count,
        "max": total // count,
        "p50": total / count / 10,
        "p95": total / count / 10,
    }
    return encode(header, columns)


def case_pane(count: int, *, start_ms: int = NOON_MS, revision: int = 0) -> bytes:
    """A pane of filed cases of one cell."""
    told = CasePane(
        feed="cases",
        partition=0,
        partitions=1,
        start_ms=start_ms,
        width_s=3600,
        watermark_ms=start_ms + HOUR_MS,
        revision=revision,
        rows=[(CELL, "0101", "filed", count)] if count else [],
    )
    return envelope.encode(told)


def signals(*starts: int, ingested_ms: int = 5) -> bytes:
    """A batch with one signal a start."""
    found = [
        ReadingSignal(
            id=f"seasonal.dust.pm10.{CELL}.{start}",
            detector="seasonal",
            feed="dust",
            metric="pm10",
            area=Area.of(str(CELL)),
            subject=str(CELL),
            start_ms=start,
            width_s=3600,
            severity=30.5,
            active=True,
            evidence=ReadingEvidence(
                observed=90.0,
                expected=40.0,
                low=20.0,
                high=60.0,
                region=None,
                baseline_n=100,
                clears_below=70.0,
            ),
            ingested_ms=ingested_ms,
        )
        for start in starts
    ]
    return envelope.encode(SignalBatch(feed="dust", tick_ms=NOON_MS, signals=list(found)))


def warning(revision: int, *, updated_ms: int = NOON_MS) -> bytes:
    """One change of a warning."""
    return envelope.encode(
        CityWarning(
            id="dust.1",
            revision=revision,
            rule="dust",
            change=WarningChange.UPDATED if revision else WarningChange.RAISED,
            level=Level.YELLOW,
            feed="dust",
            metric="pm10",
            area="110101001",
            cells=[str(CELL)],
            raised_ms=NOON_MS,
            updated_ms=updated_ms,
            explanation={"zh": "扬尘", "en": "dust"},
        )
    )


def case_events(*events: tuple[str, EventType, int]) -> bytes:
    """A batch of steps: case, type, time."""
    listed = [
        CaseEvent(
            case=case,
            type=kind,
            ts_ms=ts_ms,
            category="0101",
            cell=str(CELL),
            offset=offset,
            department="cleaning",
        )
        for offset, (case, kind, ts_ms) in enumerate(events)
    ]
    return envelope.encode(
        CaseBatch(
            feed="cases",
            street="110101001",
            origin=Origin(0, 0, 1, watermark_ms=0, ingested_ms=0),
            events=listed,
        )
    )


def matter_records(*times: int) -> bytes:
    """A batch of visits to one object, at each time."""
    records = [
        MatterRecord(ts_ms=ts_ms, cell=str(CELL), offset=offset, what="visited", subject="relic-1")
        for offset, ts_ms in enumerate(times)
    ]
    return envelope.encode(
        MatterBatch(
            feed="relics",
            street="110101001",
            origin=Origin(0, 2, 4, watermark_ms=0, ingested_ms=0),
            records=records,
        )
    )
