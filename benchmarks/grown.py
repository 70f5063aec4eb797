"""A city of any size, made from the default one: as many streets and cells as a benchmark asks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml  # type: ignore[import-untyped]

from config.settings import Settings

_CONFIG: Final = Settings().config_dir
_SOURCE: Final = "dongcheng"
_CELL_M: Final = 100.0
_CELLS: Final = 4238  # of the default city, at 100 m
_WEST, _EAST, _SOUTH, _NORTH = 116.39, 116.44, 39.87, 39.96
_RULES: Final = ("dust-local-excess", "pm10-limit", "dust-silence", "dust-feed-silence")


def grown_city(folder: Path, streets: int, cells: int = _CELLS) -> Path:
    """Write the configuration of a city; gives the folder for `GRIDPULSE_CONFIG_DIR`.

    It has the feeds `dust` and `cases` of the default city and the rules of the first, with
    `streets` streets on a rectangle of about `cells` cells.
    """
    source, city = _CONFIG / "city" / _SOURCE, folder / "city" / _SOURCE
    dust = yaml.safe_load((source / "feeds/dust.yaml").read_text())
    del dust["sensors"]  # they stand where they stand
    _write(city / "feeds/dust.yaml", dust)
    _copy(source / "feeds/cases.yaml", city / "feeds/cases.yaml")
    for rule in _RULES:
        _copy(source / "rules" / f"{rule}.yaml", city / "rules" / f"{rule}.yaml")
    for part in ("plans", "registry"):
        shutil.copytree(source / part, city / part)
    _write(city / "city.yaml", _city(cells))
    _write(city / "streets.yaml", _streets(streets))
    return folder


def _city(cells: int) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((_CONFIG / "city" / _SOURCE / "city.yaml").read_text())
    outline = [[_WEST, _SOUTH], [_EAST, _SOUTH], [_EAST, _NORTH], [_WEST, _NORTH]]
    found["grid"] = {
        "cell_m": round(_CELL_M * (_CELLS / cells) ** 0.5, 2),
        "community_cells": max(26, cells // 4000),
        "areas": {"all": outline},
    }
    return found


def _streets(count: int) -> dict[str, Any]:
    """Give streets whose centres stand on a lattice over the rectangle."""
    side = int(np.ceil(count**0.5))
    places = [divmod(number, side) for number in range(count)]
    return {
        "source": "invented for a benchmark",
        "streets": [
            {
                "code": f"110101{number + 1:03d}",
                "name": {"zh": f"街道{number + 1}", "en": f"Street {number + 1}"},
                "valid_from": "2004-01-01",
                "area": "all",
                "centre": [
                    round(_WEST + (_EAST - _WEST) * (column + 0.5) / side, 6),
                    round(_SOUTH + (_NORTH - _SOUTH) * (row + 0.5) / side, 6),
                ],
            }
            for number, (row, column) in enumerate(places)
        ],
    }


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True))
