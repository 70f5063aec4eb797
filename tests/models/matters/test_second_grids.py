"""Second grids: every cell in one part, the 300 m rule, and figures of matters by any of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from config.errors import ConfigError
from config.loader import load
from config.second_grids import SecondGrid
from models.grid.codes import street_code
from models.grid.grid import Grid
from models.matters import kind
from models.matters.divided import DividedGrid
from models.situation.reach_layers import reach_layers
from ops.cli import application
from tests.config.town import write_town
from tests.models.matters.line import dongcheng, run, sent

GRID = dongcheng().grid_at(max(street.valid_from for street in dongcheng().streets))


def divided(name: str) -> DividedGrid:
    return DividedGrid(dongcheng().grids[name], GRID)


def test_the_300_m_rule_is_the_share_of_cells_whose_centre_is_near_enough() -> None:
    health = divided("health-catchments")
    within = health.is_within
    assert within is not None
    stations = list(health.scheme.parts.values())
    near = 0
    for lon, lat in zip(GRID.lon.tolist(), GRID.lat.tolist(), strict=True):
        gaps_m = [
            np.hypot((s.lon - lon) * 111_320 * np.cos(np.radians(lat)), (s.lat - lat) * 111_200)
            for s in stations
            if s.lon is not None and s.lat is not None
        ]
        near += min(gaps_m) <= 300
    assert int(within.sum()) == pytest.approx(near, abs=4)
    assert set(health.part_of) == {f"{code:015d}" for code in GRID.codes.tolist()}
    (layer,) = reach_layers(dongcheng(), GRID)
    assert np.count_nonzero(np.isfinite(layer.values)) == len(GRID) - int(within.sum())
    shown = CliRunner().invoke(application(), ["grids", "show", "health-catchments", "--json"])
    told = json.loads(shown.stdout)
    assert told["cells_within"] == int(within.sum())
    assert sum(part["cells"] for part in told["parts"]) == told["cells"] == len(GRID)


def test_school_districts_are_five_and_follow_their_streets() -> None:
    schools = divided("school-districts")
    assert len(schools.sizes()) == 5
    for cell, part in schools.part_of.items():
        assert street_code(cell) in schools.scheme.parts[part].streets
    assert set(map(street_code, schools.part_of)) == {f"1101010{n:02d}" for n in range(1, 11)}


def test_beats_have_eighteen_cells_at_most_and_lie_in_one_community() -> None:
    beats = divided("beats")
    sizes = beats.sizes()
    assert max(sizes.values()) == 18
    assert sum(sizes.values()) == len(GRID)
    assert all(cell.startswith(part[:12]) for cell, part in beats.part_of.items())


def test_the_figures_of_a_matter_can_be_asked_by_any_grid() -> None:
    rows = [
        {"unit": unit, "class": "general", "n": n, "ts": "2009-03-02T10:00"}
        for unit, n in (("H01", 3), ("H02", 4), ("H10", 5))
    ]
    found = run("health-visits", sent(rows))
    assert found.value("total", "school-districts", "west") == 7
    assert found.value("total", "school-districts", "north") == 5
    assert found.value("total", "health-catchments", "H10") == 5
    for by in ("street", "school-districts", "health-catchments", "beats"):
        parts = [row.value or 0 for row in found.matter.rows if (row.by, row.code) == (by, "total")]
        assert sum(parts) == found.value("total") == 12, by


TOWN = """\
    title: {zh: 学区, en: Schools}
    source: invented
    rule: listed
    parts: {a: {title: {zh: 甲, en: A}, streets: ["990001001"]}}
    """


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rule: listed", "rule: nearest", "expected lon and lat of its station"),
        ("rule: listed", "rule: beats", "expected parts, and none where the rule is beats"),
        ("rule: listed", "rule: listed\n    within_m: 5", "expected the rule nearest"),
        ('streets: ["990001001"]', "streets: []", "expected streets or communities"),
    ],
)
def test_a_wrong_grid_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert load(write_town(tmp_path / "good", grids__schools=TOWN)).grids["schools"].parts
    with pytest.raises(ConfigError, match=r"schools\.yaml:\d+: ") as caught:
        load(write_town(tmp_path / "bad", grids__schools=TOWN.replace(old, new)))
    assert said in str(caught.value)


def test_second_grids_are_laid_once_a_cell_is_asked_for_and_only_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laid: list[str] = []

    def lay(scheme: SecondGrid, grid: Grid) -> DividedGrid:
        laid.append(scheme.name)
        return DividedGrid(scheme, grid)

    monkeypatch.setattr(kind, "DividedGrid", lay)
    catalog = dongcheng()
    areas = kind.areas_of(catalog)
    assert laid == []
    cells = [f"{code:015d}" for code in GRID.codes[:2].tolist()]
    dimensions = [[by for by, _ in areas(cell)] for cell in cells]
    assert dimensions[0][:2] == ["all", "street"]
    assert sorted(laid) == sorted(scheme.name for scheme in catalog.grids.values())
