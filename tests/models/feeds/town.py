"""Builds the made-up city of the ingest tests and the raw messages sent to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.feeds.intake import IntakeResult
from models.feeds.raw_batch import RawBatch
from models.grid.grid import Grid
from models.grid.projection import LocalProjection
from models.messages.columns import decode
from models.messages.frames import FrameHeader

WEST, EAST = "110101001", "110101002"  # streets
NOW_MS = 1_772_323_200_000  # 2026-03-01T00:00:00Z
LON, LAT = 116.40, 39.90  # south-west corner


def make_grid(streets: Sequence[str] = (WEST, EAST)) -> Grid:
    """Two streets side by side, each one column of five cells, 100 m a side."""
    codes = [int(f"{street}001{n:03d}") for street in streets for n in range(1, 6)]
    column = np.repeat(np.arange(2, dtype=np.int32), 5)
    row = np.tile(np.arange(5, dtype=np.int32), 2)
    x_m = column.astype(np.float64) * 100 + 50
    y_m = row.astype(np.float64) * 100 + 50
    projection = LocalProjection(LON, LAT)
    lon, lat = projection.to_degrees(x_m, y_m)
    return Grid(
        codes=np.array(codes, np.int64),
        lon=lon,
        lat=lat,
        x_m=x_m,
        y_m=y_m,
        column=column,
        row=row,
        cell_m=100.0,
        synthetic=True,
        projection=projection,
    )


def reading(**changes: Any) -> dict[str, Any]:
    """A good reading; a change to None takes the field away."""
    fields = {
        "sensor": "d-1",
        "metric": "pm10",
        "value": 81.3,
        "ts": NOW_MS,
        "cell": f"{WEST}001001",
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def case_event(**changes: Any) -> dict[str, Any]:
    """A good case event; a change to None takes the field away."""
    fields = {
        "case": "A-1",
        "type": "reported",
        "ts": NOW_MS,
        "category": "010101",
        "cell": f"{WEST}001001",
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def envelope(data: Any, event: str = "1", source: str = "gateway-7") -> dict[str, Any]:
    """A CloudEvents envelope around something."""
    return {"specversion": "1.0", "id": event, "source": source, "type": "reading", "data": data}


def raw(*messages: Any, start: int = 0, sent_ms: int = NOW_MS) -> RawBatch:
    """A batch of raw messages; bytes are taken as they are, all else becomes JSON."""
    values = [m if isinstance(m, bytes) else json.dumps(m).encode() for m in messages]
    return RawBatch(
        offsets=range(start, start + len(values)), sent_ms=[sent_ms] * len(values), values=values
    )


def rows(taken: IntakeResult) -> list[tuple[str, int, str, int, int]]:
    """All rows of all frames: street, cell, metric, value, offset."""
    found = []
    for street, data in taken.messages:
        header, columns = decode(FrameHeader, data)
        assert header.streets[0] == street
        found += [
            (header.streets[of], cell, header.metrics[metric], value, offset)
            for of, cell, metric, value, offset in zip(
                *(
                    columns[name].tolist()
                    for name in ("street", "cell", "metric", "value", "offset")
                ),
                strict=True,
            )
        ]
    return found
