"""What frames cost as a city has more streets: ingest's core and the street agent, processor time.

Run: `python -m benchmarks.frames [--streets 17 100 400]`. No servers. A batch is what one of four
raw partitions brings in a tenth of a second at 20,000 readings a second.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.figures import tell
from benchmarks.grown import grown_city
from config import names
from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from models.feeds.intake import Intake
from models.feeds.place import gazetteer
from models.feeds.raw_batch import RawBatch
from models.feeds.seen import MemorySeen
from streams.agents.panes import PaneProcessor
from streams.host.processor import Record
from streams.partitions import street_partitions

_NOW_MS: Final = 1_796_000_000_000
_ROWS: Final = 500
_BATCHES: Final = 40
_FAUST_US: Final = 120  # a message, whatever is in it


def measure(streets: int) -> dict[str, Any]:
    """Give microseconds of processor time a reading, and frames a batch."""
    with tempfile.TemporaryDirectory(prefix="gridpulse-city-") as folder:
        catalog = load(Settings(config_dir=grown_city(Path(folder), streets)))
    frames, ingest_us = _taken(catalog)
    agent, began_s = PaneProcessor(catalog, Settings(), 0), time.process_time()
    for offset, (key, data) in enumerate(frames):
        agent.apply(Record(names.FRAMES, 0, offset, data, _NOW_MS, key.encode()))
    agent.changes()  # adds what has gathered
    street_us = (time.process_time() - began_s) / (_BATCHES * _ROWS) * 1e6
    return {
        "streets": streets,
        "frames_a_batch": round(len(frames) / _BATCHES, 1),
        "bytes_a_reading": round(sum(len(data) for _, data in frames) / (_BATCHES * _ROWS)),
        "ingest_us": round(ingest_us, 1),
        "street_us": round(street_us, 1),
        "faust_us": round(len(frames) * _FAUST_US / (_BATCHES * _ROWS), 1),
    }


def _taken(catalog: Catalog) -> tuple[list[tuple[str, bytes]], float]:
    """Take batches of random cells in; gives the frames, and microseconds a reading."""
    codes, rng = catalog.grid_at(catalog.streets[-1].valid_from).codes, np.random.default_rng(1)
    intake = Intake(
        catalog.feeds["dust"],
        gazetteer(catalog),
        MemorySeen(),
        partition=0,
        partitions=1,
        partition_of=street_partitions(Settings().street_partitions),
    )
    frames: list[tuple[str, bytes]] = []
    spent_s = 0.0
    for number in range(_BATCHES):
        now_ms = _NOW_MS + number * 100
        values = [
            b'{"sensor":"s%d","metric":"pm10","value":%d,"ts":%d,"cell":"%d"}'
            % (cell, cell % 89, now_ms, codes[cell])
            for cell in rng.integers(0, codes.size, _ROWS).tolist()
        ]
        offsets = range(number * _ROWS, (number + 1) * _ROWS)
        batch = RawBatch(offsets=offsets, sent_ms=[now_ms] * _ROWS, values=values)
        began_s = time.process_time()
        frames += intake.take(batch, now_ms).messages
        spent_s += time.process_time() - began_s
    return frames, spent_s / (_BATCHES * _ROWS) * 1e6


def main() -> None:
    """Print a table, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streets", type=int, nargs="+", default=[17, 100, 400])
    rows = [measure(streets) for streets in parser.parse_args().streets]
    tell(rows)


if __name__ == "__main__":
    main()
