"""Closed panes of a street partition: readings as columns, counts of cases as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from models.messages.bounds import (
    Count,
    Number,
    PartitionNumber,
    Partitions,
    Seconds,
    Small,
    TimeMs,
    check_watermark,
)
from models.messages.columns import Columnar, Header
from models.messages.envelope import Message


class PaneHeader(Header, frozen=True, kw_only=True):
    """One closed pane of one feed over all cells of a street partition.

    A pane is the half-open interval [start_ms, start_ms + width_s). It may come again after a
    replay, or with a higher `revision` after a late correction: the newest replaces the older.

    Attributes
    ----------
    feed : str
        Name of the feed.
    partition, partitions : int
        Street partition it comes from, and how many there are.
    start_ms, width_s : int
        Event time.
    watermark_ms : int
        Watermark of the street partition for this feed when the pane closed.
    revision : int
        0 at first close.
    metrics : tuple of str
        Names that the column `metric` indexes.
    resolutions : tuple of float
        Of each metric: value = integer × resolution.
    ingested_ms : int
        Wall clock of the newest reading inside, for latency; 0 when empty.
    """

    TAG = "PANE"
    NAME = "pane"
    INDEXES: ClassVar = {"metric": "metrics"}
    COLUMNS: ClassVar = {
        "cell": "<i8",  # 15 digits
        "metric": "<u2",
        "count": "<i8",
        "sum": "<i8",  # multiples of the resolution: exact, whatever the order
        "min": "<i4",
        "max": "<i4",
        "p50": "<f4",  # in units, from the sketch
        "p95": "<f4",
    }

    feed: str
    partition: PartitionNumber
    partitions: Partitions
    start_ms: TimeMs
    width_s: Seconds
    watermark_ms: int
    revision: Small = 0
    metrics: tuple[str, ...] = ()
    resolutions: tuple[Number, ...] = ()
    ingested_ms: TimeMs = 0

    def __post_init__(self) -> None:
        check_watermark(self.watermark_ms)
        if len(self.resolutions) != len(self.metrics):
            msg = f"{len(self.resolutions)} resolutions for {len(self.metrics)} metrics"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class ReadingPane(Columnar[PaneHeader]):
    """Readings of one closed pane of a street partition."""

    HEADER = PaneHeader


ActiveSource = tuple[str, str, str]  # kind (`beats`, `departments`), code of the area, name


class CasePane(Message, frozen=True, kw_only=True):
    """Case counts of one closed pane of a street partition, sparse.

    `rows` holds (cell, category, event type, count); types as in `EventType`. `active_sources`
    names the beats and departments that reported in the pane.
    """

    TAG = "CPAN"
    VERSION = 2
    NAME = "case pane"

    feed: str
    partition: PartitionNumber
    partitions: Partitions
    start_ms: TimeMs
    width_s: Seconds
    watermark_ms: int
    revision: Small
    rows: list[tuple[Count, str, str, Count]]
    active_sources: list[ActiveSource] = []

    def __post_init__(self) -> None:
        check_watermark(self.watermark_ms)
