"""Point events of a file: when and where, through a mapping or by the names of the columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.catalog import Feed
from config.errors import InputError
from config.mapping import Mapping
from models.feeds.mapping.apply import first_points
from models.feeds.times.column import TimeColumn
from models.feeds.times.plausible import NO_TIME
from models.feeds.times.texts import Grain
from models.timing.units import DAY_MS
from models.timing.zone import zone_of
from ops.files import vocabulary
from ops.files.account import InputAccount
from ops.files.cells import numbers_of, read_column
from ops.files.choices import Choices
from ops.files.names import degrees, event_times, first_of, named, shifted
from ops.files.places import is_place, lies_in_plane
from ops.files.sources import read_mapped, refuse_unknown
from ops.files.table import FileTable, read_table
from ops.files.time_columns import TimeTexts, asked_texts, event_texts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SHOWN: Final = 8  # categories that a sentence names


@dataclass(frozen=True, kw_only=True)
class Points:
    """Events with a time and a place.

    Attributes
    ----------
    row : ndarray, shape (n,), int64
        Row of the file.
    day : ndarray, shape (n,), int64
        Local day, counted from 1970-01-01.
    lon, lat : ndarray, shape (n,), float64
        Degrees; in a plane what lies east and north, in the file's unit.
    account : InputAccount
        What became of the rows of the file.
    is_plane : bool
    """

    row: Ints
    day: Ints
    lon: Floats
    lat: Floats
    account: InputAccount
    is_plane: bool = False

    @property
    def unplaced(self) -> int:
        """Rows without a usable time and place, or of another category, or not kept."""
        return self.account.read - self.account.used

    def keep(self, where: Mask, reason: str) -> Points:
        """Set aside the events that are not studied, for a reason.

        Raises
        ------
        NothingUsed
            No event is left.
        """
        _set_aside(self.account, reason, self.row[~where])
        self.account.require_used()
        kept = self.account.kept[self.row]
        return replace(
            self, row=self.row[kept], day=self.day[kept], lon=self.lon[kept], lat=self.lat[kept]
        )


@dataclass(frozen=True)
class _Rows:
    """Rows of the file with a time; all arrays have one length."""

    row: Ints
    day: Ints
    lon: Floats
    lat: Floats
    category: Sequence[str]


def points_of(
    file: Path,
    mapping: Mapping | None,
    zone: str,
    choices: Choices | None = None,
    categories: Sequence[str] = (),
    feed: Feed | None = None,
) -> Points:
    """Read the events of a file.

    Parameters
    ----------
    zone : str
        IANA zone in which days are counted, and of times without an offset.
    choices : Choices, optional
        What the user said about the file.
    categories : sequence of str
        Only events of these count; all where there are none.
    feed : Feed, optional
        Of the mapping: events whose category it refuses are set aside, as ingest does.

    Raises
    ------
    InputError
        The file is wrong, has no such columns, or a time may mean two things.
    NothingUsed
        Not one row has a time and a place.
    """
    choices = choices or Choices()
    zone = choices.timezone or zone
    rows, account = (
        _by_name(file, zone, choices, wants_category=bool(categories))
        if mapping is None
        else _mapped(file, mapping, zone, choices, feed)
    )
    _only(rows, categories, account)
    on_plane = mapping is None and lies_in_plane(rows.lon, rows.lat)
    if on_plane:
        _refuse_degrees(rows, choices, account)
        account.note("the places are taken for metres on a plane")
    placed = is_place(rows.lon, rows.lat)
    if not on_plane:
        placed &= (np.abs(rows.lat) <= 90) & (np.abs(rows.lon) <= 180)
    _set_aside(account, "unplaced", rows.row[~placed])
    account.require_used()
    kept = account.kept[rows.row]
    return Points(
        row=rows.row[kept],
        day=rows.day[kept],
        lon=rows.lon[kept],
        lat=rows.lat[kept],
        account=account,
        is_plane=on_plane,
    )


def _mapped(
    file: Path, mapping: Mapping, zone: str, choices: Choices, feed: Feed | None
) -> tuple[_Rows, InputAccount]:
    read = read_mapped(file, mapping, encoding=choices.encoding, missing=choices.missing)
    read = refuse_unknown(read, feed)
    points = first_points(read.columns)
    day = zone_of(zone).day(points.ts_ms)
    return _Rows(points.row, day, points.lon, points.lat, points.label.tolist()), read.rows


def _by_name(
    file: Path, zone: str, choices: Choices, *, wants_category: bool
) -> tuple[_Rows, InputAccount]:
    table = read_table(file, encoding=choices.encoding, named=choices.names)
    account = InputAccount(file, len(table), table.faults)
    account.note(*table.notes)
    account.require_used()
    time = _time(table, choices)
    x, y = place_columns(table, choices)
    account.columns.update({"time": time.name, "lon": x, "lat": y})
    category = [""] * len(table)
    if wants_category:
        name = first_of(vocabulary.CLASSES, table.names)
        if name is None:
            msg = f"{file} has no column of categories among {', '.join(table.names)}"
            raise InputError(msg)
        account.columns["category"], category = name, table.texts(name)
    times = read_column(table, time.texts, time.name, account, zone=zone, form=choices.time_format)
    if times.grain is Grain.NUMBER:
        account.note("times are plain numbers: they are taken for days")
    lon, lat = (_coordinates(table, name, choices) for name in (x, y))
    at = np.flatnonzero(account.kept)
    return _Rows(at, _days(times)[at], lon[at], lat[at], [category[row] for row in at]), account


def _coordinates(table: FileTable, name: str, choices: Choices) -> Floats:
    """Read a column of coordinates.

    Raises
    ------
    InputError
        It holds texts that are no numbers, and not one number.
    """
    values, unreadable = numbers_of(table, name, choices.missing)
    if unreadable.any() and not np.isfinite(values).any():
        text = table.texts(name)[int(np.argmax(unreadable))][:40]
        msg = f"{table.path}: column {name!r} holds no degrees in decimals, such as {text!r}"
        raise InputError(msg)
    return values


def _days(times: TimeColumn) -> Ints:
    local = np.where(times.ms == NO_TIME, 0, times.local_ms)
    days: Ints = local // (1000 if times.grain is Grain.NUMBER else DAY_MS)
    return days


def _time(table: FileTable, choices: Choices) -> TimeTexts:
    if choices.time is not None:
        return asked_texts(table, named(choices.time, table.names, table.path))
    found = event_texts(table)
    if found is not None:
        return found
    likely = event_times(table.names)
    if likely:
        texts = [text for text in table.texts(likely[0]) if text.strip()]
        what = f"such as {texts[0]!r}" if texts else "it is empty"
        msg = f"{table.path}: column {likely[0]!r} holds no times that can be read, {what}; "
        msg += "say how they are written with --time-format, or name another with --time"
        raise InputError(msg)
    msg = f"{table.path}: no column among {', '.join(table.names)} says when an event began; "
    msg += "name it with --time, or in a mapping (--mapping)"
    raise InputError(msg)


def place_columns(table: FileTable, choices: Choices) -> tuple[str, str]:
    """Find the columns of longitude and latitude, or of x and y.

    Raises
    ------
    InputError
        There are none.
    """
    names = table.names
    lon, lat = degrees(names)
    if lon is None or lat is None:
        lon, lat = first_of(vocabulary.X, names), first_of(vocabulary.Y, names)
    if choices.lon is not None:
        lon = named(choices.lon, names, table.path)
    if choices.lat is not None:
        lat = named(choices.lat, names, table.path)
    if lon is None or lat is None:
        kind, option = ("longitude", "lon") if lon is None else ("latitude", "lat")
        msg = f"{table.path}: no {kind} column among {', '.join(names)}; "
        msg += f"{text}; or " if (text := shifted(names)) else ""
        msg += f"name it with --{option}, or in a mapping (--mapping)"
        raise InputError(msg)
    return lon, lat


def _refuse_degrees(rows: _Rows, choices: Choices, account: InputAccount) -> None:
    """Refuse columns that are called degrees, or are so the other way round, and hold none.

    Raises
    ------
    InputError
        The sentence says what settles it.
    """
    x, y = account.columns["lon"], account.columns["lat"]
    is_asked = choices.lon is not None and choices.lat is not None
    called = first_of(vocabulary.LON, [x]) is not None and first_of(vocabulary.LAT, [y]) is not None
    if is_asked or not called:
        return
    what = f"{account.file}: columns {x!r} and {y!r} hold no degrees"
    if lies_in_plane(rows.lat, rows.lon):
        msg = f"{what}; if they are metres east and north, say --lon {x} --lat {y}"
        raise InputError(msg)
    msg = f"{what}, but do the other way round; if they are swapped, say --lon {y} --lat {x}"
    raise InputError(msg)


def _only(rows: _Rows, categories: Sequence[str], account: InputAccount) -> None:
    """Set rows of other categories aside.

    Raises
    ------
    InputError
        No row is of these categories; the sentence names some that are there.
    """
    if not categories:
        return
    wanted = {_folded(category) for category in categories}
    other = np.array([_folded(category) not in wanted for category in rows.category], dtype=bool)
    if other.all():
        there = ", ".join(dict.fromkeys(sorted(set(rows.category))[:_SHOWN]))
        msg = f"{account.file}: no row is of category {' or '.join(categories)}; there are {there}"
        raise InputError(msg)
    _set_aside(account, "other-category", rows.row[other])


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


def _set_aside(account: InputAccount, reason: str, rows: Ints) -> None:
    where: Mask = np.zeros(account.read, dtype=bool)
    where[rows] = True
    account.set_aside(reason, where)
