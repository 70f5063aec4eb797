"""A file of raw messages: one JSON text a line, or one array over the whole file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from models.feeds.diagnosis import DECODE_ERRORS
from ops.files.encodings import encoding_of
from ops.files.packed import unpacked


def json_messages(path: Path) -> list[bytes]:
    """Give the messages of a file, in its order, as UTF-8.

    Raises
    ------
    InputError
        It cannot be read.
    """
    found = encoding_of(path)
    with unpacked(path) as stream:
        data = stream.read()
    if found.name not in ("utf-8", "ascii"):
        data = data.decode(found.name, found.errors).encode()
    if _begins_array(data.lstrip().partition(b"\n")[0]):
        try:
            return [bytes(one) for one in msgspec.json.decode(data, type=list[msgspec.Raw])]
        except DECODE_ERRORS:
            return [data.strip()]
    # Only a line feed parts lines: U+2028 may stand inside a text.
    return [line for line in map(bytes.strip, data.split(b"\n")) if line]


def is_one_array(path: Path) -> bool:
    """Whether a file is one JSON array over several lines, or not in UTF-8.

    Raises
    ------
    InputError
        It cannot be read.
    """
    with unpacked(path) as stream:
        first = stream.readline().removeprefix(b"\xef\xbb\xbf").strip()
    return b"\0" in first or first.startswith((b"\xff\xfe", b"\xfe\xff")) or _begins_array(first)


def _begins_array(first: bytes) -> bool:
    """Whether a line begins an array that it does not end."""
    return first.strip()[:1] == b"[" and not _is_json(first)


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except DECODE_ERRORS:
        return False
    return True
