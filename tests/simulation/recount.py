"""What must come out, counted from the raw topics by the plainest means there are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from faust.types import TP

from tests.simulation.broker import SimBroker, Stored
from tests.simulation.city import METRICS, SENSORS, cell_at
from tests.simulation.traffic import DUST

FUTURE_MS: Final = 600_000  # config.catalog.Clock
PAST_MS: Final = 7 * 86_400_000

Place = tuple[int, int]  # raw partition and offset
Pane = tuple[int, int, str]  # start, cell, metric
Sums = tuple[int, int, int, int]  # count, sum, least, greatest, in tenths


@dataclass(frozen=True, slots=True)
class Reading:
    """One good reading of the raw topic; `event` is its CloudEvent, if it has one."""

    place: Place
    event: str
    ts_ms: int
    sensor: str
    cell: int
    metric: str
    tenths: int

    def pane(self, pane_ms: int) -> Pane:
        """Tell the pane of so many milliseconds in which it lies."""
        return self.ts_ms // pane_ms * pane_ms, self.cell, self.metric


@dataclass
class Recount:
    """The good readings, and the places of what is wrong."""

    readings: list[Reading] = field(default_factory=list)
    wrong: Counter[Place] = field(default_factory=Counter)


def recount_readings(broker: SimBroker) -> Recount:
    """Read the raw topic of dust."""
    found = Recount()
    for number in range(broker.partitions[DUST]):
        for offset, record in enumerate(broker.logs[TP(DUST, number)]):
            place = (number, offset)
            for reading in _readings(place, record):
                if reading is None:
                    found.wrong[place] += 1
                else:
                    found.readings.append(reading)
    return found


def _readings(place: Place, record: Stored) -> Iterator[Reading | None]:
    """Give the readings of one record; None for each that is wrong."""
    try:
        body = json.loads(record.value)
    except ValueError:
        yield None
        return
    event = ""
    if isinstance(body, dict) and "specversion" in body:
        event, body = f"{body['source']}/{body['id']}", body["data"]
    for one in body if isinstance(body, list) else [body]:
        yield _reading(place, event, one, record.at_ms)


def _reading(place: Place, event: str, one: dict[str, Any], sent_ms: int) -> Reading | None:
    low, high = METRICS.get(one["metric"], (1.0, 0.0))
    is_timely = -PAST_MS <= one["ts"] - sent_ms <= FUTURE_MS
    if not (low <= one["value"] <= high and is_timely):
        return None
    cell, tenths = cell_at(*SENSORS[one["sensor"]]), round(one["value"] * 10)
    return Reading(place, event, one["ts"], one["sensor"], cell, one["metric"], tenths)


def pane_sums(readings: list[Reading], pane_ms: int) -> dict[Pane, Sums]:
    """Add the readings up."""
    panes: dict[Pane, Sums] = {}
    for reading in readings:
        pane, one = reading.pane(pane_ms), reading.tenths
        count, total, least, most = panes.get(pane, (0, 0, one, one))
        panes[pane] = count + 1, total + one, min(least, one), max(most, one)
    return panes
