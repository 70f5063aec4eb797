"""Places that measure: stations by the cell they stand in, and what any code is called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from config.catalog import Feed, Text
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message
from dashboards.common.source import SnapshotSource, Trouble
from dashboards.common.wording import listed
from models.grid.codes import CELL_DIGITS
from models.grid.grid import Grid


def grid_now(source: SnapshotSource, city: CityIndex) -> Grid:
    """Give the grid of the newest snapshot, which may be of a replay; else that of today."""
    found = source.read()
    raster = None if isinstance(found, Trouble) else city.raster_for(found)
    return (raster or city.current).grid


def stations(grid: Grid, feed: Feed) -> dict[str, Text]:
    """Give the cells in which sensors of a feed are registered, with the names of the sensors."""
    found: dict[str, list[Text]] = defaultdict(list)
    for sensor in feed.sensors.values():
        if sensor.cell is not None:
            found[sensor.cell].append(sensor.title)
        elif sensor.lon is not None and sensor.lat is not None:
            at = int(grid.locate(np.array([sensor.lon]), np.array([sensor.lat]))[0])
            if at >= 0:
                found[str(grid.codes[at])].append(sensor.title)
    return {cell: listed(titles) for cell, titles in found.items()}


def title_of_place(city: CityIndex, known: Mapping[str, Text], code: str, now_ms: int) -> Text:
    """Name a place: the stations in a cell, else street and cell; of an area its name."""
    if len(code) != CELL_DIGITS:
        return city.area(code, now_ms)
    if code in known:
        return known[code]
    street = city.street_of(code, now_ms)
    return message("history.cell", street=street, cell=code)
