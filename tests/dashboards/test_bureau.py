"""The page of the environmental bureau."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from dashboards.common.city_index import CityIndex
from dashboards.panels.measured_table import measured
from dashboards.rooms.bureau.page import dust_rules, live
from models.situation.snapshot import Layer, Snapshot
from tests.dashboards import factory
from tests.dashboards.page import words


def layer(snapshot: Snapshot, name: str, values: dict[int, float], size: int) -> Layer:
    data = np.full(size, np.nan, "<f4")
    for place, value in values.items():
        data[place] = value
    base = snapshot.layers[0]
    return msgspec.structs.replace(base, id=name, data=data.tobytes())


def dusty(city_index: CityIndex) -> Snapshot:
    snapshot = factory.snapshot(city_index.current.grid)
    size = len(city_index.current.grid)
    layers = [
        layer(snapshot, "pm10.now", {0: 80.0, 1: 300.0, 2: 40.0}, size),
        layer(snapshot, "pm10.ratio", {0: 0.9, 1: 2.5}, size),
    ]
    return msgspec.structs.replace(snapshot, layers=layers)


def test_cells_stand_by_how_far_above_normal_they_are_and_unknown_ones_last(
    city_index: CityIndex,
) -> None:
    found = measured(dusty(city_index), city_index, "pm10")
    assert [each.now for each in found] == [300.0, 80.0, 40.0]
    assert math.isnan(found[2].ratio)
    assert math.isnan(found[0].day)


def test_a_value_stands_beside_the_median_of_the_others(city_index: CityIndex) -> None:
    snapshot = dusty(city_index)
    found = {each.now: each.others for each in measured(snapshot, city_index, "pm10")}
    assert found == {300.0: 300 / 60, 80.0: 80 / 170, 40.0: 40 / 190}
    size = len(city_index.current.grid)
    for values in ({0: 80.0, 1: 300.0}, {0: 9.0, 1: 0.0, 2: 0.5, 3: 0.2}):  # too few, near zero
        few = [layer(snapshot, "pm10.now", values, size)]
        told = measured(msgspec.structs.replace(snapshot, layers=few), city_index, "pm10")
        assert len(told) == len(values)
        assert all(math.isnan(each.others) for each in told)


def test_coarse_dust_stands_before_all_dust(city_index: CityIndex) -> None:
    snapshot = dusty(city_index)
    first = snapshot.trends[0]
    coarse = msgspec.structs.replace(first, id="coarse", title={"zh": "粗颗粒物", "en": "Coarse"})
    other = msgspec.structs.replace(first, id="gas", title={"zh": "燃气", "en": "Gas"})
    told = live(msgspec.structs.replace(snapshot, trends=[first, other, coarse]), city_index)
    said = words(told["bureau-trend.children"], "zh")
    assert said.index("粗颗粒物") < said.index("PM10")
    assert "燃气" not in said


def test_what_is_not_known_is_a_dash(city_index: CityIndex) -> None:
    shown = live(dusty(city_index), city_index)
    told = words(shown["bureau-places.children"], "zh")
    assert "3 / 3 个有数据的网格" in told
    assert "300.0 — 2.50 5.00" in told
    assert "40.0 — — 0.21" in told


def test_without_a_measurement_the_page_says_so(city_index: CityIndex) -> None:
    snapshot = msgspec.structs.replace(dusty(city_index), layers=[], trends=[])
    shown = live(snapshot, city_index)
    assert "没有任何网格有数据" in words(shown["bureau-places.children"], "zh")
    assert "暂无走势" in words(shown["bureau-trend.children"], "zh")


def test_the_rules_of_dust_are_found_by_what_their_feed_measures(city_index: CityIndex) -> None:
    catalog = city_index.catalog
    found = {name for name in catalog.rules if name in dust_rules(city_index)}
    assert found
    assert all("pm10" in catalog.feeds[catalog.rules[name].feed].metrics for name in found)
    assert not any(catalog.rules[name].feed == "cases" for name in found)
