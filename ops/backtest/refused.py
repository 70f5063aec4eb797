"""Which raw messages gave nothing: of an array single elements may be refused, the others used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from models.feeds.cloud_event import WHOLE
from models.feeds.diagnosis import DECODE_ERRORS
from models.messages.dead_letters import Rejected


def wholly_refused(
    values: Sequence[bytes], start: int, refused: Iterable[Rejected]
) -> dict[int, str]:
    """Give the messages of which nothing was accepted: place among `values` → first reason.

    Parameters
    ----------
    values : sequence of bytes
        Messages in the order of their offsets, the first at `start`.
    start : int
    refused : iterable of Rejected
        Rejected and late records of these messages.
    """
    elements: dict[int, set[int]] = {}
    reasons: dict[int, str] = {}
    for one in refused:
        place = one.offset - start
        elements.setdefault(place, set()).add(one.index)
        reasons.setdefault(place, one.reason.value)
    return {
        place: reasons[place]
        for place, found in elements.items()
        if WHOLE in found or len(found) >= _length(values[place])
    }


def _length(value: bytes) -> int:
    """Elements of an array; 1 of anything else."""
    try:
        return len(msgspec.json.decode(value, type=list[msgspec.Raw]))
    except DECODE_ERRORS:
        return 1
