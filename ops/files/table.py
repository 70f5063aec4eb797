"""The one reader of files: any encoding, packing and make → columns of text.

`read_table` is what every command calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ops.files.delimited import RAGGED, Row, read_delimited
from ops.files.encodings import encoding_of
from ops.files.header import has_header, tidy_names, title_rows
from ops.files.json_rows import NO_OBJECT, Flat, flat_rows
from ops.files.packed import FileKind, kind_of, require_file
from ops.files.parquet import read_parquet
from ops.files.sheets import sheet_rows

Texts = NDArray[np.object_]

_TOP: Final = 20  # rows among which the header is
_BATCH: Final = 20_000  # rows held as Python texts at a time


@dataclass(frozen=True, kw_only=True)
class FileTable:
    """A file as columns of text.

    Attributes
    ----------
    path : Path
    columns : pyarrow.Table
        All of text; an empty cell is "" in a CSV, null where JSON or Parquet have no value.
    faults : dict of int to str
        Rows whose cells cannot be trusted, counted from 0, and why.
    separator : str
        Between the cells of the file; a comma where it is not a delimited text.
    has_header : bool
        Whether the names of the columns stand in the file.
    is_open : bool
        Whether a column may be absent because no row has it (JSON).
    notes : tuple of str
        What a person should know of how the file was read.
    """

    path: Path
    columns: pa.Table
    faults: dict[int, str] = field(default_factory=dict)
    separator: str = ","
    has_header: bool = True
    is_open: bool = False
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self.columns.num_rows)

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [str(name) for name in self.columns.column_names]

    def texts(self, name: str) -> list[str]:
        """Cells of a column, empty where there is no value."""
        return [cell or "" for cell in self.columns[name].to_pylist()]


def read_table(path: Path, *, encoding: str | None = None, named: Sequence[str] = ()) -> FileTable:
    """Read a file of any known make.

    Parameters
    ----------
    path : Path
        CSV (comma, semicolon, tab or bar), JSON lines, a JSON array or the answer of a service
        with one, Parquet, or a workbook; plain or packed (gzip, zstd, bz2, xz). Told by the
        content, not by the name.
    encoding : str, optional
        Of a text; found where None.
    named : sequence of str
        Columns that the user named: a first row that holds one is a header.

    Raises
    ------
    InputError
        There is no such file, or it is not a table; one sentence.
    """
    require_file(path)
    match kind_of(path):
        case FileKind.EMPTY:
            return FileTable(path=path, columns=pa.table({}))
        case FileKind.PARQUET:
            return FileTable(path=path, columns=read_parquet(path))
        case FileKind.WORKBOOK:
            rows, note = sheet_rows(path)
            return _noted(_from_rows(path, map(Row, rows), ",", named), note)
        case FileKind.JSON:
            return _from_json(path, encoding)
        case _:
            return _from_text(path, encoding, named)


def _noted(table: FileTable, *notes: str) -> FileTable:
    return replace(table, notes=(*(note for note in notes if note), *table.notes))


def _from_text(path: Path, encoding: str | None, named: Sequence[str]) -> FileTable:
    found = encoding_of(path, encoding)
    tables: list[FileTable] = []
    read_delimited(
        path,
        found,
        lambda rows, separator: tables.append(_from_rows(path, rows, separator, named)),
    )
    return _noted(tables[0], found.note)


def _from_json(path: Path, encoding: str | None) -> FileTable:
    found = encoding_of(path, encoding)
    columns: dict[str, list[str | None]] = {}
    faults: dict[int, str] = {}
    count = 0
    for count, (row, fault) in enumerate(flat_rows(path, found), start=1):
        if fault is not None or not row:
            faults[count - 1] = fault or NO_OBJECT
        _append(columns, row, count)
    arrays = {
        name: pa.array([*cells, *[None] * (count - len(cells))], pa.string())
        for name, cells in columns.items()
    }
    table = pa.table(arrays) if arrays else pa.table({"": pa.nulls(count, pa.string())})
    read = FileTable(path=path, columns=table, faults=faults, is_open=True)
    return _noted(read, found.note)


def _append(columns: dict[str, list[str | None]], row: Flat, count: int) -> None:
    """Append the row of a number from 1; columns catch up with the rows that lacked them."""
    for name, text in row.items():
        cells = columns.setdefault(name, [])
        if len(cells) < count - 1:
            cells.extend([None] * (count - 1 - len(cells)))
        cells.append(text)


def _from_rows(path: Path, rows: Iterator[Row], separator: str, named: Sequence[str]) -> FileTable:
    top = list(islice(rows, _TOP))
    above = title_rows([row.cells for row in top])
    top = top[above:]
    if not top:
        return FileTable(path=path, columns=pa.table({}))
    first = top[0].cells or [""]
    is_header = has_header(first, top[1].cells if len(top) > 1 else None, named)
    names, notes = tidy_names(first if is_header else [""] * len(first))
    if above:
        notes = (f"the header is row {above + 1}; what stands above it is left out", *notes)
    body = chain(top[is_header:], rows)
    faults: dict[int, str] = {}
    batches = list(_batches(body, names, faults))
    schema = pa.schema([(name, pa.string()) for name in names])
    return FileTable(
        path=path,
        columns=pa.Table.from_batches(batches, schema),
        faults=faults,
        separator=separator,
        has_header=is_header,
        notes=notes,
    )


def _batches(
    rows: Iterable[Row], names: list[str], faults: dict[int, str]
) -> Iterator[pa.RecordBatch]:
    """Cut rows into batches of columns; a short row is filled, a long one cut and marked."""
    width = len(names)
    held: list[list[str]] = []
    for number, row in enumerate(rows):
        cells, fault = _fitted(row, width)
        if fault is not None:
            faults[number] = fault
        held.append(cells)
        if len(held) == _BATCH:
            yield _batch(held, names)
            held = []
    if held:
        yield _batch(held, names)


def _fitted(row: Row, width: int) -> Row:
    if len(row.cells) == width:
        return row
    is_long = any(cell.strip() for cell in row.cells[width:])
    cells = (row.cells + [""] * (width - len(row.cells)))[:width]
    return Row(cells, row.fault or (RAGGED if is_long else None))


def _batch(rows: list[list[str]], names: list[str]) -> pa.RecordBatch:
    arrays = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names)
