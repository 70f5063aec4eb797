"""A second grid as figures: its parts, their cells, and what lies within reach of a station."""

from __future__ import annotations

from typing import Any

import numpy as np

from config.catalog import Catalog
from config.errors import InputError
from models.matters.divided import DividedGrid


def grid_values(catalog: Catalog, name: str) -> dict[str, Any]:
    """Give a second grid as plain values, over the cells in force today.

    Raises
    ------
    InputError
        The city has no such grid.
    """
    if name not in catalog.grids:
        known = ", ".join(catalog.grids) or "none"
        msg = f"{catalog.city.name['en']} has no second grid {name!r}; it has {known}"
        raise InputError(msg)
    scheme = catalog.grids[name]
    grid = catalog.grid_at(max(street.valid_from for street in catalog.streets))
    divided = DividedGrid(scheme, grid)
    within = divided.is_within
    near = None if within is None else int(np.count_nonzero(within))
    return {
        "grid": name,
        "title": scheme.title,
        "rule": scheme.rule,
        "source": scheme.source,
        "cells": len(grid),
        "within_m": scheme.within_m,
        "cells_within": near,
        "share_within": None if near is None else 100 * near / len(grid),
        "parts": [
            {
                "part": code,
                "name": scheme.parts[code].title["en"] if code in scheme.parts else "",
                "cells": cells,
            }
            for code, cells in divided.sizes().items()
        ],
    }
