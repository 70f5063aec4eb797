"""The datasets of the archive: their columns, and which row of several with one key counts.

Parts are written at least once, and a pane may be corrected: readers take, of all rows with one
key, the newest. The same text of SQL makes the views of readers and the compacted files, so that
compacting a day changes no answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
import pyarrow as pa

from models.cases.history import FOLDER

Columns = dict[str, Any]  # name → list or array of values, all equally long

_SQL: Final = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.int8(): "TINYINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.binary(): "BLOB",
}
_TEXT, _INT, _SHORT, _REAL = pa.string(), pa.int64(), pa.int32(), pa.float64()


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One kind of rows, in a folder of its own.

    Attributes
    ----------
    name : str
        Also of its folder and its view.
    schema : pyarrow.Schema
    key : tuple of str
        Columns that say what a row tells of; rows with one key are versions of one another.
    newest : tuple of str
        Columns by which the versions are ranked, the greatest counts. The other columns follow, so
        that the choice never depends on the order of files.
    """

    name: str
    schema: pa.Schema
    key: tuple[str, ...]
    newest: tuple[str, ...] = ()

    def batch(self, parts: Sequence[Columns]) -> pa.RecordBatch:
        """Join columns end to end and make Arrow of them."""
        arrays = [_array([part[each.name] for part in parts], each.type) for each in self.schema]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def newest_rows(self, source: str, extra: str = "") -> str:
        """Write the query that gives the row that counts of every key.

        Parameters
        ----------
        source : str
            SQL of a table; a column of `schema` that it lacks, because it is older, is null.
        extra : str
            Further columns to give, each after a comma.
        """
        columns = ", ".join(_quoted(name) for name in self.schema.names)
        rest = [name for name in self.schema.names if name not in (*self.key, *self.newest)]
        ranks = ", ".join(f"{_quoted(name)} DESC NULLS LAST" for name in (*self.newest, *rest))
        keys = ", ".join(_quoted(name) for name in self.key)
        rank = f"row_number() OVER (PARTITION BY {keys} ORDER BY {ranks or keys})"
        whole = f"(SELECT * FROM {source} UNION ALL BY NAME {self.no_rows()})"
        return f"SELECT {columns}{extra} FROM {whole} QUALIFY {rank} = 1"

    def no_rows(self, extra: str = "") -> str:
        """Write the query that gives all columns and no row."""
        nulls = (f"CAST(NULL AS {_SQL[each.type]}) AS {_quoted(each.name)}" for each in self.schema)
        return f"SELECT {', '.join(nulls)}{extra} WHERE false"


