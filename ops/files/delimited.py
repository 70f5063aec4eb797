"""Delimited text → rows: any line break, quoted ones kept, ragged and broken rows marked."""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from itertools import dropwhile, islice
from pathlib import Path
from typing import Final, NamedTuple

from config.errors import InputError
from ops.files.encodings import Encoding
from ops.files.packed import unpacked

SEPARATORS: Final = (",", ";", "\t", "|")
UNCLOSED: Final = "unclosed-quote"
TOO_LONG: Final = "field-too-long"
RAGGED: Final = "too-many-fields"
FIELD_LIMIT: Final = 1 << 26  # characters of one field
_SNIFFED: Final = 200  # rows that the separator is told by
_SNIFFED_SIGNS: Final = 1 << 16  # of each of them


class Row(NamedTuple):
    """One row.

    Attributes
    ----------
    cells : list of str
    fault : str or None
        Why its cells cannot be trusted.
    """

    cells: list[str]
    fault: str | None = None


class _Lines:
    """Physical lines of a text, which may be put back; remembers those of the current row."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._back: deque[str] = deque()
        self.row: list[str] = []
        self.zeros = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._lines)
        if "\0" in line:
            self.zeros += line.count("\0")
            line = line.replace("\0", "")
        self.row.append(line)
        return line

    def put_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))


def rows_of(lines: Iterable[str], separator: str) -> Iterator[Row]:
    r"""Split lines into rows; empty lines are skipped.

    A quote that is never closed, or is followed by more text after rows were swallowed, costs its
    own line and not the rest of the file.

    Examples
    --------
    >>> [row.cells for row in rows_of(['a,"b\n', 'c"\n', '1,2\n'], ",")]
    [['a', 'b\nc'], ['1', '2']]
    >>> [row.fault for row in rows_of(['"a,b\n', '1,2\n'], ",")]
    ['unclosed-quote', None]
    """
    csv.field_size_limit(FIELD_LIMIT)
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=separator, strict=True)
    while True:
        source.row.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield _mended(source, separator)
            reader = csv.reader(source, delimiter=separator, strict=True)
            continue
        if cells and (len(cells) > 1 or cells[0].strip() or source.row[0].strip()):
            yield Row(cells)


def separator_of(lines: list[str]) -> str:
    """Tell the separator from the first lines: the one that gives most rows of one width over 1."""
    best, most = ",", (0.0, 0)
    lines = [line[:_SNIFFED_SIGNS] for line in lines]
    for separator in SEPARATORS:
        widths = [len(row.cells) for row in islice(rows_of(lines, separator), _SNIFFED)]
        table = list(dropwhile(lambda width: width < 2, widths))  # without a title above it
        if not table:
            continue
        width, count = Counter(table).most_common(1)[0]
        share = count / len(widths) if width == table[0] else 0.0
        if (round(share, 1), width) > most:
            best, most = separator, (round(share, 1), width)
    return best


def read_delimited(
    path: Path, encoding: Encoding, take: Callable[[Iterator[Row], str], None]
) -> None:
    """Hand the rows of a file and their separator to `take`.

    Raises
    ------
    InputError
        The file cannot be decoded.
    """
    with unpacked(path) as stream:
        text = io.TextIOWrapper(stream, encoding.name, encoding.errors, newline="")
        try:
            head = list(islice(text, 2 * _SNIFFED))
            if head and (said := _said_separator(head[0])):
                head, separator = head[1:], said
            else:
                separator = separator_of(head)
            take(rows_of(_chained(head, text), separator), separator)
        except UnicodeError as error:
            msg = f"{path} is not {encoding.name}: {error}; give its encoding with --encoding"
            raise InputError(msg) from None
        finally:
            text.detach()


def _mended(source: _Lines, separator: str) -> Row:
    """Read the first line of a broken row by itself, and put the other lines back."""
    first, *others = source.row
    source.put_back(others)
    source.row.clear()
    alone = csv.reader([first], delimiter=separator, strict=True)
    try:
        return Row(next(alone))
    except csv.Error as error:
        is_open = "unexpected end of data" in str(error)
    try:
        cells = next(csv.reader([first.rstrip("\r\n")], delimiter=separator))
    except csv.Error:  # a field beyond the limit
        return Row([], TOO_LONG)
    return Row(cells, UNCLOSED if is_open else None)


def _said_separator(line: str) -> str | None:
    """Separator that a spreadsheet wrote above the table."""
    plain = line.strip(" \r\n\ufeff").lower()
    return plain[4:] or None if plain.startswith("sep=") and len(plain) <= 5 else None


def _chained(head: list[str], rest: Iterable[str]) -> Iterator[str]:
    yield from head
    yield from rest
