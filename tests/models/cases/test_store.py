"""The case store: live counts equal those of all cases at once, whatever the order of the steps."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.catalog import Bounds
from config.registry import Registry
from config.registry_entries import TimeLimit
from config.work_calendar import WorkCalendar
from models.cases.indicators.definitions import CORE
from models.cases.indicators.live import LiveIndicators
from models.cases.indicators.report import evaluate
from models.cases.lifecycle import follow
from models.cases.quality import QualityFlag
from models.cases.rulebook import Rulebook
from models.cases.store import KEEP_TOMBSTONES_MS, CaseStore, Outcome
from models.cases.timeline import Step, in_order, step_of, with_step
from models.messages.case_events import CaseEvent, EventType
from models.timing.zone import zone_of
from tests.models.cases.building import DAY, HOUR, START, at, columns, event, span_of, state

T = EventType
SHANGHAI = zone_of("Asia/Shanghai")
CALENDAR = WorkCalendar(
    source="test",
    holidays="china",
    shifts=("08:30-12:00", "13:30-18:00"),
    open_departments=True,
    open_categories=True,
)


def limit(minutes: int, **more: object) -> TimeLimit:
    fields: dict[str, object] = {
        "category": "*",
        "step": "close",
        "basis": "working-hours",
        "valid_from": date(2004, 10, 1),
        "source": "test",
        **more,
    }
    return TimeLimit.model_validate({"minutes": minutes, **fields})


def rulebook(*limits: TimeLimit) -> Rulebook:
    return Rulebook(Registry(calendar=CALENDAR, limits=limits), "Asia/Shanghai")


def book_of(events: list[CaseEvent], now_h: float, rules: Rulebook | None = None) -> CaseStore:
    store = CaseStore(rules or rulebook(limit(240)))
    for one in events:
        store.apply(one.case, step_of(one))
    store.advance(START + int(now_h * HOUR))
    store.flush()
    return store


def told(store: CaseStore) -> dict[tuple[str, str, str, str], tuple[float, int | None]]:
    return {
        (one.window, one.by, one.group, one.indicator): (one.numerator, one.denominator)
        for one in store.indicators.counts()
    }


LOOP = (T.REPORTED, T.FILED, T.DISPATCHED, T.DISPOSED, T.VERIFIED, T.CLOSED)


def a_few_cases(seed: int) -> list[CaseEvent]:
    rng = np.random.default_rng(seed)
    events = []
    for case in range(12):
        hour = float(rng.uniform(0, 60))
        for kind in LOOP[: int(rng.integers(1, 7))]:
            department = str(rng.choice(["water", "traffic"])) if kind is T.DISPATCHED else ""
            events.append(
                event(
                    str(case),
                    kind,
                    hour,
                    category=str(rng.choice(["E0101", "E0102"])) if kind is T.REPORTED else "",
                    department=department,
                )
            )
            hour += float(rng.exponential(3))
    return events


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_order_and_repetition_change_no_count(seed: int, random: object) -> None:
    events = a_few_cases(seed)
    shuffled = events + events[::2]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    straight = book_of(events, 80)
    slow = CaseStore(rulebook(limit(240)))
    for number, one in enumerate(shuffled):
        slow.apply(one.case, step_of(one))
        if number % 7 == 0:
            slow.advance(START + number * HOUR // 4)
            slow.flush()
    slow.advance(START + 80 * HOUR)
    slow.flush()
    assert told(slow) == told(straight)
    assert slow.table.stages(START) == straight.table.stages(START)
    assert slow.table.flags() == straight.table.flags()
    assert slow.done_today() == straight.done_today()
    assert slow.cells.dump() == straight.cells.dump()


def test_live_counts_equal_the_batch() -> None:
    events = a_few_cases(3)
    rules = rulebook(limit(240))
    store = book_of(events, 80, rules)
    by_case: dict[str, list[CaseEvent]] = {}
    for one in events:
        by_case.setdefault(one.case, []).append(one)
    states = [follow(map(step_of, some)) for some in by_case.values()]
    from models.cases.columns import columns_of

    cases = columns_of(states, rules.limits(states))
    rows = evaluate(cases, "department", SHANGHAI, (span_of(cases)[0], START + 5 * DAY))
    live = told(store)
    compared = 0
    for row in rows:
        key = ("year", "department", "" if row.group == "(unknown)" else row.group, row.indicator)
        if key in live:
            numerator, denominator = live[key]
            assert round(numerator) == row.numerator, key
            assert denominator == row.denominator
            compared += 1
    assert compared > 20


def test_windows_turn_with_the_day() -> None:
    indicators = LiveIndicators(SHANGHAI)
    indicators.turn(START)
    indicators.add(
        columns((state(1, 2), None), (state(-24 * 6, 2), None), (state(-24 * 7, 2), None)), 1
    )
    assert [indicators.total(w, "filed") for w in ("today", "7d", "30d", "month", "year")] == [
        1,
        2,
        3,
        1,
        3,
    ]
    indicators.turn(START + DAY)
    assert [indicators.total(w, "filed") for w in ("today", "7d", "month")] == [0, 1, 1]
    indicators.turn(START)  # time does not run back
    assert indicators.total("today", "filed") == 0


def test_a_limit_ahead_counts_when_its_day_has_come() -> None:
    indicators = LiveIndicators(SHANGHAI)
    indicators.turn(START)
    indicators.add(columns((state(1, None), 30)), 1)
    assert indicators.total("month", "due") == 0
    indicators.turn(START + DAY)
    assert indicators.total("month", "due") == 1


def test_taken_out_is_as_if_never_put_in() -> None:
    indicators = LiveIndicators(SHANGHAI)
    indicators.turn(START)
    cases = columns((state(1, 2), 3), (state(0, None), 5))
    indicators.add(cases, 1)
    indicators.add(cases, -1)
    assert list(indicators.counts()) == []
    assert indicators.spreads() == []
    assert len(indicators.cells().codes) == 0


def test_small_groups_are_told_in_brief() -> None:
    indicators = LiveIndicators(SHANGHAI)
    indicators.turn(START)
    indicators.add(columns((state(1, 2, category="E0102"), 3)), 1)
    counts = list(indicators.counts())
    assert {one.indicator for one in counts if one.by == "category"} <= {*CORE}
    assert {one.indicator for one in counts if one.by == "all"} > {*CORE}


def test_a_tally_survives_its_days() -> None:
    indicators = LiveIndicators(SHANGHAI)
    indicators.turn(START)
    indicators.add(columns((state(1, 2), 3), (state(-50, 2), 400)), 1)
    again = LiveIndicators(SHANGHAI)
    for name, grouped in indicators.group_sums.items():
        sums = grouped.sums
        days = [(day, sums.day_bytes(day)) for day in sums.changed]
        again.group_sums[name].restore(
            grouped.new_groups() or [], sums.today, [(d, data) for d, data in days if data]
        )
    assert list(again.counts()) == list(indicators.counts())
    assert again.spreads() == indicators.spreads() != []
    assert again.cells() == indicators.cells()


def test_limits_run_by_the_registry_and_stop_while_held() -> None:
    rules = rulebook(limit(240), limit(30, step="file"))
    morning = at(9)
    plain = state(9)  # 2024-03-01 was a Friday
    held = state(9, holds=((at(10), at(12)),))
    named = state(9, due_ms=at(99))
    limits = rules.limits([plain, held, named])
    assert limits[0].close_ms == at(14.5)
    assert limits[1].close_ms == at(16.5)
    assert limits[2].close_ms == at(99)
    assert limits[0].file_ms == (morning or 0) + 30 * 60_000
    assert rules.basis_of(plain) == "working-hours"
    assert rules.basis_of(named) == "calendar"


def test_a_limit_of_its_own_day_applies() -> None:
    rules = rulebook(limit(60, valid_to=date(2024, 3, 2)), limit(120, valid_from=date(2024, 3, 2)))
    friday, monday = rules.limits([state(9), state(9 + 72)])
    assert friday.close_ms == at(10)
    assert monday.close_ms == at(11 + 72)


def test_names_that_stand_in_no_registry_are_flagged() -> None:
    strict = CALENDAR.model_copy(update={"open_departments": False, "open_categories": False})
    rules = Rulebook(Registry(calendar=strict), "Asia/Shanghai")
    flags = rules.checked(state(1, department="nobody", category="E9999")).flags
    assert flags == {QualityFlag.UNKNOWN_DEPARTMENT, QualityFlag.UNKNOWN_CATEGORY}


def test_a_finished_case_leaves_and_its_late_step_begins_no_new_one() -> None:
    events = [event("1", T.REPORTED, 0), event("1", T.FILED, 1), event("1", T.CLOSED, 2)]
    store = book_of([*events, event("2", T.REPORTED, 0)], 24 * 8)
    assert list(store.timelines) == ["2"]
    assert store.apply("1", step_of(event("1", T.VERIFIED, 1.5))) is Outcome.EVICTED
    assert store.indicators.total("month", "filed") == 1  # what it counted stays counted
    store.advance(store.now_ms + KEEP_TOMBSTONES_MS + HOUR)
    store.flush()
    assert store.tombstones == {}


def test_a_known_step_is_no_news() -> None:
    store = CaseStore(rulebook())
    first = step_of(event("1", T.REPORTED, 0))
    assert store.apply("1", first) is Outcome.NEW
    assert store.apply("1", first) is Outcome.KNOWN


def test_the_docket_shows_overdue_held_and_pressing_cases() -> None:
    events = [
        event("late", T.REPORTED, 0, due_ms=at(5)),
        event("held", T.REPORTED, 0, due_ms=at(5)),
        event("held", T.HELD, 1),
        event("soon", T.REPORTED, 0, due_ms=at(11)),
        event("free", T.REPORTED, 0),
    ]
    store = book_of(events, 10, rulebook())
    stages = store.table.stages(store.now_ms)
    assert (stages["reported"].open, stages["reported"].overdue) == (3, 1)
    assert stages["reported"].dwell_h_sum == pytest.approx(30)
    assert (stages["held"].open, stages["held"].overdue) == (1, 0)
    pressing = [store.table.case_at(row) for row in store.table.most_pressing(20)]
    assert pressing == ["late", "soon"]
    assert [store.table.case_at(row) for row in store.table.most_pressing(1)] == ["late"]


def test_the_docket_grows_and_uses_rows_again() -> None:
    store = CaseStore(rulebook())
    for number in range(1500):
        store.apply(str(number), step_of(event(str(number), T.REPORTED, 0)))
    store.flush()
    assert len(store.table) == 1500
    store.table.remove("7")
    assert store.table.row_of("7") is None
    assert len(store.table) == 1499


def test_a_case_and_the_memory_take_no_more_than_their_bounds() -> None:
    store = CaseStore(rulebook(), bounds=Bounds(cases=2, steps=12))
    steps = [step_of(event("1", T.RETURNED, hour)) for hour in range(13)]
    outcomes = [store.apply("1", step) for step in steps]
    assert outcomes == [Outcome.NEW] * 12 + [Outcome.STEPS]
    assert store.apply("1", steps[3]) is Outcome.KNOWN
    assert store.apply("2", steps[0]) is Outcome.NEW
    assert store.apply("3", steps[0]) is Outcome.CASES
    assert store.state("3") is None


@given(st.permutations(range(6)))
def test_steps_stand_in_order_in_whatever_order_they_come(order: list[int]) -> None:
    steps = [step_of(event("1", kind, hour)) for hour in (0, 1) for kind in list(T)[:3]]
    known: list[Step] = []
    for place in order:
        known = with_step(known, steps[place])
    assert known == in_order(steps)
