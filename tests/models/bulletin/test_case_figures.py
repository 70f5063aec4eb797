"""The counts of a bulletin balance, and its periods are those of the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.bulletin.case_figures import CaseSpan, count_cases, due_between, places
from models.bulletin.period import Against, Span, compared_with, period_of

START, END = 100, 200


@st.composite
def spans(draw: st.DrawFn) -> CaseSpan:
    filed = draw(st.integers(0, 300))
    took, limit = (draw(st.none() | st.integers(0, 200)) for _ in range(2))
    return CaseSpan(
        case=str(draw(st.integers(0, 10**6))),
        filed_ms=filed,
        ended_ms=None if took is None else filed + took,
        is_closed=took is not None and draw(st.booleans()),
        due_ms=None if limit is None else filed + limit,
        is_held=took is None and draw(st.booleans()),
        street=draw(st.sampled_from(["a", "b", ""])),
    )


@given(st.lists(spans(), max_size=12))
@settings(max_examples=60, deadline=None)
def test_what_was_open_and_filed_is_closed_cancelled_or_open(cases: list[CaseSpan]) -> None:
    counts = count_cases(cases, START, END)
    assert counts.open_before + counts.filed == counts.closed + counts.cancelled + counts.open
    assert counts.closed <= counts.filed + counts.open_before
    assert counts.overdue + counts.held <= counts.open
    assert counts.closed_in_time <= counts.due
    ranked = places(cases, "street", START, END)
    assert sum(place.n for place in ranked) == counts.due
    assert sum(place.successes for place in ranked) == counts.closed_in_time


@given(st.lists(spans(), max_size=12), st.integers(START, END))
@settings(max_examples=50, deadline=None)
def test_a_period_is_the_sum_of_its_parts(cases: list[CaseSpan], middle: int) -> None:
    first = count_cases(cases, START, middle)
    second = count_cases(cases, middle, END)
    whole = count_cases(cases, START, END)
    assert first.open == second.open_before
    for name in ("filed", "closed", "cancelled", "due"):
        assert getattr(first, name) + getattr(second, name) == getattr(whole, name)


def test_edges_belong_to_the_period_that_they_begin() -> None:
    at_start = CaseSpan(case="1", filed_ms=START, due_ms=END)
    at_end = CaseSpan(case="2", filed_ms=END)
    counts = count_cases([at_start, at_end], START, END)
    assert (counts.filed, counts.open, counts.due, counts.overdue) == (1, 1, 0, 0)


def test_what_is_due_is_listed_by_its_limit_and_held_ones_are_counted_apart() -> None:
    cases = [
        CaseSpan(case="late", filed_ms=1, due_ms=END + 9),
        CaseSpan(case="early", filed_ms=1, due_ms=END),
        CaseSpan(case="held", filed_ms=1, due_ms=END + 1, is_held=True),
        CaseSpan(case="after", filed_ms=1, due_ms=END + 10),
        CaseSpan(case="closed", filed_ms=1, ended_ms=2, is_closed=True, due_ms=END + 1),
    ]
    due = due_between(cases, END, END + 10, most=1)
    assert (due.total, due.held) == (2, 1)
    assert [case.case for case in due.first] == ["early"]


def test_a_lucky_street_of_two_cases_is_not_first() -> None:
    def some(street: str, kept: int, late: int) -> list[CaseSpan]:
        ends = [150] * kept + [190] * late
        return [
            CaseSpan(
                case=str(at), filed_ms=1, ended_ms=end, is_closed=True, due_ms=160, street=street
            )
            for at, end in enumerate(ends)
        ]

    ranked = places(some("large", 90, 10) + some("lucky", 2, 0), "street", START, END)
    assert [(place.group, place.is_small) for place in ranked] == [
        ("large", False),
        ("lucky", True),
    ]


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.sampled_from(Span))
@settings(max_examples=50, deadline=None)
def test_a_period_holds_its_day_and_the_one_before_ends_where_it_begins(
    day: date, span: Span
) -> None:
    period = period_of(span, day)
    assert period.first <= day <= period.last
    before = compared_with(period)[Against.BEFORE]
    assert before.next_day == period.first
    year = compared_with(period)[Against.LAST_YEAR]
    assert timedelta(363) <= period.first - year.first <= timedelta(366)
    if span is Span.WEEKLY:
        assert year.first.weekday() == 0


@pytest.mark.parametrize("day", ["2016-02-01", "2016-02-29"])
def test_a_month_is_that_of_the_calendar(day: str) -> None:
    month = period_of(Span.MONTHLY, date.fromisoformat(day))
    assert (month.first.day, month.last.day, month.days) == (1, 29, 29)
