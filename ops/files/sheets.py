"""Workbooks (xlsx, xls, ods) → rows of text."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from config.errors import InputError

_TOP: Final = 100  # rows that a table is known by


def sheet_rows(path: Path) -> tuple[Iterator[list[str]], str]:
    """Give the rows of the first sheet that holds a table, and a note where there are others.

    Of sheets of one row or one column, such as a page of explanations, the first is given only
    where no other holds more.

    Raises
    ------
    InputError
        The file is not a workbook, is locked with a password, or is empty.
    """
    try:
        book = CalamineWorkbook.from_path(str(path))
        filled = [
            (name, rows)
            for name in book.sheet_names
            if (rows := book.get_sheet_by_name(name).to_python())
        ]
    except (CalamineError, OSError) as error:
        if inside := _packed_names(path):
            msg = f"{path} is a zip archive of {inside}; unpack it and give one of its files"
            raise InputError(msg) from error
        msg = f"{path} cannot be read as a workbook: {error}; give xlsx, or CSV"
        raise InputError(msg) from error
    if not filled:
        return iter(()), ""
    name, rows = next((sheet for sheet in filled if _is_table(sheet[1])), filled[0])
    others = ", ".join(other for other, _ in filled if other != name)
    note = f"sheet {name!r} is read; there are others: {others}" if others else ""
    return ([_text(cell) for cell in row] for row in rows), note


def _is_table(rows: Sequence[Sequence[object]]) -> bool:
    """Tell whether a sheet has two rows or more with two cells or more."""
    full = (sum(cell not in ("", None) for cell in row) > 1 for row in rows)
    return sum(islice(full, _TOP)) > 1


def _packed_names(path: Path) -> str:
    """Name the first files in an archive; empty where it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile):
        return ""
    is_book = any(name.startswith(("xl/", "content.xml")) for name in names)
    return "" if is_book else ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def _text(cell: object) -> str:
    """Write a cell as a person would: whole numbers without a point, times in ISO 8601."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)
