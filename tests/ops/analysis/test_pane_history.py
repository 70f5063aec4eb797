"""Hours of a metric at a place, from the panes of the archive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from models.timing.units import HOUR_MS
from ops.analysis.pane_history import HOURS, ArchivedPanes
from tests.dashboards.dust_archive import put_hours, readings_of

BEGIN_MS = 1_271_347_200_000  # 2010-04-16 00:00 in Beijing
CELLS = [f"110101001{number:06d}" for number in range(40)]
DAYS = [date(2010, 4, 16)]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of cells, of which the n-th has n in its first hour, n + 1 in the second, and so on."""
    folder = tmp_path_factory.mktemp("panes")
    hours = {
        ("coarse", cell, BEGIN_MS + at * HOUR_MS): float(number + at)
        for number, cell in enumerate(CELLS)
        for at in range(24)
    }
    put_hours(folder, hours)
    return folder


def test_an_hour_is_the_mean_of_all_readings_of_its_panes(archive: Path) -> None:
    found = ArchivedPanes(archive).hours("dust", "coarse", CELLS[7:8], DAYS)[CELLS[7]]
    assert found.at_ms.tolist() == [BEGIN_MS + at * HOUR_MS for at in range(24)]
    assert found.mean == pytest.approx(7.0 + np.arange(24))
    assert found.most == pytest.approx(1.4 * (7.0 + np.arange(24)))
    assert set(found.readings.tolist()) == {readings_of(CELLS[7])}


def test_an_area_weighs_its_cells_by_their_readings(archive: Path) -> None:
    found = ArchivedPanes(archive).hours("dust", "coarse", ["110101001"], DAYS)["110101001"]
    readings = [readings_of(cell) for cell in CELLS]
    assert len(set(readings)) > 1
    assert found.mean[0] == pytest.approx(np.average(np.arange(40.0), weights=readings))
    assert found.readings[0] == sum(readings)


def test_a_place_that_is_asked_with_its_street_has_its_own_hours(archive: Path) -> None:
    found = ArchivedPanes(archive).hours("dust", "coarse", ["110101001", CELLS[3], "9"], DAYS)
    assert found[CELLS[3]].mean[:2] == pytest.approx([3.0, 4.0])
    assert len(found["110101001"].at_ms) == 24
    assert len(found["9"].at_ms) == 0


def test_only_the_panes_of_the_place_are_ranked(archive: Path) -> None:
    given: dict[str, Any] = {"feed": "dust", "metric": "coarse", "places": CELLS[:1]}
    given["files"] = [str(file) for file in archive.rglob("*.parquet")]
    with duckdb.connect() as connection:
        told = connection.execute(f"EXPLAIN (ANALYZE, FORMAT json) {HOURS}", given).fetchall()
    ranked = [each for each in operators(json.loads(told[0][1])) if "WINDOW" in each["type"]]
    assert [each["intermediate_rows"] for each in ranked] == [4 * 24]


def operators(plan: Any) -> Iterator[dict[str, Any]]:
    """Give the operators of a plan."""
    for each in plan if isinstance(plan, list) else [plan]:
        if "type" in each:
            yield each
        yield from operators([*each.get("operator", ()), *each.get("children", ())])
