"""Answers on the closed loop at an instant: by hand, and however far ahead the store is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.cases.closed_loop.answers import MOST_AT_ONCE, answers
from models.cases.closed_loop.questions import (
    CATALOGUE,
    IndicatorQuestion,
    Question,
    State,
    StateQuestion,
)
from models.cases.store import CaseStore
from models.cases.timeline import step_of
from models.messages.case_events import CaseEvent, EventType
from models.messages.closed_loop import LoopRow
from tests.models.cases.building import CELL, HOUR, START, event
from tests.models.cases.test_store import book_of, limit, rulebook

T = EventType
DISTRICT, STREET = "110101", CELL[:9]
OTHER = "110101002001001"


def share(code: str = "closed_in_time_of_due", window_d: int = 1) -> IndicatorQuestion:
    return IndicatorQuestion(rule="r", feed="cases", code=code, by="street", window_d=window_d)


def state(name: State, hours: float = 0, *categories: str) -> StateQuestion:
    classes = frozenset(categories)
    return StateQuestion(rule="s", feed="cases", state=name, hours=hours, categories=classes)


def rows_at(store: CaseStore, hour: float, *questions: Question) -> list[LoopRow]:
    end_ms = START + round(hour * HOUR)
    [(at_ms, rows)] = answers(store, questions, range(end_ms, end_ms + 1), DISTRICT)
    assert at_ms == end_ms
    return rows


def case(name: str, *steps: tuple[EventType, float], **more: object) -> list[CaseEvent]:
    told: dict[str, object] = {"category": "E0102", **more}
    return [event(name, kind, hour, number, **told) for number, (kind, hour) in enumerate(steps)]


def due_at(hour: float) -> dict[str, object]:
    return {"due_ms": START + round(hour * HOUR)}


def test_a_case_is_overdue_from_the_hour_after_its_limit_until_it_closes() -> None:
    steps = case("a", (T.FILED, 1), **due_at(10)) + case("a", (T.CLOSED, 20))
    store = book_of(steps, 40)
    asked = state("overdue", 2)
    assert [bool(rows_at(store, hour, asked)) for hour in (10, 12, 13, 19.9, 20, 30)] == [
        False, False, True, True, False, False,
    ]  # fmt: skip
    [row] = rows_at(store, 15, asked)
    assert row == LoopRow("s", STREET, 1, 1, [int(CELL)], ["a"])


def test_the_worst_case_is_named_first_and_others_of_the_street_only_count_as_open() -> None:
    store = book_of(
        case("late", (T.FILED, 1), **due_at(9))
        + case("later", (T.FILED, 1), cell=OTHER, **due_at(5))
        + case("latest", (T.FILED, 1), **due_at(5))
        + case("in time", (T.FILED, 1), **due_at(500)),
        100,
    )
    first, second = rows_at(store, 50, state("overdue"))
    assert (first.group, first.numerator, first.denominator) == (STREET, 2, 3)
    assert first.named == ["latest", "late"]
    assert (second.group, second.named) == (OTHER[:9], ["later"])


def test_held_cases_are_neither_overdue_nor_idle() -> None:
    held = case("a", (T.FILED, 1), (T.HELD, 2), **due_at(5))
    store = book_of(held + case("a", (T.RESUMED, 60)), 200)
    asked = state("overdue"), state("idle", 24)
    assert rows_at(store, 50, *asked) == []
    assert len(rows_at(store, 61, *asked)) == 1
    assert len(rows_at(store, 84, *asked)) == 2


def test_a_case_is_idle_after_so_long_without_a_step() -> None:
    store = book_of(case("a", (T.FILED, 0), (T.DISPATCHED, 10)), 100)
    found = [bool(rows_at(store, hour, state("idle", 24))) for hour in (9, 33.9, 34)]
    assert found == [False, False, True]


def test_a_case_counts_as_reopened_for_so_long_after_it_was_sent_back() -> None:
    back = case("a", (T.FILED, 0), (T.DISPATCHED, 1), (T.DISPOSED, 5), (T.RETURNED, 10))
    after = case("b", (T.FILED, 0), (T.CLOSED, 3), (T.RETURNED, 10), cell=OTHER)
    store = book_of(back + after, 100)
    found = [len(rows_at(store, hour, state("reopened", 24))) for hour in (9.9, 10, 33.9, 34)]
    assert found == [0, 2, 2, 0]


def test_a_case_without_a_cell_counts_at_the_district() -> None:
    store = book_of(case("a", (T.FILED, 1), cell="", **due_at(5)), 50)
    [row] = rows_at(store, 30, state("overdue"))
    assert (row.group, row.cells, row.named) == (DISTRICT, [], ["a"])


def test_only_the_classes_that_are_asked_for_count() -> None:
    rubbish = case("a", (T.FILED, 1), **due_at(5))
    cover = case("b", (T.FILED, 1), **{**due_at(5), "category": "C0101"})
    store = book_of(rubbish + cover, 50)
    [row] = rows_at(store, 30, state("overdue", 0, "C0101"))
    assert (row.numerator, row.denominator, row.named) == (1, 1, ["b"])
    assert rows_at(store, 30, state("overdue", 0, "E9900")) == []


def test_a_rate_is_of_whole_days_and_closed_by_the_instant() -> None:
    """Two limits fall on the first day, one on the second; the day of the instant is left out."""
    store = book_of(
        case("in time", (T.FILED, 1), (T.CLOSED, 3), **due_at(10))
        + case("open", (T.FILED, 1), **due_at(12))
        + case("tomorrow", (T.FILED, 1), (T.CLOSED, 2), **due_at(30)),
        100,
    )
    assert rows_at(store, 23, share()) == []
    [row] = rows_at(store, 24, share())
    assert (row.group, row.numerator, row.denominator) == (STREET, 1, 2)
    [row] = rows_at(store, 48, share())
    assert (row.numerator, row.denominator) == (1, 1)
    [row] = rows_at(store, 48, share(window_d=2))
    assert (row.numerator, row.denominator) == (2, 3)


def test_the_share_of_the_backlog_past_its_limit_is_by_department() -> None:
    store = book_of(
        case("a", (T.FILED, 1), department="roads", **due_at(5))
        + case("b", (T.FILED, 1), department="roads", **due_at(50))
        + case("c", (T.FILED, 1), department="parks", **due_at(50)),
        100,
    )
    asked = IndicatorQuestion(
        rule="r", feed="cases", code="overdue_of_backlog", by="department", window_d=0
    )
    found = {row.group: (row.numerator, row.denominator) for row in rows_at(store, 10, asked)}
    assert found == {"parks": (0, 1), "roads": (1, 2)}


def test_the_district_is_one_group() -> None:
    store = book_of(case("a", (T.FILED, 1), **due_at(5)) + case("b", (T.FILED, 2), cell=OTHER), 90)
    asked = IndicatorQuestion(rule="r", feed="cases", code="filed", by="district", window_d=1)
    assert rows_at(store, 24, asked) == [LoopRow("r", DISTRICT, 2, 0)]


def test_a_leap_of_the_clock_is_answered_for_its_newest_panes_only() -> None:
    store = book_of(case("a", (T.FILED, 1), **due_at(5)), 5000)
    ends_ms = range(START, START + 5000 * HOUR, HOUR)
    found = [end_ms for end_ms, _ in answers(store, [state("overdue")], ends_ms, DISTRICT)]
    assert found == list(ends_ms)[-MOST_AT_ONCE:]
    assert list(answers(store, [], ends_ms, DISTRICT)) == []


ASKED: tuple[Question, ...] = (
    *(share(code, days) for code in ("closed_in_time_of_due", "mean_hours_to_close", "filed")
      for days in (1, 2)),
    *(IndicatorQuestion(rule=f"b{by}", feed="cases", code="overdue_of_backlog", by=by, window_d=0)
      for by in ("district", "street", "department")),
    *(IndicatorQuestion(rule=f"c{by}", feed="cases", code="closings", by=by, window_d=2)
      for by in ("district", "department")),
    state("overdue", 3), state("idle", 6), state("reopened", 8), state("event"),
)  # fmt: skip
HAPPENING = st.sampled_from(
    [T.FILED, T.DISPATCHED, T.HELD, T.RESUMED, T.DISPOSED, T.RETURNED, T.CLOSED, T.CANCELLED]
)


@st.composite
def happenings(draw: st.DrawFn) -> list[CaseEvent]:
    found = []
    for number in range(draw(st.integers(1, 6))):
        cell = draw(st.sampled_from([CELL, OTHER, ""]))
        times = draw(st.lists(st.integers(0, 70), min_size=1, max_size=6))
        kinds = [T.REPORTED, *(draw(HAPPENING) for _ in times[1:])]
        for offset, (kind, hour) in enumerate(zip(kinds, sorted(times), strict=True)):
            told: dict[str, object] = {"cell": cell, "category": "E0102"}
            if kind is T.DISPATCHED:
                told["department"] = draw(st.sampled_from(["roads", "parks"]))
            found.append(event(f"case {number}", kind, hour, offset, **told))
    return draw(st.permutations(found))


def told(store: CaseStore, hours: Sequence[int]) -> list[list[LoopRow]]:
    ends_ms = range(START + hours[0] * HOUR, START + hours[-1] * HOUR + 1, HOUR)
    return [rows for _, rows in answers(store, ASKED, ends_ms, DISTRICT)]


@given(happenings())
@settings(max_examples=12, deadline=None)
def test_later_steps_change_no_answer(events: list[CaseEvent]) -> None:
    """The whole past at once, and a store that knows only what had happened: the same answers."""
    rules = rulebook(limit(240))
    ahead, hours = book_of(events, 0, rules), range(3, 72, 11)
    at_once = dict(zip(range(72), told(ahead, range(72)), strict=True))
    for hour in hours:
        known = CaseStore(rules)
        for one in events:
            if one.ts_ms <= START + hour * HOUR:
                known.apply(one.case, step_of(one))
        assert at_once[hour] == told(known, [hour])[0]


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_indicator_of_the_catalogue_is_answered(code: str) -> None:
    store = book_of(
        case("a", (T.REPORTED, 0), (T.FILED, 1), (T.DISPATCHED, 2), (T.DISPOSED, 3),
             (T.VERIFIED, 4), (T.CLOSED, 5), **due_at(9))
        + case("b", (T.FILED, 1), **due_at(7)) + case("d", (T.FILED, 1), (T.CANCELLED, 4)),
        90,
        rulebook(limit(60, step="file"), limit(60, step="dispatch"), limit(60, step="dispose"),
                 limit(60, step="verify")),
    )  # fmt: skip
    days = 0 if code in ("backlog", "overdue_of_backlog") else 1
    assert len(rows_at(store, 24, share(code, days))) == 1
