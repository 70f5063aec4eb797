"""The numbers that what is shown depends on, each from just inside and just outside."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from config.catalog import Feed
from models.feeds.kinds.readings.shown import headlines
from models.grid.grid import Grid
from models.situation.build import figures
from models.situation.layers import now_layer
from models.situation.line_now import LineNow
from models.situation.state import DistrictState
from models.situation.warnings import KEPT_MS, WarningView
from models.timing.units import DAY_MS
from tests.models.situation.test_streets import summary
from tests.models.situation.test_warnings import LIFE, receipt
from tests.streams.agents.district import dongcheng

NOW_MS = 1_800_000_000_000
WINDOWS = ("pm10.mean_5min", "pm10.mean_1h")


@pytest.fixture
def dust() -> Feed:
    """Every minute, panes of a quarter of an hour, no list of sensors."""
    return dongcheng().feeds["dust"].model_copy(update={"sensors": {}})


def city(rows: Sequence[tuple[int, int, float, int]]) -> DistrictState:
    state = DistrictState()
    state.streets.apply(*summary(0, list(rows), layers=WINDOWS))
    return state


def online(feed: Feed, grid: Grid, *ages_s: float) -> int | None:
    """How many of the sensors count that were heard so long ago."""
    rows = [
        (int(cell), 0, 1.0, round(NOW_MS - age_s * 1000))
        for cell, age_s in zip(grid.codes, ages_s, strict=False)
    ]
    numbers = {one.id: one for one in headlines([feed], city(rows), grid, NOW_MS)}
    return numbers["sensors_online"].numerator


def test_a_sensor_is_online_for_three_of_its_intervals(dust: Feed, grid: Grid) -> None:
    slow = dust.model_copy(update={"expected_interval_s": 600})
    assert online(slow, grid, 1799, 1800, 1801) == 2


def test_a_frequent_sensor_is_online_for_one_pane(dust: Feed, grid: Grid) -> None:
    assert (dust.expected_interval_s, dust.pane_s) == (60, 900)
    assert online(dust, grid, 899, 900, 901) == 2


def test_now_is_the_shortest_window_that_holds_a_value(dust: Feed, grid: Grid) -> None:
    both = city([(10, 0, 5.0, NOW_MS), (10, 1, 60.0, NOW_MS)])
    layer = now_layer(both, dust, "pm10", grid)
    assert layer is not None
    assert layer.values[0] == 5.0
    hour = now_layer(city([(10, 1, 60.0, NOW_MS)]), dust, "pm10", grid)
    assert hour is not None
    assert hour.values[0] == 60.0
    assert now_layer(city([]), dust, "pm10", grid) is None


@pytest.mark.parametrize(("age_ms", "active"), [(0, 1), (DAY_MS, 1), (DAY_MS + 1, 0)])
def test_a_cell_is_active_for_a_day(age_ms: int, active: int) -> None:
    state = city([(110101001001001, 0, 1.0, NOW_MS - age_ms)])
    assert figures(dongcheng(), state, NOW_MS, LineNow())["cells_active"] == active
    assert DAY_MS == 24 * 3_600_000


def test_what_was_given_up_is_counted_when_its_warning_is_forgotten() -> None:
    view = WarningView()
    for warning in LIFE:
        view.apply(warning)
    view.receipt(receipt(0, delivered=False, gave_up=True))
    view.receipt(receipt(1, delivered=False, gave_up=True))
    view.receipt(receipt(1, delivered=True))
    before = (view.opened, view.deliveries, view.undelivered)
    later = LIFE[-1].cleared_ms + KEPT_MS + 1
    view.apply(msgspec.structs.replace(LIFE[0], id="later", updated_ms=later))
    assert list(view.entries) == ["later"]
    assert before == (1, 1, 1)
    assert (view.opened, view.deliveries, view.undelivered) == (2, 1, 1)
