"""Dust sensors of an invented day: season, hour, region, site and noise, each on its own.

Coarse dust follows the season and rhythm of four years at Dongsi (UCI 501): low in summer, high in
the spring rebound. All sensors share one regional process, so that an excess at one of them is
local by construction.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.feeds.raw import RawMessage
from models.timing.units import DAY_MS, HOUR_MS

# Medians by month, and ratio to the daily median by hour, µg/m³, Dongsi 2013-2017. Zero medians are
# lifted to 2: a sensor shows some dust even in the rainy season.
_COARSE = np.array([12.0, 6, 21, 29, 27, 5, 2, 4, 10, 19, 14, 15])
_FINE = np.array([67.0, 49, 77, 65.5, 56, 57, 67, 48, 53, 63.5, 70, 62])
_COARSE_HOUR = np.interp(  # low in the afternoon, high at night, when trucks may enter
    np.arange(24), [0, 5, 8, 14, 16, 20, 23], [1.25, 0.58, 1.0, 0.42, 1.0, 2.08, 1.5]
)
_PHI = 0.95  # hour to hour, of the logarithm
_REGION_SD = 0.45  # of the logarithm: calmer than Dongsi (1.0), so that a short show stays readable
_SITE_SD = 0.15
_NOISE_SD = 0.12
_MEMORY_H = 120  # what an hour keeps of the hours before: 0.95^120 = 0.2 %

_ENCODE = msgspec.json.Encoder().encode


@dataclass(frozen=True, kw_only=True)
class LocalExcess:
    """Dust at one sensor only, on top of what it shows anyway.

    Attributes
    ----------
    sensor : str
    start_ms, end_ms : int
        Epoch milliseconds, half-open.
    extra_ugm3 : float
        Added to the coarse fraction, µg/m³; within the first and last 15 minutes it grows and
        falls in a straight line.
    """

    sensor: str
    start_ms: int
    end_ms: int
    extra_ugm3: float

    def at(self, ts_ms: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give what it adds at each time, shape (n,), µg/m³."""
        edge_ms = min(900_000, (self.end_ms - self.start_ms) / 2)
        inside = np.minimum(ts_ms - self.start_ms, self.end_ms - ts_ms) / edge_ms
        return self.extra_ugm3 * np.clip(inside, 0.0, 1.0)


def dust_messages(
    sensors: Collection[str],
    zone: ZoneInfo,
    start_ms: int,
    end_ms: int,
    seed: int,
    interval_s: int,
    excess: LocalExcess | None,
) -> Iterator[RawMessage]:
    """Give one message per sensor and interval, with PM10, PM2.5 and coarse, in event-time order.

    The values at a time depend on the seed and that time only: two spans that meet give the same
    as one that covers both.
    """
    names = list(sensors)
    for ts_ms, values in dust_values(len(names), zone, start_ms, end_ms, seed, interval_s):
        if excess is not None and excess.sensor in sensors:
            at = names.index(excess.sensor)
            values[:, at, 0] += excess.at(ts_ms[:, at])
        yield from _encoded(names, ts_ms, np.round(values, 1), start_ms, end_ms)


def dust_values(
    sensors: int, zone: ZoneInfo, start_ms: int, end_ms: int, seed: int, interval_s: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Give times and values of all sensors, a day (UTC) at a time.

    Yields
    ------
    ts_ms : ndarray, shape (ticks, sensors), int64
        Sensors report one after the other, each at its own moment of the interval.
    values : ndarray, shape (ticks, sensors, 2), float64
        Coarse and fine dust, µg/m³. A first and a last day reach beyond the span.
    """
    if not sensors:
        return
    site = np.exp(_SITE_SD * np.random.default_rng([seed, 1]).standard_normal(sensors))
    phase_ms = np.arange(sensors) * interval_s * 1000 // sensors
    for day in range(start_ms // DAY_MS, -(-end_ms // DAY_MS)):
        first = -(-day * DAY_MS // (interval_s * 1000))
        last = -(-(day + 1) * DAY_MS // (interval_s * 1000))
        tick_ms = np.arange(first, last, dtype=np.int64) * interval_s * 1000
        coarse, fine = _levels(tick_ms, zone, seed)
        noise = np.random.default_rng([seed, 2, day]).standard_normal((len(tick_ms), sensors, 2))
        values = np.stack([coarse, fine], axis=1)[:, None, :] * np.exp(_NOISE_SD * noise)
        values *= site[:, None]
        yield tick_ms[:, None] + phase_ms, values


def _encoded(
    names: list[str],
    ts_ms: NDArray[np.int64],
    values: NDArray[np.float64],
    start_ms: int,
    end_ms: int,
) -> Iterator[RawMessage]:
    """Encode values of shape (ticks, sensors, 2) whose time lies in the span."""
    for times, row in zip(ts_ms.tolist(), values.tolist(), strict=True):
        for name, ts, (coarse, fine) in zip(names, times, row, strict=True):
            if not start_ms <= ts < end_ms:
                continue
            metrics = (("pm10", round(coarse + fine, 1)), ("pm25", fine), ("coarse", coarse))
            body = [{"sensor": name, "metric": m, "value": v, "ts": ts} for m, v in metrics]
            yield RawMessage(ts, name, _ENCODE(body))


def _levels(
    ts_ms: NDArray[np.int64], zone: ZoneInfo, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coarse and fine dust of the region at each time, shape (n,), µg/m³."""
    noon = datetime.fromtimestamp(int(ts_ms[len(ts_ms) // 2]) / 1000, UTC).astimezone(zone)
    # Months stand in their middle, and the year is a circle.
    month = (noon.timetuple().tm_yday - 15) / 365.25 * 12
    offset = noon.utcoffset()
    assert offset is not None  # an aware time has one
    hour = (ts_ms / HOUR_MS + offset.total_seconds() / 3600) % 24
    rhythm = np.interp(hour, np.arange(25), np.append(_COARSE_HOUR, _COARSE_HOUR[0]))
    region = np.exp(_REGION_SD * _regional(ts_ms, seed))
    return _in_season(_COARSE, month) * rhythm * region, _in_season(_FINE, month) * region


def _in_season(monthly: NDArray[np.float64], month: float) -> float:
    """Interpolate a table by month around the year."""
    return float(np.interp(month % 12, np.arange(13), np.append(monthly, monthly[0])))


def _regional(ts_ms: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Shared process of the region at each time, shape (n,): AR(1) by the hour, unit variance."""
    first, last = int(ts_ms[0] // HOUR_MS), int(ts_ms[-1] // HOUR_MS) + 1
    shocks = _shocks(first - _MEMORY_H, last + 1, seed) * math.sqrt(1 - _PHI**2)
    weights = _PHI ** np.arange(_MEMORY_H + 1)
    hours = np.convolve(shocks, weights, mode="valid")
    return np.interp(ts_ms / HOUR_MS, np.arange(first, last + 1), hours)


def _shocks(first_hour: int, end_hour: int, seed: int) -> NDArray[np.float64]:
    """Independent normal shocks of the hours [first, end), the same for an hour in every call."""
    days = range(first_hour // 24, -(-end_hour // 24))
    drawn = [np.random.default_rng([seed, 3, day]).standard_normal(24) for day in days]
    skip = first_hour - days.start * 24
    return np.concatenate(drawn)[skip : skip + end_hour - first_hour]
