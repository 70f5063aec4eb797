"""What a command prints: text for people, or one JSON object, on stdout; progress on stderr."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from models.printable import printable, printable_json, printable_lines, spreadsheet_safe

WIDE: Final = 1000  # columns of a table that is not to be wrapped
_IN_A_PIPE: Final = 140


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a printed table.

    Attributes
    ----------
    is_number : bool
        Set to the right.
    is_key : bool
        Names what the row is about: folded where there is no room, never cut.
    """

    name: str
    is_number: bool = False
    is_key: bool = False


def say(values: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Print a result: its text, or its values as one JSON object; nothing of either acts."""
    if as_json:
        print(printable_json(msgspec.json.encode(values).decode()))
    else:
        print(printable_lines(text))


def console(*, wide: bool = False) -> Console:
    """Make a console on stdout: as wide as the terminal, and without colour in a pipe."""
    found = Console()
    if wide:
        return Console(width=WIDE)
    return found if found.is_terminal else Console(width=_IN_A_PIPE)


def print_table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
    wide: bool = False,
    as_csv: bool = False,
) -> None:
    """Print rows as a table, or as CSV for a spreadsheet.

    Cells, names and the title are data: markup, control characters and formulas in them have no
    effect.
    """
    if as_csv:
        _print_csv(columns, rows)
        return
    table = Table(title=Text(printable(title)) if title else None)
    for column in columns:
        table.add_column(
            Text(printable(column.name)),
            justify="right" if column.is_number else "left",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(printable_lines(str(cell))) for cell in row))
    console(wide=wide).print(table)


def progress() -> Progress:
    """Make a progress bar on stderr; silent where stderr is not a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not Console(stderr=True).is_terminal,
    )


def _print_csv(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([spreadsheet_safe(printable(str(cell))) for cell in row])
