"""Rows of a table → readings, case events or points, as a mapping file says (config.mapping).

Pure: a table comes as columns of text, the result is columns in the order of event time. What a
mapping cannot use is counted with its reason, never dropped in silence; what it can use but a feed
will not accept (a place outside the city, say) is left for ingest to judge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from config.mapping import MappedEvent, Mapping
from models.feeds.mapping.cells import (
    NO_TIME,
    Floats,
    Ints,
    Texts,
    TextTable,
    coded,
    column_of,
    end_of_days,
    times,
)
from models.feeds.mapping.columns import (
    EventColumns,
    Mask,
    PointColumns,
    ReadingColumns,
    RowFates,
    joined,
)
from models.feeds.tidy import tidy
from models.feeds.times.column import TimeColumn

# A long number as a spreadsheet shows it: without its last digits many cases would be one.
_CUT: Final = re.compile(r"\d(\.\d+)?[eE]\+\d\d")


def map_readings(mapping: Mapping, table: TextTable) -> tuple[ReadingColumns, RowFates]:
    """Give the readings of a table in the order of event time.

    Parameters
    ----------
    mapping : Mapping
        One for a feed of kind `readings`.
    table : TextTable
        At least the columns that the mapping names.

    Raises
    ------
    UnclearColumn
        A column of times may mean two things.
    """
    assert mapping.time is not None and mapping.sensor is not None  # checked by the loader
    fates = RowFates()
    is_fixed = mapping.sensor.column is None
    sensor = column_of(
        [mapping.sensor.fixed or ""] * len(table)
        if mapping.sensor.column is None
        else table.texts(mapping.sensor.column)
    )
    groups = None if is_fixed else np.unique(sensor.astype(str), return_inverse=True)[1]
    time = times(mapping.time, table, mapping.timezone, groups)
    _time_fates(time, fates)
    fates.rows("no-sensor", sensor == "")
    place = _places(mapping, table, sensor)
    values, unreadable = _values(mapping, table, fates)
    _value_fates(values, unreadable, fates)
    usable = (sensor != "") & time.known
    parts = []
    for name, value in values.items():
        at = np.flatnonzero(np.isfinite(value) & usable)
        parts.append(
            ReadingColumns(
                row=at,
                ts_ms=time.ms[at],
                sensor=sensor[at],
                metric=column_of([name] * len(at)),
                value=value[at],
                lon=place.lon[at],
                lat=place.lat[at],
                cell=place.cell[at],
            )
        )
    return joined(parts), fates


def map_events(mapping: Mapping, table: TextTable) -> tuple[EventColumns, RowFates]:
    """Give the case events of a table in the order of event time.

    Parameters and result as in `map_readings`, for a feed of kind `cases`. Events that one row has
    at one time stay in the order in which the mapping lists them.
    """
    assert mapping.case is not None  # checked by the loader
    fates = RowFates()
    case = column_of(table.texts(mapping.case))
    fates.rows("no-case", case == "")
    is_cut = np.array([_CUT.fullmatch(name) is not None for name in case], dtype=bool)
    fates.rows("shortened-number", is_cut)
    case[is_cut] = ""
    n = len(case)
    place = _places(mapping, table, case)
    rows = EventColumns(
        row=np.arange(n),
        ts_ms=np.full(n, NO_TIME),
        case=case,
        type=column_of([""] * n),
        category=coded(mapping.category, table),
        department=coded(mapping.department, table),
        source=_optional(mapping.origin, table),
        beat=_optional(mapping.beat, table),
        area=coded(mapping.area, table),
        lon=place.lon,
        lat=place.lat,
        cell=place.cell,
        due_ms=_limits(mapping, table, fates),
    )
    parts, reasons = [], column_of([""] * n)
    for event in mapping.events:
        parts.append(_events(event, rows, table, mapping.timezone, reasons, fates))
    _without_event(parts, reasons, fates)
    return joined(parts), fates


def first_points(columns: EventColumns | ReadingColumns) -> PointColumns:
    """Give one point for each row of the table: with the place and time of its first event."""
    _, first = np.unique(columns.row, return_index=True)
    kept = columns.pick(np.sort(first))
    return PointColumns(
        row=kept.row,
        ts_ms=kept.ts_ms,
        lon=kept.lon,
        lat=kept.lat,
        cell=kept.cell,
        label=kept.category if isinstance(kept, EventColumns) else kept.metric,
    )


@dataclass(frozen=True)
class _Places:
    """Where each row is; NaN and the empty text where that is unknown."""

    lon: Floats
    lat: Floats
    cell: Texts


def _time_fates(time: TimeColumn, fates: RowFates) -> None:
    """Set aside the rows of readings that have no time."""
    fates.rows("missing-time", time.missing)
    fates.rows("unreadable-time", time.unreadable)
    fates.rows("impossible-time", time.impossible)
    fates.notes.extend(time.notes)


def _events(
    event: MappedEvent,
    rows: EventColumns,
    table: TextTable,
    zone: str,
    reasons: Texts,
    fates: RowFates,
) -> EventColumns:
    """Pick the rows that have one event, and give them its type and time.

    `reasons`, shape (rows,), takes the first reason why a row lacks an event.
    """
    wanted = rows.case != ""
    if event.when is not None:
        values = [tidy(value) for value in event.when.values]
        wanted &= np.isin(column_of(table.texts(event.when.column)), values)
    time = times(event.time, table, zone)
    for reason, where in (
        ("missing-time", time.missing),
        ("unreadable-time", time.unreadable),
        ("impossible-time", time.impossible),
    ):
        fates.cells(event.type, reason, wanted & where)
        reasons[wanted & where & (reasons == "")] = reason
    fates.notes.extend(note for note in time.notes if note not in fates.notes)
    at = np.flatnonzero(wanted & time.known)
    typed = rows.pick(at)
    typed.ts_ms[:] = time.ms[at]  # copies of this call: indexing by an array copies
    typed.type[:] = event.type
    return typed


def _without_event(parts: list[EventColumns], reasons: Texts, fates: RowFates) -> None:
    """Set aside the rows that give no event at all; their cells are counted already."""
    lacking = np.ones(len(reasons), dtype=bool)
    for part in parts:
        lacking[part.row] = False
    for reason in ("missing-time", "unreadable-time", "impossible-time"):
        fates.set_aside.append((reason, lacking & (reasons == reason)))
    fates.set_aside.append(("no-event", lacking & (reasons == "")))


def _limits(mapping: Mapping, table: TextTable, fates: RowFates) -> Ints:
    """Limit of each row; a date without a time of day ends with the day."""
    if mapping.due is None:
        return np.full(len(table), NO_TIME)
    due = times(mapping.due, table, mapping.timezone)
    fates.cells("due", "unreadable-limit", due.unreadable)
    fates.cells("due", "impossible-limit", due.impossible)
    return end_of_days(due, mapping.timezone)


def _values(mapping: Mapping, table: TextTable, fates: RowFates) -> tuple[dict[str, Floats], Mask]:
    """Value of each metric in each row, NaN where there is none; and rows with a bad field."""
    metrics = mapping.metrics
    needed = {m.column for m in metrics.values()} | {m.minus for m in metrics.values() if m.minus}
    fields, unreadable = {}, np.zeros(len(table), dtype=bool)
    for name in sorted(needed):
        fields[name], wrong = table.numbers(name)
        fates.cells(name, "unreadable-value", wrong)
        fates.cells(name, "missing-value", ~wrong & ~np.isfinite(fields[name]))
        unreadable |= wrong
    values = {}
    for name, metric in metrics.items():
        value = fields[metric.column] - (fields[metric.minus] if metric.minus else 0.0)
        # Decimals are meant: 9.1 − 4.3 is 4.8, not 4.799999999999999.
        values[name] = np.round(value * metric.factor, 6)
    return values, unreadable


def _value_fates(values: dict[str, Floats], unreadable: Mask, fates: RowFates) -> None:
    """Set aside the rows without any value; their cells are counted already."""
    empty = ~np.logical_or.reduce([np.isfinite(value) for value in values.values()])
    fates.set_aside.append(("unreadable-value", empty & unreadable))
    fates.set_aside.append(("missing-value", empty & ~unreadable))


def _places(mapping: Mapping, table: TextTable, named: Texts) -> _Places:
    """Place of each row: its own columns, else what the mapping says of its sensor."""
    n = len(named)
    lon = table.numbers(mapping.lon)[0] if mapping.lon else np.full(n, np.nan)
    lat = table.numbers(mapping.lat)[0] if mapping.lat else np.full(n, np.nan)
    cell = _optional(mapping.cell, table)
    for name, place in mapping.places.items():
        here = (named == tidy(name)) & (cell == "") & ~(np.isfinite(lon) & np.isfinite(lat))
        if place.cell is not None:
            cell[here] = place.cell
        else:
            lon[here], lat[here] = place.lon, place.lat
    return _Places(lon, lat, cell)


def _optional(name: str | None, table: TextTable) -> Texts:
    """Texts of a column that the mapping may leave out."""
    return column_of(table.texts(name) if name else [""] * len(table))
