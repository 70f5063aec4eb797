"""What a snapshot costs: summaries in, snapshot out, the wall's page made of it; processor time.

Run: `python -m benchmarks.situation [--cells 4238 101000]`. No servers; each cell has one metric.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.figures import tell
from benchmarks.grown import grown_city
from config import names
from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from dashboards.common.city_index import CityIndex
from dashboards.common.push import PageChannel
from dashboards.rooms.leadership.live import wall_live
from models.messages.street_summaries import SummaryHeader, in_parts
from models.situation.snapshot import Snapshot
from models.windows.feed import FeedWindows
from streams.agents.situation import SituationProcessor
from streams.host.processor import Record, WriteSnapshot

_NOW_MS: Final = 1_796_000_000_000
_PARTITIONS: Final = 4
_LAYERS: Final = 5  # windows of one metric


def measure(cells: int, rounds: int) -> dict[str, Any]:
    """Give milliseconds of processor time a snapshot."""
    with tempfile.TemporaryDirectory(prefix="gridpulse-city-") as folder:
        catalog = load(Settings(config_dir=grown_city(Path(folder), 100, cells)))
    city = CityIndex(catalog, catalog.grid_at, catalog.streets[-1].valid_from)
    records = _summaries(catalog)
    agent, channel, clock = SituationProcessor(catalog), PageChannel(), iter(range(10**6))

    def tick() -> Snapshot:
        for record in records:
            agent.apply(record)
        (effect,) = agent.tick(_NOW_MS + next(clock) * 1000)
        assert isinstance(effect, WriteSnapshot)
        return Snapshot.from_bytes(effect.data)

    snapshot = tick()
    return {
        "cells": catalog.grid_at(catalog.streets[-1].valid_from).codes.size,
        "summaries_kb": sum(len(record.value) for record in records) // 1000,
        "snapshot_kb": len(snapshot.to_bytes()) // 1000,
        "snapshot_ms": _cpu_ms(tick, rounds),
        "wall_ms": _cpu_ms(lambda: channel.advance({}, wall_live(snapshot, city)), rounds),
    }


def _summaries(catalog: Catalog) -> list[Record]:
    """Give the summaries of all street partitions, every cell with a value in every window."""
    codes = catalog.grid_at(catalog.streets[-1].valid_from).codes
    layers = FeedWindows(catalog.feeds["dust"]).layers
    found: list[Record] = []
    for partition in range(_PARTITIONS):
        cells = np.repeat(np.sort(codes[partition::_PARTITIONS]), _LAYERS)
        header = SummaryHeader(
            rows=cells.size,
            feed="dust",
            partition=partition,
            partitions=_PARTITIONS,
            published_ms=_NOW_MS,
            watermark_ms=_NOW_MS - 600_000,
            last_event_ms=_NOW_MS,
            ingested_ms=(_NOW_MS,) * 200,
            layers=layers,
        )
        columns = {
            "cell": cells,
            "layer": np.arange(cells.size) % _LAYERS,
            "value": np.arange(cells.size) % 97,
            "event_ms": np.full(cells.size, _NOW_MS),
        }
        for data in in_parts(header, columns):
            found.append(Record(names.SUMMARIES, 0, len(found), data, _NOW_MS, b""))
    return found


def _cpu_ms(work: Callable[[], object], rounds: int) -> float:
    began_s = time.process_time()
    for _ in range(rounds):
        work()
    return round((time.process_time() - began_s) / rounds * 1000, 1)


def main() -> None:
    """Print a table, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, nargs="+", default=[4238, 101_000])
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    rows = [measure(cells, arguments.rounds) for cells in arguments.cells]
    tell(rows)


if __name__ == "__main__":
    main()
