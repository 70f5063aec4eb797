"""Columns of a file → times and numbers, with the account of what could not be used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from models.feeds.numbers import read_numbers
from models.feeds.times.column import TimeColumn, read_times
from models.feeds.times.stamp import UnclearTimes
from ops.files.account import InputAccount
from ops.files.names import says_utc
from ops.files.table import FileTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SAMPLE: Final = 2000


def times_of(
    table: FileTable,
    name: str,
    account: InputAccount,
    *,
    zone: str | None = None,
    form: str | None = None,
    groups: Ints | None = None,
) -> TimeColumn:
    """Read a column of times; rows without one are set aside with the reason.

    Parameters
    ----------
    zone, form, groups
        As in `models.feeds.times.column.read_times`.

    Raises
    ------
    InputError
        The column may mean two things; the sentence names the option that settles it.
    """
    return read_column(table, table.texts(name), name, account, zone=zone, form=form, groups=groups)


def read_column(
    table: FileTable,
    texts: Sequence[str],
    name: str,
    account: InputAccount,
    *,
    zone: str | None = None,
    form: str | None = None,
    groups: Ints | None = None,
) -> TimeColumn:
    """Read texts that stand for a column of times; otherwise as `times_of`."""
    is_utc = says_utc(name)
    try:
        read = read_times(
            texts,
            zone=zone,
            form=form,
            groups=groups,
            others=lambda: _others(table, name),
            is_utc=is_utc,
        )
    except UnclearTimes as error:
        msg = f"{table.path}: column {name!r}: {error}"
        raise InputError(msg) from error
    account.set_aside("missing-time", read.missing)
    account.set_aside("unreadable-time", read.unreadable)
    account.set_aside("impossible-time", read.impossible)
    account.note(*read.notes)
    if is_utc and zone not in (None, "UTC"):
        account.note(f"times of {name!r} without an offset are of UTC, as its name says")
    return read


def numbers_of(table: FileTable, name: str, missing: Sequence[str] = ()) -> tuple[Floats, Mask]:
    """Read a column of numbers; see `models.feeds.numbers.read_numbers`."""
    return read_numbers(table.columns[name], table.separator, missing)


def _others(table: FileTable, name: str) -> Iterator[str]:
    """Texts of the other columns that may hold times: they show in which order this file writes."""
    for other in table.names:
        if other != name:
            yield from dict.fromkeys(table.texts(other)[:_SAMPLE])
