"""A record that could not be accepted: a value, never an exception."""

from __future__ import annotations

import base64
from enum import StrEnum

from models.messages.envelope import Message


class Reason(StrEnum):
    """Why a record was not accepted; the code is stable, operators filter by it."""

    BROKEN_JSON = "broken-json"
    WRONG_SHAPE = "wrong-shape"  # a field is missing or has the wrong type
    EMPTY = "empty"  # no object in the message
    NOT_FINITE = "not-finite"  # NaN or an infinity
    UNKNOWN_METRIC = "unknown-metric"
    UNKNOWN_CATEGORY = "unknown-category"
    OUT_OF_RANGE = "out-of-range"
    UNKNOWN_CELL = "unknown-cell"
    NO_PLACE = "no-place"  # neither a cell nor coordinates
    OUTSIDE_CITY = "outside-city"
    SWAPPED_COORDINATES = "swapped-coordinates"
    BAD_TIME = "bad-time"  # unreadable
    WRONG_TIME_UNIT = "wrong-time-unit"  # seconds for milliseconds or the reverse
    IN_FUTURE = "in-future"
    TOO_OLD = "too-old"
    TOO_LARGE = "too-large"
    UNREGISTERED = "unregistered-sensor"  # the feed takes only those of its register
    ID_TAKEN = "id-taken"  # another event with other content came under its CloudEvents id
    TOO_MANY = "too-many"  # beyond a bound of the feed
    PERSONAL_DATA = "personal-data"  # where only counts and classes may come in; nothing is kept
    UNKNOWN_OBJECT = "unknown-object"  # it was never planned or registered
    UNKNOWN_UNIT = "unknown-unit"
    UNKNOWN_STATE = "unknown-state"
    STEP_NOT_ALLOWED = "state-may-not-follow"  # from the state that the object is in
    ABOVE_CAPACITY = "above-capacity"
    WRONG_DAY = "wrong-day"  # of a report
    LATE = "late"  # past the allowed lateness; goes to the topic `late`
    DOWNSTREAM = "downstream"  # an agent could not process it


class Rejected(Message, frozen=True, kw_only=True):
    """A record that was set aside, with all an operator needs to find and resend it.

    Attributes
    ----------
    reason : Reason
        Why, as a code.
    detail : str
        Why, as one sentence: the field, what it held, what was expected.
    topic, partition, offset
        Where the record stands in Kafka.
    index : int
        Place inside a raw message that held several; -1 for the whole message, and for several of
        its elements.
    data_b64 : str
        The bytes of the record, base64; of an array only what was refused.
    counts : dict of str to int
        By reason, where one letter stands for many elements; empty for a single one.
    truncated_from : int
        Size in bytes before cutting; 0 where nothing was cut.
    sent_ms : int
        When it says it was sent, epoch milliseconds; 0 unknown. A retry is checked against it.
    run : str
        The replay that it came with; empty where it came live.
    attempts : int
        How often it had been sent again before it was set aside.
    """

    TAG = "DEAD"
    NAME = "dead letter"
    ENCODING = "json"

    reason: Reason
    detail: str
    topic: str
    partition: int
    offset: int
    index: int = -1
    data_b64: str = ""
    truncated_from: int = 0
    sent_ms: int = 0
    run: str = ""
    attempts: int = 0
    counts: dict[str, int] = {}

    @property
    def data(self) -> bytes:
        """The bytes of the record."""
        return base64.b64decode(self.data_b64)
