"""The layout of a checkpoint: fields of the processor, how far each topic is read, and checksums.

`FORMAT` is the layout of all state fields of this version. A checkpoint of another format is
refused: its state is rebuilt from the topics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from zlib import crc32

import msgspec

from config.errors import GridpulseError
from streams.host.offsets import Saved
from streams.host.processor import Effect, Send

# In 3 the outbox of `deliver` knew no subscriptions: what was on its way then would now be passed
# over without a word.
FORMAT: Final = 4
STATE: Final = b"s:"  # prefix of the processor's fields
OFFSET: Final = b"o:"  # prefix of each topic's next offset and identity
UNSENT: Final = b"u:"  # what is sent after this save, of an agent that saves first

_SUM_BYTES: Final = 4


class FieldDamaged(GridpulseError):
    """A field of a checkpoint is not what was written."""


def seal(name: bytes, value: bytes) -> bytes:
    """Put the checksum (CRC-32) of name and value before a value.

    Examples
    --------
    >>> unseal(b"s:a", seal(b"s:a", b"1"))
    b'1'
    """
    return crc32(value, crc32(name)).to_bytes(_SUM_BYTES, "big") + value


def unseal(name: bytes, sealed: bytes) -> bytes:
    """Give the value of a sealed field.

    Raises
    ------
    FieldDamaged
        Name or value is not what was sealed.
    """
    value = sealed[_SUM_BYTES:]
    if seal(name, value) != sealed:
        msg = f"field {name[:80]!r} of {len(sealed)} bytes does not match its checksum"
        raise FieldDamaged(msg)
    return value


def unprefixed(fields: Mapping[bytes, bytes], prefix: bytes) -> dict[bytes, bytes]:
    """Give the fields under a prefix, without it.

    Examples
    --------
    >>> unprefixed({b"s:a": b"1", b"o:frames": b"12/345"}, STATE)
    {b'a': b'1'}
    """
    cut = len(prefix)
    return {name[cut:]: value for name, value in fields.items() if name.startswith(prefix)}


def format_saved(saved: Saved) -> bytes:
    """Write next offset and identity of a topic.

    Examples
    --------
    >>> format_saved(Saved(12, topic_id=345))
    b'12/345'
    """
    return b"%d/%d" % (saved.offset, saved.topic_id)


def parse_saved(field: bytes) -> Saved:
    """Read what `format_saved` wrote."""
    offset, _, topic_id = field.partition(b"/")
    return Saved(int(offset), int(topic_id))


def format_unsent(effects: Sequence[Effect]) -> bytes:
    """Write messages that are to be sent after the save.

    Raises
    ------
    TypeError
        An effect is not a message: an agent that saves first only sends.

    Examples
    --------
    >>> parse_unsent(format_unsent([Send("audit", b"110101", b"GP")]))
    [Send(topic='audit', key=b'110101', value=b'GP')]
    """
    foreign = [type(effect).__name__ for effect in effects if not isinstance(effect, Send)]
    if foreign:
        msg = f"an agent that saves first only sends messages, got {foreign[0]}"
        raise TypeError(msg)
    return msgspec.msgpack.encode(effects)


def parse_unsent(field: bytes) -> list[Send]:
    """Read what `format_unsent` wrote."""
    return msgspec.msgpack.decode(field, type=list[Send])
