"""Possible duplicates: near, alike, in time, open; and never merged."""

from __future__ import annotations

import pytest

from models.cases.book import CaseBook
from models.cases.duplicates import candidates
from models.feeds.case_event import CaseEvent, EventType
from tests.models.cases.building import event
from tests.models.cases.test_book import book_of, rulebook

T = EventType
LON, LAT = 116.40, 39.92
METRE = 1 / 111_195


def report(case: str, hour: float, north_m: float = 0.0, **more: object) -> CaseEvent:
    fields: dict[str, object] = {
        "category": "E0102",
        "lon": LON,
        "lat": LAT + north_m * METRE,
        **more,
    }
    return event(case, T.REPORTED, hour, 0, **fields)


def book(*events: CaseEvent) -> CaseBook:
    return book_of(list(events), 24 * 20, rulebook())


def test_a_near_open_case_of_the_same_class_is_offered() -> None:
    found = candidates(book(report("old", 0, 30), report("new", 24)).docket, "new")
    assert [one.case for one in found] == ["old"]
    assert found[0].distance_m == pytest.approx(30, abs=0.01)
    assert found[0].score == pytest.approx(0.4 * 6 / 7, abs=1e-3)


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
    assert candidates(book(*other, report("new", 24)).docket, "new") == []


def test_the_likeliest_comes_first_and_both_stay() -> None:
    found = book(report("far", 20, 40), report("near", 20, 5), report("new", 24))
    assert [one.case for one in candidates(found.docket, "new")] == ["near", "far"]
    assert len(found.timelines) == 3


def test_an_unknown_or_placeless_case_has_none() -> None:
    some = book(report("old", 0), report("new", 24, lon=None, lat=None))
    assert candidates(some.docket, "new") == []
    assert candidates(some.docket, "never heard of") == []
