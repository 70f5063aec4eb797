"""Is the first row a header, and what are its columns called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from models.feeds.numbers import MISSING
from models.feeds.tidy import tidy
from models.feeds.times.stamp import Shape, parse

_NUMBER: Final = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*")


def is_missing(cell: str) -> bool:
    """Tell whether a cell holds no value."""
    return cell.strip().lower() in MISSING


def has_header(first: Sequence[str], second: Sequence[str] | None, named: Sequence[str]) -> bool:
    """Tell whether the first row names the columns.

    It does where the user named one of its cells, where a cell is neither a number nor a time, and
    where it holds whole numbers under which stand times or numbers with decimals.

    Examples
    --------
    >>> has_header(["time", "773869"], ["2024-01-01", "30.3"], [])
    True
    >>> has_header(["0.25", "0"], ["0.5", "1"], [])
    False
    """
    if {name.strip() for name in named} & {cell.strip() for cell in first}:
        return True
    if any(not is_missing(cell) and not _is_data(cell) for cell in first):
        return True
    if second is None or not any(map(str.strip, first)):
        return False
    is_corner = not first[0].strip() and bool(second[0].strip())
    return is_corner and all(cell.strip().isdigit() for cell in first[1:])


def title_rows(rows: Sequence[Sequence[str]]) -> int:
    """Count the rows above the header: a title, when it was exported, blank rows.

    Such rows hold nothing, or a text in their first cell and nothing beside it, or are comments;
    the row below them names two columns or more, and nothing else.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first of a table.

    Examples
    --------
    >>> title_rows([["Cases of March"], ["", ""], ["case", "opened"], ["1", "2024-03-01"]])
    2
    >>> title_rows([["time", ""], ["2024-03-01", "3"]])
    0
    """
    for above, row in enumerate(rows):
        given = [cell for cell in row if cell.strip()]
        if len(given) > 1 and not given[0].startswith("#"):
            is_header = all(not is_missing(cell) and not _is_data(cell) for cell in given)
            return above if is_header else 0
        if given and not row[0].strip():  # a corner that is empty
            return 0
    return 0


def tidy_names(cells: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Give each column a name of its own, and notes on the names that were changed.

    Examples
    --------
    >>> tidy_names(["a", "", "a"])
    (['a', 'column_2', 'a (2)'], ("column 'a' stands 2 times: the later are called 'a (2)' …",))
    """
    names: list[str] = []
    seen: dict[str, int] = {}
    for number, cell in enumerate(cells, start=1):
        name = tidy(cell) or f"column_{number}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    notes = tuple(
        f"column {name!r} stands {count} times: the later are called '{name} (2)' …"
        for name, count in seen.items()
        if count > 1
    )
    return names, notes


def _is_data(cell: str) -> bool:
    if _NUMBER.fullmatch(cell):
        return True
    stamp = parse(cell)
    return stamp is not None and stamp.shape is not Shape.NUMBER
