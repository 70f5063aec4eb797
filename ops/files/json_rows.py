"""JSON → flat rows: lines, arrays, and the envelopes in which services send lists.

Nested objects become columns with dots (`coordinates.latitude`); the point of a GeoJSON geometry
becomes `longitude` and `latitude`. Open311 sends an array, OpenAQ `results`, SensorThings `value`
or a `dataArray` with its `components`, GeoJSON `features`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from ops.files.encodings import Encoding
from ops.files.packed import unpacked

UNREADABLE: Final = "unreadable-line"
NO_OBJECT: Final = "no-object"
_LISTS: Final = ("value", "results", "features", "data", "records", "items", "observations", "rows")
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
        plain = line.strip(" \t\r\0\ufeff")
        if plain:
            value = _parsed(plain)
            yield (None, UNREADABLE) if value is _NONE else (value, None)


def _list_of(value: Any) -> list[Any]:
    """Rows of a whole document: the array, the list in its envelope, or the one object."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        sole = value.keys() if len(value) == 1 else ()  # an envelope, whatever it is called
        for name in (*_LISTS, *sole):
            found = value.get(name)
            if isinstance(found, list) and (not found or isinstance(found[0], dict)):
                return found
    return [value]


def _observations(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows of one object; a SensorThings data array is many."""
    names, arrays = value.get("components"), value.get("dataArray")
    if not (isinstance(names, list) and isinstance(arrays, list)):
        yield value
        return
    shared = {k: v for k, v in value.items() if k not in ("components", "dataArray")}
    for array in arrays:
        yield shared | dict(zip(map(str, names), array, strict=False))


def _lay(flat: Flat, prefix: str, value: dict[str, Any], depth: int) -> None:
    for key, each in value.items():
        name = f"{prefix}{key}"
        if isinstance(each, dict) and _is_point(each):
            lon, lat = each["coordinates"][:2]
            flat.setdefault("longitude", _text(lon))
            flat.setdefault("latitude", _text(lat))
        elif isinstance(each, dict) and depth < _DEEPEST:
            _lay(flat, f"{name}.", each, depth + 1)
        else:
            flat[name] = _text(each)


def _is_point(value: dict[str, Any]) -> bool:
    where = value.get("coordinates")
    return value.get("type") == "Point" and isinstance(where, list) and len(where) >= 2


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, dict, list)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)
