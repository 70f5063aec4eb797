"""Rejected records in full: which bytes are kept, and the sentence that says why."""

from __future__ import annotations

import base64
from typing import Final

from config.catalog import Clock
from models.feeds.decode import WireCase, WireReading
from models.feeds.envelope import WHOLE, EnvelopeFault, Item, items
from models.messages.dead_letters import Reason, Rejected

LARGEST_MESSAGE: Final = 2**20  # bytes; a raw message beyond it is not read
_LARGEST_KEPT: Final = 2**19  # a dead letter holds base64 and must pass a broker's usual limit
_HEAD: Final = 2**16  # what is kept of one that would not pass


def too_large(value: bytes) -> EnvelopeFault:
    """Fault of a raw message beyond `LARGEST_MESSAGE`."""
    detail = f"the message has {len(value)} bytes; at most {LARGEST_MESSAGE} are read"
    return EnvelopeFault(Reason.TOO_LARGE, detail)


class DeadLetterBuilder:
    """Makes the rejected records of one raw partition.

    Parameters
    ----------
    topic : str
        Raw topic.
    partition : int
        Raw partition.
    """

    def __init__(self, topic: str, partition: int) -> None:
        self._topic = topic
        self._partition = partition
        self._parts_of = -1
        self._parts: list[Item] = []

    def make(
        self,
        offset: int,
        sent_ms: int,
        value: bytes,
        element: int,
        fault: EnvelopeFault,
        *,
        run: str = "",
    ) -> Rejected:
        """Set a record aside.

        Parameters
        ----------
        offset, sent_ms : int
            Raw offset, and when the record was sent.
        value : bytes
            The whole raw message.
        element : int
            Which of its objects; `WHOLE` for the message itself.
        fault : EnvelopeFault
        run : str
            The replay that the record belongs to.
        """
        kept = self._kept(offset, value, element)
        cut = len(kept) > _LARGEST_KEPT
        return Rejected(
            reason=fault.reason,
            detail=fault.detail,
            topic=self._topic,
            partition=self._partition,
            offset=offset,
            index=element,
            data_b64=base64.b64encode(kept[:_HEAD] if cut else kept).decode("ascii"),
            truncated_from=len(kept) if cut else 0,
            sent_ms=sent_ms,
            run=run,
        )

    def _kept(self, offset: int, value: bytes, element: int) -> bytes:
        if element == WHOLE:
            return value
        if self._parts_of != offset:  # an array of many bad elements is taken apart once
            self._parts_of, self._parts = offset, items(value)[0]
        return self._parts[element].kept


def explain(row: WireReading | WireCase, reason: Reason, sent_ms: int, clock: Clock) -> str:
    """One sentence on a fault of time or place.

    Parameters
    ----------
    row : struct
        As sent.
    reason : Reason
    sent_ms : int
        When the record was sent, epoch milliseconds.
    clock : Clock
        Of the feed.
    """
    ts = row.ts if isinstance(row.ts, float) else row.ts.isoformat()
    where = f"lon {row.lon}, lat {row.lat}"
    texts = {
        Reason.BAD_TIME: f"ts is {ts}, which is no time",
        Reason.WRONG_TIME_UNIT: f"ts is {ts}: it would fit in another unit; send epoch s or ms",
        Reason.IN_FUTURE: f"ts is {ts}, more than {clock.future_s} s after {sent_ms} ms, when sent",
        Reason.TOO_OLD: f"ts is {ts}, more than {clock.past_s} s before {sent_ms} ms, when sent",
        Reason.UNKNOWN_CELL: f"cell is {str(row.cell)[:40]!r}, which the city's grid does not have",
        Reason.NO_PLACE: f"neither cell nor lon and lat: cell is missing, {where}",
        Reason.SWAPPED_COORDINATES: f"{where}: the other way round it lies in the city",
        Reason.OUTSIDE_CITY: f"{where} lies outside the city",
        Reason.LATE: f"ts is {ts}, older than the allowed lateness behind the newest reading",
    }
    return texts[reason]
