"""Supervised matters: accepted records of a street, and how a street partition's matters stand.

All kinds of feeds that follow objects, visits or reports, and neither readings nor cases, send
these. What a field of a record means is said by the kind, in its `rows.py`.
"""

from __future__ import annotations

import msgspec

from models.messages.bounds import (
    CellCode,
    Count,
    Number,
    PartitionNumber,
    Partitions,
    StreetCode,
    TimeMs,
    Whole,
    check_watermark,
)
from models.messages.envelope import Message
from models.messages.origin import Origin


class MatterRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened to a matter, after all checks of its row.

    Attributes
    ----------
    ts_ms : int
        Event time, epoch milliseconds.
    cell : str
        15 digits; its first nine are the street.
    offset, index : int
        Raw offset, and place inside a raw message that held several records.
    what : str
        What was done or seen, a word of the kind (`visited`, `level`, `opened`).
    subject : str
        The object, class or post that it is about.
    state : str
        The state or class it was found in.
    amount : float
        How many, or how much.
    measure : float
        A second number that the kind gives a meaning: hours that it took, a capacity.
    who : str
        Unit, team or role; never a person.
    at_ms : int or None
        A second time that the kind gives a meaning: valid from, due by.
    """

    ts_ms: TimeMs
    cell: CellCode
    offset: Count
    index: Whole = 0
    what: str = ""
    subject: str = ""
    state: str = ""
    amount: Number = 0.0
    measure: Number = 0.0
    who: str = ""
    at_ms: TimeMs | None = None

    @property
    def order(self) -> tuple[int, int, int]:
        """Place among the records of one object: by event time, then as they were sent."""
        return self.ts_ms, self.offset, self.index


class MatterBatch(Message, frozen=True, kw_only=True):
    """Records of one street from one raw partition, in the order of their raw offsets.

    `street` is empty and `records` too for a tick, which only moves the watermark.
    """

    TAG = "MATB"
    VERSION = 2
    NAME = "batch of records of a matter"

    feed: str
    street: StreetCode
    origin: Origin
    records: list[MatterRecord] = []


class MatterCount(msgspec.Struct, frozen=True, array_like=True):
    """One count of one group; counts of partitions add up.

    Attributes
    ----------
    by, group : str
        Dimension (`all`, `street`, `unit`, `state`, `team`, `day`, …) and member.
    code : str
        What is counted, a word of the kind.
    value : float
    """

    by: str
    group: str
    code: str
    value: Number


class WatchedObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An object that somebody should look at.

    Attributes
    ----------
    subject : str
        Its id.
    cell : str
        Where it lies.
    why : str
        A word of the kind: `worse`, `full`, `overdue`, `missing`.
    value : float
        How much of it: what the list is in the order of, the largest first.
    state : str
        How it stands.
    since_ms : int
        Since when, event time.
    who : str
        Unit, team or role.
    parts : dict of str to float
        What `value` is made of, where it is made of something.
    """

    subject: str
    cell: CellCode
    why: str
    value: Number
    state: str = ""
    since_ms: TimeMs = 0
    who: str = ""
    parts: dict[str, Number] = {}


class MatterSummary(Message, frozen=True, kw_only=True):
    """How one matter stands at a street partition; the newest replaces the older one.

    Map layers travel beside it in a columnar summary of the same feed.

    Attributes
    ----------
    now_ms : int
        Event clock of the partition; 0 before the first record.
    today, hour : str, float
        Its local date, as YYYY-MM-DD, and the hour of that day.
    counts : list of MatterCount
        Sparse: what is 0 is left out.
    watched : list of WatchedObject
        The worst, at most 20.
    refused : dict of str to int
        Records that the street refused, by reason, since the beginning.
    """

    TAG = "MSUM"
    NAME = "summary of a matter"

    feed: str
    partition: PartitionNumber
    partitions: Partitions
    published_ms: TimeMs
    watermark_ms: int
    now_ms: TimeMs
    today: str = ""
    hour: Number = 0.0
    counts: list[MatterCount] = []
    watched: list[WatchedObject] = []
    refused: dict[str, Count] = {}

    def __post_init__(self) -> None:
        check_watermark(self.watermark_ms)
