"""Where a metric is measured: each cell with its value, its day, and how far from normal it is."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.messages import same
from dashboards.common.wording import both, clock, number, say
from dashboards.panels.tables import Cell, table
from models.detect.contract import Floats
from models.detect.readings.region import regional_median
from models.situation.snapshot import Layer, Snapshot

MOST: Final = 50
LEAST_OTHERS: Final = 1.0  # a ratio to nearly nothing says nothing
UNUSUAL: Final = 1.5  # times what is normal, from which a row is set off
_HEADS: Final = (
    "column.place",
    "bureau.cell",
    "bureau.now",
    "bureau.day",
    "bureau.ratio",
    "bureau.others",
)


class Measured(NamedTuple):
    """One cell that measures; NaN where a value is not known.

    `others` is the value over the median of the other cells that have one now.
    """

    cell: str
    now: float
    day: float
    ratio: float
    others: float


def measured(snapshot: Snapshot, city: CityIndex, metric: str) -> list[Measured]:
    """Cells that measure a metric, the furthest above normal first, unknown ratios last."""
    raster = city.raster_for(snapshot)
    layers = {layer.id: layer for layer in snapshot.layers}
    if raster is None:
        return []
    size = len(raster.grid)
    now, day, ratio = (
        _values(layers.get(f"{metric}.{part}"), size) for part in ("now", "mean_24h", "ratio")
    )
    known = np.flatnonzero(np.isfinite(now) | np.isfinite(day) | np.isfinite(ratio))
    order = known[np.argsort(-np.nan_to_num(ratio[known], nan=-1.0), kind="stable")]
    codes = raster.grid.codes
    columns = (now, day, ratio, over_others(now))
    return [Measured(str(codes[i]), *(float(each[i]) for each in columns)) for i in order]


def over_others(now: Floats) -> Floats:
    """Divide each value by the median of the others.

    Parameters
    ----------
    now : ndarray, shape (n,), float64
        NaN where nothing is known.

    Returns
    -------
    ndarray, shape (n,), float64
        NaN where a value is not known, too few others have one, or their median is near zero.

    Examples
    --------
    >>> over_others(np.array([50.0, 60.0, 40.0, 200.0, np.nan])).tolist()
    [0.8333333333333334, 1.2, 0.6666666666666666, 4.0, nan]
    """
    others = regional_median(now)
    return np.where(others >= LEAST_OTHERS, now / np.where(others > 0, others, np.nan), np.nan)


def measured_table(snapshot: Snapshot, city: CityIndex, metric: str) -> Component:
    """Table of them, with the time of the newest value."""
    found = measured(snapshot, city, metric)
    times_ms = (each.event_ms for each in snapshot.layers if each.id == f"{metric}.now")
    at = clock(max(times_ms, default=0), city.zone, snapshot.clock_ms)
    rows: list[list[Cell]] = [_row(each, snapshot, city) for each in found[:MOST]]
    told = say("bureau.measured", n=number(len(rows)), total=number(len(found)), time=at)
    return html.Div([html.P(told, className="told"), table(_HEADS, rows, "bureau.none")])


def _row(each: Measured, snapshot: Snapshot, city: CityIndex) -> list[Cell]:
    ratio = number(each.ratio, 2)
    return [
        both(city.street_of(each.cell, snapshot.clock_ms)),
        html.A(both(same(each.cell), "code"), href=f"/bureau?place=&code={each.cell}#history"),
        number(each.now, 1),
        number(each.day, 1),
        html.Span(ratio, className="abnormal" if each.ratio >= UNUSUAL else ""),
        number(each.others, 2),
    ]


def _values(layer: Layer | None, size: int) -> np.ndarray:
    if layer is None or layer.values.size != size:
        return np.full(size, np.nan)
    return layer.values.astype(float)
