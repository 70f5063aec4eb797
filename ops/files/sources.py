"""Files of other people → raw messages or mapped columns: a file of any make, or a folder of them.

A folder stands for all its tables together, in event-time order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.catalog import Catalog, Feed
from config.errors import InputError
from config.mapping import Mapping as TableMapping
from models.feeds.kinds.cases.categories import CategoryList
from models.feeds.mapping.apply import map_events, map_readings
from models.feeds.mapping.cells import TextPart, TextTable, UnclearColumn
from models.feeds.mapping.columns import EventColumns, ReadingColumns, RowFates
from models.feeds.mapping.messages import event_messages, reading_messages
from models.feeds.raw import RawMessage
from models.feeds.tidy import tidy
from models.messages.dead_letters import Reason
from ops.files.account import InputAccount
from ops.files.case_columns import obvious_mapping
from ops.files.choices import Choices
from ops.files.one_series import REPEATED, one_series
from ops.files.overruled import overruled, readings_by_choice
from ops.files.raw_lines import OUTSIDE, RawLines, set_aside_refused
from ops.files.table import FileTable, read_table

_TABLES: Final = ("csv", "tsv", "json", "jsonl", "ndjson", "geojson", "parquet", "xlsx", "xls")
_PACKINGS: Final = (".gz", ".zst", ".bz2", ".xz")


@dataclass
class MappedFile:
    """A file read through a mapping.

    Attributes
    ----------
    columns : ReadingColumns or EventColumns
        Its entries in the order of event time; which of the two, the mapping decides.
    rows : InputAccount
        What became of the rows when they were read.
    lost : Counter of str
        Single times and values that could not be used, by reason; also of rows that are used.
    """

    columns: ReadingColumns | EventColumns
    rows: InputAccount
    lost: Counter[str] = field(default_factory=Counter)
    _given: ReadingColumns | EventColumns | None = None

    def messages(
        self, since_ms: int | None = None, until_ms: int | None = None
    ) -> Iterator[RawMessage]:
        """Give its raw messages with since ≤ event time < until, in the order of event time."""
        kept = self._given = self.columns.between(since_ms, until_ms)
        return reading_messages(kept) if isinstance(kept, ReadingColumns) else event_messages(kept)

    @property
    def total(self) -> int:
        """How many messages there are."""
        return len(_message_rows(self.columns))

    def account(self, refused: Mapping[int, str] | None = None) -> InputAccount:
        """Say what became of the rows, once all messages have been given.

        Parameters
        ----------
        refused : mapping of int to str, optional
            Messages that gave nothing, by their number among those given, and why.
        """
        rows = _message_rows(self.columns if self._given is None else self._given)
        outside = self.rows.kept.copy()
        outside[rows] = False
        self.rows.set_aside(OUTSIDE, outside)
        set_aside_refused(self.rows, rows, refused or {})
        return self.rows


def _message_rows(columns: ReadingColumns | EventColumns) -> NDArray[np.int64]:
    """Row of the file that each message comes from: readings of one row are one message."""
    rows = columns.row
    if isinstance(columns, EventColumns) or not len(rows):
        return rows
    first: NDArray[np.int64] = rows[np.append(True, np.diff(rows) != 0)]
    return first


def read_mapped(path: Path, mapping: TableMapping, choices: Choices | None = None) -> MappedFile:
    """Read a file, or all files of a folder, through a mapping.

    Parameters
    ----------
    path : Path
        A file of any make that `ops.files.table.read_table` knows, or a folder of them.
    mapping : Mapping
        Which column is what.
    choices : Choices, optional
        What the user said: it overrules the mapping.

    Raises
    ------
    InputError
        There is no such file, it is not a table, lacks a column that the mapping names, or has a
        column of times that may mean two things.
    """
    choices = choices or Choices()
    tables = read_tables(path, choices, mapping.columns)
    mapping = overruled(mapping, choices, tables[0].names, path)
    return map_tables(path, tables, mapping, choices.missing)


def read_tables(path: Path, choices: Choices, columns: Sequence[str] = ()) -> list[FileTable]:
    """Read the file, or the tables of a folder; raises as `read_mapped`."""
    wanted = (*columns, *choices.names)
    return [read_table(each, encoding=choices.encoding, named=wanted) for each in tables_in(path)]


def map_tables(
    path: Path, tables: Sequence[FileTable], mapping: TableMapping, missing: Sequence[str] = ()
) -> MappedFile:
    """Apply a mapping to what was read of a path; otherwise as `read_mapped`."""
    account = _account(path, tables, mapping)
    trusted = account.kept.copy()
    parts = tuple(_part(table, mapping) for table in tables)
    text = TextTable(parts=parts, missing=(*mapping.missing, *missing))
    columns: ReadingColumns | EventColumns
    try:
        if mapping.case is None:
            columns, fates = map_readings(mapping, text)
        else:
            columns, fates = map_events(mapping, text)
    except UnclearColumn as error:
        msg = f"{path}, mapping {mapping.name}: {error}"
        raise InputError(msg) from None
    columns = columns.pick(trusted[columns.row])
    if isinstance(columns, ReadingColumns) and mapping.sensor and mapping.sensor.fixed:
        columns, emptied = one_series(path, columns, account, mapping.timezone)
        fates.rows(REPEATED, emptied)
    _settle(account, fates)
    lost = fates.lost + Counter(reason for table in tables for reason in table.faults.values())
    return MappedFile(columns, account, lost)


def refuse_unknown(read: MappedFile, feed: Feed | None) -> MappedFile:
    """Set aside the rows whose category a feed of cases refuses, as ingest does.

    Parameters
    ----------
    feed : Feed or None
        None, or one of readings: nothing is refused.
    """
    columns = read.columns
    if feed is None or not isinstance(columns, EventColumns):
        return read
    categories = CategoryList(feed)
    known = {name: categories.judge(name).code is not None for name in set(columns.category)}
    listed = np.array([known[name] for name in columns.category], dtype=bool)
    refused = np.zeros(read.rows.read, dtype=bool)
    refused[columns.row[~listed]] = True
    read.rows.set_aside(Reason.UNKNOWN_CATEGORY.value, refused)
    return replace(read, columns=columns.pick(listed))


def open_source(
    file: Path,
    mapping: str | None,
    feed: str,
    catalog: Catalog,
    choices: Choices | None = None,
) -> MappedFile | RawLines:
    """Open a file for a feed: with a mapping of the city, by what was named, or as raw messages.

    Raises
    ------
    InputError
        The mapping is for another feed, or the file cannot be used.
    ConfigError
        The city has no such mapping.
    """
    choices = choices or Choices()
    if mapping is None:
        return _by_choice(file, feed, catalog, choices)
    table = catalog.mapping(mapping)
    if table.feed != feed:
        msg = f"mapping {table.name} is for feed {table.feed}, not for {feed}"
        raise InputError(msg)
    return read_mapped(file, table, choices)


def _by_choice(file: Path, feed: str, catalog: Catalog, choices: Choices) -> MappedFile | RawLines:
    """Open a file without a mapping: a table where its columns were named."""
    if not choices.names:
        if choices != Choices():
            msg = f"{file}: raw messages say all themselves; of a table name the columns, too"
            raise InputError(msg)
        return RawLines(file)
    tables, zone = read_tables(file, choices), catalog.city.timezone
    names, watched = tables[0].names, catalog.feeds.get(feed)
    if watched is not None and watched.metrics:
        made = readings_by_choice(choices, watched, names, file, zone)
    else:
        made = obvious_mapping(file, names, zone, choices)
    return map_tables(file, tables, made, choices.missing)


def read_messages(
    path: Path,
    mapping: TableMapping,
    since_ms: int | None = None,
    until_ms: int | None = None,
) -> Iterator[RawMessage]:
    """Give the raw messages of a file in the order of event time; see `read_mapped`."""
    return read_mapped(path, mapping).messages(since_ms, until_ms)


def tables_in(path: Path) -> list[Path]:
    """Give the file itself, or the tables of a folder in the order of their names.

    Raises
    ------
    InputError
        The folder holds no table.
    """
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.is_file() and _is_table(file.name))
    if not files:
        msg = f"{path} holds no table; expected files that end in {', '.join(_TABLES)}"
        raise InputError(msg)
    return files


def _is_table(name: str) -> bool:
    for packing in _PACKINGS:
        name = name.removesuffix(packing)
    return not name.startswith(".") and name.rpartition(".")[2].lower() in _TABLES


def _account(path: Path, tables: Sequence[FileTable], mapping: TableMapping) -> InputAccount:
    faults: dict[int, str] = {}
    rows = 0
    for table in tables:
        faults |= {rows + row: reason for row, reason in table.faults.items()}
        rows += len(table)
    account = InputAccount(path, rows, faults)
    for table in tables:
        account.note(*table.notes)
    account.columns.update({role: ", ".join(names) for role, names in mapping.roles.items()})
    return account


def _settle(account: InputAccount, fates: RowFates) -> None:
    for reason, where in fates.set_aside:
        account.set_aside(reason, where)
    account.note(*fates.notes)


def _part(table: FileTable, mapping: TableMapping) -> TextPart:
    """Give the columns of a file under the names by which the mapping calls them.

    In JSON a key that no row has is an empty column.
    """
    columns = {name: table.columns[name] for name in table.names}
    columns |= {name: columns[tidy(name)] for name in mapping.columns if tidy(name) in columns}
    lacking = [name for name in mapping.columns if name not in columns]
    if lacking and table.names and not table.is_open:
        msg = (
            f"{table.path} has no column {', '.join(lacking)}, which mapping {mapping.name} names;"
            f" it has {', '.join(table.names)}"
        )
        raise InputError(msg)
    return TextPart(columns=columns, rows=len(table), separator=table.separator)
