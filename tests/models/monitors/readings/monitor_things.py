"""Panes of streets, and a detector whose judgement is plain to see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np

from models.detect.contract import DepartureScope, Floats, Judgement
from models.messages.columns import decode, encode
from models.messages.frames import IDLE
from models.messages.panes import PaneHeader

PANE_MS = 900_000
CELLS = (110101001001001, 110101001001002, 110101002001001)


class Plain:
    """Expects 10; the score is the distance from it; 99 is regional. Remembers what it was told."""

    name: ClassVar[str] = "seasonal"
    region = 10.0

    def __init__(self, judged: list[int] | None = None) -> None:
        self.judged = judged or []
        self.sizes: list[int] = []

    def judge(self, start_ms: int, values: Floats) -> Judgement:
        self.judged.append(start_ms)
        self.sizes.append(values.size)
        score = values - 10
        regional = values == 99
        scope = np.where(regional, DepartureScope.REGIONAL, DepartureScope.LOCAL).astype(np.uint8)
        full = np.full(values.size, 10.0)
        return Judgement(
            score=score,
            p_value=np.where(np.isnan(score), np.nan, 0.001),
            expected=full,
            low=full - 1,
            high=full + 1,
            region=np.full(values.size, self.region),
            scope=scope,
            baseline_n=np.full(values.size, len(self.judged), np.int64),
            since_ms=np.full(values.size, self.judged[0], np.int64),
            until_ms=np.full(values.size, self.judged[-1], np.int64),
        )

    def rewind(self, now_ms: int) -> None:
        self.judged = [min(each, now_ms) for each in self.judged]

    def to_bytes(self) -> bytes:
        return np.array(self.judged, "<i8").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        return cls(np.frombuffer(data, "<i8").tolist())


def pane(
    number: int,
    values: Mapping[int, float],
    *,
    partition: int = 0,
    partitions: int = 1,
    watermark: int | None = None,
    revision: int = 0,
    metric: str = "pm10",
    feed: str = "dust",
    idle: bool = False,
) -> bytes:
    """Pane message of a partition; the watermark stands at the pane's end, in panes, unless given.

    Each cell has two readings, so that its mean is what `values` says.
    """
    cells = list(values)
    sums = [round(value * 20) for value in values.values()]
    header = PaneHeader(
        rows=len(cells),
        feed=feed,
        partition=partition,
        partitions=partitions,
        start_ms=number * PANE_MS,
        width_s=900,
        watermark_ms=IDLE if idle else (number + 1 if watermark is None else watermark) * PANE_MS,
        revision=revision,
        metrics=("pm25", metric),
        resolutions=(1.0, 0.1),
        ingested_ms=number * PANE_MS + 7,
    )
    n = len(cells)
    columns = {
        "cell": np.array(cells, np.int64),
        "metric": np.ones(n),
        "count": np.full(n, 2),
        "sum": np.array(sums, np.int64),
        "min": np.zeros(n),
        "max": np.zeros(n),
        "p50": np.zeros(n),
        "p95": np.zeros(n),
    }
    return encode(header, columns)


def header_of(data: bytes) -> PaneHeader:
    """Header of a pane message."""
    return decode(PaneHeader, data)[0]
