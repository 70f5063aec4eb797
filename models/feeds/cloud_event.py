"""The shape of raw messages: one object or an array, bare or in CloudEvents envelopes.

A raw message is UTF-8 JSON: one object or an array of them, bare or in CloudEvents 1.0 envelopes
(structured mode, single or batched), whose `data` is again an object or an array.

References
----------
CloudEvents 1.0.2, JSON event format, sections 2 (envelope), 3 (envelope with data) and 4 (batch).
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final, Generic, NamedTuple, TypeVar

import msgspec

from models.feeds.diagnosis import DECODE_ERRORS, diagnose, split_lenient
from models.messages.dead_letters import Reason

WHOLE: Final = -1  # element number of a message that is one object

T = TypeVar("T")
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Envelope(msgspec.Struct, Generic[T], gc=False):
    """A CloudEvents 1.0 envelope; `source` and `id` together name the event."""

    specversion: str
    id: _Name
    source: _Name
    type: _Name
    data: T

    @property
    def identity(self) -> str:
        """Identity of the event: a digest of fixed size of source and id."""
        named = f"{len(self.source)}:{self.source}{self.id}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(named, digest_size=16).hexdigest()


class _Open(Envelope[msgspec.Raw], gc=False):
    """An envelope whose data is still to be looked at; it may be missing."""

    data: msgspec.Raw = msgspec.Raw(b"null")


class _Bare(msgspec.Struct, gc=False):
    """An object that is not an envelope."""

    specversion: msgspec.UnsetType = msgspec.UNSET


class EnvelopeFault(NamedTuple):
    """Why something was not accepted: a code, and one sentence."""

    reason: Reason
    detail: str


class Event(NamedTuple):
    """A CloudEvent: its identity, which envelope of the raw message it is, and its source."""

    identity: str
    number: int
    source: str = ""


class Item(NamedTuple):
    """One object of a raw message.

    Attributes
    ----------
    data : bytes
        The reading or case event itself.
    kept : bytes
        What to keep and resend when it is rejected: `data`, or the envelope around it.
    event : Event or None
        The envelope it came in.
    fault : EnvelopeFault or None
        Why there is no object here.
    """

    data: bytes
    kept: bytes
    event: Event | None = None
    fault: EnvelopeFault | None = None


EMPTY: Final = EnvelopeFault(Reason.EMPTY, "the message holds no object; expected at least one")
_ENVELOPE = msgspec.json.Decoder(_Open).decode
_BARE = msgspec.json.Decoder(_Bare).decode
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw]).decode
MARK: Final = b'"specversion"'  # every envelope has it
MOST_ELEMENTS: Final = 5000  # of a raw message


def _too_many(number: int) -> EnvelopeFault:
    detail = f"the message holds {number} elements; at most {MOST_ELEMENTS} are read"
    return EnvelopeFault(Reason.TOO_LARGE, detail)


def _array(value: bytes) -> list[bytes] | EnvelopeFault:
    """Take a JSON array apart, as long as it has elements and not too many."""
    parts = _ARRAY(value)
    if not parts:
        return EMPTY
    return _too_many(len(parts)) if len(parts) > MOST_ELEMENTS else [bytes(part) for part in parts]


def items(value: bytes) -> tuple[list[Item], bool]:
    """Take a raw message apart.

    Parameters
    ----------
    value : bytes
        A raw message of any content.

    Returns
    -------
    list of Item
        Its objects in order; never empty.
    bool
        Whether they are numbered: the message, or the `data` of its envelope, is an array.

    Examples
    --------
    >>> items(b'[{"a":1},{"a":2}]')[0][1].data
    b'{"a":2}'
    """
    head = value.lstrip()[:1]
    if not head:
        return [Item(value, value, fault=EMPTY)], False
    if head != b"[":
        return _unwrap(value)
    try:
        parts = _array(value)
    except DECODE_ERRORS as error:
        parts = split_lenient(value, MOST_ELEMENTS) or EnvelopeFault(*diagnose(value, error))
    found = parts if isinstance(parts, EnvelopeFault) else _unwrap_all(parts)
    if isinstance(found, EnvelopeFault):
        return [Item(value, value, fault=found)], False
    return found, True


def _unwrap_all(parts: list[bytes]) -> list[Item] | EnvelopeFault:
    found: list[Item] = []
    for number, part in enumerate(parts):
        found += _unwrap(part, number)[0]
        if len(found) > MOST_ELEMENTS:
            return _too_many(len(found))
    return found


def _is_bare(value: bytes) -> bool:
    """Tell whether it is an object that has the word of an envelope only inside."""
    try:
        _BARE(value)
    except DECODE_ERRORS:
        return False
    return True


def _unwrap(value: bytes, number: int = 0) -> tuple[list[Item], bool]:
    """Take a bare object, or what an envelope holds; and whether that is an array."""
    if MARK not in value:
        return [Item(value, value)], False
    try:
        envelope = _ENVELOPE(value)
    except DECODE_ERRORS as error:
        if _is_bare(value):
            return [Item(value, value)], False
        reason, detail = diagnose(value, error)
        fault = EnvelopeFault(reason, f"CloudEvents envelope: {detail}")
        return [Item(value, value, fault=fault)], False
    event = Event(envelope.identity, number, envelope.source)
    data = bytes(envelope.data)
    if not data.startswith(b"["):
        return [Item(data, value, event, EMPTY if data == b"null" else None)], False
    parts = _array(data)
    if isinstance(parts, EnvelopeFault):
        return [Item(value, value, event, parts)], False
    return [Item(part, part, event) for part in parts], True
