"""After a run: every reading is in its pane once, or in `late` once, or in the dead letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec
from faust.types import TP

from config import names
from models.messages.dead_letters import Reason, Rejected
from models.messages.envelope import decode
from models.messages.panes import ReadingPane
from tests.simulation.city import LATENESS_S
from tests.simulation.readable import readable
from tests.simulation.recount import Pane, Place, Reading, Sums, pane_sums, recount_readings
from tests.simulation.traffic import DUST
from tests.simulation.world import World

Late = dict[tuple[Place, str], int]  # by reading: wall clock at which it was set aside first


def check_readings(world: World) -> Iterator[str]:
    """Give what is wrong, one sentence each."""
    recount = recount_readings(world.broker)
    late = _late(world)
    counted, late_twice = _counted(recount.readings, late)
    problems: list[str] = []
    panes = panes_of(world, problems)
    yield from problems
    if not is_doubtful(world):
        yield from late_twice
        yield from _differences(pane_sums(counted, world.pace.city.pane_s * 1000), panes)
    yield from _unjustified(recount.readings, late, world.pace.city.pane_s)
    rejected = _rejected(world)
    for place, count in recount.wrong.items():
        if rejected[place] != count:
            yield f"raw record {place} has {count} wrong rows and {rejected[place]} dead letters"
    for place in rejected.keys() - recount.wrong.keys():
        yield f"raw record {place} is good and in the dead letters"


def is_doubtful(world: World) -> bool:
    """Tell whether Redis lost a note that an event had come: if it comes again, it counts twice."""
    seen = names.duplicate_key("dust", "").encode()
    return any(name.startswith(seen) for name in world.redis.forgotten)


def counted_readings(world: World) -> list[Reading]:
    """Give the readings that panes must hold."""
    return _counted(recount_readings(world.broker).readings, _late(world))[0]


def _late(world: World) -> Late:
    """Readings that were set aside as late, by ingest or by a street."""
    found: Late = {}
    for record in world.broker.logs[TP(names.LATE, 0)]:
        rejected = decode(Rejected, record.value)
        if rejected.topic == DUST:
            metric = _metric(rejected)
            found.setdefault(((rejected.partition, rejected.offset), metric), record.at_ms)
    return found


def late_at_ingest(world: World) -> int:
    """Count the readings that ingest itself found late; a street's letters have its code as key."""
    found = set()
    for record in world.broker.logs[TP(names.LATE, 0)]:
        rejected = decode(Rejected, record.value)
        if rejected.topic == DUST and not record.key.isdigit():
            found.add((rejected.partition, rejected.offset, _metric(rejected)))
    return len(found)


def _metric(rejected: Rejected) -> str:
    body = msgspec.json.decode(rejected.data)
    metric: str = body.get("data", body)["metric"]
    return metric


def _counted(readings: list[Reading], late: Late) -> tuple[list[Reading], list[str]]:
    """Give the readings that panes must hold: of a CloudEvent one, of late ones none."""
    groups: dict[tuple[object, str], list[Reading]] = {}
    for reading in readings:
        groups.setdefault((reading.event or reading.place, reading.metric), []).append(reading)
    problems: list[str] = []
    counted: list[Reading] = []
    for (name, metric), copies in groups.items():
        times_late = sum((copy.place, metric) in late for copy in copies)
        if times_late > 1:
            problems.append(f"event {name} is late {times_late} times")
        if not times_late:
            counted.append(copies[0])
    return counted, problems


def panes_of(world: World, problems: list[str]) -> dict[Pane, Sums]:
    """Read the topic `panes`; a repeat of a revision that says something else is a problem."""
    newest: dict[tuple[int, int], int] = {}
    told: dict[tuple[int, int, int], dict[Pane, Sums]] = {}
    for pane in readable(world.broker.values(names.PANES), names.PANES, ReadingPane):
        header, rows = pane.header, _rows(pane)
        key = header.partition, header.start_ms
        newest[key] = max(header.revision, newest.get(key, 0))
        if told.setdefault((*key, header.revision), rows) != rows:
            problems.append(f"revision {header.revision} of pane {key} has two contents")
    return {
        pane: sums
        for key, revision in newest.items()
        for pane, sums in told[*key, revision].items()
    }


def _rows(pane: ReadingPane) -> dict[Pane, Sums]:
    header, columns = pane.header, pane.columns
    names_ = ("cell", "metric", "count", "sum", "min", "max")
    rows = zip(*(columns[name].tolist() for name in names_), strict=True)
    return {
        (header.start_ms, cell, header.metrics[metric]): (count, total, least, most)
        for cell, metric, count, total, least, most in rows
    }


def _differences(expected: dict[Pane, Sums], found: dict[Pane, Sums]) -> Iterator[str]:
    for pane in sorted(expected.keys() | found.keys()):
        if expected.get(pane) != found.get(pane):
            yield f"pane {pane} should be {expected.get(pane)} and is {found.get(pane)}"


def _unjustified(readings: list[Reading], late: Late, pane_s: int) -> Iterator[str]:
    """Nothing is late whose pane could still be corrected, whatever had come by then."""
    newest_ms = max((reading.ts_ms for reading in readings), default=0)
    kept = 1 + -(-LATENESS_S // pane_s)  # panes that can be corrected: models.windows.feed
    gone_ms = (newest_ms // (pane_s * 1000) + 1 - kept) * pane_s * 1000
    for reading in readings:
        is_old = reading.ts_ms < max(gone_ms, newest_ms - LATENESS_S * 1000)
        if (reading.place, reading.metric) in late and not is_old:
            yield f"{reading} is late although nothing newer ever came"


def _rejected(world: World) -> Counter[Place]:
    """Dead letters of the raw topic by place, each row once."""
    found: set[tuple[Place, int]] = set()
    for value in world.broker.values(names.DEAD_LETTERS):
        rejected = decode(Rejected, value)
        if rejected.topic == DUST and rejected.reason is not Reason.DOWNSTREAM:
            found.add(((rejected.partition, rejected.offset), rejected.index))
    return Counter(place for place, _ in found)
