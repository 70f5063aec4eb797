"""Mutated messages: a real one with bits flipped, cut off, or with fields that cannot be."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, Final

import msgspec
import numpy as np

from models.messages.columns import Columnar
from models.messages.envelope import HEADER_BYTES, Message, header_of
from models.messages.topic import AnyType
from models.messages.topics import TOPICS

YEAR_33658_MS: Final = 999_999_999_999_999
INTEGERS: Final = (
    *(0, -1, 1, 2**31, 2**53, 2**63 - 1, -(2**63), 2**64 - 1),
    *(YEAR_33658_MS, -YEAR_33658_MS, 253_402_300_800_000, 10**7),
)
NUMBERS: Final = (float("nan"), float("inf"), float("-inf"), 1e308, -1e308, 1e-308, 0.0, -1.0)
TEXTS: Final = ("", "x" * 100_000, "\x00\x1b]0;\x07", "110101001", "999999999999999", "/", "é", "-")


def mutated(topic: str, value: bytes, rng: Random) -> bytes:
    """Give a message changed in one way or a few."""
    kinds: list[Callable[[str, bytes, Random], bytes]] = [_flipped, _cut, _field, _field, _column]
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        value = rng.choice(kinds)(topic, value, rng)
    return value


def _flipped(topic: str, value: bytes, rng: Random) -> bytes:
    data = bytearray(value)
    for _ in range(rng.choice((1, 1, 8))):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _cut(topic: str, value: bytes, rng: Random) -> bytes:
    end = rng.randrange(len(value) + 1)
    return rng.choice((value[:end], value[end:], value + value[end:], value[:end] * 3))


def _field(topic: str, value: bytes, rng: Random) -> bytes:
    """Change one leaf of the payload, or of the header of a columnar message."""
    kind = _kind_of(topic, value)
    if kind is None:
        return value
    head, body, rest = _parts(kind, value)
    try:
        tree = _read(kind, body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return value
    places = list(_places(tree))
    if not places:
        return value
    holder, place = rng.choice(places)
    holder[place] = _wrong(holder[place], rng)
    try:
        body = _written(kind, tree)
    except (msgspec.MsgspecError, OverflowError, ValueError, TypeError):
        return value
    return _joined(kind, head, body, rest)


def _column(topic: str, value: bytes, rng: Random) -> bytes:
    """Write something extreme over a number of a column."""
    kind = _kind_of(topic, value)
    if kind is None or issubclass(kind, Message) or len(value) < HEADER_BYTES + 24:
        return _flipped(topic, value, rng)
    rest = _parts(kind, value)[2]
    if len(rest) < 16:
        return value
    extreme: bytes = rng.choice(
        (
            struct.pack("<q", rng.choice([i for i in INTEGERS if -(2**63) <= i < 2**63])),
            struct.pack("<d", rng.choice(NUMBERS)),
            np.float32(rng.choice((np.nan, np.inf, 3e38, -1.0))).tobytes(),
            b"\xff" * 4,
        )
    )
    at = len(value) - len(rest) + 4 * rng.randrange(len(rest) // 4)
    return (value[:at] + extreme + value[at + len(extreme) :])[: len(value)]


def _kind_of(topic: str, value: bytes) -> AnyType | None:
    for kind in TOPICS[topic].types:
        header = kind.HEADER if issubclass(kind, Columnar) else kind
        if value.startswith(header_of(header)):
            return kind
    return None


def _parts(kind: AnyType, value: bytes) -> tuple[bytes, bytes, bytes]:
    """Give envelope, payload or header, and columns of a message."""
    if issubclass(kind, Message):
        return value[:HEADER_BYTES], value[HEADER_BYTES:], b""
    start = HEADER_BYTES + 4
    end = start + int.from_bytes(value[HEADER_BYTES:start], "little")
    return value[:HEADER_BYTES], value[start:end], value[end:]


def _joined(kind: AnyType, head: bytes, body: bytes, rest: bytes) -> bytes:
    if issubclass(kind, Message):
        return head + body
    return head + len(body).to_bytes(4, "little") + body + rest


def _is_json(kind: AnyType) -> bool:
    return issubclass(kind, Message) and kind.ENCODING == "json"


def _read(kind: AnyType, body: bytes) -> Any:
    return msgspec.json.decode(body) if _is_json(kind) else msgspec.msgpack.decode(body)


def _written(kind: AnyType, tree: Any) -> bytes:
    return msgspec.json.encode(tree) if _is_json(kind) else msgspec.msgpack.encode(tree)


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Give every place in a tree, as its holder and the index or key there."""
    if isinstance(tree, dict):
        for key in list(tree):
            yield tree, key
            yield from _places(tree[key])
    elif isinstance(tree, list):
        for index in range(len(tree)):
            yield tree, index
            yield from _places(tree[index])


def _wrong(was: Any, rng: Random) -> Any:
    """Give something else, mostly of the same type: what passes the types goes deepest."""
    if rng.random() < 0.15:
        return rng.choice((None, [], {}, "", 0, True))
    return rng.choice(_others(was))


def _others(was: Any) -> Sequence[Any]:
    """Give values of the same type as one, each with something wrong with it."""
    others: Sequence[Any] = (was,)
    match was:
        case bool():
            others = (not was,)
        case int():
            others = (*INTEGERS, was + 1, -was, was * 1000)
        case float():
            others = (*NUMBERS, -was, was * 1e9)
        case str():
            others = (*TEXTS, was + was)
        case bytes():
            others = (b"", was[: len(was) // 2], was + b"\x00", b"{}")
        case list():
            others = ([], was[:1] * 5_000, was * 3, was[::-1])
        case dict():
            others = ({}, {f"k{n}": next(iter(was.values()), 0) for n in range(5_000)})
    return others
