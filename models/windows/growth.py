"""Arrays that grow in their last axis, by steps of a quarter or less."""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

_SMALLEST: Final = 16
T = TypeVar("T", bound=np.generic)


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
