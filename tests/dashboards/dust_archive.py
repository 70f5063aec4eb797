"""An archive of invented dust: hours of some stations, two springs before the shown one, cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from config.catalog import Catalog
from dashboards.common.places import stations
from models.archive.buffer import packed
from models.archive.datasets import PANES
from models.grid.grid import Grid
from models.messages.case_events import CaseEvent, EventType
from models.timing.calendar import EPOCH
from models.timing.units import DAY_MS, HOUR_MS, MINUTE_MS
from models.timing.zone import zone_of
from streams.host.processor import Archive
from streams.sinks.archive_files import write_part
from tests.dashboards.factory import NOW_MS
from tests.dashboards.small_city import DAY
from tests.ops.analysis.test_case_history import write as write_cases

ZONE = zone_of("Asia/Shanghai")
DAYS = 31
COUNTS = (5, 10, 15, 30)  # readings of the panes of an hour, or a multiple of them
APART = (0.3, 0.15, 0.1, -0.15)  # how far the mean of each lies from that of the hour


def put_hours(
    archive: Path, hours: Mapping[tuple[str, str, int], float], feed: str = "dust"
) -> None:
    """Write the mean of each (metric, cell, beginning of an hour) as four panes, each day a file.

    The panes of an hour differ in value and readings, and cells in readings as well.
    """
    days: dict[int, list[tuple[str, str, int]]] = {}
    for key in hours:
        days.setdefault(ZONE.day_at(key[2]), []).append(key)
    for day, keys in days.items():
        mean = np.array([hours[key] for key in keys])
        fold = np.array([readings_of(key[1]) // sum(COUNTS) for key in keys])
        start_ms = np.array([key[2] for key in keys])
        rows = len(keys) * len(COUNTS)
        nothing = dict.fromkeys(PANES.schema.names, np.zeros(rows, dtype=np.int64))
        columns = nothing | {
            "feed": np.full(rows, feed),
            "metric": np.repeat([key[0] for key in keys], len(COUNTS)),
            "cell": np.repeat([key[1] for key in keys], len(COUNTS)),
            "start_ms": (start_ms[:, None] + np.arange(len(COUNTS)) * 15 * MINUTE_MS).ravel(),
            "count": np.outer(fold, COUNTS).ravel(),
            "mean": np.outer(mean, 1 + np.array(APART)).ravel(),
            "max": np.outer(mean, (1.4, 1.2, 1.3, 1.1)).ravel(),
        }
        name = (EPOCH + timedelta(days=day)).isoformat()
        packed_rows = packed(PANES.batch([columns]))
        write_part(archive, Archive(PANES.name, name, f"invented-{feed}-{rows}", packed_rows))


def readings_of(cell: str) -> int:
    """Give how many readings a cell has in an hour."""
    return sum(COUNTS) * (1 + int(cell) % 3)


def spring(
    cells: Sequence[str], until: date, days: int, rise: float, metrics: Iterable[str]
) -> dict[tuple[str, str, int], float]:
    """Invent hours: a rush in the morning and evening, weather of several days, some noise."""
    chance = np.random.default_rng(until.year)
    end_ms = int(ZONE.utc(np.array([((until - EPOCH).days + 1) * DAY_MS]))[0])
    at_ms = np.arange(end_ms - days * DAY_MS, end_ms, HOUR_MS)
    hour = ZONE.local(at_ms) % DAY_MS / HOUR_MS
    daily = 1 + 0.35 * np.exp(-((hour - 8) ** 2) / 8) + 0.3 * np.exp(-((hour - 19) ** 2) / 10)
    weather = 1 + 0.3 * np.sin(np.arange(len(at_ms)) / 37 + until.year)
    found: dict[tuple[str, str, int], float] = {}
    for number, cell in enumerate(cells):
        for metric, size in zip(metrics, (60.0, 110.0, 50.0), strict=False):
            noise = chance.lognormal(0, 0.12, len(at_ms))
            values = size * rise * (1 + 0.12 * number) * daily * weather * noise
            found |= {
                (metric, cell, int(at)): float(value)
                for at, value in zip(at_ms, values, strict=True)
            }
    return found


def invented_archive(archive: Path, catalog: Catalog, grid: Grid) -> list[str]:
    """Fill an archive up to the snapshots of `factory`; gives the cells that measure.

    The last afternoon is dustier at the first station, which was silent for three hours at night.
    """
    cells = list(stations(grid, catalog.feeds["dust"]))[:4]
    metrics = ("coarse", "pm10", "pm25")
    hours = spring(cells, DAY, DAYS, 1.0, metrics)
    hours = {key: value for key, value in hours.items() if key[2] <= NOW_MS - HOUR_MS}
    for back in range(6):
        for metric in metrics:
            hours[metric, cells[0], NOW_MS // HOUR_MS * HOUR_MS - (back + 1) * HOUR_MS] *= 1.9
    for back in range(10, 13):
        for metric in metrics:
            del hours[metric, cells[0], NOW_MS // HOUR_MS * HOUR_MS - back * HOUR_MS]
    put_hours(archive, hours)
    for back in (1, 2):
        until = date(DAY.year - back, DAY.month, DAY.day + 4)
        put_hours(archive, spring(cells, until, DAYS + 8, 1 - 0.1 * back, ("coarse", "pm10")))
    write_cases(archive, cases(cells[0]))
    return cells


def cases(cell: str) -> list[CaseEvent]:
    """Three cases on dust at a cell, one closed, and one on something else."""
    given = (("2010-0401", 4, "E0303"), ("2010-0402", 9, "E0303"), ("2010-0403", 20, "E0303"))
    told = [
        _event(case, EventType.REPORTED, hours, cell=cell, category=category)
        for case, hours, category in (*given, ("2010-0404", 5, "E0102"))
    ]
    return [*told, _event("2010-0403", EventType.CLOSED, 12, cell=cell, category="E0303")]


def _event(case: str, kind: EventType, hours_ago: float, **more: str) -> CaseEvent:
    at_ms = NOW_MS - round(hours_ago * HOUR_MS)
    parts = {"actor": "P-31", "role": "supervision", "department": "urban-enforcement"} | more
    return CaseEvent(case=case, type=kind, ts_ms=at_ms, offset=0, **parts)  # type: ignore[arg-type]
