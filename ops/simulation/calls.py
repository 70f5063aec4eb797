"""Invented calls to the hotline: 1,700 to 3,400 a day, and what patrol found beside them.

Most callers call once, some again on the same matter; most calls go at once to whom the
responsibility list names. All shares are our own and stand for nobody's real ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import msgspec
import numpy as np

from config.catalog import Catalog
from models.grid.codes import street_code
from models.timing.calendar import EPOCH
from models.timing.units import DAY_MS, HOUR_MS
from models.timing.zone import zone_of

LEAST, MOST = 1700, 3400  # calls a day
_PATROL: Final = 0.25  # findings of patrol, of the calls
_AGAIN: Final = 0.08  # calls on the same matter as an earlier one of the day before or so
_PRECISE, _BY_STREET, _ANSWERED, _ASKED = 0.93, 0.35, 0.98, 0.8
_SOLVED, _SATISFIED = 0.9, 0.93
_MEMORY: Final = 4000  # earlier calls that somebody may call on again
_ENCODE: Final = msgspec.json.Encoder().encode


def invented_calls(catalog: Catalog, start_ms: int, end_ms: int, seed: int) -> Iterator[bytes]:
    """Give calls of a span as JSON, in the order of time.

    Parameters
    ----------
    catalog : Catalog
        With a feed of cases, whose classes they have.
    start_ms, end_ms : int
        Epoch milliseconds, half-open.
    seed : int
    """
    zone = zone_of(catalog.city.timezone)
    earlier: list[dict[str, Any]] = []
    for day in range(zone.day_at(start_ms), zone.day_at(end_ms - 1) + 1):
        rng = np.random.default_rng([seed, 8, day])
        midnight_ms = int(zone.utc(np.array([day * DAY_MS]))[0])
        rows = list(_day(catalog, day, midnight_ms, rng, earlier))
        earlier = (earlier + [row for row in rows if row["source"] == "hotline"])[-_MEMORY:]
        for row in sorted(rows, key=lambda one: (one["ts"], one["case"])):
            if start_ms <= row["ts"] < end_ms:
                yield _ENCODE(row)


def _day(
    catalog: Catalog,
    day: int,
    midnight_ms: int,
    rng: np.random.Generator,
    earlier: list[dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    """Give the calls and findings of one local day."""
    date = EPOCH + timedelta(days=day)
    grid = catalog.grid_at(date)
    classes = [code for feed in catalog.feeds_of("cases") for code in feed.categories]
    calls = int(rng.integers(LEAST, MOST + 1))
    for number in range(calls + round(calls * _PATROL)):
        is_call = number < calls
        row: dict[str, Any] = {
            "case": f"{'H' if is_call else 'P'}{date:%Y%m%d}{number + 1:05d}",
            "ts": midnight_ms + int(rng.integers(DAY_MS)),
            "source": "hotline" if is_call else "patrol",
            "category": str(rng.choice(classes)),
            "cell": str(grid.codes[int(rng.integers(len(grid)))]),
        }
        if is_call and earlier and rng.random() < _AGAIN:
            again = earlier[int(rng.integers(len(earlier)))]
            row |= {name: again[name] for name in ("category", "cell", "caller")}
        yield row | (_handled(catalog, row, rng) if is_call else {})


def _handled(catalog: Catalog, row: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Say who called, who dealt with it, and what the caller said."""
    day = EPOCH + timedelta(days=row["ts"] // DAY_MS)
    owner = catalog.registry.owner(row["category"], street_code(row["cell"]), day)
    name = "city-management" if owner is None else owner.department
    is_precise = rng.random() < _PRECISE
    digest = hashlib.sha256(f"{row['case']}/{rng.random()}".encode()).hexdigest()[:32]
    found: dict[str, Any] = {
        "caller": row.get("caller", digest),
        "department": name if is_precise else "command",
        "departments": 1 if is_precise else 2,
        "by_street": bool(rng.random() < _BY_STREET),
    }
    if rng.random() < _ANSWERED:
        found["answered_ms"] = row["ts"] + int(rng.exponential(5) * HOUR_MS)
    if rng.random() < _ASKED:
        solved = bool(rng.random() < _SOLVED)
        found |= {"solved": solved, "satisfied": bool(solved and rng.random() < _SATISFIED)}
    return found
