"""Counts by name with a bound on the names: the rest is counted together under `(others)`."""

from __future__ import annotations

from typing import Final

OTHERS: Final = "(others)"
LONGEST_NAME: Final = 80  # characters of a name that are kept in counts


def count_name(counts: dict[str, int], name: str, number: int, most: int) -> None:
    """Count something under a name, or under `OTHERS` where there are too many names.

    Parameters
    ----------
    counts : dict of str to int
        Changed in place.
    most : int
        Names that it may hold beside `OTHERS`.

    Examples
    --------
    >>> counts = {"a": 1}
    >>> for name in ("a", "b", "c"):
    ...     count_name(counts, name, 1, most=2)
    >>> counts
    {'a': 2, 'b': 1, '(others)': 1}
    """
    name = name[:LONGEST_NAME]
    if name not in counts and len(counts) - (OTHERS in counts) >= most:
        name = OTHERS
    counts[name] = counts.get(name, 0) + number


def largest(counts: dict[str, int], most: int) -> dict[str, int]:
    """Give the largest counts by name, the largest first.

    Examples
    --------
    >>> largest({"a": 1, "b": 5, "c": -7}, 2)
    {'c': -7, 'b': 5}
    """
    ranked = sorted(counts.items(), key=lambda item: (-abs(item[1]), item[0]))
    return dict(ranked[:most])
