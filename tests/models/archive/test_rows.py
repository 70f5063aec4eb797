"""Messages become rows of the day on which they happened in the city."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from config.names import CASE_EVENTS, PANES, SIGNALS, WARNINGS
from models.archive.datasets import DATASETS, Columns
from models.archive.rows import Rows, day_of, rows_of
from models.cases.history import COLUMNS
from models.messages.case_events import EventType
from models.messages.columns import encode
from models.messages.judged_panes import JudgedHeader
from models.messages.topics import decode
from models.timing.units import HOUR_MS
from models.timing.zone import zone_of
from tests.models.archive.messages import (
    CELL,
    NOON_MS,
    case_events,
    case_pane,
    pane,
    signals,
    warning,
)

SHANGHAI = zone_of("Asia/Shanghai")
DAY = "2016-04-01"


def rows(topic: str, value: bytes) -> Rows:
    return rows_of(decode(topic, value), SHANGHAI)


def listed(dataset: str, columns: Columns) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = DATASETS[dataset].batch([columns]).to_pylist()
    return rows


def test_a_pane_keeps_its_exact_sum_and_tells_its_unit() -> None:
    ((place, columns),) = rows(PANES, pane({0: 805, 1: 40})).items()
    assert place == ("panes", DAY)
    first, second = listed(place[0], columns)
    assert first == {
        "feed": "dust",
        "metric": "pm10",
        "cell": str(CELL),
        "start_ms": NOON_MS,
        "width_s": 3600,
        "revision": 0,
        "count": 2,
        "sum": 805,
        "resolution": 0.1,
        "mean": pytest.approx(40.25),
        "min": pytest.approx(40.2),
        "max": pytest.approx(40.2),
        "p50": pytest.approx(40.25),
        "p95": pytest.approx(40.25),
        "ingested_ms": 7,
    }
    assert (second["cell"], second["sum"]) == (str(CELL + 1), 40)


def test_the_day_is_that_of_the_city() -> None:
    midnight_ms = NOON_MS + 12 * HOUR_MS
    assert day_of(midnight_ms - 1, SHANGHAI) == DAY
    assert day_of(midnight_ms, SHANGHAI) == "2016-04-02"
    assert day_of(midnight_ms, zone_of("America/New_York")) == DAY
    assert list(rows(PANES, pane({0: 1}, start_ms=midnight_ms))) == [("panes", "2016-04-02")]


def test_counted_cases_and_empty_panes() -> None:
    ((place, columns),) = rows(PANES, case_pane(3, revision=2)).items()
    assert place == ("case_panes", DAY)
    assert listed(place[0], columns) == [
        {
            "feed": "cases",
            "cell": str(CELL),
            "category": "0101",
            "type": "filed",
            "start_ms": NOON_MS,
            "width_s": 3600,
            "revision": 2,
            "count": 3,
        }
    ]
    assert rows(PANES, case_pane(0)) == {}
    assert rows(PANES, pane({})) == {}


def test_a_signal_keeps_all_of_its_evidence() -> None:
    found = rows(SIGNALS, signals(NOON_MS, NOON_MS + 24 * HOUR_MS))
    assert list(found) == [("signals", DAY), ("signals", "2016-04-02")]
    (row,) = listed("signals", found["signals", DAY])
    assert (row["observed"], row["expected"], row["active"]) == (90.0, 40.0, True)
    assert (row["kind"], row["area_kind"], row["area"]) == ("reading", "cell", str(CELL))
    assert (row["severity"], row["scope"]) == (30.5, "local")
    assert msgspec.json.decode(row["evidence"])["clears_below"] == 70.0
    assert rows(SIGNALS, signals()) == {}


def test_what_the_map_is_made_of_is_not_archived() -> None:
    header = JudgedHeader(
        rows=1, feed="dust", metric="pm10", detector="seasonal", start_ms=NOON_MS, width_s=3600
    )
    columns = {"cell": np.array([CELL]), "value": np.ones(1), "expected": np.ones(1)}
    assert rows(SIGNALS, encode(header, columns)) == {}


def test_a_change_of_a_warning_is_a_row_of_the_day_it_happened() -> None:
    value = warning(1, updated_ms=NOON_MS + 24 * HOUR_MS)
    ((place, columns),) = rows(WARNINGS, value).items()
    assert place == ("warnings", "2016-04-02")
    (row,) = listed(place[0], columns)
    assert (row["id"], row["revision"], row["change"], row["level"]) == ("dust.1", 1, "updated", 2)
    details = msgspec.json.decode(row["details"])
    assert details["cells"] == [str(CELL)]
    assert details["explanation"]["zh"] == "扬尘"


def test_the_steps_of_cases_are_the_rows_that_are_read_as_histories() -> None:
    value = case_events(
        ("7", EventType.FILED, NOON_MS), ("7", EventType.CLOSED, NOON_MS + 24 * HOUR_MS)
    )
    found = rows(CASE_EVENTS, value)
    assert list(found) == [("cases", DAY), ("cases", "2016-04-02")]
    columns = found["cases", DAY]
    assert (columns["case"], columns["type"]) == (["7"], ["filed"])
    assert DATASETS["cases"].schema.names == list(COLUMNS)
