"""Lists as CSV and Parquet: one row an item, the columns of its type, what is nested as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet

from models.printable import printable_lines, spreadsheet_safe

CSV: Final = "text/csv; charset=utf-8"
PARQUET: Final = "application/vnd.apache.parquet"
PDF: Final = "application/pdf"
_BOM: Final = "\ufeff"  # a spreadsheet takes Chinese for something else without it
_ARROW: Final[dict[type, Any]] = {
    msgspec.inspect.IntType: pa.int64(),
    msgspec.inspect.FloatType: pa.float64(),
    msgspec.inspect.BoolType: pa.bool_(),
}


def as_csv(kind: type, items: Sequence[Any]) -> bytes:
    """Write items as CSV, with a byte order mark; nothing in it is a formula or acts on a tty."""
    columns = _columns(kind)
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(columns)
    for item in items:
        row = _row(item, columns)
        writer.writerow([_cell(row[name]) for name in columns])
    return (_BOM + sink.getvalue()).encode()


def as_parquet(kind: type, items: Sequence[Any]) -> bytes:
    """Write items as Parquet; the columns have their types with or without rows."""
    columns = _columns(kind)
    rows = [_row(item, columns) for item in items]
    schema = pa.schema(list(columns.items()))
    table = pa.table(
        {name: pa.array([row[name] for row in rows], type=columns[name]) for name in columns},
        schema=schema,
    )
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(table, sink)
    return bytes(sink.getvalue())


def _columns(kind: type) -> dict[str, Any]:
    """Give the columns of a type, with what Arrow calls their types."""
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    return {field.encode_name: _arrow(field.type) for field in info.fields}


def _arrow(kind: msgspec.inspect.Type) -> Any:
    if isinstance(kind, msgspec.inspect.Metadata):
        return _arrow(kind.type)
    if isinstance(kind, msgspec.inspect.UnionType):
        some = [each for each in kind.types if not isinstance(each, msgspec.inspect.NoneType)]
        return _arrow(some[0]) if len(some) == 1 else pa.string()
    if isinstance(kind, msgspec.inspect.EnumType) and issubclass(kind.cls, int):
        return pa.int64()
    return _ARROW.get(type(kind), pa.string())


def _row(item: Any, columns: dict[str, Any]) -> dict[str, Any]:
    plain = msgspec.to_builtins(item)
    return {name: _flat(plain.get(name), kind) for name, kind in columns.items()}


def _flat(value: Any, kind: Any) -> Any:
    """Give a value as its column takes it: what is nested becomes JSON."""
    if value is None or kind != pa.string():
        return value
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _cell(value: Any) -> Any:
    return spreadsheet_safe(printable_lines(value)) if isinstance(value, str) else value
