"""Windows of about the same length, judged together: their counts side by side in one integer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BITS = 63  # of an integer that is not negative
_DROPPED = 16  # low bits of a 32-bit float that a class of weights ignores: classes of 1/128
_ROUNDING = 1 + 1e-6  # of a weight to 32 bits


@dataclass(frozen=True, slots=True)
class WindowGroups:
    """Groups of lengths, each with its own bits for a count and one above them as a guard.

    Attributes
    ----------
    lengths : tuple of (int, int)
        Shortest and longest length of each group.
    bits : int
        Of one group.
    """

    lengths: tuple[tuple[int, int], ...]
    bits: int

    @classmethod
    @cache
    def of(cls, longest: int, most: int) -> Self:
        """Make as many groups as there is room for.

        Parameters
        ----------
        longest : int
            Length of the longest window.
        most : int
            No window holds more cases.
        """
        bits = most.bit_length() + 1
        ends = np.unique(np.rint(np.geomspace(1, longest, _BITS // bits)).astype(int)).tolist()
        if ends[-1] != longest:  # there is room for one alone
            ends.append(longest)
            ends = ends[-(_BITS // bits) :]
        return cls(tuple(zip([1, *(end + 1 for end in ends)], ends, strict=False)), bits)

    def pack(self, age: Ints) -> Ints:
        """Give what cases count, by their steps before the end of the windows.

        Examples
        --------
        >>> WindowGroups.of(3, 7).pack(np.array([0, 2])).tolist()
        [273, 256]
        """
        worth = np.zeros(self.lengths[-1][1], dtype=np.int64)
        for group, (_, longest) in enumerate(self.lengths):
            worth[:longest] += 1 << (group * self.bits)
        packed: Ints = worth[age]
        return packed

    def needs(self, table: Ints, weight: Callable[[int], Floats]) -> Ints:
        """Give how many cases each zone needs.

        Parameters
        ----------
        table : ndarray
            What `needs_by_weight` gave.
        weight : callable
            Length of a window → weights of the zones.
        """
        most = (1 << (self.bits - 1)) - 1
        packed: Ints = np.zeros(1, dtype=np.int64)
        for group, (shortest, _) in enumerate(self.lengths):
            need = np.minimum(table[_class_of(weight(shortest))], most)
            packed = packed + (need << (group * self.bits))
        return packed

    def reached(self, counts: NDArray[np.integer[Any]], needs: Ints) -> Ints:
        """Tell which groups have as many cases as they need: the bits of `flags`."""
        guards = sum(flag for flag, _ in self.flags())
        reached: Ints = ((counts | guards) - needs) & guards
        return reached

    def flags(self) -> Iterator[tuple[int, tuple[int, int]]]:
        """Give the guard bit and the lengths of each group."""
        for group, lengths in enumerate(self.lengths):
            yield 1 << ((group + 1) * self.bits - 1), lengths

    def has_shortest(self, counts: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Tell where there is a case in windows of one step."""
        has: NDArray[np.bool_] = counts & ((1 << self.bits) - 1) != 0
        return has


def needs_by_weight(largest: Floats) -> Ints:
    """Turn the largest weights, by number of cases, round: cases needed by class of weight.

    A class takes all its weights for its smallest, so that a need is never too large.
    """
    enough = np.maximum.accumulate(largest) * _ROUNDING
    needs: Ints = np.searchsorted(enough, _classes()).astype(np.int64)
    return needs


def _class_of(weight: Floats) -> Ints:
    """Order of magnitude of weights, to about a hundredth."""
    bits = np.maximum(weight, 0.0).astype(np.float32).view(np.int32)
    return (bits >> _DROPPED).astype(np.int64)


@cache
def _classes() -> Floats:
    """Smallest weight of each class."""
    bits = np.arange(0x7F80_0000 >> _DROPPED, dtype=np.int32) << _DROPPED
    return bits.view(np.float32).astype(np.float64)
