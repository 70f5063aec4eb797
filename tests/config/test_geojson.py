from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.errors import ConfigError
from config.geojson import read_cells
from config.loader import load
from tests.config.town import write_town

SQUARE = [[116.40, 39.90], [116.41, 39.90], [116.41, 39.91], [116.40, 39.91], [116.40, 39.90]]
FEATURE: dict[str, Any] = {
    "type": "Feature",
    "properties": {"code": "990001001001001"},
    "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
}
CITY = """\
    code: "990001"
    name: {zh: 测试城, en: Testville}
    timezone: Asia/Shanghai
    note: {zh: 虚构, en: invented}
    grid: {cells: cells.geojson}
    """


def collection(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def changed(**parts: Any) -> dict[str, Any]:
    return {**deepcopy(FEATURE), **parts}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def test_a_file_of_cells_replaces_the_synthetic_ones(tmp_path: Path) -> None:
    settings = write_town(tmp_path, city=CITY)
    (tmp_path / "city" / "town" / "cells.geojson").write_text(collection(FEATURE))
    grid = load(settings).grid_at(date(2020, 1, 1))
    assert grid.codes.tolist() == [990001001001001]
    assert not grid.synthetic
    assert grid.locate(np.array([116.405]), np.array([39.905])).tolist() == [0]


def test_a_missing_file_of_cells_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"city.yaml:5: grid.cells: expected a GeoJSON file"):
        load(write_town(tmp_path, city=CITY))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{\n  x", "cells.geojson:2: no valid JSON"),
        ("[]", "features: expected a FeatureCollection"),
        (collection(), "features: expected a FeatureCollection with at least one feature"),
        (collection("x"), "features.0: expected a Feature with properties and a geometry"),
        (collection(changed(geometry=None)), "features.0: expected a Feature with properties"),
        (collection(FEATURE, FEATURE), "features.1.properties.code: 990001001001001 was already"),
        (
            collection(changed(properties={"code": "110101001001001"})),
            "features.0.properties.code: no street 110101001 is configured",
        ),
        (collection(changed(properties={"code": 990001001001001})), "features.0.code: Input shou"),
        (collection(changed(properties={})), "features.0.code: Input should be a valid string"),
        (collection(changed(geometry={"type": "Point", "coordinates": [1, 2]})), "a Polygon with"),
        (collection(changed(geometry=polygon(SQUARE, SQUARE))), "expected a Polygon without holes"),
        (collection(changed(geometry=polygon(SQUARE[:2]))), "expected a closed ring"),
        (
            collection(changed(geometry=polygon([SQUARE[i] for i in (0, 2, 1, 3, 0)]))),
            "expected a closed ring that does not cross itself",
        ),
        (collection(changed(geometry=polygon([[39.9, 116.4]] * 4))), "features.0.ring.0.1"),
    ],
)
def test_a_wrong_feature_is_named_by_its_place(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "cells.geojson"
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        read_cells(file, {"990001001"})
    assert why in str(raised.value)
