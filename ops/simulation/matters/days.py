"""The local days of a simulated span, and chance that depends on the seed and the day only."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from models.feeds.raw import RawMessage
from models.timing.units import HOUR_MS

_ENCODE: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, kw_only=True)
class Span:
    """What is simulated.

    Attributes
    ----------
    start_ms, end_ms : int
        Epoch milliseconds, half-open.
    seed : int
    zone : ZoneInfo
        Of the city.
    """

    start_ms: int
    end_ms: int
    seed: int
    zone: ZoneInfo

    def days(self) -> Iterator[datetime]:
        """Give the local midnights of the days that lie in the span, aware."""
        first = datetime.fromtimestamp(self.start_ms / 1000, UTC).astimezone(self.zone)
        day = first.replace(hour=0, minute=0, second=0, microsecond=0)
        while day.timestamp() * 1000 < self.end_ms:
            yield day
            day += timedelta(days=1)

    def chance(self, name: str, day: datetime) -> np.random.Generator:
        """Give the chance of a day for a thing of a name."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode()), day.toordinal()])


def at_hour(day: datetime, hour: float) -> int:
    """Give the moment of an hour of a local day, epoch milliseconds."""
    return round(day.timestamp() * 1000 + hour * HOUR_MS)


def message(ts_ms: int, key: str, fields: dict[str, Any]) -> RawMessage:
    """Write one object as a raw message."""
    return RawMessage(ts_ms, key, _ENCODE({**fields, "ts": ts_ms}))


def in_order(messages: Iterable[RawMessage]) -> list[RawMessage]:
    """Sort messages by event time; equal times keep their order."""
    return sorted(messages, key=lambda one: one.ts_ms)
