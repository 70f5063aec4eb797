"""A file that was read goes out again with columns added, its rows in their order."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from config.errors import InputError
from ops.files.table import FileTable


def require_output(out: Path, *files: Path) -> None:
    """Refuse to write over what is read, or where nothing can be written, before any work is done.

    Raises
    ------
    InputError
        `out` is one of the files or a folder, or its folder does not exist.
    """
    if out.exists() and any(file.exists() and out.samefile(file) for file in files):
        msg = f"{out} is the file that is read; name another one to write"
        raise InputError(msg)
    if out.is_dir() or not out.parent.is_dir():
        what = "it is a folder" if out.is_dir() else f"there is no folder {out.parent}"
        msg = f"{out}: cannot be written: {what}"
        raise InputError(msg)


def write_with(table: FileTable, added: Mapping[str, Sequence[object]], path: Path) -> None:
    """Write the table as CSV in UTF-8 with further columns; None is an empty cell.

    Parameters
    ----------
    added : mapping of str to sequence, each of length n

    Raises
    ------
    InputError
        The file cannot be written, or the table has a column of that name already.
    """
    for name in added:
        if name in table.names:
            msg = f"{table.path} has a column {name!r} already: rename or drop it first"
            raise InputError(msg)
    columns = [*map(table.texts, table.names), *added.values()]
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter=table.separator, lineterminator="\n")
            writer.writerow([*table.names, *added])
            writer.writerows(zip(*columns, strict=True))
    except OSError as error:
        msg = f"{path}: cannot be written: {error}"
        raise InputError(msg) from error
