"""Registers of located objects: what held when, what was known when, and the risk of hazards."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.feeds.kinds.registry.book import RegistryBook
from models.feeds.kinds.registry.config import RegistryFeed
from models.feeds.kinds.registry.entries import MOST_FACTS, Fact, RegisteredObject
from models.feeds.kinds.registry.inside import EventCells
from models.feeds.kinds.registry.risk import RiskParts, Surroundings
from models.messages.matters import MatterRecord
from models.timing.units import DAY_MS
from tests.models.matters.line import at, dongcheng, run, sent

CELL = "110101001001001"


def hazard_feed() -> RegistryFeed:
    feed = dongcheng().feeds["hazard-register"]
    assert isinstance(feed, RegistryFeed)
    return feed


def entry(kind: str, ts: str, name: str = "z1", **more: Any) -> dict[str, Any]:
    row = {"object": name, "type": kind, "ts": ts, "cell": CELL, **more}
    return row | ({"class": "gas", "level": "low"} | more if kind == "registered" else {})


def by_hand(cell: str) -> float:
    """Exposure of the places around a cell, reckoned another way."""
    feed, grid = hazard_feed(), dongcheng().grid_at(max(s.valid_from for s in dongcheng().streets))
    row = int(grid.index_of(np.array([int(cell)]))[0])
    total = 0.0
    for place in feed.risk.exposed.values():
        east_m = (place.lon - grid.lon[row]) * 111_320 * np.cos(np.radians(grid.lat[row]))
        north_m = (place.lat - grid.lat[row]) * 111_200
        total += place.weight * max(1 - float(np.hypot(east_m, north_m)) / feed.risk.radius_m, 0)
    return total


def test_risk_is_level_times_condition_times_what_lies_around_and_says_so() -> None:
    school = {"lon": 116.4120, "lat": 39.9250}
    eight, nine = at("2009-03-01T08:00"), at("2009-03-01T09:00")
    gas: dict[str, Any] = {"object": "z1", "type": "registered", "class": "gas", "level": "high"}
    leak: dict[str, Any] = {"object": "z1", "type": "observed", "condition": "leaking"}
    fuel: dict[str, Any] = {"object": "z2", "type": "registered", "class": "fuel", "level": "low"}
    rows = [{**gas, "ts": eight, **school}, {**leak, "ts": nine, **school}]
    rows += [{**fuel, "ts": eight, **school}]
    found = run("hazard-register", sent(rows), settled_ms=DAY_MS)
    first = found.matter.watched[0]
    parts = first.parts
    assert first.subject == "z1"
    assert (parts["level"], parts["condition"]) == (3, 4)
    assert parts["places"] == pytest.approx(by_hand(first.cell), abs=0.02)
    assert parts["places"] > 1, "it stands beside a school of weight 2"
    assert parts["near"] == pytest.approx(0.2), "another hazard in the same cell"
    assert first.value == pytest.approx(12 * parts["exposure"], abs=0.01)
    assert parts["exposure"] == pytest.approx(1 + parts["places"] + parts["near"])
    assert "hazard-risk" in found.rules()
    assert found.value("objects") == 2
    assert found.value("objects", "class", "gas") == 1


def test_level_up_overdue_and_newly_found_are_warned_of() -> None:
    rows = [
        entry("registered", "2009-03-01T08:00"),
        entry("registered", "2009-03-10T08:00", level="high"),
        entry("observed", "2009-03-10T09:00", "found", condition="worn"),
    ]
    found = run("hazard-register", sent(rows), settled_ms=DAY_MS)
    assert found.rules() == {"hazard-level-up", "hazard-new"}
    assert (found.value("level_up"), found.value("new"), found.value("overdue")) == (1, 1, 0)
    late = run("hazard-register", sent(rows), settled_ms=25 * DAY_MS)
    assert late.rules() >= {"hazard-overdue"}
    assert (late.value("level_up"), late.value("new"), late.value("overdue")) == (0, 0, 1)
    seen = [*rows, entry("inspected", "2009-03-11T08:00")]
    assert run("hazard-register", sent(seen), settled_ms=25 * DAY_MS).value("overdue") == 0


def test_what_held_and_what_was_known_are_two_questions() -> None:
    """A correction in April about March changes March, but not what was known in March."""
    book = RegistryBook(
        hazard_feed(),
        Surroundings(hazard_feed().risk, dongcheng().grid_at(at_date())),
        EventCells(dongcheng(), dongcheng().grid_at(at_date())),
        lambda _: (("all", ""),),
    )
    march, april, may = (at(f"2009-0{month}-01T00:00") for month in (3, 4, 5))

    def apply(ts_ms: int, state: str, offset: int, valid_ms: int | None = None) -> None:
        record = MatterRecord(
            ts_ms=ts_ms, cell=CELL, offset=offset, what="registered", subject="z", state=state,
            at_ms=valid_ms,
        )  # fmt: skip
        assert book.apply(record) is None

    apply(march, "gas/low/", 1)
    apply(april, "/high/", 2, valid_ms=march + DAY_MS)

    def level(valid_ms: int, known_ms: int) -> str:
        known = book.standing("z", valid_ms, known_ms)
        assert known is not None
        return known.level

    assert level(march + 2 * DAY_MS, march + 2 * DAY_MS) == "low"
    assert level(march + 2 * DAY_MS, may) == "high"
    assert level(march, may) == "low"
    assert book.standing("z", march - 1, may) is None
    record = MatterRecord(ts_ms=may, cell=CELL, offset=3, what="removed", subject="z", state="//")
    book.apply(record)
    assert book.standing("z", may, may) is None
    assert book.standing("z", may, may - 1) is not None


def at_date() -> Any:
    return max(street.valid_from for street in dongcheng().streets)


@pytest.mark.parametrize(
    ("row", "reason", "said"),
    [
        (entry("inspected", "2009-03-02T08:00", "nobody"), "unknown-object", "never registered"),
        (entry("registered", "2009-03-02T08:00", **{"class": "sea"}), "unknown-category", "of gas"),
        (entry("registered", "2009-03-02T08:00", level="huge"), "unknown-state", "level is 'huge'"),
        (entry("observed", "2009-03-02T08:00"), "unknown-state", "condition is ''"),
        (entry("registered", "2009-03-02T08:00", unit="13812345678"), "personal-data", "telephone"),
        (entry("registered", "2009-03-02T08:00", valid_from=-1e13), "bad-time", ""),
        (entry("exploded", "2009-03-02T08:00"), "wrong-shape", "Invalid enum value"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_reason(
    row: dict[str, Any], reason: str, said: str
) -> None:
    found = run("hazard-register", sent([entry("registered", "2009-03-01T08:00"), row]))
    ((code, text),) = found.why()
    assert code == reason
    assert said in text
    assert found.value("objects") == 1
    assert json.loads(found.dead[0].data)["object"] == row["object"]


def test_a_hazard_inside_an_event_is_told_while_the_event_lasts() -> None:
    grid = dongcheng().grid_at(at_date())
    events = EventCells(dongcheng(), grid)
    live_ms, over_ms = at("2008-08-15T12:00"), at("2008-12-15T12:00")
    held = [c for c in grid.codes.tolist() if events.count(f"{c:015d}", live_ms)]
    assert 10 < len(held) < len(grid)
    cell = f"{held[0]:015d}"
    assert events.count(cell, over_ms) == 0
    row = {"object": "z1", "type": "registered", "class": "gas", "level": "low", "cell": cell}
    found = run("hazard-register", sent([{**row, "ts": "2008-08-15T08:00"}]), settled_ms=DAY_MS)
    assert found.value("in_event") == 1
    assert found.matter.watched[0].parts["events"] >= 2
    assert "hazard-in-event" in found.rules()
    later = run("hazard-register", sent([{**row, "ts": "2008-12-15T08:00"}]), settled_ms=DAY_MS)
    assert (later.value("in_event"), later.matter.watched[0].parts["events"]) == (0, 0)


facts = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.sampled_from(["", "low", "high"])),
    min_size=1,
    max_size=MOST_FACTS,
)


@given(facts, st.randoms(use_true_random=False), st.integers(0, 60), st.integers(0, 60))
def test_history_is_the_same_in_whatever_order_it_comes(
    given_: Any, chance: Any, valid: int, known: int
) -> None:
    made = [Fact(v, k, (k, n, 0), level=level) for n, (v, k, level) in enumerate(given_)]
    one, other = (RegisteredObject(CELL, 0, 0) for _ in range(2))
    for fact in made:
        one.add(fact)
    chance.shuffle(made)
    for fact in [*made, *made]:
        other.add(fact)
    assert one.facts == other.facts
    assert one.at(valid, known) == other.at(valid, known)


def test_the_history_of_an_object_is_bounded() -> None:
    one = RegisteredObject(CELL, 0, 0)
    for n in range(100):
        one.add(Fact(n, n, (n, 0, 0), category="gas" if n == 0 else "", level=str(n)))
    assert len(one.facts) == MOST_FACTS
    now = one.at(1000, 1000)
    assert now is not None
    assert (now.level, now.category, now.before) == ("99", "gas", "98")


def test_each_part_can_only_raise_the_risk() -> None:
    low = RiskParts(1, 1, 0, 0)
    assert low.total == 1
    for change in ({"level": 2}, {"condition": 2}, {"places": 1}, {"near": 1}, {"events": 1}):
        assert low._replace(**change).total == 2, change
