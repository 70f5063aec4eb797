"""Arrays that grow in their last axis, by doubling."""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

_SMALLEST: Final = 16
T = TypeVar("T", bound=np.generic)


def room_for(size: int) -> int:
    """Smallest power of two that holds `size` series, at least 16.

    Examples
    --------
    >>> room_for(3), room_for(17)
    (16, 32)
    """
    return max(_SMALLEST, 1 << (size - 1).bit_length()) if size else _SMALLEST


def grown(array: NDArray[T], room: int, fill: int = 0) -> NDArray[T]:
    """Copy of an array whose last axis has `room` places, new ones holding `fill`."""
    old = array.shape[-1]
    wide = np.full((*array.shape[:-1], room), fill, array.dtype)
    wide[..., :old] = array
    return wide
