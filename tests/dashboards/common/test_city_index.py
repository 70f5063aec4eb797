"""The atlas: grids of other dates by digest, and names of what it knows."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dashboards.common.city_index import CityIndex
from models.grid.grid import Grid
from tests.dashboards import factory
from tests.dashboards.small_city import DAY, small_atlas, small_catalog, small_grid


def test_a_replay_of_another_year_gets_the_grid_of_that_year(grid: Grid) -> None:
    old = small_grid(10, 12)
    asked: list[date] = []

    def grid_at(day: date) -> Grid:
        asked.append(day)
        return old if day.year == 2010 else grid

    atlas = CityIndex(small_catalog(), grid_at, date(2026, 1, 1))
    snapshot = factory.snapshot(old)
    found = atlas.lattice_for(snapshot)
    assert found is not None
    assert found.grid is old
    assert atlas.lattice_for(snapshot) is found
    assert asked == [date(2026, 1, 1), DAY]


def test_a_grid_the_city_does_not_have_is_refused_and_looked_for_once_a_day(grid: Grid) -> None:
    asked: list[date] = []

    def grid_at(day: date) -> Grid:
        asked.append(day)
        return grid

    atlas = CityIndex(small_catalog(), grid_at, date(2026, 1, 1))
    foreign = factory.snapshot(small_grid(10, 12))
    assert atlas.lattice_for(foreign) is None
    assert atlas.lattice_for(foreign) is None
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("code", "name"),
    [("110101002", "Jingshan"), ("110101", "Dongcheng"), ("999999999", "999999999")],
)
def test_names_of_areas(atlas: CityIndex, code: str, name: str) -> None:
    assert atlas.area(code, factory.NOW_MS)["en"] == name


def test_a_cell_lies_in_its_street_and_nonsense_speaks_for_itself(atlas: CityIndex) -> None:
    assert atlas.street_of("110101003001002", factory.NOW_MS)["en"] == "Jiaodaokou"
    assert atlas.street_of("nowhere", factory.NOW_MS)["en"] == "nowhere"


def test_unknown_rules_categories_and_metrics(atlas: CityIndex) -> None:
    assert atlas.rule("gone") == {"zh": "gone", "en": "gone"}
    assert atlas.category("gone") == {"zh": "gone", "en": "gone"}
    assert atlas.metric("dust", "gone") is None
    assert atlas.metric("gone", "pm10") is None


def test_a_department_has_the_name_of_the_day_and_an_unknown_one_its_code() -> None:
    atlas, then_ms = small_atlas(), int(datetime(2008, 8, 8, tzinfo=UTC).timestamp() * 1000)
    assert atlas.department("urban-enforcement", then_ms)["en"] == "City Patrol"
    assert atlas.department("urban-enforcement", factory.NOW_MS)["en"] == "Enforcement"
    assert atlas.department("PWDx", factory.NOW_MS) == {"zh": "PWDx", "en": "PWDx"}
    assert atlas.department("", factory.NOW_MS)["en"] == "—"
