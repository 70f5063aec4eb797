"""What became of the rows of a file: read, used, and set aside by reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from config.errors import NothingUsed

Mask = NDArray[np.bool_]

_NAMED_ROWS: Final = 3  # rows of a reason that are named on screen


class InputAccount:
    """Fate of each row of a file; a row is set aside once, for the first reason given.

    Parameters
    ----------
    file : Path
    rows : int
        Rows read.
    faults : mapping of int to str, optional
        Rows (from 0) that the reader could not trust, and why; see `FileTable.faults`.

    Examples
    --------
    >>> account = InputAccount(Path("a.csv"), 3, {0: "unclosed-quote"})
    >>> account.set_aside("missing-time", np.array([True, True, False]))
    >>> account.columns["time"] = "when"
    >>> account.to_builtins()
    {'read': 3, 'used': 1, 'set_aside': {'unclosed-quote': 1, 'missing-time': 1}, 'columns': \
{'time': 'when'}, 'notes': []}
    """

    def __init__(self, file: Path, rows: int, faults: Mapping[int, str] | None = None) -> None:
        self.file = file
        self.kept: Mask = np.ones(rows, dtype=bool)
        self.columns: dict[str, str] = {}
        self.notes: list[str] = []
        self._reasons: dict[str, list[int]] = {}
        for reason in dict.fromkeys((faults or {}).values()):
            where = np.zeros(rows, dtype=bool)
            where[[row for row, why in (faults or {}).items() if why == reason]] = True
            self.set_aside(reason, where)

    @property
    def read(self) -> int:
        """Rows of the file."""
        return int(self.kept.size)

    @property
    def used(self) -> int:
        """Rows that were not set aside."""
        return int(self.kept.sum())

    def set_aside(self, reason: str, where: Mask) -> None:
        """Set rows aside; `where` has shape (rows,)."""
        rows = np.flatnonzero(where & self.kept)
        if rows.size:
            self._reasons.setdefault(reason, []).extend(rows.tolist())
            self.kept[rows] = False

    def note(self, *texts: str) -> None:
        """Keep what a person should know, once."""
        self.notes.extend(text for text in texts if text and text not in self.notes)

    def require_used(self) -> None:
        """Refuse to go on with nothing.

        Raises
        ------
        NothingUsed
            No row is left; the sentence says why.
        """
        if self.used:
            return
        if not self.read:
            msg = f"{self.file} holds no rows"
            raise NothingUsed(msg)
        reasons = ", ".join(f"{len(rows)} {reason}" for reason, rows in self._reasons.items())
        msg = f"{self.file}: none of {self.read} rows can be used: {reasons}"
        raise NothingUsed(f"{msg}; columns taken: {self._taken()}" if self.columns else msg)

    def to_builtins(self) -> dict[str, Any]:
        """Lay out for JSON: the `input` of the contract."""
        return {
            "read": self.read,
            "used": self.used,
            "set_aside": {reason: len(rows) for reason, rows in self._reasons.items()},
            "columns": dict(self.columns),
            "notes": list(self.notes),
        }

    def as_text(self) -> str:
        """Say it to a person, one line a thing; rows are counted from 1."""
        rows = {reason: sorted(rows) for reason, rows in self._reasons.items()}
        return account_text(self.file, self.to_builtins(), rows)

    def _taken(self) -> str:
        return ", ".join(f"{role} = {name}" for role, name in self.columns.items())


def account_text(
    file: Path, account: Mapping[str, Any], rows: Mapping[str, list[int]] | None = None
) -> str:
    """Say an account of `InputAccount.to_builtins` to a person.

    Parameters
    ----------
    rows : mapping of str to list of int, optional
        Rows set aside (from 0) by reason, of which the first are named.
    """
    lines = [f"{file}: {account['read']} rows read, {account['used']} used"]
    for reason, count in account["set_aside"].items():
        named = [str(row + 1) for row in (rows or {}).get(reason, [])]
        where = f" (row {', '.join(named[:_NAMED_ROWS])}" if named else ""
        where += (" …)" if len(named) > _NAMED_ROWS else ")") if named else ""
        lines.append(f"  set aside: {count} {reason}{where}")
    if account["columns"]:
        taken = (f"{role} = {name}" for role, name in account["columns"].items())
        lines.append(f"  columns: {', '.join(taken)}")
    return "\n".join([*lines, *(f"  note: {note}" for note in account["notes"])])
