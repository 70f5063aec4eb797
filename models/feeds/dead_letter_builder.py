"""Rejected records in full: which bytes are kept, and the sentence that says why."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from config.catalog import Clock
from models.feeds.cloud_event import WHOLE, EnvelopeFault, items
from models.feeds.decode import WireRow
from models.messages.dead_letters import Reason, Rejected

LARGEST_MESSAGE: Final = 2**20  # bytes; a raw message beyond it is not read
_LARGEST_KEPT: Final = 2**19  # a dead letter holds base64 and must pass a broker's usual limit
_HEAD: Final = 2**16  # what is kept of one that would not pass


def too_large(value: bytes) -> EnvelopeFault:
    """Fault of a raw message beyond `LARGEST_MESSAGE`."""
    detail = f"the message has {len(value)} bytes; at most {LARGEST_MESSAGE} are read"
    return EnvelopeFault(Reason.TOO_LARGE, detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What is refused of one raw message.

    Attributes
    ----------
    offset, sent_ms : int
        Raw offset, and when the record was sent.
    value : bytes
        The whole raw message.
    elements : sequence of int
        Which of its objects, ascending; `[WHOLE]` for the message itself.
    run : str
        The replay that the record belongs to.
    attempts : int
        How often it was sent again before.
    """

    offset: int
    sent_ms: int
    value: bytes
    elements: Sequence[int]
    run: str = ""
    attempts: int = 0


class DeadLetterBuilder:
    """Makes the rejected records of one raw partition.

    Parameters
    ----------
    topic : str
        Raw topic.
    partition : int
        Raw partition.
    keeps_bytes : bool
        False where they may hold data of a person: a letter then only says where they stand.
    """

    def __init__(self, topic: str, partition: int, *, keeps_bytes: bool = True) -> None:
        self._topic = topic
        self._partition = partition
        self._keeps_bytes = keeps_bytes
        self._parts_of: tuple[int, bytes] = (-1, b"")
        self._parts: list[bytes] = []

    def make(
        self, refused: Refused, fault: EnvelopeFault, counts: Mapping[str, int] | None = None
    ) -> Rejected:
        """Set a raw message, or some of its objects, aside.

        Parameters
        ----------
        refused : Refused
        fault : EnvelopeFault
        counts : mapping of str to int, optional
            Objects by reason, where there are many.
        """
        kept = self._kept(refused) if self._keeps_bytes else b""
        cut = len(kept) > _LARGEST_KEPT
        return Rejected(
            reason=fault.reason,
            detail=fault.detail,
            topic=self._topic,
            partition=self._partition,
            offset=refused.offset,
            index=refused.elements[0] if len(refused.elements) == 1 else WHOLE,
            data_b64=base64.b64encode(kept[:_HEAD] if cut else kept).decode("ascii"),
            truncated_from=len(kept) if cut else 0,
            sent_ms=refused.sent_ms,
            run=refused.run,
            attempts=refused.attempts,
            counts=dict(counts or {}),
        )

    def _kept(self, refused: Refused) -> bytes:
        """Bytes that can be sent again, and give what was refused and nothing else."""
        if refused.elements[0] == WHOLE:
            return refused.value
        message = refused.offset, refused.value
        if self._parts_of != message:  # an array of many bad elements is taken apart once
            self._parts_of = message
            self._parts = [item.kept for item in items(refused.value)[0]]
        kept = [self._parts[element] for element in refused.elements]
        return kept[0] if len(kept) == 1 else b"[" + b",".join(kept) + b"]"


def explain(row: WireRow, reason: Reason, sent_ms: int, clock: Clock) -> str:
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
        Reason.BAD_TIME: f"ts is {ts}, expected a time between 1970 and 2090",
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
