"""The layout of a checkpoint: fields of the processor, and how far each topic is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streams.host.offsets import Saved

STATE: Final = b"s:"  # prefix of the processor's fields
OFFSET: Final = b"o:"  # prefix of each topic's next offset and identity


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
