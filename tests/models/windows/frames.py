"""Frames and feeds for the tests of windows, without ingest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.catalog import Clock, Feed, Metric
from models.messages.columns import Columns, encode
from models.messages.frames import FrameHeader
from models.messages.origin import Origin

STREET = "110101001"
LONG_AFTER_MS = 2**50  # wall clock by which every pane is over
Row = tuple[int, int, int, int, int]  # cell, metric, value, ts_ms, offset


def feed(
    *,
    pane_s: int = 60,
    lateness_s: int = 120,
    future_s: int = 60,
    interval_s: int = 10,
    metrics: Sequence[str] = ("pm10",),
) -> Feed:
    """Give a feed of readings with a resolution of 0.1."""
    text = {"zh": "扬尘", "en": "Dust"}
    metric = Metric(title=text, unit="µg/m³", resolution=0.1, low=-100, high=10_000)
    return Feed(
        name="dust",
        kind="readings",
        title=text,
        owner=text,
        source="made up for a test",
        expected_interval_s=interval_s,
        pane_s=pane_s,
        allowed_lateness_s=lateness_s,
        clock=Clock(future_s=future_s),
        metrics=dict.fromkeys(metrics, metric),
    )


def frame(
    rows: Sequence[Row] = (),
    *,
    watermark_ms: int,
    raw_partition: int = 0,
    raw_partitions: int = 1,
    street: str = STREET,
    origin: int = 1,
    ingested_ms: int = 1000,
    metrics: Sequence[str] = ("pm10",),
    feed_name: str = "dust",
) -> tuple[FrameHeader, Columns]:
    """Frame of the given rows; without rows a tick."""
    header = FrameHeader(
        rows=len(rows),
        feed=feed_name,
        streets=(street,) if rows else (),
        origin=Origin(
            origin,
            raw_partition,
            raw_partitions,
            watermark_ms=watermark_ms,
            ingested_ms=ingested_ms,
        ),
        metrics=tuple(metrics),
    )
    table = np.array([(0, *row) for row in rows], np.int64)
    table = table.reshape(len(rows), len(FrameHeader.COLUMNS))
    columns = {
        name: table[:, place].astype(dtype)
        for place, (name, dtype) in enumerate(FrameHeader.COLUMNS.items())
    }
    return header, columns


def packed(rows: Sequence[Row] = (), **how: object) -> bytes:
    """Give the frame as it travels."""
    return encode(*frame(rows, **how))  # type: ignore[arg-type]
