"""Names of the areas that warnings speak of."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from config.catalog import Catalog
from config.place import Sensor, Street
from models.warnings.places import Names, place_of
from tests.streams.agents.district import dongcheng


@pytest.mark.parametrize(
    ("area", "name"),
    [("110101", "Dongcheng District"), ("110101006", "Dongsi"), ("110101999", "110101999")],
)
def test_an_area_is_named_and_an_unknown_code_stands_for_itself(area: str, name: str) -> None:
    assert place_of(dongcheng(), area)["en"] == name


def test_a_context_speaks_of_the_rule_s_metric_in_the_city_s_time() -> None:
    rule = dongcheng().rules["dust-local-excess"]
    context = Names(dongcheng()).context_of(rule, "110101006")
    assert context.metric == dongcheng().feeds["dust"].metrics["coarse"]
    assert str(context.timezone) == "Asia/Shanghai"


def test_a_context_names_streets_and_the_cells_of_stations() -> None:
    catalog = dongcheng()
    names = Names(catalog).context_of(catalog.rules["dust-local-excess"], "110101006").names
    assert names["110101006"]["zh"] == "东四街道"
    cells = [code for code in names if len(code) == 15 and code.isdigit()]
    titles = {sensor.title["en"] for sensor in catalog.feeds["dust"].sensors.values()}
    assert len(cells) == len(titles)
    assert {names[cell]["en"] for cell in cells} == titles
    dongsi = next(cell for cell in cells if names[cell]["en"].startswith("Dongsi site"))
    assert dongsi.startswith("110101006")


def with_streets(*named: tuple[str, str]) -> Catalog:
    """Give the city with one street that was renamed on these days."""
    streets = tuple(
        Street(
            code="110101099",
            name={"zh": name, "en": name},
            valid_from=date.fromisoformat(day),
            area="north",
        )
        for name, day in named
    )
    return dongcheng().model_copy(update={"streets": streets})


def test_of_a_street_that_was_renamed_the_newest_name_is_given() -> None:
    names = (("Old", "2000-01-01"), ("New", "2012-01-01"), ("Middle", "2005-01-01"))
    for order in (names, names[::-1]):
        assert place_of(with_streets(*order), "110101099") == {"zh": "New", "en": "New"}
    assert place_of(with_streets(*names), "110101006") == {"zh": "110101006", "en": "110101006"}
    assert place_of(with_streets(*names), "110101") == dongcheng().city.name


def sensor(name: str, **where: Any) -> Sensor:
    return Sensor(title={"zh": name, "en": name}, **where)


def named_cells(sensors: dict[str, Sensor]) -> dict[str, str]:
    """Give the cells that the context of a rule over dust names, with their names."""
    catalog = dongcheng()
    dust = catalog.feeds["dust"].model_copy(update={"sensors": sensors})
    changed = catalog.model_copy(update={"feeds": {**catalog.feeds, "dust": dust}})
    context = Names(changed).context_of(catalog.rules["dust-local-excess"], "110101006")
    return {
        code: name["en"]
        for code, name in context.names.items()
        if len(code) == 15 and code.isdigit()
    }


def test_a_cell_is_named_after_the_first_of_its_sensors_in_every_grid_there_was() -> None:
    days = sorted({street.valid_from for street in dongcheng().streets})
    grid = dongcheng().grid_at(days[-1])
    lon, lat = float(grid.lon[0]), float(grid.lat[0])
    here = {
        "a": sensor("first", lon=lon, lat=lat),
        "b": sensor("second", lon=lon, lat=lat),
        "c": sensor("outside", lon=lon + 3, lat=lat),
        "d": sensor("nowhere"),
        "e": sensor("placed", cell="110101006001001"),
        "f": sensor("placed too", cell="110101006001001"),
    }
    located = {
        f"{grid.codes[at]:015d}"
        for grid in map(dongcheng().grid_at, days)
        if (at := int(grid.locate(np.array([lon]), np.array([lat]))[0])) >= 0
    }
    assert len(located) >= 1
    assert named_cells(here) == dict.fromkeys(located, "first") | {"110101006001001": "placed"}
    assert named_cells({}) == {}


def test_what_a_rule_measures_is_its_metric_or_cases_or_the_silence_in_hours() -> None:
    catalog = dongcheng()
    names = Names(catalog)
    cases = dict.fromkeys(("drops", "counts", "clusters"), "number of cases")
    wanted = cases | {"silence": "reporting", "deliveries": "delivery of warnings"}
    wanted |= {"indicator": "indicator", "case_state": "state of cases"}
    for rule in catalog.rules.values():
        metric = names.context_of(rule, "110101006").metric
        if rule.metric in catalog.feeds[rule.feed].metrics:
            assert metric == catalog.feeds[rule.feed].metrics[rule.metric]
        else:
            assert metric.title["en"] == wanted[rule.kind]
            assert metric.unit == ("h" if rule.kind == "silence" else "")
            assert (metric.resolution, metric.low, metric.high) == (1, 0, 1_000_000)
    assert {rule.kind for rule in catalog.rules.values()} >= {"silence", "counts", "readings"}


def test_a_context_knows_categories_groups_and_where_it_is() -> None:
    catalog = dongcheng()
    rule = next(rule for rule in catalog.rules.values() if rule.kind == "counts")
    context = Names(catalog).context_of(rule, "110101006")
    assert context.place["en"] == "Dongsi"
    for code, category in catalog.feeds["cases"].categories.items():
        assert context.names[code] == category.title
    assert rule.grouped
    for code, group in rule.grouped.items():
        assert context.names[code] == group.title
    assert context.names["110101006"]["en"] == "Dongsi"
    assert "110101999" not in context.names
