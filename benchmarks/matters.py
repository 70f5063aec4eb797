"""How many updates a second a street partition takes, and what an object of a matter weighs.

`python -m benchmarks.matters [objects]`: a campaign and a register with so many objects in one
partition, through the state that the agents run, without Kafka. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from collections.abc import Callable

from config.loader import load
from config.settings import Settings
from models.feeds.kinds.contract import feed_kinds
from models.messages.matters import MatterBatch, MatterRecord
from models.messages.origin import Origin
from models.messages.topics import decode, encode

START_MS = 1_236_000_000_000
A_BATCH = 2000
Act = tuple[str, str]  # what was done, and the state


def batches(feed: str, objects: int, cells: list[str], act: Act, first: int) -> list[bytes]:
    """Encoded batches, one record an object."""
    made = []
    for begin in range(0, objects, A_BATCH):
        records = [
            MatterRecord(
                ts_ms=START_MS + first + n,
                cell=cells[n % len(cells)],
                offset=first + n,
                what=act[0],
                subject=f"{feed}-{n:07d}",
                state=act[1],
            )
            for n in range(begin, min(begin + A_BATCH, objects))
        ]
        batch = MatterBatch(
            feed=feed,
            street="110101001",
            origin=Origin(1, 0, 1, START_MS + first, START_MS),
            records=records,
        )
        made.append(encode(batch))
    return made


def measured(kind: str, feed: str, first: Act, then: Act, objects: int) -> dict[str, float]:
    """Updates a second, milliseconds of a summary, and bytes an object."""
    settings = Settings(street_partitions=1)
    catalog = load(settings)
    bounds = catalog.feeds[feed].bounds.model_copy(update={"cases": 1_000_000})
    wide = catalog.feeds[feed].model_copy(update={"bounds": bounds})
    catalog = catalog.model_copy(update={"feeds": {feed: wide}, "rules": {}})
    grid = catalog.grid_at(max(street.valid_from for street in catalog.streets))
    cells = [f"{code:015d}" for code in grid.codes.tolist()]
    listed = batches(feed, objects, cells, first, 0)
    updates = batches(feed, objects, cells, then, objects)
    topic = feed_kinds()[kind].topic
    state = feed_kinds()[kind].street(catalog, 0, 1)

    def taken(given: list[bytes]) -> float:
        begun = time.process_time()
        for value in given:
            list(state.apply(decode(topic, value)))
        return time.process_time() - begun

    tracemalloc.start()
    taken(listed)
    state.changes()
    weight = tracemalloc.get_traced_memory()[0] / objects
    tracemalloc.stop()
    spent_s = taken(updates)
    begun = time.process_time()
    list(state.tick(START_MS + 10_000_000))
    return {
        "objects": objects,
        "updates_per_s": round(objects / spent_s),
        "bytes_an_object": round(weight),
        "summary_ms": round(1000 * (time.process_time() - begun)),
    }


def main(objects: int) -> None:
    """Measure both kinds."""
    runs: dict[str, Callable[[], dict[str, float]]] = {
        "campaign": lambda: measured(
            "campaign", "pollution-sources", ("planned", "clean"), ("visited", "water"), objects
        ),
        "registry": lambda: measured(
            "registry", "hazard-register", ("registered", "gas/low/"), ("observed", "//worn"),
            objects // 2,
        ),
    }  # fmt: skip
    print(json.dumps({name: run() for name, run in runs.items()}, indent=2))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
