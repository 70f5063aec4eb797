"""Read a user's CSV as text columns, and write it back with columns added, rows in their order."""

from __future__ import annotations

import csv as rows_of
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
from pyarrow import csv

from config.errors import InputError


def read_table(path: Path) -> pa.Table:
    """Read a CSV (plain or gzip) with a header; every column is text, an empty field is "".

    Cells are parted by what `delimiter_of` finds.

    Raises
    ------
    InputError
        The file is missing, empty, or not a CSV.
    """
    if not path.is_file():
        msg = f"{path}: no such file"
        raise InputError(msg)
    try:
        with _opened(path) as source:
            line = source.readline().decode("utf-8-sig")
            source.seek(0)
            parse = csv.ParseOptions(delimiter=_delimiter(line))
            return csv.read_csv(
                source,
                # a thread that still reads would bring the interpreter down as it ends
                read_options=csv.ReadOptions(use_threads=False),
                parse_options=parse,
                convert_options=_all_text(_header(line, parse)),
            )
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
        msg = f"{path}: not a CSV with a header line: {error}"
        raise InputError(msg) from error


def column(table: pa.Table, name: str, path: Path) -> list[str]:
    """Return one column as text, found by its name without regard to case.

    Raises
    ------
    InputError
        There is no such column; the message names those that are.
    """
    for known in table.column_names:
        if known.strip().lower() == name.lower():
            texts: list[str] = table[known].to_pylist()
            return texts
    msg = f"{path}: no column {name!r}; the columns are {', '.join(table.column_names)}"
    raise InputError(msg)


def write_with(
    table: pa.Table, added: Mapping[str, Sequence[object]], path: Path, delimiter: str = ","
) -> None:
    """Write the table with further columns; a None is an empty field.

    Raises
    ------
    InputError
        The file cannot be written, or a column of that name is there already.
    """
    for name in added:
        if name in table.column_names:
            msg = f"the input has a column {name!r} already: rename or drop it first"
            raise InputError(msg)
    columns = [*(table[name].to_pylist() for name in table.column_names), *added.values()]
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            # pyarrow would put quotes around every text, numbers of the input included
            writer = rows_of.writer(stream, delimiter=delimiter, lineterminator="\n")
            writer.writerow([*table.column_names, *added])
            writer.writerows(zip(*columns, strict=True))
    except OSError as error:
        msg = f"{path}: cannot be written: {error}"
        raise InputError(msg) from error


def delimiter_of(path: Path) -> str:
    """Sign between the cells of a file that `read_table` has read: comma, semicolon or tab."""
    with _opened(path) as source:
        return _delimiter(source.readline().decode("utf-8-sig"))


def _opened(path: Path) -> IO[bytes]:
    """Open a file that may be gzipped, whatever it is called."""
    with path.open("rb") as raw:
        is_gzip = raw.read(2) == b"\x1f\x8b"
    return cast(IO[bytes], gzip.open(path)) if is_gzip else path.open("rb")


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _header(line: str, parse: csv.ParseOptions) -> list[str]:
    if not line.strip():
        msg = "the first line is empty"
        raise pa.ArrowInvalid(msg)
    read = csv.read_csv(pa.BufferReader(line.encode()), parse_options=parse)
    names: list[str] = read.column_names
    return names


def _all_text(names: list[str]) -> csv.ConvertOptions:
    return csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
    )
