"""Messages of the stream → rows of the archive, by the local day they are about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
import numpy as np

from models.archive.datasets import (
    CASE_PANES,
    CASES,
    MATTERS,
    PANES,
    SIGNALS,
    WARNINGS,
    Columns,
    Dataset,
)
from models.cases.history import history_rows
from models.cases.timeline import step_of
from models.messages.case_events import CaseBatch
from models.messages.matters import MatterBatch, MatterRecord
from models.messages.panes import CasePane, ReadingPane
from models.messages.signals import LimitSignal, Signal, SignalBatch, SilenceSignal
from models.messages.topic import AnyMessage
from models.messages.warnings import CityWarning
from models.timing.calendar import EPOCH
from models.timing.zone import Zone

Place = tuple[str, str]  # dataset, ISO day
# Columns, not Arrow: messages are many and small; making Arrow of each would cost more than all the
# rest (1 ms for five events).
Rows = dict[Place, Columns]

_DETAILS: Final = (
    "cells",
    "suppressed",
    "explanation",
    "suggestion",
    "owner",
    "evidence",
    "state",
    "life",
)


def rows_of(message: AnyMessage, zone: Zone) -> Rows:
    """Lay a message out as rows; no rows where the archive keeps nothing of it.

    Parameters
    ----------
    message : AnyMessage
        Of `panes`, `signals`, `warnings`, `case-events` or a topic of matters.
    zone : Zone
        Local time of the city: a row belongs to the day on which it happened there.
    """
    rows: Rows = {}  # of what every cell showed beside its expectation, which is for the map
    match message:
        case ReadingPane():
            rows = _panes(message, zone)
        case CasePane():
            rows = _case_panes(message, zone)
        case SignalBatch():
            rows = _signals(message, zone)
        case CityWarning():
            rows = _warnings(message, zone)
        case CaseBatch():
            rows = _cases(message, zone)
        case MatterBatch():
            rows = _matters(message, zone)
    return rows


def day_of(ts_ms: int, zone: Zone) -> str:
    """ISO date of the local day of an instant."""
    ordinal = EPOCH.toordinal() + zone.day_at(ts_ms)
    return EPOCH.fromordinal(min(max(ordinal, 1), EPOCH.max.toordinal())).isoformat()


def _panes(pane: ReadingPane, zone: Zone) -> Rows:
    header, columns = pane.header, pane.columns
    if not header.rows:
        return {}
    resolutions = np.array(header.resolutions)[columns["metric"]]
    laid_out: Columns = {
        **_same(header.rows, feed=header.feed, start_ms=header.start_ms, width_s=header.width_s),
        **_same(header.rows, revision=header.revision, ingested_ms=header.ingested_ms),
        "metric": np.array(header.metrics, dtype=object)[columns["metric"]],
        "cell": columns["cell"],
        "count": columns["count"],
        "sum": columns["sum"],
        "resolution": resolutions,
        "mean": columns["sum"] / np.maximum(columns["count"], 1) * resolutions,
        "min": columns["min"] * resolutions,
        "max": columns["max"] * resolutions,
        "p50": columns["p50"],
        "p95": columns["p95"],
    }
    return {(PANES.name, day_of(header.start_ms, zone)): laid_out}


def _case_panes(pane: CasePane, zone: Zone) -> Rows:
    if not pane.rows:
        return {}
    cell, category, kind, count = zip(*pane.rows, strict=True)
    laid_out: Columns = {
        **_same(len(cell), feed=pane.feed, start_ms=pane.start_ms, width_s=pane.width_s),
        **_same(len(cell), revision=pane.revision),
        "cell": [str(each) for each in cell],
        "category": list(category),
        "type": list(kind),
        "count": list(count),
    }
    return {(CASE_PANES.name, day_of(pane.start_ms, zone)): laid_out}


def _signals(batch: SignalBatch, zone: Zone) -> Rows:
    return _by_day(SIGNALS, ((each.start_ms, _signal(each)) for each in batch.signals), zone)


def _signal(signal: Signal) -> dict[str, Any]:
    row = {name: getattr(signal, name, None) for name in SIGNALS.schema.names}
    observed, expected = _numbers(signal)
    return row | {
        "kind": signal.__struct_config__.tag,
        "area_kind": signal.area.kind.value,
        "area": signal.area.code,
        "scope": signal.scope.value,
        "observed": observed,
        "expected": expected,
        "evidence": msgspec.json.encode(signal.evidence).decode(),
        "cells": msgspec.json.encode(signal.cells).decode(),
    }


def _numbers(signal: Signal) -> tuple[float, float]:
    """Give what was seen, and what should have been."""
    if isinstance(signal, SilenceSignal):
        return signal.evidence.hours, signal.evidence.usual
    if isinstance(signal, LimitSignal):
        return signal.evidence.observed, signal.evidence.limit
    return signal.evidence.observed, signal.evidence.expected


def _warnings(warning: CityWarning, zone: Zone) -> Rows:
    return _by_day(WARNINGS, [(warning.updated_ms, _warning(warning))], zone)


def _warning(warning: CityWarning) -> dict[str, Any]:
    details = {name: getattr(warning, name) for name in _DETAILS}
    known = {name: getattr(warning, name, None) for name in WARNINGS.schema.names}
    return known | {"details": msgspec.json.encode(details).decode()}


def _cases(batch: CaseBatch, zone: Zone) -> Rows:
    steps = ((event.case, step_of(event)) for event in batch.events)
    days = history_rows(batch.feed, steps, zone)
    return {(CASES.name, day): columns for day, columns in days.items()}


def _matters(batch: MatterBatch, zone: Zone) -> Rows:
    rows = ((record.ts_ms, _matter(batch, record)) for record in batch.records)
    return _by_day(MATTERS, rows, zone)


def _matter(batch: MatterBatch, record: MatterRecord) -> dict[str, Any]:
    fields = {name: getattr(record, name, None) for name in MATTERS.schema.names}
    whence = {"raw_offset": record.offset, "raw_index": record.index}
    return fields | {"feed": batch.feed, "raw_partition": batch.origin.partition} | whence


def _by_day(dataset: Dataset, known: Iterable[tuple[int, dict[str, Any]]], zone: Zone) -> Rows:
    days: dict[str, Columns] = {}
    for ts_ms, row in known:
        columns = days.setdefault(day_of(ts_ms, zone), {name: [] for name in dataset.schema.names})
        for name, column in columns.items():
            column.append(row[name])
    return {(dataset.name, day): columns for day, columns in days.items()}


def _same(rows: int, **values: Any) -> Columns:
    """Columns that have one value in all rows."""
    return {name: np.full(rows, value) for name, value in values.items()}
