"""Combustible gas at registered hazard sources of an invented day: little, a bit more at mealtimes.

The level is made up; nothing is known of real ones. It stays far below what any rule calls much, so
that the feed is alive on the wall without a story of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from models.feeds.raw import RawMessage
from models.timing.units import DAY_MS

_BASE_LEL = 1.2  # % of the lower explosive limit
_MEALS_H = (11.8, 18.3)  # kitchens at work
_MEAL_SHARE = 0.4
_NOISE_SD = 0.08  # of the logarithm

_ENCODE = msgspec.json.Encoder().encode


def hazard_messages(
    sensors: Iterable[str], zone: ZoneInfo, start_ms: int, end_ms: int, seed: int, interval_s: int
) -> Iterator[RawMessage]:
    """Give one message per sensor and interval in the order of event time.

    The value at a time depends on the seed and that time only: two spans that meet give the same
    as one that covers both.
    """
    names = list(sensors)
    interval_ms = interval_s * 1000
    for day in range(start_ms // DAY_MS, -(-end_ms // DAY_MS)):
        first, last = (-(-at * DAY_MS // interval_ms) for at in (day, day + 1))
        noise = np.random.default_rng([seed, 4, day]).standard_normal((last - first, len(names)))
        for number, row in zip(range(first, last), noise.tolist(), strict=True):
            ts_ms = number * interval_ms
            if start_ms <= ts_ms < end_ms:
                level = _level(datetime.fromtimestamp(ts_ms / 1000, zone))
                for name, drawn in zip(names, row, strict=True):
                    value = round(level * math.exp(_NOISE_SD * drawn), 2)
                    body = {"sensor": name, "metric": "gas", "value": value, "ts": ts_ms}
                    yield RawMessage(ts_ms, name, _ENCODE(body))


def _level(local: datetime) -> float:
    """Level of all sensors at a local time, % of the lower explosive limit."""
    hour = local.hour + local.minute / 60
    meal = max(math.exp(-((hour - at) ** 2) / 2) for at in _MEALS_H)
    return _BASE_LEL * (1 + _MEAL_SHARE * meal)
