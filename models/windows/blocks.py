"""Arrays over series: how they grow, which parts of them changed, and parts as bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 4096  # series of one saved part; small enough that a few cells cost little to save
_BLOCK_BITS: Final = BLOCK.bit_length() - 1
_SMALLEST: Final = 16  # places of an array
T = TypeVar("T", bound=np.generic)
Fields = dict[tuple[int, ...], bytes | None]  # place of a part → its bytes; None: gone


def blocks_of(series: NDArray[np.int64]) -> list[int]:
    """Blocks in which the given series lie, ascending.

    Examples
    --------
    >>> blocks_of(np.array([0, 9, 8192]))
    [0, 2]
    """
    if not series.size:
        return []
    first, last = int(series.min()) >> _BLOCK_BITS, int(series.max()) >> _BLOCK_BITS
    if first == last:
        return [first]
    return [int(block) for block in np.flatnonzero(np.bincount(series >> _BLOCK_BITS))]


def block_range(block: int, size: int) -> tuple[int, int]:
    """First series of a block and the end of it, at most `size`."""
    return min(block * BLOCK, size), min((block + 1) * BLOCK, size)


def pack(arrays: Iterable[NDArray[Any]]) -> bytes:
    """Put arrays into one blob, little endian."""
    return msgspec.msgpack.encode([array.astype(_little(array)).tobytes() for array in arrays])


def unpack(blob: bytes, dtypes: Sequence[str]) -> list[NDArray[Any]]:
    """Take the arrays out again; `dtypes` as they were packed."""
    parts = msgspec.msgpack.decode(blob, type=list[bytes])
    return [np.frombuffer(part, dtype) for part, dtype in zip(parts, dtypes, strict=True)]


def _little(array: NDArray[Any]) -> np.dtype[Any]:
    return array.dtype.newbyteorder("<")


def room_for(size: int) -> int:
    """Room for `size` series and at most a third more: a multiple of a quarter of a power of two.

    Examples
    --------
    >>> room_for(3), room_for(17), room_for(80_000)
    (16, 20, 81920)
    """
    if size <= _SMALLEST:
        return _SMALLEST
    step = 1 << ((size - 1).bit_length() - 3)
    return -(-size // step) * step


def grown(array: NDArray[T], room: int, fill: int = 0) -> NDArray[T]:
    """Copy of an array whose last axis has `room` places, new ones holding `fill`."""
    shape, old = (*array.shape[:-1], room), array.shape[-1]
    wide = np.full(shape, fill, array.dtype) if fill else np.zeros(shape, array.dtype)
    wide[..., :old] = array
    return wide
