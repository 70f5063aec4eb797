"""Parquet → columns of text."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from config.errors import InputError
from ops.files.header import tidy_names
from ops.files.packed import unpacked


def read_parquet(path: Path) -> pa.Table:
    """Read all columns as text, null where there is no value; nested ones lie flat with dots.

    Raises
    ------
    InputError
        The file is damaged.
    """
    try:
        with unpacked(path) as stream:
            table = pa.parquet.ParquetFile(pa.BufferReader(stream.read())).read()
        while any(pa.types.is_struct(each.type) for each in table.schema):
            table = table.flatten()
        columns = [_text(column) for column in table.columns]
    except (pa.ArrowException, OSError) as error:
        msg = f"{path} cannot be read as Parquet: {' '.join(str(error).split())}"
        raise InputError(msg) from error
    names, _ = tidy_names(table.column_names)
    return pa.table(columns, names=names)


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    if pa.types.is_floating(column.type):
        column = _without_nan(column)
    try:
        return pc.cast(column, pa.string())
    except pa.ArrowException:  # lists and the like, and bytes that are no text
        return pa.chunked_array(
            [pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())]
        )


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.is_nan(column), None, column)
