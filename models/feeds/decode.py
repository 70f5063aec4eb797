"""Raw messages as they come from outside: bytes → typed rows, or a reason why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import repeat
from typing import Annotated, Any, Final, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from models.feeds.cloud_event import (
    EMPTY,
    MARK,
    MOST_ELEMENTS,
    WHOLE,
    Envelope,
    EnvelopeFault,
    Event,
    Item,
    items,
)
from models.feeds.diagnosis import DECODE_ERRORS, diagnose
from models.messages.case_events import EventType
from models.messages.dead_letters import Reason

Time = Annotated[datetime, msgspec.Meta(tz=True)] | float
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]  # it becomes part of keys
Label = Annotated[str, msgspec.Meta(max_length=200)]


class WireRow(Protocol):
    """What the rows of all kinds have as sent: when, and where."""

    ts: Time
    cell: str | None
    lon: float | None
    lat: float | None


class WireReading(msgspec.Struct, gc=False):
    """A reading as sent; `ts` is RFC 3339 with an offset, or epoch seconds or milliseconds."""

    sensor: Name
    metric: Label
    value: float
    ts: Time
    cell: Label | None = None
    lon: float | None = None
    lat: float | None = None


class WireCase(msgspec.Struct, gc=False):
    """A case event as sent; fields as in `CaseEvent`, `due` is a time."""

    case: Name
    type: EventType
    ts: Time
    category: Label | None = None
    cell: Label | None = None
    lon: float | None = None
    lat: float | None = None
    actor: Label | None = None
    role: Label | None = None
    department: Label | None = None
    source: Label | None = None
    due: Time | None = None
    beat: Label | None = None
    area: Label | None = None


W = TypeVar("W", bound=WireRow)


_CHUNK: Final = 256  # messages that are decoded without a look at each
DIAGNOSED: Final = 8  # broken elements of one message that are looked at closely


class Broken(NamedTuple):
    """A raw message, or one element of it, that is not a row."""

    record: int
    element: int
    fault: EnvelopeFault


@dataclass(slots=True)
class Decoded(Generic[W]):
    """Rows of a batch of raw messages, in order, with where each stood.

    Attributes
    ----------
    rows : list of struct
    records : list of int
        For each row the index of its raw message in the batch.
    elements : list of int
        For each row its number inside the raw message; `WHOLE` where the message is one object.
    events : dict of int to Event
        The envelope, for the rows that came in one.
    broken : list of Broken
        What could not be decoded.
    """

    rows: list[W] = field(default_factory=list)
    records: list[int] = field(default_factory=list)
    elements: list[int] = field(default_factory=list)
    events: dict[int, Event] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)


class WireDecoder(Generic[W]):
    """Decodes batches of raw messages into rows of one type.

    Parameters
    ----------
    kind : type
        Of the rows, such as `WireReading`.

    Notes
    -----
    The common message, one bare object, takes one typed decode. Joining a batch into one JSON array
    was measured and is not faster; it would also let two broken messages that fit together pass.
    An object that says `specversion` is an envelope, whatever fields of a row stand beside it: an
    event may have attributes of any name. So what one object is never depends on its neighbours.
    """

    def __init__(self, kind: type[W]) -> None:
        bare = _bare(kind)
        self._one: Callable[[bytes], W] = _decoder(bare)
        self._many: Callable[[bytes], list[W]] = _decoder(list, bare)
        self._enveloped: Callable[[bytes], Envelope[W]] = _decoder(Envelope, bare)

    def decode(self, values: Sequence[bytes]) -> Decoded[W]:
        """Decode raw messages; one bad element never costs its neighbours."""
        out: Decoded[W] = Decoded()
        for first in range(0, len(values), _CHUNK):
            chunk = values[first : first + _CHUNK]
            try:
                rows = list(map(self._one, chunk))
            except DECODE_ERRORS:
                self._decode_each(first, chunk, out)
            else:
                out.rows.extend(rows)
                out.records.extend(range(first, first + len(chunk)))
                out.elements.extend(repeat(WHOLE, len(chunk)))
        return out

    def _decode_each(self, first: int, values: Sequence[bytes], out: Decoded[W]) -> None:
        """Decode messages one by one, for at least one of them is not one good bare object."""
        for number, value in enumerate(values, start=first):
            try:
                row = self._one(value)
            except DECODE_ERRORS:
                self._decode_other(number, value, out)
            else:
                self._add_one(number, WHOLE, row, out)

    def _decode_other(self, record: int, value: bytes, out: Decoded[W]) -> None:
        """Take in a message that is not one good bare object."""
        try:
            if value[:1] == b"[":
                rows = self._many(value)
                if len(rows) <= MOST_ELEMENTS:
                    self._add(record, rows, out)
                    return
            elif MARK in value:
                found = self._enveloped(value)
                out.events[len(out.rows)] = Event(found.identity, 0, found.source)
                self._add_one(record, WHOLE, found.data, out)
                return
        except DECODE_ERRORS:
            pass
        self._decode_items(record, value, out)

    def _add(self, record: int, rows: list[W], out: Decoded[W]) -> None:
        if not rows:
            out.broken.append(Broken(record, WHOLE, EMPTY))
        out.rows.extend(rows)
        out.records.extend([record] * len(rows))
        out.elements.extend(range(len(rows)))

    @staticmethod
    def _add_one(record: int, element: int, row: W, out: Decoded[W]) -> None:
        out.rows.append(row)
        out.records.append(record)
        out.elements.append(element)

    def _decode_items(self, record: int, value: bytes, out: Decoded[W]) -> None:
        """Take in the objects of a message one by one."""
        found, many = items(value)
        left = DIAGNOSED
        for number, item in enumerate(found):
            element = number if many else WHOLE
            row = self._row(item, is_diagnosed=left > 0)
            if isinstance(row, EnvelopeFault):
                left -= 1
                out.broken.append(Broken(record, element, row))
                continue
            if item.event is not None:
                out.events[len(out.rows)] = item.event
            self._add_one(record, element, row, out)

    def _row(self, item: Item, *, is_diagnosed: bool) -> W | EnvelopeFault:
        """Decode one object, or give the reason why it is not a row, detailed if `is_diagnosed`."""
        if item.fault:
            return item.fault
        try:
            return self._one(item.data)
        except DECODE_ERRORS as error:
            if is_diagnosed:
                return EnvelopeFault(*diagnose(item.data, error))
            is_json = isinstance(error, msgspec.ValidationError)
            return EnvelopeFault(Reason.WRONG_SHAPE if is_json else Reason.BROKEN_JSON, "")


def _bare(kind: type[Any]) -> type[Any]:
    """Derive the type of a row that does not decode where the object is an envelope."""
    fields = [("specversion", msgspec.UnsetType, msgspec.UNSET)]
    return msgspec.defstruct(kind.__name__, fields, bases=(kind,), gc=False)


def _decoder(kind: Any, of: Any = None) -> Callable[[bytes], Any]:
    """Make the decoder of a type, or of a generic type `of` another, known at run time only."""
    return msgspec.json.Decoder(kind if of is None else kind[of]).decode
