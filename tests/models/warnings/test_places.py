"""Names of the areas that warnings speak of."""

from __future__ import annotations

import pytest

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
    cells = [code for code in names if len(code) == 15]
    titles = {sensor.title["en"] for sensor in catalog.feeds["dust"].sensors.values()}
    assert len(cells) == len(titles)
    assert {names[cell]["en"] for cell in cells} == titles
    dongsi = next(cell for cell in cells if names[cell]["en"].startswith("Dongsi site"))
    assert dongsi.startswith("110101006")
