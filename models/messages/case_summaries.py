"""What a street partition tells its district about its cases: additive counts, and the worst few.

Everything here can be added up over partitions, so the district's figures are sums, never averages
of averages.
"""

from __future__ import annotations

import msgspec

from models.cases.indicators.cell_counts import CellCounts


class StageNow(msgspec.Struct, frozen=True, kw_only=True):
    """Open cases that stand in one stage of the closed loop.

    `dwell_h_sum` adds the hours each of them has been in the stage so far; `done_*` tell of the
    cases that left the stage in the last 24 hours.
    """

    open: int
    overdue: int
    dwell_h_sum: float
    done: int = 0
    done_h_sum: float = 0.0


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
        Of an indicator that is no ratio of its counts (a median); else None.
    """

    window: str
    by: str
    group: str
    indicator: str
    numerator: float
    denominator: int | None
    value: float | None = None


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
    bins: list[int]
    counts: list[int]


class WatchedCase(msgspec.Struct, frozen=True, kw_only=True):
    """One open case of the overdue list; carries no person's name."""

    case: str
    cell: str
    category: str
    department: str
    stage: str
    reported_ms: int
    due_ms: int
    overdue_min: int  # working or calendar minutes past the limit; negative: still to go
    breach_probability: float | None = None
    expected_close_ms: int | None = None


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
    reported_ms: int
    distance_m: float
    age_min: int
    score: float


class RankedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group's place in a ranking by a rate; attributes as in `indicators.ranking.Place`."""

    group: str
    successes: int
    n: int
    rate: float
    low: float
    high: float
    shrunk: float
    is_small: bool


class CaseSummary(msgspec.Struct, frozen=True, kw_only=True, tag="case-summary"):
    """How the cases of a street partition stand now; MessagePack on the topic `street-summaries`.

    The newest of a (feed, partition) replaces the older one. Map layers travel beside it in a
    columnar summary of the same feed.

    Attributes
    ----------
    stages : dict of str to StageNow
        By stage of the closed loop.
    indicators : list of IndicatorCount
        Live indicators, sparse: groups without a case are left out.
    spreads : list of Spread
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
    """

    feed: str
    partition: int
    partitions: int
    published_ms: int
    watermark_ms: int
    stages: dict[str, StageNow] = {}
    indicators: list[IndicatorCount] = []
    spreads: list[ClosingTimeHistogram] = []
    cells: CellCounts = CellCounts()
    watched: list[WatchedCase] = []
    flags: dict[str, int] = {}
    duplicates: list[PossibleDuplicate] = []
    duplicates_open: int = 0


def encode_case_summary(summary: CaseSummary) -> bytes:
    """Pack for the topic `street-summaries`."""
    return msgspec.msgpack.encode(summary)


def decode_case_summary(data: bytes) -> CaseSummary:
    """Unpack; raises `msgspec.MsgspecError` on anything else."""
    return msgspec.msgpack.decode(data, type=CaseSummary)
