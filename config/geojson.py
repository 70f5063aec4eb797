"""Surveyed cells from a GeoJSON file."""

from __future__ import annotations

import json
from collections.abc import Set
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from shapely.geometry import Polygon

from config.errors import ConfigError
from config.place import SurveyedCell
from models.grid.codes import street_code


def read_cells(file: Path, streets: Set[str]) -> tuple[SurveyedCell, ...]:
    """Read a FeatureCollection of polygons with a property `code` of 15 digits.

    Parameters
    ----------
    file : Path
        GeoJSON, degrees, longitude first (RFC 7946).
    streets : set of str
        Known street codes; the first nine digits of a cell must be one of them.

    Raises
    ------
    ConfigError
        No such file content; names the feature by its place in the file.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        msg = f"{file}:{error.lineno}: no valid JSON: {error.msg}"
        raise ConfigError(msg) from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        msg = f"{file}: features: expected a FeatureCollection with at least one feature"
        raise ConfigError(msg)
    cells: dict[str, SurveyedCell] = {}
    for index, feature in enumerate(features):
        cell = _cell(file, index, feature)
        if street_code(cell.code) not in streets:
            raise _wrong(
                file, index, "properties.code", f"no street {street_code(cell.code)} is configured"
            )
        if cell.code in cells:
            raise _wrong(file, index, "properties.code", f"{cell.code} was already given")
        cells[cell.code] = cell
    return tuple(cells.values())


def _cell(file: Path, index: int, feature: Any) -> SurveyedCell:
    """Check one feature."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(properties, dict) or not isinstance(geometry, dict):
        raise _wrong(file, index, "", "expected a Feature with properties and a geometry")
    rings = geometry.get("coordinates")
    if geometry.get("type") != "Polygon" or not isinstance(rings, list) or len(rings) != 1:
        raise _wrong(file, index, "geometry", "expected a Polygon without holes")
    try:
        cell = SurveyedCell(code=properties.get("code"), ring=rings[0])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise _wrong(file, index, field, f"{first['msg']}, found {first['input']!r}") from None
    if len(cell.ring) < 4 or not Polygon(cell.ring).is_valid:
        raise _wrong(file, index, "geometry", "expected a closed ring that does not cross itself")
    return cell


def _wrong(file: Path, index: int, field: str, wrong: str) -> ConfigError:
    return ConfigError(f"{file}: features.{index}{'.' if field else ''}{field}: {wrong}")
