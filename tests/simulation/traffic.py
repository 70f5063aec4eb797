"""What the city sends: readings and steps of cases, drawn from the seed, with all their faults.

A record may come twice, hours late, torn, out of order, or say what cannot be. CloudEvents name
themselves, so that a repeat counts once; a bare reading that comes twice counts twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from config import names
from tests.simulation.broker import Headers
from tests.simulation.city import CATEGORIES, METRICS, SENSORS
from tests.simulation.pace import Pace

DUST: Final = names.raw_topic("dust")
CASES: Final = names.raw_topic("cases")
STEPS: Final = ("reported", "filed", "dispatched", "disposed", "verified", "closed")


@dataclass(frozen=True, slots=True, order=True)
class Sent:
    """One raw record on its way; it arrives `at_s` after the beginning."""

    at_s: float
    topic: str
    key: bytes
    value: bytes
    headers: Headers = field(default_factory=list, compare=False)


class Traffic:
    """Everything the city sends in some hours.

    Parameters
    ----------
    hours : float
    begin_ms : int
        Event time of the beginning.
    pace : Pace
    rng : Random
    """

    def __init__(self, hours: float, begin_ms: int, pace: Pace, rng: Random) -> None:
        self._end_s = hours * 3600
        self._begin_ms = begin_ms
        self._pace = pace
        self._rng = rng
        self._events = 0
        self.done: Counter[str] = Counter()
        self.faultiness = rng.choice((0.0, 0.02, 0.1))
        self.dust_events = rng.random() < 0.3
        sensors = rng.sample(list(SENSORS), pace.sensors)
        readings = [sent for sensor in sensors for sent in self._sensor(sensor)]
        self.records = sorted([*readings, *self._cases(hours)], key=lambda sent: sent.at_s)

    # --- readings ------------------------------------------------------------------------------

    def _sensor(self, sensor: str) -> Iterator[Sent]:
        rng = self._rng
        level, at_s = rng.uniform(20, 80), rng.uniform(0, self._pace.city.interval_s)
        silent = self._span(0.3)
        excess = self._span(0.5)
        while at_s < self._end_s:
            level = max(1.0, level + rng.gauss(0, 4))
            value = level * (4 if excess[0] <= at_s < excess[1] else 1)
            if not silent[0] <= at_s < silent[1]:
                yield from self._spoiled(DUST, sensor, at_s, self._reading(sensor, value, at_s))
            at_s += self._pace.city.interval_s + rng.uniform(-30, 30)

    def _span(self, chance: float) -> tuple[float, float]:
        """Draw a span of time in which something else happens; it may be empty."""
        if self._rng.random() > chance:
            return 0.0, 0.0
        first = self._rng.uniform(0, self._end_s)
        return first, first + self._rng.uniform(1800, 4 * 3600)

    def _reading(self, sensor: str, value: float, at_s: float) -> Any:
        rng = self._rng
        body: dict[str, Any] = {
            "sensor": sensor,
            "metric": "pm10",
            "value": round(value, 1),
            "ts": self._begin_ms + int(at_s * 1000),
        }
        if rng.random() < self.faultiness / 2:
            self.done["impossible reading"] += 1
            body |= rng.choice(({"metric": "smell"}, {"value": 5000.0}, {"ts": body["ts"] + 10**8}))
        if rng.random() < 0.3:
            return [body, body | {"metric": "pm25", "value": round(value / 2, 1)}]
        return body

    # --- cases ---------------------------------------------------------------------------------

    def _cases(self, hours: float) -> Iterator[Sent]:
        rng = self._rng
        for number in range(rng.randint(2, 3 + int(hours * self._pace.cases_an_hour))):
            at_s = rng.uniform(0, self._end_s)
            lon, lat = rng.choice(list(SENSORS.values()))
            case = f"C{number}"
            body = {"case": case, "lon": lon, "lat": lat}
            for step in STEPS[: rng.randint(1, len(STEPS))]:
                if at_s > self._end_s:
                    break
                event = body | {"type": step, "ts": self._begin_ms + int(at_s * 1000)}
                if step == "reported":
                    event["category"] = rng.choice(CATEGORIES)
                yield from self._spoiled(CASES, case, at_s, event)
                at_s += rng.expovariate(1 / 3600)

    # --- on the way ----------------------------------------------------------------------------

    def _spoiled(self, topic: str, key: str, at_s: float, body: Any) -> Iterator[Sent]:
        """Send a body, with what may happen to it on its way."""
        rng, faultiness = self._rng, self.faultiness
        if topic == DUST and self.dust_events:
            self._events += 1
            body = {
                "specversion": "1.0",
                "id": str(self._events),
                "source": "gateway",
                "type": "reading",
                "data": body,
            }
        value = json.dumps(body).encode()
        if rng.random() < faultiness:
            self.done["torn raw record"] += 1
            value = value[: rng.randrange(len(value))]
        delay_s = rng.uniform(0.1, 20)
        if rng.random() < faultiness:
            self.done["delayed raw record"] += 1
            delay_s = rng.uniform(60, 3 * 3600)
        yield Sent(at_s + delay_s, topic, key.encode(), value)
        if rng.random() < faultiness:
            self.done["repeated raw record"] += 1
            again = key if rng.random() < 0.5 else "other"
            yield Sent(at_s + delay_s + rng.uniform(0, 1800), topic, again.encode(), value)


assert set(METRICS) == {"pm10", "pm25"}