def _array(parts: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if isinstance(parts[0], np.ndarray):
        return pa.array(np.concatenate(parts)).cast(kind)
    return pa.array(list(chain.from_iterable(parts)), kind)


def _quoted(name: str) -> str:
    return f'"{name}"'


PANES: Final = Dataset(
    name="panes",
    schema=pa.schema(
        {
            "feed": _TEXT,
            "metric": _TEXT,
            "cell": _TEXT,  # 15 digits
            "start_ms": _INT,  # event time, epoch milliseconds
            "width_s": _SHORT,
            "revision": _SHORT,  # 0 at first close; late readings correct it
            "count": _INT,
            "sum": _INT,  # multiples of the resolution: exact
            "resolution": _REAL,
            "mean": _REAL,  # from here on in the unit of the metric
            "min": _REAL,
            "max": _REAL,
            "p50": _REAL,
            "p95": _REAL,
            "ingested_ms": _INT,  # wall clock of the newest reading inside
        }
    ),
    key=("feed", "metric", "cell", "start_ms"),
    # Readings are only ever added to a pane: where a lost state began again at revision 0, the
    # pane with more readings is the fuller one.
    newest=("revision", "count"),
)
CASE_PANES: Final = Dataset(
    name="case_panes",
    schema=pa.schema(
        {
            "feed": _TEXT,
            "cell": _TEXT,
            "category": _TEXT,
            "type": _TEXT,  # step of the loop: `reported`, `filed`, …
            "start_ms": _INT,
            "width_s": _SHORT,
            "revision": _SHORT,
            "count": _INT,
        }
    ),
    key=("feed", "cell", "category", "type", "start_ms"),
    newest=("revision", "count"),
)
SIGNALS: Final = Dataset(
    name="signals",
    schema=pa.schema(
        {
            "id": _TEXT,
            "kind": _TEXT,  # reading, count, cluster, silence, limit
            "feed": _TEXT,
            "metric": _TEXT,
            "area_kind": _TEXT,  # cell, community, street, district
            "area": _TEXT,  # its code
            "subject": _TEXT,
            "scope": _TEXT,
            "start_ms": _INT,
            "width_s": _SHORT,
            "severity": _REAL,  # by chance once in so many days; 0: an absolute limit
            "active": pa.bool_(),  # false: the first normal pane after flagged ones
            "observed": _REAL,  # of a silence: hours
            "expected": _REAL,  # of a limit: the limit
            "evidence": _TEXT,  # all of the evidence, as JSON
            "ingested_ms": _INT,
            "cells": _TEXT,  # cells concerned, as JSON
        }
    ),
    key=("id",),
    newest=("ingested_ms",),
)
# Written up to release 0.3, before signals had a type for each kind: read, compacted and pruned.
ANOMALIES: Final = Dataset(
    name="anomalies",
    schema=pa.schema(
        {
            "id": _TEXT,
            "detector": _TEXT,
            "feed": _TEXT,
            "metric": _TEXT,
            "cell": _TEXT,
            "start_ms": _INT,
            "width_s": _SHORT,
            "score": _REAL,
            "active": pa.bool_(),  # false: the first normal pane after flagged ones
            "observed": _REAL,
            "expected": _REAL,
            "evidence": _TEXT,  # all of the evidence, as JSON
            "ingested_ms": _INT,
            "about": _TEXT,  # group of cases, number of a cluster; empty for readings
            "cells": _TEXT,  # cells concerned where `cell` is not all, as JSON
        }
    ),
    key=("id",),
    newest=("ingested_ms",),
)
WARNINGS: Final = Dataset(
    name="warnings",
    schema=pa.schema(
        {
            "id": _TEXT,
            "revision": _SHORT,
            "rule": _TEXT,
            "change": _TEXT,
            "reason": _TEXT,
            "scope": _TEXT,
            "level": pa.int8(),  # 1 blue … 4 red
            "peak_level": pa.int8(),
            "feed": _TEXT,
            "metric": _TEXT,
            "area": _TEXT,
            "raised_ms": _INT,
            "updated_ms": _INT,
            "cleared_ms": _INT,  # 0 while open
            "details": _TEXT,  # as JSON: cells, explanation, life and more (`rows._DETAILS`)
            "ingested_ms": _INT,
        }
    ),
    key=("id", "revision"),
    newest=("ingested_ms",),
)
_CASE_SCHEMA: Final = pa.schema(
    {
        "feed": _TEXT,
        "case": _TEXT,
        "ts_ms": _INT,
        "type": _TEXT,
        "actor": _TEXT,
        "role": _TEXT,
        "department": _TEXT,
        "category": _TEXT,
        "cell": _TEXT,
        "source": _TEXT,
        "due_ms": _INT,
        "lon": _REAL,
        "lat": _REAL,
        "beat": _TEXT,
        "area": _TEXT,
        "unlisted": _TEXT,  # category as sent, where the feed does not list it
    }
)
CASES: Final = Dataset(name=FOLDER, schema=_CASE_SCHEMA, key=tuple(_CASE_SCHEMA.names))
_MATTER_SCHEMA: Final = pa.schema(
    {
        "feed": _TEXT,
        "ts_ms": _INT,
        "cell": _TEXT,
        "what": _TEXT,  # as all that follows: `models.messages.matters.MatterRecord`
        "subject": _TEXT,
        "state": _TEXT,
        "amount": _REAL,
        "measure": _REAL,
        "who": _TEXT,
        "at_ms": _INT,
        "raw_partition": _INT,
        "raw_offset": _INT,
        "raw_index": _INT,
    }
)
# The time is part of the key: a raw topic that was made anew counts its offsets from 0 again.
MATTERS: Final = Dataset(
    name="matters",
    schema=_MATTER_SCHEMA,
    key=("feed", "raw_partition", "raw_offset", "raw_index", "ts_ms"),
)

MOMENTS: Final = Dataset(
    name="moments",
    schema=pa.schema(
        {
            "clock_ms": _INT,  # the time that it shows, by the clock of its mode
            "written_ms": _INT,
            "snapshot": pa.binary(),  # as `models.situation.snapshot` packs it, without `cells`
        }
    ),
    key=("clock_ms",),
    newest=("written_ms",),
)

_ALL: Final = (PANES, CASE_PANES, SIGNALS, ANOMALIES, WARNINGS, CASES, MATTERS, MOMENTS)
DATASETS: Final = {each.name: each for each in _ALL}
