"""What msgspec knows of each type, made before there are threads.

msgspec makes it at the first use of a type. Two threads that use one for the first time at once see
it half made, and the process ends with a segmentation fault (msgspec 0.22): so the wall died at its
first page when the machine was slow.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


def prepare_types() -> int:
    """Make what msgspec knows of every type of message that has been imported; give their number.

    Called once where a process has imported what it needs and has no threads yet.
    """
    prepared = 0
    for kind in _kinds(msgspec.Struct):
        try:
            msgspec.msgpack.Decoder(kind)
        except TypeError:  # nothing is read into it
            continue
        prepared += 1
    return prepared


def _kinds(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for each in kind.__subclasses__():
        yield each
        yield from _kinds(each)
