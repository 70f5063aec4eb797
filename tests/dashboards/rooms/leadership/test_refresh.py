"""One tick: all from one snapshot, and nothing that the page shows already."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from dash import Patch, no_update

from dashboards.common.city_index import CityIndex
from dashboards.common.source import Trouble
from dashboards.rooms.leadership.refresh import OUTPUTS, Seen, refresh
from models.grid.grid import Grid
from models.situation.snapshot import Snapshot
from tests.dashboards import factory
from tests.dashboards.page import words
from tests.dashboards.small_city import small_grid

SERVER_MS = factory.NOW_MS + 250


def tick(
    found: Snapshot | Trouble,
    city_index: CityIndex,
    seen: Seen | None = None,
    wanted: str | None = None,
) -> dict[str, Any]:
    return refresh(found, city_index, wanted=wanted, rem_px=16.0, seen=seen, server_ms=SERVER_MS)


def changed(outputs: dict[str, Any]) -> set[str]:
    assert set(outputs) == set(OUTPUTS)
    return {name for name, value in outputs.items() if value is not no_update}


def test_a_new_page_gets_everything(grid: Grid, city_index: CityIndex) -> None:
    outputs = tick(factory.snapshot(grid), city_index)
    assert changed(outputs) == set(OUTPUTS) - {"announcer"}
    assert outputs["layer"] == "cases.open"


def test_an_unchanged_snapshot_changes_the_clock_alone(grid: Grid, city_index: CityIndex) -> None:
    snapshot = factory.snapshot(grid)
    seen = tick(snapshot, city_index)["seen"]
    again = tick(snapshot, city_index, seen)
    assert changed(again) == {"clock"}
    assert again["clock"]["server_ms"] == SERVER_MS


def test_what_a_page_has_seen_survives_the_way_through_the_browser(
    grid: Grid, city_index: CityIndex
) -> None:
    seen = tick(factory.snapshot(grid), city_index)["seen"]
    returned = msgspec.json.decode(msgspec.json.encode(seen))
    assert changed(tick(factory.snapshot(grid), city_index, returned)) == {"clock"}


def test_new_values_are_patched_into_the_map(grid: Grid, city_index: CityIndex) -> None:
    seen = tick(factory.snapshot(grid, 1), city_index)["seen"]
    outputs = tick(factory.snapshot(grid, 2), city_index, seen)
    assert isinstance(outputs["map"], Patch)
    assert {"headlines", "warnings", "health", "seen", "now_time"} <= changed(outputs)
    assert changed(outputs).isdisjoint({"layers", "trend_0", "trend_1", "announcer"})


def test_the_same_values_leave_the_map_alone(grid: Grid, city_index: CityIndex) -> None:
    first = factory.snapshot(grid, 1)
    later = msgspec.structs.replace(first, version=2, written_ms=first.written_ms + 1000)
    outputs = tick(later, city_index, tick(first, city_index)["seen"])
    assert "map" not in changed(outputs)
    assert "now_time" in changed(outputs)


def test_another_layer_redraws_the_map_from_the_same_snapshot(
    grid: Grid, city_index: CityIndex
) -> None:
    snapshot = factory.snapshot(grid)
    seen = tick(snapshot, city_index)["seen"]
    outputs = tick(snapshot, city_index, seen, wanted="pm10.now")
    assert changed(outputs) == {"clock", "seen", "legend", "caption", "map", "map_panel"}
    assert outputs["map"]["data"][1]["zmax"] == 300


def test_a_writer_that_starts_anew_is_noticed(grid: Grid, city_index: CityIndex) -> None:
    before = factory.snapshot(grid, 1, written_ms=factory.NOW_MS - 60_000)
    after = factory.snapshot(grid, 1)
    assert "headlines" in changed(tick(after, city_index, tick(before, city_index)["seen"]))


def test_a_new_warning_is_announced_once(grid: Grid, city_index: CityIndex) -> None:
    quiet = factory.snapshot(grid, 1, warnings=[], open_by_level={})
    loud = factory.snapshot(grid, 2)
    outputs = tick(loud, city_index, tick(quiet, city_index)["seen"])
    assert "New warning: red, Jingshan" in words(outputs["announcer"])
    later = factory.snapshot(grid, 3)
    assert tick(later, city_index, outputs["seen"])["announcer"] is no_update


@pytest.mark.parametrize("trouble", [Trouble.REDIS, Trouble.EMPTY, Trouble.BROKEN, Trouble.FORMAT])
def test_a_trouble_keeps_the_page_and_tells_the_browser(
    trouble: Trouble, city_index: CityIndex
) -> None:
    outputs = tick(trouble, city_index)
    assert changed(outputs) == {"clock"}
    assert outputs["clock"]["trouble"] == trouble
    assert outputs["clock"]["snapshot"] is None


def test_a_foreign_grid_is_a_trouble_not_a_wrong_map(grid: Grid, city_index: CityIndex) -> None:
    outputs = tick(factory.snapshot(small_grid(10, 12)), city_index)
    assert changed(outputs) == {"clock"}
    assert outputs["clock"]["trouble"] is Trouble.GRID


def test_a_snapshot_without_layers_or_trends_still_shows_the_rest(
    grid: Grid, city_index: CityIndex
) -> None:
    bare = Snapshot(
        version=1,
        city="110101",
        grid=city_index.current.digest,
        written_ms=factory.NOW_MS,
        clock_ms=0,
        watermark_ms=0,
    )
    outputs = tick(bare, city_index)
    assert outputs["map"]["data"][1]["x"] == []  # the city alone
    assert words(outputs["caption"]) == "no values"
    assert words(outputs["funnel"]) == "No cases yet"
    assert words(outputs["headlines"]).count("—") == 12
    assert outputs["now_time"] == "—"


def test_an_old_layer_is_drawn_as_stale(grid: Grid, city_index: CityIndex) -> None:
    layers = [
        msgspec.structs.replace(layer, event_ms=factory.NOW_MS - 86_400_000, stale_after_s=60)
        for layer in factory.layers(grid)
    ]
    assert "stale-layer" in tick(factory.snapshot(grid, layers=layers), city_index)["map_panel"]


def test_a_layer_of_unknowns_draws_no_zero(grid: Grid, city_index: CityIndex) -> None:
    empty = np.full(len(grid.codes), np.nan, "<f4").tobytes()
    layers = [msgspec.structs.replace(factory.layers(grid)[0], data=empty)]
    outputs = tick(factory.snapshot(grid, layers=layers), city_index)
    assert all(value is None for row in outputs["map"]["data"][1]["z"] for value in row)
    assert "no values" in words(outputs["caption"])
