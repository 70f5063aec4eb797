"""Point events of a file: when and where, through a mapping or by the names of the columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.catalog import Feed
from config.errors import InputError
from config.mapping import Mapping
from models.feeds.mapping.apply import first_points
from models.feeds.tidy import tidy
from models.feeds.times.column import TimeColumn
from models.feeds.times.plausible import NO_TIME
from models.feeds.times.texts import Grain
from models.timing.units import DAY_MS
from models.timing.zone import zone_of
from ops.files import vocabulary
from ops.files.account import InputAccount
from ops.files.cells import numbers_of, read_column
from ops.files.choices import Choices
from ops.files.names import event_times, first_of, named
from ops.files.places import is_place, lies_in_plane, place_columns, refuse_degrees
from ops.files.sources import read_mapped, refuse_unknown
from ops.files.table import FileTable, read_table
from ops.files.time_columns import TimeTexts, asked_texts, event_texts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Texts = NDArray[np.str_]

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
    series : ndarray, shape (n,), of str
        What parts the events, where that was asked for; else empty.
    """

    row: Ints
    day: Ints
    lon: Floats
    lat: Floats
    account: InputAccount
    is_plane: bool = False
    series: Texts = field(default_factory=lambda: np.zeros(0, dtype=np.str_))

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
        return self.pick(self.account.kept[self.row])

    def pick(self, where: Mask) -> Points:
        """Give some of the events; the account stays that of the whole file."""
        return replace(
            self,
            row=self.row[where],
            day=self.day[where],
            lon=self.lon[where],
            lat=self.lat[where],
            series=self.series[where] if self.series.size else self.series,
        )

    def parted(self) -> list[tuple[str, Points]]:
        """Give the events of each series by its name, or all where nothing parts them."""
        names = sorted(set(self.series.tolist()))
        return [(name, self.pick(self.series == name)) for name in names] or [("", self)]


@dataclass(frozen=True)
class _Rows:
    """Rows of the file with a time; all arrays have one length."""

    row: Ints
    day: Ints
    lon: Floats
    lat: Floats
    category: Sequence[str]
    series: Sequence[str] = ()


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
        refuse_degrees(rows.lon, rows.lat, choices, account)
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
        series=_series(rows, kept),
    )


def _series(rows: _Rows, kept: Mask) -> Texts:
    """Give the series of the rows kept, names composed (NFC) and trimmed."""
    return np.array([tidy(name) for name in rows.series], dtype=np.str_)[kept[: len(rows.series)]]


def _mapped(
    file: Path, mapping: Mapping, zone: str, choices: Choices, feed: Feed | None
) -> tuple[_Rows, InputAccount]:
    if choices.series is not None:
        msg = f"--series goes without a mapping: name the columns of {file} too, or use --category"
        raise InputError(msg)
    read = read_mapped(file, mapping, choices)
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
    series: list[str] = []
    if choices.series is not None:
        account.columns["series"] = name = named(choices.series, table.names, file)
        series = table.texts(name)
    times = read_column(table, time.texts, time.name, account, zone=zone, form=choices.time_format)
    if times.grain is Grain.NUMBER:
        account.note("times are plain numbers: they are taken for days")
    lon, lat = (_coordinates(table, name, choices) for name in (x, y))
    at = np.flatnonzero(account.kept)
    told = [category[row] for row in at]
    parted = [series[row] for row in at] if series else []
    return _Rows(at, _days(times)[at], lon[at], lat[at], told, parted), account


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
