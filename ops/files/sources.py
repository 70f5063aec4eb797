"""Files of other people → raw messages or mapped columns: CSV, JSON lines, Parquet, or a folder.

Files may be compressed (`.gz`). A folder stands for all its tables together, in event-time order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

from config.errors import InputError
from config.mapping import Mapping
from models.feeds.mapping.apply import first_points, map_events, map_readings
from models.feeds.mapping.columns import EventColumns, PointColumns, ReadingColumns, Unmapped
from models.feeds.mapping.messages import event_messages, reading_messages
from models.feeds.raw import RawMessage

_CSV, _JSON, _PARQUET = (".csv", ".csv.gz"), (".jsonl", ".jsonl.gz", ".ndjson"), (".parquet",)
_KNOWN = _CSV + _JSON + _PARQUET


@dataclass
class MappedFile:
    """A file read through a mapping.

    Attributes
    ----------
    columns : ReadingColumns or EventColumns
        Its entries in the order of event time; which of the two, the mapping decides.
    rows : int
        Rows of the file, without those that are no rows at all.
    unmapped : Unmapped
        What could not be used, by reason.
    """

    columns: ReadingColumns | EventColumns
    rows: int
    unmapped: Unmapped = field(default_factory=Unmapped)

    def messages(
        self, since_ms: int | None = None, until_ms: int | None = None
    ) -> Iterator[RawMessage]:
        """Give its raw messages with since ≤ event time < until, in the order of event time."""
        kept = self.columns.between(since_ms, until_ms)
        return reading_messages(kept) if isinstance(kept, ReadingColumns) else event_messages(kept)


def read_mapped(path: Path, mapping: Mapping) -> MappedFile:
    """Read a file, or all files of a folder, through a mapping.

    Parameters
    ----------
    path : Path
        `.csv`, `.csv.gz`, `.jsonl`, `.jsonl.gz`, `.ndjson`, `.parquet`, or a folder of them.
    mapping : Mapping
        Which column is what.

    Raises
    ------
    InputError
        There is no such file, it is of another kind, or it lacks a column that the mapping names.
    """
    table, broken = _read_text(path, mapping)
    columns = {name: table[name].combine_chunks() for name in table.column_names}
    if mapping.case is None:
        readings, unmapped = map_readings(mapping, columns)
        mapped = MappedFile(readings, len(table), unmapped)
    else:
        events, unmapped = map_events(mapping, columns)
        mapped = MappedFile(events, len(table), unmapped)
    if broken:
        mapped.unmapped.reasons["unreadable-row"] += len(broken)
        mapped.unmapped.examples["unreadable-row"] = broken[0]
    return mapped


def read_messages(
    path: Path,
    mapping: Mapping,
    since_ms: int | None = None,
    until_ms: int | None = None,
) -> Iterator[RawMessage]:
    """Give the raw messages of a file in the order of event time; see `read_mapped`."""
    return read_mapped(path, mapping).messages(since_ms, until_ms)


def read_events(path: Path, mapping: Mapping) -> tuple[EventColumns, Unmapped]:
    """Give the case events of a file in the order of event time; see `read_mapped`.

    Raises
    ------
    InputError
        Also where the mapping is one of readings.
    """
    mapped = read_mapped(path, mapping)
    if not isinstance(mapped.columns, EventColumns):
        msg = f"mapping {mapping.name} is one of readings; a mapping of cases is needed here"
        raise InputError(msg)
    return mapped.columns, mapped.unmapped


def read_points(path: Path, mapping: Mapping) -> tuple[PointColumns, Unmapped]:
    """Give where and when each row of a file began; see `read_mapped`."""
    mapped = read_mapped(path, mapping)
    return first_points(mapped.columns), mapped.unmapped


def tables_in(path: Path) -> list[Path]:
    """Give the file itself, or the tables of a folder in the order of their names.

    Raises
    ------
    InputError
        There is no such file or folder, or no table in it.
    """
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.name.endswith(_KNOWN))
        if not files:
            msg = f"{path} holds no table; expected files that end in {', '.join(_KNOWN)}"
            raise InputError(msg)
        return files
    if not path.is_file():
        msg = f"there is no file {path}"
        raise InputError(msg)
    if not path.name.endswith(_KNOWN):
        msg = f"{path} is no table known here; expected a name that ends in {', '.join(_KNOWN)}"
        raise InputError(msg)
    return [path]


def _read_text(path: Path, mapping: Mapping) -> tuple[pa.Table, list[int]]:
    """Read the columns of a mapping as text; also the numbers of the rows that are none."""
    broken: list[int] = []
    tables = []
    for file in tables_in(path):
        try:
            table = _read_one(file, mapping, broken)
        except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
            msg = f"{file} cannot be read: {' '.join(str(error).split())}"
            raise InputError(msg) from None
        lacking = [name for name in mapping.columns if name not in table.column_names]
        if lacking:
            msg = (
                f"{file} has no column {', '.join(lacking)}, which mapping {mapping.name} names;"
                f" it has {', '.join(table.column_names)}"
            )
            raise InputError(msg)
        tables.append(_as_text(table.select(list(mapping.columns)), mapping.missing))
    return pa.concat_tables(tables), broken


def _read_one(file: Path, mapping: Mapping, broken: list[int]) -> pa.Table:
    """Read one file."""
    if file.name.endswith(_PARQUET):
        return pa.parquet.read_table(file)
    with pa.input_stream(str(file), compression="detect") as stream:
        if file.name.endswith(_JSON):
            return pa.json.read_json(stream)

        def skip(row: pa.csv.InvalidRow) -> str:
            broken.append(row.number or 0)
            return "skip"

        return pa.csv.read_csv(
            stream,
            # One thread, so that rows that are none have their number.
            read_options=pa.csv.ReadOptions(use_threads=False),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(mapping.columns, pa.string()), check_utf8=True
            ),
        )


def _as_text(table: pa.Table, missing: tuple[str, ...]) -> pa.Table:
    """Cast all columns to text, with null for what stands for no value."""
    nothing = pa.array(["", *missing], pa.string())
    columns = []
    for column in table.columns:
        text = pc.cast(column, pa.string())
        columns.append(pc.if_else(pc.is_in(text, value_set=nothing), None, text))
    return pa.table(columns, names=table.column_names)
