"""The index of a city: grids of other dates by digest, and names of what it knows."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dashboards.common.city_index import CityIndex
from models.grid.grid import Grid
from tests.dashboards import factory
from tests.dashboards.small_city import DAY, small_catalog, small_city_index, small_grid


def test_a_replay_of_another_year_gets_the_grid_of_that_year(grid: Grid) -> None:
    old = small_grid(10, 12)
    asked: list[date] = []

    def grid_at(day: date) -> Grid:
        asked.append(day)
        return old if day.year == 2010 else grid

    city_index = CityIndex(small_catalog(), grid_at, date(2026, 1, 1))
    snapshot = factory.snapshot(old)
    found = city_index.raster_for(snapshot)
    assert found is not None
    assert found.grid is old
    assert city_index.raster_for(snapshot) is found
    assert asked == [date(2026, 1, 1), DAY]


def test_a_grid_the_city_does_not_have_is_refused_and_looked_for_once_a_day(grid: Grid) -> None:
    asked: list[date] = []

    def grid_at(day: date) -> Grid:
        asked.append(day)
        return grid

    city_index = CityIndex(small_catalog(), grid_at, date(2026, 1, 1))
    foreign = factory.snapshot(small_grid(10, 12))
    assert city_index.raster_for(foreign) is None
    assert city_index.raster_for(foreign) is None
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("code", "name"),
    [("110101002", "Jingshan"), ("110101", "Dongcheng"), ("999999999", "999999999")],
)
def test_names_of_areas(city_index: CityIndex, code: str, name: str) -> None:
    assert city_index.area(code, factory.NOW_MS)["en"] == name


def test_a_cell_lies_in_its_street_and_nonsense_speaks_for_itself(city_index: CityIndex) -> None:
    assert city_index.street_of("110101003001002", factory.NOW_MS)["en"] == "Jiaodaokou"
    assert city_index.street_of("nowhere", factory.NOW_MS)["en"] == "nowhere"


def test_unknown_rules_categories_and_metrics(city_index: CityIndex) -> None:
    assert city_index.rule("gone") == {"zh": "gone", "en": "gone"}
    assert city_index.category("gone") == {"zh": "gone", "en": "gone"}
    assert city_index.metric("dust", "gone") is None
    assert city_index.metric("gone", "pm10") is None


def test_a_department_has_the_name_of_the_day_and_an_unknown_one_its_code() -> None:
    city_index, then_ms = (
        small_city_index(),
        int(datetime(2008, 8, 8, tzinfo=UTC).timestamp() * 1000),
    )
    assert city_index.department("urban-enforcement", then_ms)["en"] == "City Patrol"
    assert city_index.department("urban-enforcement", factory.NOW_MS)["en"] == "Enforcement"
    assert city_index.department("PWDx", factory.NOW_MS) == {"zh": "PWDx", "en": "PWDx"}
    assert city_index.department("", factory.NOW_MS)["en"] == "—"
