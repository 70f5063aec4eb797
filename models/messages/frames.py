"""A frame: accepted readings of one street partition from one raw partition, as columns.

Frames of a raw partition reach a street in the order of their raw offsets, and all readings that
one raw message gave to a street stand in one frame. A street therefore needs to remember only the
highest raw offset applied per (origin, raw partition) to skip a replay.

A frame holds many streets: each message costs the worker the same, whatever is in it, so their
number must follow the partitions and not the size of the city. Its key is one of its streets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from models.messages import bounds
from models.messages.bounds import StreetCode
from models.messages.columns import Columnar, Header
from models.messages.origin import Origin

IDLE: Final = bounds.IDLE


class FrameHeader(Header, frozen=True, kw_only=True):
    """What all readings of a frame share.

    Attributes
    ----------
    feed : str
        Name of the feed.
    streets : tuple of str
        Streets that the column `street` indexes, 9 digits each; all lie in one street partition.
        Empty for a tick, which has no rows and only moves the watermark.
    origin : Origin
    metrics : tuple of str
        Names that the column `metric` indexes.
    """

    TAG = "FRAM"
    VERSION = 3
    NAME = "frame"
    INDEXES: ClassVar = {"street": "streets", "metric": "metrics"}
    COLUMNS: ClassVar = {
        "street": "<u2",
        "cell": "<u4",  # last six digits of the cell code
        "metric": "<u2",
        "value": "<i4",  # multiples of the metric's resolution
        "ts_ms": "<i8",
        "offset": "<i8",  # raw offset, not decreasing
    }

    feed: str
    origin: Origin
    streets: tuple[StreetCode, ...] = ()
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame(Columnar[FrameHeader]):
    """Accepted readings of one street partition from one raw partition."""

    HEADER = FrameHeader
