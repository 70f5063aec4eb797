"""Rows of a table → readings, case events or points, as a mapping file says (config.mapping).

Pure: a table comes as columns of text, the result is columns in the order of event time. What a
mapping cannot use is counted with its reason, never dropped in silence; what it can use but a feed
will not accept (a place outside the city, say) is left for ingest to judge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from config.mapping import MappedEvent, Mapping
from models.feeds.mapping.cells import (
    NO_TIME,
    Floats,
    Ints,
    Table,
    Texts,
    numbers,
    texts,
    times,
)
from models.feeds.mapping.columns import (
    EventColumns,
    PointColumns,
    ReadingColumns,
    Unmapped,
    joined,
)


def map_readings(mapping: Mapping, table: Table) -> tuple[ReadingColumns, Unmapped]:
    """Give the readings of a table in the order of event time.

    Parameters
    ----------
    mapping : Mapping
        One for a feed of kind `readings`.
    table : mapping of str to pyarrow.StringArray, all of shape (n,)
        At least the columns that the mapping names.
    """
    assert mapping.time is not None and mapping.sensor is not None  # checked by the loader
    unmapped = Unmapped()
    ts_ms = times(mapping.time, table, mapping.timezone)
    unmapped.count("unreadable-time", ts_ms == NO_TIME)
    fixed = np.full(len(ts_ms), mapping.sensor.fixed or "", dtype=np.object_)
    sensor = texts(table[mapping.sensor.column]) if mapping.sensor.column else fixed
    unmapped.count("no-sensor", sensor == "")
    usable = (sensor != "") & (ts_ms != NO_TIME)
    place = _places(mapping, table, sensor)
    parts = []
    for name, value in _values(mapping, table, unmapped).items():
        at = np.flatnonzero(np.isfinite(value) & usable)
        parts.append(
            ReadingColumns(
                row=at,
                ts_ms=ts_ms[at],
                sensor=sensor[at],
                metric=np.full(len(at), name, dtype=np.object_),
                value=value[at],
                lon=place.lon[at],
                lat=place.lat[at],
                cell=place.cell[at],
            )
        )
    return joined(parts), unmapped


def map_events(mapping: Mapping, table: Table) -> tuple[EventColumns, Unmapped]:
    """Give the case events of a table in the order of event time.

    Parameters and result as in `map_readings`, for a feed of kind `cases`. Events that one row has
    at one time stay in the order in which the mapping lists them.
    """
    assert mapping.case is not None  # checked by the loader
    unmapped = Unmapped()
    case = texts(table[mapping.case])
    unmapped.count("no-case", case == "")
    n = len(case)
    place = _places(mapping, table, case)
    rows = EventColumns(
        row=np.arange(n),
        ts_ms=np.full(n, NO_TIME),
        case=case,
        type=np.full(n, "", dtype=np.object_),
        category=_categories(mapping, table, n),
        department=_optional(mapping.department, table, n),
        source=_optional(mapping.origin, table, n),
        beat=_optional(mapping.beat, table, n),
        area=_optional(mapping.area, table, n),
        lon=place.lon,
        lat=place.lat,
        cell=place.cell,
        due_ms=times(mapping.due, table, mapping.timezone) if mapping.due else np.full(n, NO_TIME),
    )
    parts = [_events(event, rows, table, mapping.timezone, unmapped) for event in mapping.events]
    return joined(parts), unmapped


def first_points(columns: EventColumns | ReadingColumns) -> PointColumns:
    """Give one point for each row of the table: where and when it first speaks."""
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


def _events(
    event: MappedEvent, rows: EventColumns, table: Table, zone: str, unmapped: Unmapped
) -> EventColumns:
    """Pick the rows that have one event, and give them its type and time."""
    wanted = rows.case != ""
    if event.when is not None:
        wanted &= np.isin(texts(table[event.when.column]), event.when.values)
    ts_ms: Ints = times(event.time, table, zone)
    columns = event.time.parts or (event.time.column or "",)
    given = np.logical_and.reduce([texts(table[name]) != "" for name in columns])
    unmapped.count("unreadable-time", wanted & given & (ts_ms == NO_TIME))
    unmapped.count("missing-time", wanted & ~given)
    at = np.flatnonzero(wanted & (ts_ms != NO_TIME))
    typed = rows.pick(at)
    typed.ts_ms[:] = ts_ms[at]  # copies of this call: indexing by an array copies
    typed.type[:] = event.type
    return typed


def _values(mapping: Mapping, table: Table, unmapped: Unmapped) -> dict[str, Floats]:
    """Value of each metric in each row, shape (n,); NaN where there is none."""
    metrics = mapping.metrics
    needed = {m.column for m in metrics.values()} | {m.minus for m in metrics.values() if m.minus}
    fields = {}
    for name in sorted(needed):
        fields[name] = numbers(table[name])
        empty = np.asarray(pc.is_null(table[name]).to_numpy(zero_copy_only=False), dtype=bool)
        unmapped.count("missing-value", empty)
        unmapped.count("unreadable-value", ~empty & ~np.isfinite(fields[name]))
    values = {}
    for name, metric in metrics.items():
        value = fields[metric.column] - (fields[metric.minus] if metric.minus else 0.0)
        # Decimals are meant: 9.1 − 4.3 is 4.8, not 4.799999999999999.
        values[name] = np.round(value * metric.factor, 6)
    return values


def _places(mapping: Mapping, table: Table, named: Texts) -> _Places:
    """Place of each row: its own columns, else what the mapping says of its sensor."""
    n = len(named)
    lon = numbers(table[mapping.lon]) if mapping.lon else np.full(n, np.nan)
    lat = numbers(table[mapping.lat]) if mapping.lat else np.full(n, np.nan)
    cell = _optional(mapping.cell, table, n)
    for name, place in mapping.places.items():
        here = (named == name) & (cell == "") & ~(np.isfinite(lon) & np.isfinite(lat))
        if place.cell is not None:
            cell[here] = place.cell
        else:
            lon[here], lat[here] = place.lon, place.lat
    return _Places(lon, lat, cell)


def _categories(mapping: Mapping, table: Table, n: int) -> Texts:
    """Code of each row's category; its own name where the mapping has no code for it."""
    if mapping.category is None:
        return np.full(n, "", dtype=np.object_)
    names = texts(table[mapping.category.column])
    codes = mapping.category.codes
    return np.array([codes.get(name, name) for name in names], dtype=np.object_)


def _optional(name: str | None, table: Table, n: int) -> Texts:
    """Texts of a column that the mapping may leave out."""
    return texts(table[name]).copy() if name else np.full(n, "", dtype=np.object_)
