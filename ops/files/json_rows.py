"""JSON → flat rows: lines, arrays, and the envelopes in which services send lists.

Nested objects become columns with dots (`coordinates.latitude`); the point of a GeoJSON geometry
becomes `longitude` and `latitude`. Open311 sends an array, OpenAQ `results`, SensorThings `value`
or a `dataArray` with its `components`, GeoJSON `features`, PurpleAir `fields` and `data`,
sensor.community lists of `value_type` and `value`. Rows may also stand under their keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from models.feeds.times.stamp import Shape, parse
from ops.files.encodings import Encoding
from ops.files.packed import unpacked

UNREADABLE: Final = "unreadable-line"
NO_OBJECT: Final = "no-object"
_LISTS: Final = ("value", "results", "features", "data", "records", "items", "observations", "rows")
_NAMES: Final = ("components", "fields", "columns")  # of columns, where rows are bare arrays
_ARRAYS: Final = ("dataArray", "data", "rows", "values")
_KINDS: Final = ("value_type", "parameter", "name")  # of what stands under `value`
_DEEPEST: Final = 12

Flat = dict[str, str | None]


def flat_rows(path: Path, encoding: Encoding) -> Iterator[tuple[Flat, str | None]]:
    """Give each object of a file as texts by column, and what is wrong with it."""
    with unpacked(path) as stream:
        text = stream.read().decode(encoding.name, encoding.errors)
    whole = _parsed(text)
    objects = _by_line(text) if whole is _NONE else ((o, None) for o in _list_of(whole))
    for value, fault in objects:
        if fault is not None:
            yield {}, fault
        elif isinstance(value, dict):
            for row in _observations(value):
                yield flattened(row), None
        else:
            yield {}, NO_OBJECT


def flattened(value: dict[str, Any]) -> Flat:
    """Lay an object flat.

    Examples
    --------
    >>> flattened({"a": {"b": 1, "c": None}, "d": [1, 2]})
    {'a.b': '1', 'a.c': None, 'd': '[1,2]'}
    """
    flat: Flat = {}
    if value.get("type") == "Feature" and isinstance(value.get("properties"), dict):
        _lay(flat, "", value["properties"], 0)
        _lay(flat, "", {"geometry": value.get("geometry")}, 0)
        return flat
    _lay(flat, "", value, 0)
    return flat


class _Nothing:
    """No JSON value."""


_NONE: Final = _Nothing()


def _parsed(text: str) -> Any:
    """Value of a JSON text, also of one with NaN in it; `_NONE` where it is not JSON."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NONE


def _by_line(text: str) -> Iterator[tuple[Any, str | None]]:
    # Only a line feed parts lines: splitlines would also break at U+2028 inside a text.
    for line in text.split("\n"):
        plain = line.strip(" \t\r\0\ufeff\x1e")
        if plain:
            value = _parsed(plain)
            if value is _NONE and plain.endswith(","):  # a line cut out of an array
                value = _parsed(plain[:-1])
            yield (None, UNREADABLE) if value is _NONE else (value, None)


def _list_of(value: Any) -> list[Any]:
    """Rows of a whole document: the array, the list in its envelope, or the one object."""
    if isinstance(value, list):
        if _has_header(value):
            return [dict(zip(value[0], row, strict=False)) for row in value[1:]]
        return value
    if isinstance(value, dict) and _columns(value) is None:
        sole = value.keys() if len(value) == 1 else ()  # an envelope, whatever it is called
        for name in (*_LISTS, *sole):
            found = value.get(name)
            if isinstance(found, list) and (not found or isinstance(found[0], dict)):
                return found
        return _keyed(value)
    return [value]


def _has_header(value: list[Any]) -> bool:
    """Tell whether an array is of arrays, of which the first names the columns."""
    if len(value) < 2 or not all(isinstance(row, list) for row in value):
        return False
    return bool(value[0]) and all(isinstance(name, str) and name for name in value[0])


def _keyed(value: dict[str, Any]) -> list[Any]:
    """Rows that stand under their keys, alike in what they have; else the one object."""
    rows = list(value.values())
    if len(rows) > 1 and all(
        isinstance(row, dict) and row.keys() == rows[0].keys() for row in rows
    ):
        return [{"id": key, **row} for key, row in value.items()]
    is_times = len(rows) > 1 and all(
        (stamp := parse(key)) is not None and stamp.shape is Shape.DATE for key in value
    )
    return [{"time": k, "value": v} for k, v in value.items()] if is_times else [value]


def _columns(value: dict[str, Any]) -> tuple[str, str] | None:
    """Keys under which an object names its columns and lists its rows as bare arrays."""
    for names in _NAMES:
        listed = value.get(names)
        if isinstance(listed, list) and listed and all(isinstance(name, str) for name in listed):
            for arrays in _ARRAYS:
                found = value.get(arrays)
                if isinstance(found, list) and all(isinstance(row, list) for row in found):
                    return names, arrays
    return None


def _observations(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows of one object; one that names its columns and lists bare arrays is many."""
    found = _columns(value)
    if found is None:
        yield value
        return
    names, arrays = found
    # What stands beside `components` is of every row; beside others it is about the answer.
    is_shared = names == "components"
    shared = {k: v for k, v in value.items() if k not in found} if is_shared else {}
    for array in value[arrays]:
        yield shared | dict(zip(value[names], array, strict=False))


def _lay(flat: Flat, prefix: str, value: dict[str, Any], depth: int) -> None:
    for key, each in value.items():
        name = f"{prefix}{key}"
        if isinstance(each, dict) and _is_point(each):
            lon, lat = each["coordinates"][:2]
            flat.setdefault("longitude", _text(lon))
            flat.setdefault("latitude", _text(lat))
        elif isinstance(each, dict) and depth < _DEEPEST:
            _lay(flat, f"{name}.", each, depth + 1)
        elif isinstance(each, list) and (kind := _kind_of_values(each)):
            flat |= {str(one[kind]): _text(one["value"]) for one in each}
        else:
            flat[name] = _text(each)


def _kind_of_values(values: list[Any]) -> str | None:
    """Key that names what each `value` of a list is."""
    if not values or not all(isinstance(one, dict) and "value" in one for one in values):
        return None
    return next((kind for kind in _KINDS if all(kind in one for one in values)), None)


def _is_point(value: dict[str, Any]) -> bool:
    where = value.get("coordinates")
    return value.get("type") == "Point" and isinstance(where, list) and len(where) >= 2


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, dict, list)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)
