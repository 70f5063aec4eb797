"""The readings of a period, from the panes and signals of the archive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.bulletin.figures import Departure, ReadingFigures
from models.bulletin.period import Against
from ops.bulletin.names import CodeNames

Metric = tuple[str, str]  # feed and metric
Means = Mapping[Metric, float]

_PANES: Final = """
    SELECT feed, metric, sum(mean * count) / sum(count), max(max), arg_max(cell, max),
        arg_max(start_ms, max), sum(count), count(DISTINCT cell),
        count(DISTINCT start_ms // 3600000)
    FROM panes WHERE start_ms >= ? AND start_ms < ? AND count > 0
    GROUP BY feed, metric ORDER BY feed, sum(count) DESC, metric
"""
_MEANS: Final = """
    SELECT feed, metric, sum(mean * count) / sum(count)
    FROM panes WHERE start_ms >= ? AND start_ms < ? AND count > 0 GROUP BY feed, metric
"""
_DEPARTURES: Final = """
    SELECT feed, metric, count(*), arg_max(observed, severity), arg_max(expected, severity),
        arg_max(area, severity), arg_max(start_ms, severity)
    FROM signals WHERE kind = 'reading' AND active AND start_ms >= ? AND start_ms < ?
    GROUP BY feed, metric
"""


def means_of(connection: Any, start_ms: int, end_ms: int) -> Means:
    """Give the mean of each metric over all readings of [start, end)."""
    rows = connection.execute(_MEANS, [start_ms, end_ms]).fetchall()
    return {(feed, metric): mean for feed, metric, mean in rows}


def readings_of(
    connection: Any,
    names: CodeNames,
    start_ms: int,
    end_ms: int,
    earlier: Mapping[Against, Means],
) -> tuple[ReadingFigures, ...]:
    """Give the figures of each metric over the panes that began in [start, end).

    What is expected of a pane is archived only where it departed from it.
    """
    departures = {
        (feed, metric): (count, Departure(observed=seen, expected=due, place=place, at_ms=at))
        for feed, metric, count, seen, due, place, at in (
            (*row[:5], names.place(row[5]), row[6])
            for row in connection.execute(_DEPARTURES, [start_ms, end_ms]).fetchall()
        )
    }
    found = []
    for row in connection.execute(_PANES, [start_ms, end_ms]).fetchall():
        feed, metric, mean, most, cell, at_ms, readings, cells, hours = row
        title, unit = names.metric(feed, metric)
        count, worst = departures.get((feed, metric), (0, None))
        found.append(
            ReadingFigures(
                feed=feed,
                metric=metric,
                title=title,
                unit=unit,
                mean=mean,
                max=most,
                max_place=names.place(cell),
                max_ms=at_ms,
                readings=int(readings),
                cells=cells,
                hours=hours,
                earlier={
                    name: means[feed, metric]
                    for name, means in earlier.items()
                    if (feed, metric) in means
                },
                departures=count,
                worst=worst,
            )
        )
    return tuple(found)
