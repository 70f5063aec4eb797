"""How a street partition looks now: its cells for the map, and its cases as additive counts.

Everything of the cases can be added up over partitions, so the district's figures are sums, never
averages of averages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import msgspec

from models.cases.indicators.cell_counts import CellCounts
from models.messages.bounds import (
    Count,
    Number,
    PartitionNumber,
    Partitions,
    TimeMs,
    Whole,
    check_watermark,
)
from models.messages.columns import Columnar, Columns, Header, encode
from models.messages.envelope import Message
from models.messages.event_counts import EventCounts

MOST_ROWS: Final = 200_000  # of one message, 22 bytes each: well below the largest


class SummaryHeader(Header, frozen=True, kw_only=True):
    """How the cells of a street partition look now, one row per cell and layer that has a value.

    The newest summary of a (feed, partition) replaces the older one, part by part.

    Attributes
    ----------
    feed, partition, partitions
        As in `PaneHeader`.
    part, parts : int
        Which part of the rows this is, and how many there are; what is not a row stands in part 0.
    published_ms : int
        Wall clock.
    watermark_ms : int
        Watermark of the partition for this feed; `models.messages.frames.IDLE` when all is quiet.
    last_event_ms : int
        Newest event time applied; 0 when none.
    ingested_ms : tuple of int
        Wall clock of ingest of each frame or event applied since the previous summary (at most the
        newest 256), for the latency figures.
    applied : int
        Readings or case events applied since the state was first made (exact over crashes).
    panes_closed : int
        Panes closed since the state was first made.
    layers : tuple of str
        Names that the column `layer` indexes: `<metric>.mean_5min`, `<metric>.mean_1h`,
        `<metric>.mean_24h`, `<metric>.mean_7d`, `<metric>.p95_24h`, `cases.open`,
        `cases.filed_today`, `cases.closed_today`, `cases.reported_today`, `cases.event_open`.
    totals : dict of str to float
        Partition-wide figures that are not a map layer (for example `cases.closed_30d`).
    today : int
        Local day, counted from 1970-01-01, of the layers and totals whose name ends in `_today`;
        -1 before the first, and where there are none of these.
    """

    TAG = "SUMM"
    NAME = "cell summary"
    INDEXES: ClassVar = {"layer": "layers"}
    COLUMNS: ClassVar = {"cell": "<i8", "layer": "<u2", "value": "<f4", "event_ms": "<i8"}

    feed: str
    partition: PartitionNumber
    partitions: Partitions
    part: PartitionNumber = 0
    parts: Partitions = 1
    published_ms: TimeMs
    watermark_ms: int
    last_event_ms: TimeMs
    ingested_ms: tuple[TimeMs, ...] = ()
    applied: Count = 0
    panes_closed: Count = 0
    layers: tuple[str, ...] = ()
    totals: dict[str, Number] = msgspec.field(default_factory=dict)
    today: Whole = -1

    def __post_init__(self) -> None:
        check_watermark(self.watermark_ms)


@dataclass(frozen=True, slots=True)
class CellSummary(Columnar[SummaryHeader]):
    """How the cells of a street partition look now."""

    HEADER = SummaryHeader


def in_parts(header: SummaryHeader, columns: Columns) -> Iterator[bytes]:
    """Write a summary as one message, or as several where it has more than `MOST_ROWS` rows."""
    firsts = range(0, max(header.rows, 1), MOST_ROWS)
    for part, first in enumerate(firsts):
        own = {name: column[first : first + MOST_ROWS] for name, column in columns.items()}
        rows = min(header.rows - first, MOST_ROWS)
        head = msgspec.structs.replace(header, rows=rows, part=part, parts=len(firsts))
        if part:
            head = msgspec.structs.replace(head, ingested_ms=(), panes_closed=0, totals={})
        yield encode(head, own)


class StageNow(msgspec.Struct, frozen=True, kw_only=True):
    """Open cases that stand in one stage of the closed loop.

    `dwell_h_sum` adds the hours each of them has been in the stage so far; `done_*` tell of the
    cases that left the stage in the last 24 hours.
    """

    open: Count
    overdue: Count
    dwell_h_sum: Number
    done: Count = 0
    done_h_sum: Number = 0.0


class IndicatorCount(msgspec.Struct, frozen=True, array_like=True):
    """One indicator of one group in one window, as counts.

    Attributes
    ----------
    window : str
        `today`, `7d`, `30d`, `month` or `year`; `now` for the backlog.
    by, group : str
        Dimension (`all`, `street`, `department`; in brief `community`, `category`, `source`,
        `beat`, `area`) and member.
    indicator : str
        Code of `models.cases.indicators.definitions` or `models.cases.indicators.backlog`.
    numerator : float
        A count; for means the sum of hours.
    denominator : int or None
        None for a plain count.
    value : float or None
        Of an indicator that is not a ratio of its counts (a median); else None.
    """

    window: str
    by: str
    group: str
    indicator: str
    numerator: Number
    denominator: Count | None
    value: Number | None = None


class ClosingTimeHistogram(msgspec.Struct, frozen=True, array_like=True):
    """Closing times of one group in one window: cases filed in it that are closed.

    Attributes
    ----------
    window, by, group : str
        As in `IndicatorCount`; of the large groups only.
    bins, counts : list of int
        Bins of `models.windows.sketch.bin_of` over whole seconds, ascending, and their cases.
    """

    window: str
    by: str
    group: str
    bins: list[Count]
    counts: list[Count]


class WatchedCase(msgspec.Struct, frozen=True, kw_only=True):
    """One open case of the overdue list; carries no person's name.

    `events` are the major events it belongs to, `tags` the words for them, `objects` where it lies
    of theirs; `priority` is normal, raised or urgent.
    """

    case: str
    cell: str
    category: str
    department: str
    stage: str
    reported_ms: TimeMs
    due_ms: TimeMs
    overdue_min: Whole  # working or calendar minutes past the limit; negative: still to go
    breach_probability: Number | None = None
    expected_close_ms: TimeMs | None = None
    events: list[str] = []
    tags: list[str] = []
    objects: list[str] = []
    priority: str = "normal"


class PossibleDuplicate(msgspec.Struct, frozen=True, kw_only=True):
    """An open case that may be the same as an earlier open one; people decide.

    Attributes
    ----------
    case, original : str
        The later and the earlier one.
    distance_m : float
        Between both.
    age_min : int
        How much earlier the original began, minutes.
    score : float
        1 at the same place and time, falling to 0 at the edge of either.
    """

    case: str
    original: str
    cell: str
    category: str
    reported_ms: TimeMs
    distance_m: Number
    age_min: Whole
    score: Number


class RankedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group's place in a ranking by a rate; attributes as in `indicators.ranking.Place`."""

    group: str
    successes: Count
    n: Count
    rate: Number
    low: Number
    high: Number
    shrunk: Number
    is_small: bool


