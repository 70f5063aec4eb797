"""A baseline: a detector that was trained on the archive, and how it travels to running workers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from models.messages.bounds import Count, Number, Seconds, TimeMs
from models.messages.envelope import malformed
from models.messages.signing import SignedMessage

PART_BYTES: Final = 900_000  # under the megabyte that Kafka's clients take by default

BaselineKey = tuple[str, str, str]  # feed, metric, detector


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """How good a baseline is, judged on the last month of its span before it learnt from it.

    Attributes
    ----------
    panes, cells : int
        Panes with a value, and cells, of the whole span.
    coverage : float
        Share of (pane, cell) pairs that have a value, from the cell's first value on.
    coverage_by_cell : dict of str to float
        The same for the ten cells with the least.
    held_out_panes : int
        Panes of the last month.
    judged : int
        Values of that month that had a history to be judged by.
    spread : float or None
        Robust standard deviation of the scores; 1 where the baseline knows its own error. None
        where nothing could be judged.
    error : float or None
        Median distance of observed and expected, in the metric's unit.
    alarms_per_cell_month : float or None
        How often a cell comes to the lowest level of a rule in 30 days. What truly happened in the
        month counts too, so it bounds the false alarms from above.
    """

    panes: Count
    cells: Count
    coverage: Number
    coverage_by_cell: dict[str, Number]
    held_out_panes: Count
    judged: Count
    spread: Number | None
    error: Number | None
    alarms_per_cell_month: Number | None


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """A trained detector with all that is needed to take it up, or to refuse it.

    Attributes
    ----------
    trained_from_ms, trained_until_ms : int
        Span of event time it has seen: [from, until). It is used for panes from `until` on.
    width_s, zone, minimum, run
        Configuration it was trained with (`models.detect.registry.DetectorConfig`).
    codes : bytes
        Cells in the order of the detector's vector, little-endian int64.
    state, severity : bytes
        `Detector.to_bytes` and `SeverityModel.to_bytes`.
    """

    feed: str
    metric: str
    detector: str
    trained_from_ms: TimeMs
    trained_until_ms: TimeMs
    width_s: Seconds
    zone: str
    minimum: Number
    run: Count
    quality: Quality
    codes: bytes
    state: bytes
    severity: bytes

    @property
    def key(self) -> BaselineKey:
        """What it is a baseline of."""
        return self.feed, self.metric, self.detector


class BaselinePart(SignedMessage, frozen=True, kw_only=True):
    """One of the messages that a baseline travels in, each under a key of its own.

    `version` is the same in all parts of a baseline, and of no other: its digest.
    """

    TAG = "BASE"
    VERSION = 3
    NAME = "baseline"

    feed: str
    metric: str
    detector: str
    version: str
    number: Count
    parts: Count
    data: bytes

    @property
    def key(self) -> BaselineKey:
        """What it is part of a baseline of."""
        return self.feed, self.metric, self.detector

    @property
    def message_key(self) -> bytes:
        """Key on the compacted topic: the same part of the next version replaces it."""
        return "/".join((*self.key, str(self.number))).encode()


def key_of(message_key: bytes) -> BaselineKey:
    """Read which baseline a message key names a part of; see `BaselinePart.message_key`.

    Raises
    ------
    MalformedMessage
        It names none.

    Examples
    --------
    >>> key_of(b"dust/coarse/seasonal/0")
    ('dust', 'coarse', 'seasonal')
    """
    names = message_key.decode(errors="replace").split("/")
    if len(names) != 4:
        raise malformed(
            BaselinePart.NAME, f"key {message_key!r}, expected feed/metric/detector/part"
        )
    return names[0], names[1], names[2]


def split(baseline: Baseline) -> list[BaselinePart]:
    """Cut a baseline into parts."""
    data = msgspec.msgpack.encode(baseline)
    version = hashlib.sha256(data).hexdigest()[:16]
    starts = range(0, len(data), PART_BYTES)
    return [
        BaselinePart(
            feed=baseline.feed,
            metric=baseline.metric,
            detector=baseline.detector,
            version=version,
            number=number,
            parts=len(starts),
            data=data[start : start + PART_BYTES],
        )
        for number, start in enumerate(starts)
    ]


def join(parts: Iterable[BaselinePart]) -> Baseline:
    """Put all parts of a baseline together.

    Raises
    ------
    msgspec.MsgspecError
        They are not all parts of one baseline.
    """
    ordered = sorted(parts, key=lambda part: part.number)
    return msgspec.msgpack.decode(b"".join(part.data for part in ordered), type=Baseline)
