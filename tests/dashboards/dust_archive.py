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
from models.timing.units import DAY_MS, HOUR_MS
from models.timing.zone import zone_of
from streams.host.processor import Archive
from streams.sinks.archive_files import write_part
from tests.dashboards.factory import NOW_MS
from tests.dashboards.small_city import DAY
from tests.ops.analysis.test_case_history import write as write_cases

ZONE = zone_of("Asia/Shanghai")
DAYS = 31


def put_hours(
    archive: Path, hours: Mapping[tuple[str, str, int], float], feed: str = "dust"
) -> None:
    """Write the mean of each (metric, cell, beginning of an hour), each day a file."""
    days: dict[int, list[tuple[str, str, int]]] = {}
    for key in hours:
        days.setdefault(ZONE.day_at(key[2]), []).append(key)
    for day, keys in days.items():
        means = [hours[key] for key in keys]
        columns = dict.fromkeys(PANES.schema.names, [0] * len(keys)) | {
            "feed": [feed] * len(keys),
            "metric": [key[0] for key in keys],
            "cell": [key[1] for key in keys],
            "start_ms": [key[2] for key in keys],
            "count": [60] * len(keys),
            "mean": means,
            "max": [1.4 * each for each in means],
        }
        name = (EPOCH + timedelta(days=day)).isoformat()
        rows = packed(PANES.batch([columns]))
        write_part(archive, Archive(PANES.name, name, f"invented-{feed}-{len(keys)}", rows))


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