class CaseSummary(Message, frozen=True, kw_only=True):
    """How the cases of a street partition stand now.

    The newest of a (feed, partition) replaces the older one. Map layers travel beside it in a
    columnar summary of the same feed.

    Attributes
    ----------
    today : int
        Local day, counted from 1970-01-01, at which its windows end; -1 before the first.
    stages : dict of str to StageNow
        By stage of the closed loop.
    indicators : list of IndicatorCount
        Live indicators, sparse: groups without a case are left out.
    spreads : list of ClosingTimeHistogram
        What medians are made of, which cannot be added up themselves.
    cells : CellCounts
        The core indicators of every cell, as counts.
    watched : list of WatchedCase
        The most overdue, or most likely to become so, at most 20.
    flags : dict of str to int
        Cases in memory by reason code (`models.cases.quality`), and under `repeated-event` and
        `event-after-departure` the events that changed nothing.
    duplicates : list of PossibleDuplicate
        The newest of the open cases that may repeat another one, at most 20.
    duplicates_open : int
        How many there are.
    events : list of EventCounts
        Cases of major events.
    tagged : list of WatchedCase
        The open ones of them by priority and what is left of their limit, at most 20.
    """

    TAG = "CSUM"
    NAME = "case summary"

    feed: str
    partition: PartitionNumber
    partitions: Partitions
    published_ms: TimeMs
    watermark_ms: int
    today: Whole = -1
    stages: dict[str, StageNow] = {}
    indicators: list[IndicatorCount] = []
    spreads: list[ClosingTimeHistogram] = []
    cells: CellCounts = CellCounts()
    watched: list[WatchedCase] = []
    flags: dict[str, Count] = {}
    duplicates: list[PossibleDuplicate] = []
    duplicates_open: Count = 0
    events: list[EventCounts] = []
    tagged: list[WatchedCase] = []

    def __post_init__(self) -> None:
        check_watermark(self.watermark_ms)
