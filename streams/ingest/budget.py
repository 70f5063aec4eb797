"""How much of one raw partition is taken in before the others have their turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeVar

SLICE_BYTES: Final = 4 * 2**20

Where = TypeVar("Where")
Sized = TypeVar("Sized", bound=Sequence[object])


def slices(
    batches: Mapping[Where, list[Sized]], most_bytes: int = SLICE_BYTES
) -> Iterator[tuple[Where, list[Sized]]]:
    """Cut the records of each partition into slices, and give one of each partition in turn.

    Parameters
    ----------
    batches : mapping to list
        By partition: its records in their order; their length is the bytes of their value.
    most_bytes : int
        Of a slice, but for a single record that is larger.

    Examples
    --------
    >>> list(slices({"a": ["1111", "22", "333"], "b": ["4"]}, most_bytes=6))
    [('a', ['1111', '22']), ('b', ['4']), ('a', ['333'])]
    """
    waiting = deque(batches.items())
    while waiting:
        where, records = waiting.popleft()
        end = _end(records, most_bytes)
        yield where, records[:end]
        if end < len(records):
            waiting.append((where, records[end:]))


def _end(records: list[Sized], most_bytes: int) -> int:
    """Count the first records that are a slice."""
    sizes = list(map(len, records))
    if sum(sizes) <= most_bytes:
        return len(records)
    taken = 0
    for place, size in enumerate(sizes):
        taken += size
        if taken > most_bytes:
            return max(place, 1)
    return len(records)
