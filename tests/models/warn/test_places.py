"""Names of the areas that warnings speak of."""

from __future__ import annotations

import pytest

from models.warn.places import place_of, scene_of
from tests.streams.agents.district import dongcheng


@pytest.mark.parametrize(
    ("area", "name"),
    [("110101", "Dongcheng District"), ("110101006", "Dongsi"), ("110101999", "110101999")],
)
def test_an_area_is_named_and_an_unknown_code_stands_for_itself(area: str, name: str) -> None:
    assert place_of(dongcheng(), area)["en"] == name


def test_a_scene_speaks_of_the_rule_s_metric_in_the_city_s_time() -> None:
    rule = dongcheng().rules["dust-local-excess"]
    scene = scene_of(dongcheng(), rule, "110101006")
    assert scene.metric == dongcheng().feeds["dust"].metrics["coarse"]
    assert str(scene.timezone) == "Asia/Shanghai"
