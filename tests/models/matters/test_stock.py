"""Levels with a capacity: car parks that fill up, tenants that come at once, houses nobody sees."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.feeds.kinds.stock.level import MOST_CHANGES, StockObjectState
from models.timing.units import DAY_MS, HOUR_MS
from ops.simulation.matters import matter_messages
from ops.simulation.matters.days import Span
from tests.models.matters.line import ZONE, at, dongcheng, run, sent

CELL = "110101001001001"


def park(value: float, ts: str, lot: str = "P03") -> dict[str, Any]:
    return {"object": lot, "type": "level", "value": value, "ts": ts}


def house(kind: str, ts: str, value: float = 0, name: str = "h1", **more: Any) -> dict[str, Any]:
    return {"object": name, "type": kind, "value": value, "ts": ts, "cell": CELL, **more}


def test_a_full_car_park_warns_and_clears_and_says_how_full() -> None:
    rows = [park(100, "2009-03-02T09:00"), park(50, "2009-03-02T09:00", "P04")]
    rows += [park(150, f"2009-03-02T10:{minute:02d}") for minute in (0, 15, 30)]
    full = run("parking", sent(rows), settled_ms=2 * HOUR_MS)
    saturation = full.row("saturation")
    assert (saturation.numerator, saturation.denominator) == (200, 270)
    assert full.value("full") == 1
    assert [(one.subject, one.why, one.value) for one in full.matter.watched] == [
        ("P03", "full", 100.0)
    ]
    assert {(w.rule, w.peak_level.name, w.cleared_ms > 0) for w in full.warnings} == {
        ("parking-full", "YELLOW", False)
    }
    rows += [park(60, f"2009-03-02T1{hour}:05") for hour in (1, 2, 3)]
    later = run("parking", sent(rows), settled_ms=8 * HOUR_MS)
    assert [w.cleared_ms > 0 for w in later.warnings] == [True]
    assert "saturation.now" in [layer.id for layer in later.snapshot.layers]


def test_the_next_hours_are_forecast_from_what_such_hours_are_like() -> None:
    feed = dongcheng().feeds["parking"]
    start = at("2009-03-02T00:00")
    span = Span(start_ms=start, end_ms=start + 3 * DAY_MS + 11 * HOUR_MS, seed=5, zone=ZONE)
    found = run("parking", matter_messages(feed, dongcheng(), span))
    now, later = found.value("saturation"), found.value("in_3h")
    assert now is not None and later is not None
    assert later > now + 5, "at eleven the afternoon is still to come"
    assert later == pytest.approx(80, abs=12)


def test_net_change_and_a_sudden_rise_of_a_cell() -> None:
    rows = [house("listed", "2009-03-01T08:00", capacity=60), house("level", "2009-03-01T08:01", 4)]
    rows += [house("change", f"2009-03-02T10:0{n}", 10) for n in range(4)]
    rows += [house("change", "2009-03-02T18:00", -2)]
    found = run("rental", sent(rows), settled_ms=6 * HOUR_MS)
    assert found.value("level") == 42
    assert found.value("net") == 38
    assert found.rules() == {"rental-rise"}
    assert found.value("net", "street", CELL[:9]) == 38
    calm = run("rental", sent(rows), settled_ms=3 * DAY_MS)
    assert calm.value("net") == 0


def test_a_house_that_nobody_inspected_is_told_by_time_alone() -> None:
    rows = [house("listed", "2009-01-01T08:00"), house("listed", "2009-01-01T08:00", name="h2")]
    rows += [house("inspected", "2009-03-31T08:00", name="h2")]
    rows += [house("inspected", "2009-04-05T08:00", name="h2")]
    found = run("rental", sent(rows))
    assert found.value("overdue") == 1
    assert [(w.subject, w.why) for w in found.matter.watched] == [("h1", "uninspected")]
    assert found.rules() == {"rental-uninspected"}
    seen = run("rental", sent([*rows, house("inspected", "2009-04-06T08:00")]))
    assert seen.value("overdue") == 0


@pytest.mark.parametrize(
    ("row", "reason", "said"),
    [
        (park(-1, "2009-03-02T11:00"), "out-of-range", "a level is never negative"),
        (park(151, "2009-03-02T11:00"), "above-capacity", "level 151 of a capacity of 150"),
        (park(float(10**12), "2009-03-02T11:00"), "out-of-range", "expected a number up to"),
        ({**park(-140, "2009-03-02T11:00"), "type": "change"}, "out-of-range", "is below 0"),
        ({**park(100, "2009-03-02T11:00"), "type": "change"}, "above-capacity", "would be over"),
        ({**park(1, "2009-03-02T11:00", "P99"), "type": "change", "cell": CELL}, "unknown-object",
         "was never listed"),
        (park(1, "2009-03-02T11:00", "P99"), "no-place", "neither cell nor lon and lat"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_no_level(
    row: dict[str, Any], reason: str, said: str
) -> None:
    found = run("parking", sent([park(100, "2009-03-02T10:00"), row]))
    ((code, text),) = found.why()
    assert code == reason
    assert said in text
    assert found.value("level") == 100
    assert json.loads(found.dead[0].data)["object"] == row["object"]


events = st.lists(
    st.tuples(st.sampled_from(["level", "change"]), st.integers(0, 20), st.integers(1, 400)),
    max_size=20,
    unique_by=lambda event: event[2],
)


@given(events)
def test_a_level_is_the_last_one_told_and_the_changes_since(given_: Any) -> None:
    one = StockObjectState(cell=CELL)
    for kind, value, at_ms in sorted(given_, key=lambda event: event[2]):
        if kind == "level":
            one.set_level((at_ms, 0, 0), float(value))
        else:
            one.change(at_ms, float(value))
    levels = [(at_ms, value) for kind, value, at_ms in given_ if kind == "level"]
    since, base = max(levels, default=(0, 0))
    later = sum(v for kind, v, at_ms in given_ if kind == "change" and at_ms > since)
    assert one.level == base + later


def test_very_many_changes_are_bounded_and_lose_nothing() -> None:
    one = StockObjectState(cell=CELL)
    for n in range(5000):
        one.change(n + 1, 1.0)
    assert len(one.changes) == MOST_CHANGES
    assert one.level == 5000
