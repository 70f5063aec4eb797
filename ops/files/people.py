"""People at risk: a file of places with a number of people each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from ops.files import vocabulary
from ops.files.cells import numbers_of
from ops.files.choices import Choices
from ops.files.names import first_of, named, with_word
from ops.files.places import lies_in_plane, place_columns
from ops.files.table import read_table

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class People:
    """Places where people live.

    Attributes
    ----------
    lon, lat : ndarray, shape (n,), float64
        Degrees; in a plane what lies east and north.
    number : ndarray, shape (n,), float64
        Over 0.
    left_out : int
        Rows without a place or without people.
    is_plane : bool
    """

    lon: Floats
    lat: Floats
    number: Floats
    left_out: int
    is_plane: bool


def read_people(file: Path, column: str | None, encoding: str | None = None) -> People:
    """Read the places and their people; columns are found by their names.

    Parameters
    ----------
    column : str, optional
        Of the number of people; else found.

    Raises
    ------
    InputError
        The file is wrong, has no such columns, a negative number, or no people at all.
    """
    table = read_table(file, encoding=encoding, named=() if column is None else (column,))
    if column is None:
        known = vocabulary.PEOPLE
        name = first_of(known, table.names) or with_word(known, table.names)
    else:
        name = named(column, table.names, file)
    if name is None:
        msg = f"{file}: no column among {', '.join(table.names)} holds people; "
        msg += "name it with --population-column"
        raise InputError(msg)
    x, y = place_columns(table, Choices(encoding=encoding))
    (lon, _), (lat, _), (number, _) = (numbers_of(table, each) for each in (x, y, name))
    if (number < 0).any():
        msg = f"{file}: column {name!r} holds {number[number < 0][0]:g} people"
        raise InputError(msg)
    lives = np.isfinite(lon) & np.isfinite(lat) & np.isfinite(number) & (number > 0)
    if not lives.any():
        msg = f"{file}: none of {len(number)} rows has a place and people in {name!r}"
        raise InputError(msg)
    return People(
        lon=lon[lives],
        lat=lat[lives],
        number=number[lives],
        left_out=int((~lives).sum()),
        is_plane=lies_in_plane(lon[lives], lat[lives]),
    )
