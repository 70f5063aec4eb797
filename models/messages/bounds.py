"""What numbers a message inside the system may hold: whatever passes here, no agent stumbles over.

Types of fields; `msgspec` checks them while it decodes, so that a time in the year 33658 or a
partition of a billion is a dead letter and not a loop without an end.
"""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

MOST_PARTITIONS: Final = 10_000
LARGEST_MESSAGE: Final = 10 * 2**20  # bytes; the topics take 12 MiB with headers and keys
IDLE: Final = 2**62  # watermark of a partition at its end and quiet: it does not count
_NEVER_MS: Final = -(2**62) - 2**53  # before the first reading, less the allowed lateness
EARLIEST_MS: Final = -2_208_988_800_000  # 1900-01-01
LATEST_MS: Final = 4_102_444_800_000  # 2100-01-01
LARGEST_WHOLE: Final = 2**53  # beyond it a double does not hold whole numbers
LARGEST_NUMBER: Final = 1e200  # a rarity may be beyond all counting

TimeMs = Annotated[int, Meta(ge=EARLIEST_MS, le=LATEST_MS)]
LONGEST_S: Final = 366 * 86_400
Seconds = Annotated[int, Meta(ge=1, le=LONGEST_S)]  # width of a pane
Count = Annotated[int, Meta(ge=0, le=LARGEST_WHOLE)]
Whole = Annotated[int, Meta(ge=-LARGEST_WHOLE, le=LARGEST_WHOLE)]
Small = Annotated[int, Meta(ge=0, le=2**31 - 1)]  # fits the archive's int32
Number = Annotated[float, Meta(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]  # finite
PartitionNumber = Annotated[int, Meta(ge=0, lt=MOST_PARTITIONS)]
Partitions = Annotated[int, Meta(ge=1, le=MOST_PARTITIONS)]
CellCode = Annotated[str, Meta(pattern="^[0-9]{1,18}$")]
StreetCode = Annotated[str, Meta(pattern="^[0-9]{0,18}$")]  # empty in a tick
Rows = Annotated[int, Meta(ge=0, le=2**24)]


def check_watermark(watermark_ms: int) -> None:
    """Raise ValueError for a watermark that no clock will reach; `IDLE` is allowed."""
    if not (_NEVER_MS <= watermark_ms <= LATEST_MS or watermark_ms == IDLE):
        msg = f"watermark_ms is {watermark_ms}, expected at most {LATEST_MS}, or {IDLE} for idle"
        raise ValueError(msg)
