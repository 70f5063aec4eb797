"""The snapshot: one immutable value that holds all a wall shows, so its panels never disagree."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.cases.indicators.cell_counts import CellCounts
from models.messages.street_summaries import (
    IndicatorCount,
    PossibleDuplicate,
    RankedGroup,
    StageNow,
    WatchedCase,
)
from models.messages.warnings import CityWarning
from models.situation.event_parts import EventNow, OperatingMode
from models.situation.feed_state import BLIND, FeedState
from models.situation.line_now import LineNow
from models.situation.matter_now import MatterNow
from models.situation.stage import CityStage, Stage

FORMAT = 2  # a wall refuses a snapshot of another format and says so


Mode = Literal["live", "replay"]


def grid_digest(codes: NDArray[np.int64]) -> str:
    """Digest of a grid's cell codes, shape (n,): two grids of one digest have the same cells.

    Examples
    --------
    >>> grid_digest(np.array([110101001001001], dtype=np.int64))
    '0b52ef32a93a2d92'
    """
    return hashlib.sha256(codes.astype("<i8").tobytes()).hexdigest()[:16]


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """One headline number; `value` None is shown as unknown, never as zero.

    Attributes
    ----------
    id : str
        Key of its title in the message catalogue: `open_cases`, `filed_today`, `closed_of_filed`,
        `pm10_now`, `open_warnings`, `sensors_online`.
    numerator, denominator : int or None
        What the value was made of; None where it is a plain count or measurement.
    event_ms : int
        Event time it is about; 0 when there is none yet, or it is not known.
    feeds : list of str
        Feeds it is made from: where one is blind, the number is out of date.
    """

    id: str
    value: float | None
    unit: str = ""
    decimals: int = 0
    numerator: int | None = None
    denominator: int | None = None
    event_ms: int = 0
    feeds: list[str] = []


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One map layer: a value for each cell, in the order of the grid's codes.

    `data` is little-endian float32, NaN where a cell has no value. `stale_after_s` is how old
    `event_ms` may be before the layer is drawn as stale.
    """

    id: str
    title: dict[str, str]
    unit: str
    decimals: int
    event_ms: int
    data: bytes
    scale: str = "sequential"  # or `ratio` (1 is normal)
    stale_after_s: int = 0  # 0: never
    feed: str = ""

    @property
    def values(self) -> NDArray[np.float32]:
        """Values, shape (n_cells,)."""
        return np.frombuffer(self.data, dtype="<f4")


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the 24 h trend; `values[i]` belongs to `start_ms + i * step_s * 1000`."""

    id: str
    title: dict[str, str]
    unit: str
    start_ms: int
    step_s: int
    values: list[float | None]
    expected: list[float | None] = []
    feed: str = ""


class FeedNow(msgspec.Struct, frozen=True, kw_only=True):
    """Health of one feed, summed over its raw partitions.

    Attributes
    ----------
    mode : {'live', 'replay'}
        As its sender declared.
    state : FeedState
        How it did at the time of the snapshot.
    is_broken_off : bool
        A replay that stopped without saying that it is over.
    age_s : float or None
        Seconds without data, by the clock of the mode; None where nothing was ever received.
    last_event_ms, arrived_ms : int
        Newest event time, and wall clock at which the newest record arrived; 0 for none.
    rate_per_s, read_per_s : float
        Readings or events accepted, and records read, a second.
    left_s : float or None
        Seconds until no record waits; None where that is not in sight.
    published_ms : int
        Wall clock up to which ingest has reported.
    departed, departed_sources : dict of str to int, int
        As in `FeedHealth`, of all raw partitions; so are `unregistered` and its number.
    beyond : dict of str to int
        What passed a bound of the feed, by name: `sensors` and `ids` (rows since the raw topic
        began), `series` (readings) and `signals` (now), and by dimension the cases of 30 days that
        are counted under `(others)`.
    """

    feed: str
    title: dict[str, str]
    last_event_ms: int
    expected_interval_s: int
    rate_per_s: float
    lag_records: int
    accepted: int
    rejected: int
    late: int
    duplicates: int
    published_ms: int
    mode: Mode = "live"
    state: FeedState = FeedState.NEVER
    is_broken_off: bool = False
    age_s: float | None = None
    arrived_ms: int = 0
    read_per_s: float = 0.0
    left_s: float | None = 0.0
    reasons: dict[str, int] = {}
    departed: dict[str, int] = {}
    departed_sources: int = 0
    unregistered: dict[str, int] = {}
    unregistered_sources: int = 0
    beyond: dict[str, int] = {}
    is_optional: bool = False

    @property
    def is_awaited(self) -> bool:
        """Whether the city counts on it: an optional feed from its first record on."""
        return not (self.is_optional and self.state is FeedState.NEVER)


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All that is shown, at one moment.

    Attributes
    ----------
    version : int
        Grows by one a snapshot.
    city, grid : str
        District code, and digest of the grid's codes: the arrays fit only that grid.
    written_ms : int
        Wall clock of the writing.
    mode : {'live', 'replay'}
        `replay` where every feed that has reported is one; said by the sender, never guessed.
    clock_ms : int
        The time by which all ages are judged: the wall clock when live, else that of the replay.
    stage : CityStage
        Stage of the city, with its reasons.
    watermark_ms : int
        Event time up to which all feeds have reported, idle ones apart.
    warnings : list of CityWarning
        The five worst that are open.
    open_by_level : dict of str to int
        Open warnings by name of level.
    cells : list of CellCounts
        Live core indicators of every cell; each block has other cells.
    duplicates : list of PossibleDuplicate
        The newest of the open cases that may repeat another; `duplicates_open` tells how many.
    matters : list of MatterNow
        How each supervised matter that had a record stands.
    rankings : dict of str to list of RankedGroup
        Streets and departments by the share of due cases closed in time in 30 days, best first.
    figures : dict of str to float
        The figures of `--report` that are plain numbers.
    latency_ms : dict
        `ingest_to_snapshot` and `ingest_to_warning`, each with `p50` and `p99`.
    events : list of EventNow
        Major events, by their first live instant.
    operating : OperatingMode
        Normal, event or emergency; no relation to `mode`.
    line : LineNow
        How far behind the accepted records the rest of the line is.
    """

    format: int = FORMAT
    version: int
    city: str
    grid: str
    written_ms: int
    clock_ms: int
    watermark_ms: int
    mode: Mode = "live"
    stage: CityStage = CityStage(stage=Stage.NO_DATA)
    headlines: list[Headline] = []
    layers: list[Layer] = []
    trends: list[Trend] = []
    feeds: list[FeedNow] = []
    warnings: list[CityWarning] = []
    open_by_level: dict[str, int] = {}
    stages: dict[str, StageNow] = {}
    indicators: list[IndicatorCount] = []
    cells: list[CellCounts] = []
    watched: list[WatchedCase] = []
    flags: dict[str, int] = {}
    duplicates: list[PossibleDuplicate] = []
    duplicates_open: int = 0
    rankings: dict[str, list[RankedGroup]] = {}
    matters: list[MatterNow] = []
    figures: dict[str, float] = {}
    latency_ms: dict[str, dict[str, float | None]] = {}
    events: list[EventNow] = []
    operating: OperatingMode = OperatingMode()
    line: LineNow = LineNow()

    def blind_feeds(self) -> set[str]:
        """Names of the feeds that are counted on and of which nothing is known at present."""
        return {feed.feed for feed in self.feeds if feed.state in BLIND and feed.is_awaited}

    def stale_feeds(self) -> set[str]:
        """Names of the blind feeds that reported once: what is shown of them is out of date."""
        return {f.feed for f in self.feeds if f.state in BLIND - {FeedState.NEVER}}

    def to_bytes(self) -> bytes:
        """Pack for Redis."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> Snapshot:
        """Unpack.

        Raises
        ------
        msgspec.MsgspecError
            The bytes are not a snapshot.
        ValueError
            They are a snapshot of another format.
        """
        snapshot = msgspec.msgpack.decode(data, type=cls)
        if snapshot.format != FORMAT:
            msg = f"snapshot format {snapshot.format}, this program reads {FORMAT}"
            raise ValueError(msg)
        return snapshot
