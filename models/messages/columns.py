"""Columnar messages: a small typed header followed by raw numpy columns.

One message carries thousands of rows and is decoded without a Python loop and without a copy.
Layout, little endian: envelope (8 bytes, `models.messages.envelope`), header length (u32), header
(MessagePack), then the columns in the order of the header class's `COLUMNS`, each `rows` long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.messages import envelope
from models.messages.bounds import EARLIEST_MS, LATEST_MS, Rows
from models.messages.envelope import HEADER_BYTES, Message

_PREFIX = HEADER_BYTES + 4


Columns = dict[str, NDArray[Any]]


class MalformedColumns(envelope.MalformedMessage):
    """A columnar message holds what cannot be."""


class Header(Message, frozen=True, kw_only=True):
    """Base of the headers; a subclass names its columns and their dtypes in order."""

    COLUMNS: ClassVar[Mapping[str, str]] = {}
    INDEXES: ClassVar[Mapping[str, str]] = {}  # column → field of the header that it indexes

    rows: Rows

    def check(self, columns: Columns) -> None:
        """Make sure that the columns hold what can be; raises ValueError."""
        if not self.rows:
            return
        for name, column in columns.items():
            if name.endswith("_ms"):
                _check_range(name, column, EARLIEST_MS, LATEST_MS)
        for name, field in self.INDEXES.items():
            _check_range(name, columns[name], 0, len(getattr(self, field)) - 1)


H = TypeVar("H", bound=Header)


@dataclass(frozen=True, slots=True)
class Columnar(Generic[H]):
    """A columnar message; a subclass for each type says by `HEADER` whose columns it has.

    Attributes
    ----------
    header : Header
    columns : dict of str to ndarray, shape (rows,)
        Views on the bytes they were read from: not to be written to.
    """

    HEADER: ClassVar[type[Header]]

    header: H
    columns: Columns


def encode(header: Header, columns: Mapping[str, NDArray[Any]]) -> bytes:
    """Pack a header and its columns into bytes.

    Parameters
    ----------
    header : Header
        Its `rows` is the length of every column.
    columns : mapping of str to ndarray, shape (rows,)
        One array for each name in `header.COLUMNS`; cast to the dtype named there.
    """
    head = envelope.encode_payload(header)
    parts = [envelope.header_of(type(header)), len(head).to_bytes(4, "little"), head]
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
    MalformedMessage
        Another tag or version, an unreadable header, or a length that does not fit.
    """
    envelope.check_header(kind, data)
    return decode_payload(kind, data)


def decode_payload(kind: type[H], data: bytes) -> tuple[H, Columns]:
    """Unpack a message whose envelope was found to be right; raises MalformedMessage."""
    body = _PREFIX + int.from_bytes(data[HEADER_BYTES:_PREFIX], "little")
    header = envelope.decode_part(kind, data, _PREFIX, body)
    columns: Columns = {}
    for name, dtype in _layout(kind):
        end = body + header.rows * dtype.itemsize
        if end > len(data):
            why = f"it is cut off: column {name} ends at byte {end} of {len(data)}"
            raise envelope.malformed(kind.NAME, why)
        columns[name] = np.frombuffer(data, dtype=dtype, count=header.rows, offset=body)
        body = end
    if body != len(data):
        raise envelope.malformed(kind.NAME, f"{len(data) - body} bytes left over")
    try:
        header.check(columns)
    except ValueError as error:
        raise envelope.malformed(kind.NAME, str(error)) from error
    return header, columns


def _check_range(name: str, column: NDArray[Any], low: int, high: int) -> None:
    least, most = column.min(), column.max()
    if not (least >= low and most <= high):
        msg = f"column {name} holds {least} to {most}, expected {low} to {high}"
        raise ValueError(msg)


@cache
def _layout(kind: type[Header]) -> tuple[tuple[str, np.dtype[Any]], ...]:
    """Columns of a kind with their dtypes, made once: small messages are many."""
    return tuple((name, np.dtype(text)) for name, text in kind.COLUMNS.items())
