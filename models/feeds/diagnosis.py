"""Why bytes are not the row that was expected: a reason code and one sentence for an operator."""

from __future__ import annotations

import json
import math
import re
from typing import Final

import msgspec

from models.messages.dead_letters import Reason

# What a JSON decoder may raise for bytes from outside. RecursionError: nesting without end.
# ValueError and OverflowError: an integer of thousands of digits, bytes that are not UTF-8.
DECODE_ERRORS: Final = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
_DETAIL_CHARACTERS: Final = 300
_INTEGER_DIGITS: Final = 300
_MOST_COMMAS: Final = 100_000  # of what is looked at closely: it takes Python's slow decoder
_LONG_INTEGER: Final = re.compile(rb"[0-9]{300}")
_SUSPECT: Final = re.compile(rb"NaN|Infinity|[0-9]{300}|[0-9][eE]\+?[0-9]{3}")


class PersonalData(msgspec.ValidationError):
    """A row holds what looks like data of a person; the text does not repeat it."""


def diagnose(data: bytes, error: Exception) -> tuple[Reason, str]:
    """Say why `data` did not decode.

    Parameters
    ----------
    data : bytes
        One JSON text that a typed decoder refused.
    error : Exception
        What the decoder raised.

    Examples
    --------
    >>> diagnose(b'{"value": NaN}', msgspec.DecodeError("malformed"))[0]
    <Reason.NOT_FINITE: 'not-finite'>
    """
    if isinstance(error, PersonalData):
        return Reason.PERSONAL_DATA, f"{error}; only counts and classes may come in"
    constant = _not_finite(data)
    if constant is not None:
        return Reason.NOT_FINITE, f"{constant} is no number that can be counted"
    text = str(error)[:_DETAIL_CHARACTERS]
    if not isinstance(error, msgspec.ValidationError):
        return Reason.BROKEN_JSON, f"not JSON in UTF-8: {text}"
    try:
        msgspec.json.decode(data)
    except DECODE_ERRORS as broken:
        return Reason.BROKEN_JSON, f"not JSON in UTF-8: {str(broken)[:_DETAIL_CHARACTERS]}"
    if text.endswith(("`$.ts`", "`$.due`")):
        return Reason.BAD_TIME, f"{text}; a time is RFC 3339 with its offset, or epoch s or ms"
    return Reason.WRONG_SHAPE, text


def split_lenient(data: bytes, most: int) -> list[bytes]:
    """Split an array that is JSON but for NaN or infinities, which many programs write.

    One such number would otherwise cost the whole array. Gives nothing where it is no such array,
    and where it has more than `most` elements.

    Examples
    --------
    >>> split_lenient(b'[{"value": 1}, {"value": NaN}]', 10)
    [b'{"value": 1}', b'{"value": NaN}']
    """
    if _not_finite(data) is None:
        return []
    parts = json.loads(data, parse_int=_head_of_integer)
    if not isinstance(parts, list) or len(parts) > most:
        return []
    return [json.dumps(part).encode() for part in parts]


def _head_of_integer(text: str) -> int | float:
    """Read an integer; one of more digits than any number here has becomes a float."""
    return int(text) if len(text) <= _INTEGER_DIGITS else float(text)


def _not_finite(data: bytes) -> str | None:
    """Find NaN, an infinity, or a number too large for a double, in otherwise good JSON."""
    if data.count(b",") > _MOST_COMMAS or not _SUSPECT.search(data):
        return None
    found: list[str] = []

    def number(text: str) -> float:
        if not math.isfinite(float(text)):
            found.append(text[:40])
        return 0.0

    integer = number if _LONG_INTEGER.search(data) else int
    try:
        json.loads(data, parse_constant=found.append, parse_float=number, parse_int=integer)
    except (ValueError, RecursionError):
        return None
    return found[0] if found else None
