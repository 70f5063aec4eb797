"""Bytes of a file, unpacked where it is compressed, and what they are."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Final, cast

import pyarrow as pa

from config.errors import InputError

CHUNK: Final = 1 << 20
_PACKINGS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
)
_NO_TABLES: Final = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"SQLite format 3": "a database of SQLite",
    b"ARROW1": "a file of Arrow",
    b"FEA1": "a file of Arrow",
    b"ORC": "a file of ORC",
    b"Obj\x01": "a file of Avro",
    b"\x89HDF": "a file of HDF5",
    b"CDF": "a file of NetCDF",
    b"7z\xbc\xaf": "an archive of 7-Zip",
    b"Rar!": "an archive of RAR",
    **{magic: f"packed twice, with {name} inside" for magic, name in _PACKINGS},
}
_MARKS: Final = (  # the longer first: the mark of UTF-16 begins that of UTF-32
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS: Final = bytes({*range(1, 32)} - set(b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f"))
_FEW_CONTROLS: Final = 0.02  # share of the bytes of a text
_BROKEN: Final = (EOFError, gzip.BadGzipFile, lzma.LZMAError, pa.ArrowException, OSError)


class FileKind(StrEnum):
    """What the bytes of a file are."""

    TEXT = "text"
    JSON = "JSON"
    PARQUET = "Parquet"
    WORKBOOK = "workbook"
    EMPTY = "empty"


def require_file(path: Path) -> None:
    """Refuse what is not a file.

    Raises
    ------
    InputError
        There is no such file, or it is a folder.
    """
    if path.is_dir():
        msg = f"{path} is a folder; give one file"
        raise InputError(msg)
    if path.exists() and not path.is_file():
        msg = f"{path} is a pipe or a device, which can be read once only; write it to a file first"
        raise InputError(msg)
    if not path.is_file():
        msg = f"{path}: no such file"
        raise InputError(msg)


@contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacked by what its first bytes say, whatever it is called.

    Raises
    ------
    InputError
        It cannot be read or unpacked, when opened or later.
    """
    try:
        with path.open("rb") as raw:
            head = raw.read(8)
        opener = next((_OPENERS[name] for magic, name in _PACKINGS if head.startswith(magic)), None)
        with opener(path) if opener else path.open("rb") as stream:
            yield cast(IO[bytes], stream)
    except _BROKEN as error:
        msg = f"{path} cannot be read: {' '.join(str(error).split()) or type(error).__name__}"
        raise InputError(msg) from error


def kind_of(path: Path) -> FileKind:
    """Tell what a file is by its first bytes.

    Raises
    ------
    InputError
        It cannot be read, or is of a kind that holds no table.
    """
    with unpacked(path) as stream:
        head = stream.read(4096)
    if not head.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        return FileKind.EMPTY
    if head.startswith(b"PAR1"):
        return FileKind.PARQUET
    if head.startswith(b"PK\x03\x04") or head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return FileKind.WORKBOOK
    what = next((name for magic, name in _NO_TABLES.items() if head.startswith(magic)), None)
    if what is None and head.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] == b"<":
        what = "a document of HTML or XML"
    if what is None and (head[257:262] == b"ustar" or _is_binary(head)):
        what = "an archive of tar" if head[257:262] == b"ustar" else "binary data"
    if what is not None:
        msg = f"{path} is {what}, no table; give a CSV, JSON, Parquet or xlsx file"
        raise InputError(msg)
    return FileKind.JSON if _text_start(head) in ("{", "[") else FileKind.TEXT


def _is_binary(head: bytes) -> bool:
    """Tell whether bytes hold signs that no text has and are none in UTF-8.

    Zeros are left to the encodings.
    """
    odd = sum(head.count(sign) for sign in _CONTROLS)
    if odd <= _FEW_CONTROLS * len(head) or head.count(0) > len(head) / 4:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return True
    return False


def unicode_of(head: bytes) -> str | None:
    """Tell the encoding of a text by its mark, or by zeros in every other byte; else None."""
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    return marked or _wide(head)


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of most signs is zero."""
    pairs = len(head) // 2
    if pairs and head[: 2 * pairs : 2].count(0) > 0.4 * pairs:
        return "utf-16-be"
    if pairs and head[1 : 2 * pairs : 2].count(0) > 0.4 * pairs:
        return "utf-16-le"
    return None


def _text_start(head: bytes) -> str:
    """First sign of a text: in UTF-16 half of one, as of 导 (5B FC), may look like a bracket."""
    known = unicode_of(head) or "latin-1"
    text = head[: len(head) // 4 * 4 or None].decode(known, "replace")
    return text.lstrip("\ufeff\x1e \t\r\n")[:1]


def _zstd(path: Path) -> Any:
    return pa.CompressedInputStream(pa.OSFile(str(path), "rb"), "zstd")


_OPENERS: Final[dict[str, Callable[[Path], Any]]] = {
    "gzip": gzip.open,
    "zstd": _zstd,
    "bz2": bz2.open,
    "xz": lzma.open,
}
