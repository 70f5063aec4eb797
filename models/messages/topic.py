"""What a topic is, and what may travel on one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from models.messages.columns import Columnar
from models.messages.envelope import Message
from models.timing.units import DAY_MS

Level = Literal["street", "district", "one"]
AnyMessage = Message | Columnar[Any]
AnyType = type[Message] | type[Columnar[Any]]

LARGEST_RECORD: Final = 12 * 2**20  # bytes, with headers and key: what a topic takes
REPLAYED_MS: Final = 30 * DAY_MS  # the longest outage, and the oldest lost checkpoint, to mend
EVIDENCE_MS: Final = 400 * DAY_MS  # who asked for what, who was told when


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One topic inside the system.

    Attributes
    ----------
    name : str
    about : str
        What it is for, one sentence.
    level : {"street", "district", "one"}
        What its partitions are by; `one` has a single partition.
    key : str
        What the key of a record is, for people.
    types : tuple of type
        What may travel on it.
    kept_ms : int
        A record is kept at least this long.
    is_compacted : bool
        Instead, the newest record of each key is kept for good; one without a value takes it back.
    """

    name: str
    about: str
    level: Level
    key: str
    types: tuple[AnyType, ...]
    kept_ms: int = REPLAYED_MS
    is_compacted: bool = False
