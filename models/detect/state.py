"""State of a detector as bytes: named arrays and plain values in one MessagePack map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


class MalformedState(ValueError):
    """The bytes are not a state made by `pack`."""


class _Array(msgspec.Struct, array_like=True, frozen=True):
    dtype: str
    shape: list[int]
    data: bytes


class _State(msgspec.Struct, frozen=True):
    values: dict[str, Any]
    arrays: dict[str, _Array]


def pack(values: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Pack plain values and arrays into bytes.

    Examples
    --------
    >>> values, arrays = unpack(pack({"seen": 3}, {"level": np.ones(2)}))
    >>> values["seen"], arrays["level"].tolist()
    (3, [1.0, 1.0])
    """
    packed = {
        name: _Array(array.dtype.str, list(array.shape), array.tobytes())
        for name, array in arrays.items()
    }
    return msgspec.msgpack.encode(_State(dict(values), packed))


def unpack(data: bytes) -> tuple[dict[str, Any], Arrays]:
    """Unpack bytes made by `pack`; the arrays can be written to.

    Raises
    ------
    MalformedState
        The bytes are something else.
    """
    try:
        state = msgspec.msgpack.decode(data, type=_State)
        arrays = {
            name: np.frombuffer(item.data, dtype=item.dtype).reshape(item.shape).copy()
            for name, item in state.arrays.items()
        }
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        msg = f"unreadable detector state: {error}"
        raise MalformedState(msg) from error
    return state.values, arrays
