"""Encoding of a text: told by its mark, proven to be UTF-8, or judged by charset-normalizer."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from charset_normalizer import from_bytes

from config.errors import InputError
from ops.files.packed import CHUNK, unicode_of, unpacked

_CANDIDATES: Final = ["gb18030", "big5", "cp1252", "cp1251"]
_SAMPLE: Final = 1 << 16  # bytes of lines with other letters than those of ASCII
_SCARCE: Final = 0.02  # share of signs that may be no UTF-8 in a file that is


@dataclass(frozen=True)
class Encoding:
    """How a text file is to be decoded.

    Attributes
    ----------
    name : str
        As Python knows it.
    note : str
        What a person should know: nothing for sound UTF-8.
    """

    name: str
    note: str = ""

    @property
    def errors(self) -> str:
        """How signs that do not belong are treated: as one mark each, never dropped."""
        return "replace"


def encoding_of(path: Path, asked: str | None = None) -> Encoding:
    """Tell the encoding of a file from its bytes.

    Parameters
    ----------
    asked : str, optional
        What the user said; it is believed.

    Raises
    ------
    InputError
        `asked` is not an encoding, or the file cannot be read.
    """
    if asked is not None:
        try:
            codecs.lookup(asked)
        except LookupError:
            msg = f"{asked!r} is no encoding; expected utf-8, gb18030, utf-16 or the like"
            raise InputError(msg) from None
        return Encoding("utf-8-sig" if codecs.lookup(asked).name == "utf-8" else asked)
    with unpacked(path) as stream:
        head = stream.read(4096)
    if known := unicode_of(head):
        return Encoding(known, "" if known == "utf-8-sig" else f"read as {known.upper()}")
    return _by_letters(path)


def _by_letters(path: Path) -> Encoding:
    """Read the whole file as UTF-8; where that fails, judge its lines that are not plain ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, sample, rest = True, bytearray(), b""
    with unpacked(path) as stream:
        while chunk := stream.read(CHUNK):
            if is_utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    is_utf8 = False
            if len(sample) < _SAMPLE and not chunk.isascii():
                *lines, rest = (rest + chunk).split(b"\n")
                sample += b"\n".join(line for line in lines if not line.isascii())
    if is_utf8 and not decoder.getstate()[0]:
        return Encoding("utf-8")
    return _judged(bytes((sample + (b"" if rest.isascii() else rest))[:_SAMPLE]))


def _judged(sample: bytes) -> Encoding:
    letters = [letter for letter in sample.decode("utf-8", "replace") if not letter.isascii()]
    bad = letters.count("\ufffd")
    if bad <= max(_SCARCE * len(letters), 1) and bad < len(letters):
        return Encoding("utf-8", "some signs are no UTF-8 and stand as \ufffd")
    best = from_bytes(sample, cp_isolation=_CANDIDATES).best()
    name = best.encoding if best else "cp1252"
    name = "gb18030" if name in ("gb2312", "gbk") else name
    return Encoding(name, f"read as {name.upper()} (another: --encoding)")
