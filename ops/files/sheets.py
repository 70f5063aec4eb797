"""Workbooks (xlsx, xls, ods) → rows of text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from config.errors import InputError


def sheet_rows(path: Path) -> tuple[Iterator[list[str]], str]:
    """Give the rows of the first sheet that holds any, and a note where there are others.

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
        msg = f"{path} cannot be read as a workbook: {error}; give xlsx, or CSV"
        raise InputError(msg) from error
    if not filled:
        return iter(()), ""
    name, rows = filled[0]
    others = ", ".join(other for other, _ in filled[1:])
    note = f"sheet {name!r} is read; there are others: {others}" if others else ""
    return ([_text(cell) for cell in row] for row in rows), note


def _text(cell: object) -> str:
    """Write a cell as a person would: whole numbers without a point, times in ISO 8601."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)
