"""Which raw messages gave nothing: of an array single elements may be refused, the others used."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from models.feeds.cloud_event import WHOLE
from models.feeds.diagnosis import DECODE_ERRORS
from models.messages.dead_letters import Reason, Rejected


class RefusedMessages:
    """Messages by their place in a raw partition, and what ingest or a street refused of them.

    Attributes
    ----------
    why : dict of int to str
        Messages of which nothing was accepted, by their number → first reason.

    Examples
    --------
    >>> refused = RefusedMessages("raw.relics")
    >>> refused.take(3, [7, 9], [b"{}", b"[{}, {}]"])
    >>> letter = Rejected(
    ...     reason=Reason.UNKNOWN_OBJECT, detail="", topic="raw.relics", partition=3, offset=1,
    ...     index=0, data_b64="",
    ... )
    >>> refused.refuse(letter)
    >>> refused.why
    {}
    >>> refused.refuse(msgspec.structs.replace(letter, index=1))
    >>> refused.why
    {9: 'unknown-object'}
    """

    def __init__(self, topic: str) -> None:
        self.why: dict[int, str] = {}
        self._topic = topic
        self._numbers: dict[int, array[int]] = defaultdict(lambda: array("q"))
        self._lengths: dict[int, array[int]] = defaultdict(lambda: array("q"))
        self._elements: dict[int, set[int]] = defaultdict(set)
        self._unnamed: dict[int, int] = defaultdict(int)
        self._reasons: dict[int, str] = {}

    def take(self, partition: int, numbers: Iterable[int], values: Sequence[bytes]) -> None:
        """Remember the next messages of a raw partition, in the order of their offsets."""
        self._numbers[partition].extend(numbers)
        self._lengths[partition].extend(map(_length, values))

    def refuse(self, letter: Rejected) -> None:
        """Count what a dead letter says; one of another topic says nothing of a message."""
        if letter.topic != self._topic:
            return
        number = self._numbers[letter.partition][letter.offset]
        length = self._lengths[letter.partition][letter.offset]
        reason = self._reasons.setdefault(number, letter.reason.value)
        if letter.index != WHOLE:
            self._elements[number].add(letter.index)
        elif letter.counts or letter.reason is Reason.LATE:  # of elements that are not named
            self._unnamed[number] += sum(letter.counts.values()) or 1
        else:
            self._unnamed[number] += length
        if len(self._elements[number]) + self._unnamed[number] >= length:
            self.why.setdefault(number, reason)


def _length(value: bytes) -> int:
    """Elements of an array; 1 of anything else."""
    if value[:1] != b"[":
        return 1
    try:
        return len(msgspec.json.decode(value, type=list[msgspec.Raw]))
    except DECODE_ERRORS:
        return 1
