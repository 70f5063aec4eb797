"""An event clock that ran away is set back: the order travels the way of the data, as they do.

Whoever reads a topic has read what ran away before it reads that it is taken back, so that nobody
has to be stopped and nothing is read again.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from models.messages.bounds import EARLIEST_MS, Count, PartitionNumber, Partitions, TimeMs
from models.messages.envelope import Encoding, Message


class Rewind(Message, frozen=True, kw_only=True):
    """The watermark of one partition of a feed goes back.

    Ingest gives it to every street, for a raw partition; the street's agents hand it on for their
    street partition, with the panes; and the agents of the district with the signals, for each
    clock that rules over the feed have. It comes again after a crash, and at each start of ingest.

    Attributes
    ----------
    feed : str
    origin : int
        Identity of the raw topic, as in `FrameHeader`; 0 in the district.
    partition, partitions : int
        Raw partition, or street partition.
    watermark_ms : int
        Event time to which the watermark goes back.
    asked_ms : int
        Wall clock at which it was asked for: nothing that is dated later was lived. It also tells
        one rewind from another.
    source : str
        Among the signals: the clock, as in `SignalBatch.rule`.
    """

    TAG = "RWND"
    NAME = "rewind"
    ENCODING: ClassVar[Encoding] = "json"

    feed: str
    origin: Count = 0
    partition: PartitionNumber
    partitions: Partitions
    watermark_ms: TimeMs
    asked_ms: TimeMs
    source: str = ""

    def __post_init__(self) -> None:
        if self.watermark_ms > self.asked_ms:
            msg = f"watermark_ms {self.watermark_ms} is later than asked_ms {self.asked_ms}"
            raise ValueError(msg)


def of_source(order: Rewind, source: str) -> Rewind:
    """Give what goes with the signals of one clock over the feed."""
    return msgspec.structs.replace(order, source=source)


def of_street(order: Rewind, partition: int, partitions: int, watermark_ms: int) -> Rewind:
    """Give what a street partition tells the district of a rewind that it obeyed."""
    return msgspec.structs.replace(
        order,
        origin=0,
        partition=partition,
        partitions=partitions,
        watermark_ms=max(min(watermark_ms, order.watermark_ms), EARLIEST_MS),
    )
