"""The archive as the stream it was made from: panes of readings and cases, in event time.

The monitors of a district judge panes alone, so that rules can be run over the archive again. What
it does not hold is left out: the beats and departments that reported in a pane, and so the rules
that miss them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import numpy as np

from config.catalog import Catalog
from models.messages.columns import encode as encode_columns
from models.messages.envelope import encode
from models.messages.panes import CasePane, PaneHeader
from ops.analysis.archive import connect

_Made = Callable[[str, int, int, list[tuple[Any, ...]]], bytes]
_FETCH: Final = 20_000
_BETWEEN: Final = "feed = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms, cell"
_READINGS: Final = (
    'SELECT feed, start_ms, width_s, metric, cell, "count", "sum", resolution, "min", "max", '
    f"p50, p95, ingested_ms FROM panes WHERE {_BETWEEN}, metric"
)
_CASES: Final = (
    'SELECT feed, start_ms, width_s, cell, category, "type", "count" FROM case_panes '
    f"WHERE {_BETWEEN}, category, type"
)


def archived_panes(
    archive: Path, catalog: Catalog, since_ms: int, until_ms: int
) -> Iterator[bytes]:
    """Give the panes of all configured feeds between two event times, in their order.

    A pane without a row is given as well: it tells the monitors that time goes on.
    """
    with connect(archive) as connection:
        streams = [
            _panes(connection.cursor(), query, made, (feed, since_ms, until_ms))
            for feed in catalog.feeds
            for query, made in ((_READINGS, _reading_pane), (_CASES, _case_pane))
        ]
        for _, value in merge(*streams, key=itemgetter(0)):
            yield value


def _panes(
    cursor: Any, query: str, made: _Made, asked: tuple[str, int, int]
) -> Iterator[tuple[int, bytes]]:
    """Give the panes of one feed with their ends."""
    rows = _rows(cursor.execute(query, list(asked)))
    expected: int | None = None
    for start_ms, own in groupby(rows, key=itemgetter(1)):
        pane = list(own)
        width_s = pane[0][2]
        while expected is not None and expected < start_ms:
            yield expected + width_s * 1000, made(asked[0], expected, width_s, [])
            expected += width_s * 1000
        yield start_ms + width_s * 1000, made(asked[0], start_ms, width_s, pane)
        expected = start_ms + width_s * 1000


def _rows(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(_FETCH):
        yield from rows


def _reading_pane(feed: str, start_ms: int, width_s: int, rows: list[tuple[Any, ...]]) -> bytes:
    resolutions = {row[3]: row[7] for row in rows}
    metrics = tuple(sorted(resolutions))
    header = PaneHeader(
        rows=len(rows),
        feed=feed,
        partition=0,
        partitions=1,
        start_ms=start_ms,
        width_s=width_s,
        watermark_ms=start_ms + width_s * 1000,
        metrics=metrics,
        resolutions=tuple(resolutions[name] for name in metrics),
        ingested_ms=max((row[12] for row in rows), default=0),
    )
    step = [row[7] for row in rows]
    given: dict[str, list[Any]] = {
        "cell": [int(row[4]) for row in rows],
        "metric": [metrics.index(row[3]) for row in rows],
        "count": [row[5] for row in rows],
        "sum": [row[6] for row in rows],
        "min": [round(row[8] / one) for row, one in zip(rows, step, strict=True)],
        "max": [round(row[9] / one) for row, one in zip(rows, step, strict=True)],
        "p50": [row[10] for row in rows],
        "p95": [row[11] for row in rows],
    }
    columns = {
        name: np.asarray(given[name], dtype=kind) for name, kind in PaneHeader.COLUMNS.items()
    }
    return encode_columns(header, columns)


def _case_pane(feed: str, start_ms: int, width_s: int, rows: list[tuple[Any, ...]]) -> bytes:
    return encode(
        CasePane(
            feed=feed,
            partition=0,
            partitions=1,
            start_ms=start_ms,
            width_s=width_s,
            watermark_ms=start_ms + width_s * 1000,
            revision=0,
            rows=[(int(cell), category, step, n) for *_, cell, category, step, n in rows],
        )
    )
