"""Mapped columns → raw messages, byte for byte what a sensor gateway or case system would send."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import msgspec
import numpy as np

from models.feeds.mapping.cells import NO_TIME
from models.feeds.mapping.columns import EventColumns, ReadingColumns
from models.feeds.raw import RawMessage

_ENCODE = msgspec.json.Encoder().encode


def reading_messages(columns: ReadingColumns) -> Iterator[RawMessage]:
    """One message a row of the table: an object, or an array where the row has several metrics."""
    readings = zip(
        columns.row.tolist(),
        columns.ts_ms.tolist(),
        columns.sensor,
        columns.metric,
        columns.value.tolist(),
        _places(columns),
        strict=True,
    )
    for _, of_row in groupby(readings, key=lambda reading: reading[0]):
        objects = [
            {"sensor": sensor, "metric": metric, "value": value, "ts": ts_ms, **place}
            for _, ts_ms, sensor, metric, value, place in of_row
        ]
        body = objects[0] if len(objects) == 1 else objects
        yield RawMessage(objects[0]["ts"], objects[0]["sensor"], _ENCODE(body))


def event_messages(columns: EventColumns) -> Iterator[RawMessage]:
    """One message an event; fields that the table does not have are left out."""
    optional = ("category", "department", "source", "beat", "area")
    events = zip(
        columns.ts_ms.tolist(),
        columns.case,
        columns.type,
        columns.due_ms.tolist(),
        _places(columns),
        zip(*(getattr(columns, name) for name in optional), strict=True),
        strict=True,
    )
    for ts_ms, case, kind, due_ms, place, about in events:
        body = {"case": case, "type": kind, "ts": ts_ms, **place}
        body |= {name: text for name, text in zip(optional, about, strict=True) if text}
        if due_ms != NO_TIME:
            body["due"] = due_ms
        yield RawMessage(ts_ms, case, _ENCODE(body))


def _places(columns: ReadingColumns | EventColumns) -> Iterator[dict[str, Any]]:
    """Place of each entry as the fields of a raw message: cell, or lon and lat, or nothing."""
    known = np.isfinite(columns.lon) & np.isfinite(columns.lat)
    entries = zip(
        columns.cell, known.tolist(), columns.lon.tolist(), columns.lat.tolist(), strict=True
    )
    for cell, is_known, lon, lat in entries:
        if cell:
            yield {"cell": cell}
        else:
            yield {"lon": lon, "lat": lat} if is_known else {}
