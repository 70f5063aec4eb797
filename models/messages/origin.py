"""Where the rows of a message to the streets come from, and how far that partition has come."""

from __future__ import annotations

import msgspec

from models.messages.bounds import Count, PartitionNumber, Partitions, TimeMs, check_watermark


class Origin(msgspec.Struct, frozen=True):
    """The raw partition that a message from ingest comes from.

    Attributes
    ----------
    topic_id : int
        Identity of the raw topic (it changes when the topic is made anew), uint32.
    partition, partitions : int
        Raw partition it came from, and how many the raw topic has.
    watermark_ms : int
        No later accepted reading of this raw partition is older than this event time; `IDLE` where
        the partition is at its end and quiet.
    ingested_ms : int
        Wall clock at which ingest received the oldest of the rows.
    """

    topic_id: Count
    partition: PartitionNumber
    partitions: Partitions
    watermark_ms: int
    ingested_ms: TimeMs

    def __post_init__(self) -> None:
        check_watermark(self.watermark_ms)
