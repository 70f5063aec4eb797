"""Possible duplicates: near, alike, in time, open; and never merged."""

from __future__ import annotations

from math import cos, hypot, radians

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.cases.duplicates import NEAR_M, WITHIN_MS
from models.cases.store import CaseStore
from models.cases.timeline import step_of
from models.messages.case_events import CaseEvent, EventType
from tests.models.cases.building import DAY, START, event
from tests.models.cases.test_store import book_of, rulebook

T = EventType
LON, LAT = 116.40, 39.92
METRE = 1 / 111_195
RULES = rulebook()


def report(case: str, hour: float, north_m: float = 0.0, **more: object) -> CaseEvent:
    fields: dict[str, object] = {
        "category": "E0102",
        "lon": LON,
        "lat": LAT + north_m * METRE,
        **more,
    }
    return event(case, T.REPORTED, hour, 0, **fields)


def store(*events: CaseEvent) -> CaseStore:
    return book_of(list(events), 24 * 20, RULES)


def originals(found: CaseStore, case: str) -> list[str]:
    return [one.original for one in found.duplicates.candidates(case)]


def test_a_near_open_case_of_the_same_class_is_offered() -> None:
    [found] = store(report("old", 0, 30), report("new", 24)).duplicates.candidates("new")
    assert (found.case, found.original, found.category) == ("new", "old", "E0102")
    assert found.distance_m == pytest.approx(30, abs=0.01)
    assert (found.reported_ms - START, found.age_min) == (DAY, 24 * 60)
    assert found.score == pytest.approx(0.4 * 6 / 7, abs=1e-3)


@pytest.mark.parametrize(
    "other",
    [
        [report("old", 0, 50.5)],
        [report("old", 0, 0, category="E0101")],
        [report("old", -24 * 8)],
        [report("old", 30)],  # it began later: the new one is not its repeat
        [report("old", 0), event("old", T.FILED, 1), event("old", T.CLOSED, 2)],
        [report("old", 0, lon=None, lat=None)],
    ],
    ids=["far", "other class", "too long ago", "later", "closed", "no place"],
)
def test_others_are_not(other: list[CaseEvent]) -> None:
    found = store(*other, report("new", 24))
    assert originals(found, "new") == []
    assert "new" not in [one.case for one in found.duplicates.newest(9)]


def test_the_likeliest_comes_first_and_both_stay() -> None:
    found = store(report("far", 20, 40), report("near", 20, 5), report("new", 24))
    assert originals(found, "new") == ["near", "far"]
    assert len(found.timelines) == 3


def test_an_unknown_or_placeless_case_has_none() -> None:
    some = store(report("old", 0), report("new", 24, lon=None, lat=None))
    assert originals(some, "new") == []
    assert originals(some, "never heard of") == []


def test_of_two_reports_of_one_moment_one_is_the_repeat() -> None:
    found = store(report("b", 1), report("a", 1))
    assert [(one.case, one.original) for one in found.duplicates.newest(9)] == [("b", "a")]


def test_the_newest_pairs_are_told_and_all_are_counted() -> None:
    found = store(*(report(str(hour), hour) for hour in range(6)))
    pairs = [(one.case, one.original) for one in found.duplicates.newest(3)]
    assert pairs == [("5", "4"), ("4", "3"), ("3", "2")]
    assert len(found.duplicates) == 5


def test_who_repeated_a_closed_case_looks_for_another() -> None:
    found = store(report("a", 0), report("b", 1), report("c", 2), event("b", T.CANCELLED, 3))
    assert [(one.case, one.original) for one in found.duplicates.newest(9)] == [("c", "a")]
    found.apply("a", step_of(event("a", T.CANCELLED, 4)))
    found.flush()
    assert found.duplicates.newest(9) == []
    assert len(found.duplicates) == 0


def test_an_earlier_report_that_comes_late_moves_its_case() -> None:
    found = store(report("old", 0), report("new", 24))
    found.apply("new", step_of(report("new", -1, 60)))
    found.flush()
    assert found.duplicates.newest(9) == []


def near_by_hand(one: CaseEvent, other: CaseEvent) -> bool:
    """Whether one may repeat the other, found without any index."""
    assert one.lat is not None and other.lat is not None
    assert one.lon is not None and other.lon is not None
    east = (other.lon - one.lon) / METRE * cos(radians(one.lat))
    age = one.ts_ms - other.ts_ms
    is_later = age > 0 or (age == 0 and one.case > other.case)
    is_near = hypot((other.lat - one.lat) / METRE, east) <= NEAR_M
    return one.category == other.category and is_later and is_near and age <= WITHIN_MS


reports = st.builds(
    lambda hour, north, east, category: (hour, north, east, category),
    st.integers(0, 200),
    st.integers(-90, 90),
    st.integers(-120, 120),
    st.sampled_from(["E0102", "E0101"]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(reports, max_size=14), st.sets(st.integers(0, 13)), st.randoms())
def test_whatever_the_order_the_index_finds_what_a_look_at_every_pair_finds(
    places: list[tuple[int, int, int, str]], closed: set[int], shuffle: object
) -> None:
    cases = [
        report(f"{n:02d}", hour, north, lon=LON + east * METRE, category=category)
        for n, (hour, north, east, category) in enumerate(places)
    ]
    ends = [event(f"{n:02d}", T.CANCELLED, 300) for n in closed if n < len(cases)]
    straight = store(*cases, *ends)
    mixed = [*cases, *ends]
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    other = CaseStore(RULES)
    for one in mixed:  # settled after each event: every way through the index is gone
        other.apply(one.case, step_of(one))
        other.flush()
    standing = [one for n, one in enumerate(cases) if n not in closed]
    expected = {
        one.case: {old.case for old in standing if near_by_hand(one, old)} for one in standing
    }
    for case, olds in expected.items():
        assert set(originals(straight, case)) == olds
        assert originals(straight, case) == originals(other, case)
    assert straight.duplicates.newest(99) == other.duplicates.newest(99)
    assert len(straight.duplicates) == sum(map(bool, expected.values()))
    for pair in straight.duplicates.newest(99):
        assert pair.original == originals(straight, pair.case)[0]


def test_a_square_of_any_latitude_holds_what_is_near() -> None:
    for lat in (-77.0, -0.0001, 0.0, 22.3, 71.2):
        east = 49.9 * METRE / cos(radians(lat))
        found = store(report("old", 0, lat=lat, lon=LON + east), report("new", 1, lat=lat, lon=LON))
        assert originals(found, "new") == ["old"], lat


def test_a_restart_gives_the_same() -> None:
    before = store(*(report(str(n), n % 50, n % 7 * 12) for n in range(40)))
    after = CaseStore(RULES)
    data = [(case, before.case_bytes(case)) for case in reversed(list(before.timelines))]
    after.restore((case, packed) for case, packed in data if packed is not None)
    assert after.duplicates.newest(40) == before.duplicates.newest(40)
    assert len(after.duplicates) == len(before.duplicates) > 20


def test_many_restored_cases_are_placed_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.cases.store._PLACED_AT_ONCE", 3)
    before = store(*(report(str(n), n) for n in range(8)))
    after = CaseStore(RULES)
    after.restore((case, packed) for case, packed in before.timelines.items())
    assert len(after.duplicates) < len(before.duplicates)
    after.apply("4", step_of(event("4", T.CANCELLED, 20)))  # one that has its turn still to come
    after.flush()
    for _ in range(2):
        after.place_some()
    before.apply("4", step_of(event("4", T.CANCELLED, 20)))
    before.flush()
    assert after.duplicates.newest(9) == before.duplicates.newest(9)
