"""Hours of a metric at a place, from the panes of the archive."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np

from dashboards.common.history import HourRows
from models.archive.datasets import PANES
from models.timing.units import HOUR_MS
from ops.analysis.asked import asked
from streams.sinks.archive_files import day_files

FRESH_S: Final = 60.0  # the archive is written about once a minute
HELD: Final = 32  # answers

# The places stand inside, before the versions of a pane are ranked: else those of all cells were.
_OF_PLACES: Final = """(SELECT * FROM read_parquet($files, union_by_name = true)
    WHERE feed = $feed AND metric = $metric AND len(list_filter($places,
        lambda place: starts_with(cell, place))) > 0)"""
HOURS: Final = f"""
    SELECT place, start_ms // {HOUR_MS} * {HOUR_MS} AS at_ms, sum(mean * count) / sum(count),
        max(max), CAST(sum(count) AS BIGINT)
    FROM ({PANES.newest_rows(_OF_PLACES)})
    JOIN (SELECT unnest($places) AS place) ON starts_with(cell, place)
    WHERE count > 0 GROUP BY place, at_ms ORDER BY place, at_ms
"""

_Question = tuple[str, str, tuple[str, ...], tuple[date, ...]]


class ArchivedPanes:
    """Answers from the archive; safe for several threads.

    Parameters
    ----------
    archive : Path
    """

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._held: OrderedDict[_Question, tuple[float, dict[str, HourRows]]] = OrderedDict()
        self._lock = Lock()

    def hours(
        self, feed: str, metric: str, places: Sequence[str], days: Sequence[date]
    ) -> dict[str, HourRows]:
        """See `dashboards.common.history.History`; an answer is up to `FRESH_S` old."""
        question = (feed, metric, tuple(places), tuple(days))
        now_s = time.monotonic()
        with self._lock:  # one question at a time: the next asker finds the answer
            known = self._held.get(question)
            if known is not None and now_s - known[0] < FRESH_S:
                return known[1]
            rows = self._read(*question)
            self._held[question] = (now_s, rows)
            self._held.move_to_end(question)
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        return rows

    def _read(
        self, feed: str, metric: str, places: Sequence[str], days: Sequence[date]
    ) -> dict[str, HourRows]:
        found = (day_files(self._archive, PANES.name, day.isoformat())[0] for day in days)
        files = [str(file) for each in found for file in each]
        given = {"files": files, "feed": feed, "metric": metric, "places": list(places)}
        rows = asked(HOURS, given) if files else []
        return {place: _laid([row[1:] for row in rows if row[0] == place]) for place in places}


def _laid(rows: Sequence[tuple[Any, ...]]) -> HourRows:
    at_ms, mean, most, readings = zip(*rows, strict=True) if rows else ((), (), (), ())
    return HourRows(
        at_ms=np.array(at_ms, dtype=np.int64),
        mean=np.array(mean, dtype=np.float64),
        most=np.array(most, dtype=np.float64),
        readings=np.array(readings, dtype=np.int64),
    )
