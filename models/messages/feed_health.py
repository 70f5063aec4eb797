"""Counters of ingest, by raw partition."""

from __future__ import annotations

from typing import Literal

from models.messages.bounds import (
    Count,
    Number,
    PartitionNumber,
    Partitions,
    TimeMs,
    Whole,
    check_watermark,
)
from models.messages.envelope import Message


class FeedHealth(Message, frozen=True, kw_only=True):
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
    arrived_ms, received_ms : int
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
    departed, departed_sources : dict of str to int, int
        Recently active live sources whose clock departs, the 20 furthest away: milliseconds ahead
        of the arrival of its record, or, negative, so far behind the others that all it sends is
        late; and how many there are.
    unregistered, unregistered_sources : dict of str to int, int
        Live sensors that are not in the register of the feed, the 20 with most readings,
        and how many there are.
    sources, sources_beyond : int
        Live sources that are told apart, and rows of those beyond the bound of the feed.
    ids_beyond : int
        Rows of CloudEvents that were too many to be remembered: they are not known again.
    duplicate_sources : dict of str to int
        Duplicates by CloudEvents source, the 20 largest.
    """

    TAG = "HLTH"
    VERSION = 2
    VERSION = 2
    VERSION = 2
    VERSION = 2
    NAME = "feed health"

    feed: str
    raw_partition: PartitionNumber
    raw_partitions: Partitions
    published_ms: TimeMs
    position: Count  # next raw offset to read
    end: Count  # end of the raw partition: lag is end − position
    sent_ms: TimeMs
    last_event_ms: TimeMs
    watermark_ms: int
    mode: Literal["live", "replay"] = "live"
    run: str = ""
    is_ended: bool = False
    arrived_ms: TimeMs = 0
    received_ms: TimeMs = 0
    lag_records: Count = 0
    records_s: Number = 0.0
    left_s: Number = 0.0
    is_catching_up: bool = False
    departed: dict[str, Whole] = {}
    departed_sources: Count = 0
    unregistered: dict[str, Count] = {}
    unregistered_sources: Count = 0
    sources: Count = 0
    sources_beyond: Count = 0
    ids_beyond: Count = 0
    duplicate_sources: dict[str, Count] = {}
    accepted: Count = 0
    rejected: Count = 0
    late: Count = 0
    duplicates: Count = 0
    reasons: dict[str, Count] = {}

    def __post_init__(self) -> None:
        check_watermark(self.watermark_ms)
