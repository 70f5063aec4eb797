"""What a street partition tells its district: closed panes, and how it looks right now."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from models.messages.columns import Header


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
    partition: int
    partitions: int
    start_ms: int
    width_s: int
    watermark_ms: int
    revision: int = 0
    metrics: tuple[str, ...] = ()
    resolutions: tuple[float, ...] = ()
    ingested_ms: int = 0


Voice = tuple[str, str, str]  # kind (`beats`, `departments`), code of the area, name


class CasePane(msgspec.Struct, frozen=True, kw_only=True):
    """Case counts of one closed pane of a street partition, sparse.

    `rows` holds (cell, category, event type, count); types as in `EventType`. `voices` names the
    beats and departments that spoke in the pane. It travels on the topic `panes` as MessagePack,
    told from a columnar message by its first byte.
    """

    feed: str
    partition: int
    partitions: int
    start_ms: int
    width_s: int
    watermark_ms: int
    revision: int
    rows: list[tuple[int, str, str, int]]
    voices: list[Voice] = []


class SummaryHeader(Header, frozen=True, kw_only=True):
    """How the cells of a street partition look now, one row per cell and layer that has a value.

    The newest summary of a (feed, partition) replaces the older one.

    Attributes
    ----------
    feed, partition, partitions
        As in `PaneHeader`.
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
        `cases.filed_today`, `cases.closed_today`, `cases.reported_today`.
    totals : dict of str to float
        Partition-wide figures that are no map layer (for example `cases.closed_30d`).
    """

    COLUMNS: ClassVar = {"cell": "<i8", "layer": "<u2", "value": "<f4", "event_ms": "<i8"}

    feed: str
    partition: int
    partitions: int
    published_ms: int
    watermark_ms: int
    last_event_ms: int
    ingested_ms: tuple[int, ...] = ()
    applied: int = 0
    panes_closed: int = 0
    layers: tuple[str, ...] = ()
    totals: dict[str, float] = msgspec.field(default_factory=dict)


class FeedHealth(msgspec.Struct, frozen=True, kw_only=True):
    """Counters of one raw partition, cumulative since the raw topic began, exact over crashes.

    Published on `feed-health` about once a second; the newest of a (feed, raw_partition) replaces
    the older.

    Attributes
    ----------
    mode : {'live', 'replay'}
        What the newest record belongs to, as whoever started it said; never guessed from its age.
    run : str
        The replay; empty in live mode.
    is_ended : bool
        The replay has said that it is over: nothing more comes of it.
    arrived_ms, heard_ms : int
        Wall clock at which the newest record with an accepted row arrived in Kafka, and the newest
        record at all, marks of a replay and refused ones among them; 0 before the first.
    sent_ms : int
        The clock of the mode: when the newest record was sent. In a replay its event time, in live
        mode its arrival.
    lag_records : int
        Records that are not read yet.
    records_s : float
        Records read in a second, over about the last ten.
    left_s : float
        Seconds until there are none left at that pace, beside what comes in; -1 where it falls
        further behind; 0 where none are left.
    is_catching_up : bool
        The record read last lay in Kafka for ten seconds and more, and others wait behind it.
    """

    feed: str
    raw_partition: int
    raw_partitions: int
    published_ms: int
    position: int  # next raw offset to read
    end: int  # end of the raw partition: lag is end − position
    sent_ms: int
    last_event_ms: int
    watermark_ms: int
    mode: Literal["live", "replay"] = "live"
    run: str = ""
    is_ended: bool = False
    arrived_ms: int = 0
    heard_ms: int = 0
    lag_records: int = 0
    records_s: float = 0.0
    left_s: float = 0.0
    is_catching_up: bool = False
    accepted: int = 0
    rejected: int = 0
    late: int = 0
    duplicates: int = 0
    reasons: dict[str, int] = {}


def encode_health(health: FeedHealth) -> bytes:
    """Pack for the topic `feed-health`."""
    return msgspec.msgpack.encode(health)


def decode_health(data: bytes) -> FeedHealth:
    """Unpack; raises `msgspec.MsgspecError` on anything else."""
    return msgspec.msgpack.decode(data, type=FeedHealth)
