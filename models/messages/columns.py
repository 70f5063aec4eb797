"""Columnar messages: a small typed header followed by raw numpy columns.

One message carries thousands of rows and is decoded without a Python loop. Layout, little endian:
magic (4 bytes), header length (u32), header (MessagePack), then the columns in the order of the
header class's `COLUMNS`, each `rows` long.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

MAGIC = b"GPC1"
_PREFIX = 8


class MalformedColumns(ValueError):
    """The bytes are not a columnar message of the expected kind."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the headers; a subclass names its columns and their dtypes in order."""

    COLUMNS: ClassVar[Mapping[str, str]] = {}

    rows: int


H = TypeVar("H", bound=Header)
Columns = dict[str, NDArray[Any]]


def encode(header: Header, columns: Mapping[str, NDArray[Any]]) -> bytes:
    """Pack a header and its columns into bytes.

    Parameters
    ----------
    header : Header
        Its `rows` is the length of every column.
    columns : mapping of str to ndarray, shape (rows,)
        One array for each name in `header.COLUMNS`; cast to the dtype named there.
    """
    head = msgspec.msgpack.encode(header)
    parts = [MAGIC, len(head).to_bytes(4, "little"), head]
    for name, dtype in _layout(type(header)):
        column = np.ascontiguousarray(columns[name], dtype=dtype)
        if column.shape != (header.rows,):
            msg = f"column {name} has shape {column.shape}, the header says {header.rows} rows"
            raise ValueError(msg)
        parts.append(column.tobytes())
    return b"".join(parts)


def decode(kind: type[H], data: bytes) -> tuple[H, Columns]:
    """Unpack bytes made by `encode` with the same header class.

    Raises
    ------
    MalformedColumns
        Wrong magic, unreadable header, or a length that does not fit.
    """
    if data[:4] != MAGIC:
        msg = f"expected magic {MAGIC!r}, got {data[:4]!r}"
        raise MalformedColumns(msg)
    body = _PREFIX + int.from_bytes(data[4:_PREFIX], "little")
    try:
        header = msgspec.msgpack.decode(data[_PREFIX:body], type=kind)
    except msgspec.MsgspecError as error:
        msg = f"unreadable {kind.__name__} header: {error}"
        raise MalformedColumns(msg) from error
    columns: Columns = {}
    for name, dtype in _layout(kind):
        end = body + header.rows * dtype.itemsize
        if end > len(data):
            msg = f"column {name} ends at byte {end} of {len(data)}"
            raise MalformedColumns(msg)
        columns[name] = np.frombuffer(data, dtype=dtype, count=header.rows, offset=body)
        body = end
    if body != len(data):
        msg = f"{len(data) - body} bytes left over"
        raise MalformedColumns(msg)
    return header, columns


@cache
def _layout(kind: type[Header]) -> tuple[tuple[str, np.dtype[Any]], ...]:
    """Columns of a kind with their dtypes, made once: small messages are many."""
    return tuple((name, np.dtype(text)) for name, text in kind.COLUMNS.items())
