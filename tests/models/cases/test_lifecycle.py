"""The closed loop: legal ways, illegal steps with their reason, and indifference to order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cases.lifecycle import follow
from models.cases.quality import QualityFlag
from models.cases.state import Practice, Stage
from models.cases.timeline import Step, in_order, pack, step_of, unpack
from models.messages.case_events import CaseEvent, EventType

T = EventType
HOUR = 3_600_000
START = 1_700_000_000_000


def step(kind: EventType, hour: float, actor: str = "", **more: object) -> Step:
    """A step some hours after the start, by somebody who fits."""
    named = {
        T.DISPOSED: ("worker-1", "department"),
        T.VERIFIED: ("inspector-9", "supervision"),
    }.get(kind, ("clerk-1", "supervision"))
    fields: dict[str, object] = {"actor": actor or named[0], "role": named[1], **more}
    return Step(START + int(hour * HOUR), kind, **fields)  # type: ignore[arg-type]


def whole_loop() -> list[Step]:
    return [
        step(T.REPORTED, 0, category="E0102", cell="110101001001001", source="patrol"),
        step(T.FILED, 1),
        step(T.DISPATCHED, 2, department="sanitation"),
        step(T.DISPOSED, 5),
        step(T.VERIFIED, 6),
        step(T.CLOSED, 7),
    ]


def test_the_whole_loop_is_clean() -> None:
    state = follow(whole_loop())
    assert (state.stage, state.is_open, state.flags) == (Stage.CLOSED, False, frozenset())
    assert state.department == "sanitation"
    assert (state.category, state.cell, state.source) == ("E0102", "110101001001001", "patrol")
    assert state.closed_ms == START + 7 * HOUR
    assert [(stage.value, spent // HOUR) for stage, _, spent in state.dwell] == [
        ("reported", 1),
        ("filed", 1),
        ("dispatched", 3),
        ("disposed", 1),
        ("verified", 1),
    ]


def test_beat_and_area_are_as_first_told_and_never_a_person() -> None:
    reports = [step(T.REPORTED, 1, beat="B-2", area="East"), step(T.REPORTED, 0, beat="B-1")]
    state = follow(reports)
    assert (state.beat, state.area) == ("B-1", "East")
    assert follow([step(T.REPORTED, 0, "S-1", role="supervision")]).beat == ""


def test_every_step_on_the_way_gives_its_stage() -> None:
    steps = whole_loop()
    stages = [follow(steps[:n]).stage.value for n in range(1, 7)]
    assert stages == ["reported", "filed", "dispatched", "disposed", "verified", "closed"]


def test_rework_sends_the_case_back_to_its_department() -> None:
    steps = [*whole_loop()[:5], step(T.RETURNED, 6.5)]
    state = follow(steps)
    assert (state.stage, state.returns, state.flags) == (Stage.DISPATCHED, 1, frozenset())
    again = follow([*steps, step(T.DISPOSED, 8), step(T.VERIFIED, 9), step(T.CLOSED, 10)])
    assert (again.stage, again.flags) == (Stage.CLOSED, frozenset())
    assert again.disposed_ms == START + 5 * HOUR  # the first time


def test_a_second_dispatch_changes_the_owner() -> None:
    state = follow([*whole_loop()[:3], step(T.DISPATCHED, 3, department="water")])
    assert (state.department, state.dispatches, state.flags) == ("water", 2, frozenset())


def test_extension_moves_the_limit_and_a_hold_stops_the_clock() -> None:
    steps = [
        step(T.REPORTED, 0, due_ms=START + 10 * HOUR),
        step(T.FILED, 1),
        step(T.HELD, 2),
        step(T.RESUMED, 4),
        step(T.EXTENDED, 5, due_ms=START + 20 * HOUR),
        step(T.HELD, 6),
    ]
    state = follow(steps)
    assert state.due_ms == START + 20 * HOUR
    assert state.holds == ((START + 2 * HOUR, START + 4 * HOUR), (START + 6 * HOUR, None))
    assert (state.held, state.extensions, state.stage) == (True, 1, Stage.FILED)


def test_rejection_and_cancelling_end_a_case() -> None:
    rejected = follow([step(T.REPORTED, 0), step(T.REJECTED, 1)])
    assert (rejected.stage, rejected.is_open, rejected.flags) == (
        Stage.REJECTED,
        False,
        frozenset(),
    )
    cancelled = follow([*whole_loop()[:3], step(T.HELD, 3), step(T.CANCELLED, 4)])
    assert (cancelled.stage, cancelled.held, cancelled.flags) == (
        Stage.CANCELLED,
        False,
        frozenset(),
    )


ILLEGAL: list[tuple[str, list[Step], Stage, set[QualityFlag]]] = [
    ("unknown case", [step(T.DISPOSED, 1)], Stage.DISPOSED, {QualityFlag.UNKNOWN_START}),
    ("detour only", [step(T.HELD, 1)], Stage.UNKNOWN, {QualityFlag.UNKNOWN_START}),
    (
        "skips filing",
        [step(T.REPORTED, 0), step(T.DISPATCHED, 1)],
        Stage.DISPATCHED,
        {QualityFlag.STEP_SKIPPED},
    ),
    (
        "closed before it was filed",
        [step(T.REPORTED, 0), step(T.CLOSED, 1), step(T.FILED, 2)],
        Stage.CLOSED,
        {QualityFlag.CLOSED_BEFORE_FILING, QualityFlag.STEP_SKIPPED},
    ),
    (
        "closed and never filed",
        [step(T.REPORTED, 0), step(T.CLOSED, 1)],
        Stage.CLOSED,
        {QualityFlag.CLOSED_BEFORE_FILING, QualityFlag.STEP_SKIPPED},
    ),
    (
        "dispatched after its disposal",
        [step(T.REPORTED, 0), step(T.FILED, 1), step(T.DISPOSED, 2), step(T.DISPATCHED, 3)],
        Stage.DISPOSED,
        {QualityFlag.STEP_SKIPPED, QualityFlag.TIME_BACKWARDS},
    ),
    (
        "filed twice",
        [step(T.REPORTED, 0), step(T.FILED, 1), step(T.FILED, 2)],
        Stage.FILED,
        {QualityFlag.STEP_REPEATED},
    ),
    ("two closings", [*whole_loop(), step(T.CLOSED, 8)], Stage.CLOSED, {QualityFlag.TWO_CLOSINGS}),
    ("reopened", [*whole_loop(), step(T.DISPATCHED, 9)], Stage.CLOSED, {QualityFlag.REOPENED}),
    (
        "returned after closing",
        [*whole_loop(), step(T.RETURNED, 9)],
        Stage.CLOSED,
        {QualityFlag.REOPENED},
    ),
    (
        "verified after closing, never before",
        [*whole_loop()[:4], step(T.CLOSED, 6), step(T.VERIFIED, 7)],
        Stage.CLOSED,
        {QualityFlag.STEP_SKIPPED, QualityFlag.TIME_BACKWARDS},
    ),
    (
        "filed after its rejection",
        [step(T.REPORTED, 0), step(T.REJECTED, 1), step(T.FILED, 2)],
        Stage.REJECTED,
        {QualityFlag.STEP_AFTER_END},
    ),
    (
        "rejected after its filing",
        [step(T.REPORTED, 0), step(T.FILED, 1), step(T.REJECTED, 2)],
        Stage.FILED,
        {QualityFlag.REJECTED_LATE},
    ),
    (
        "returned before any work",
        [step(T.REPORTED, 0), step(T.FILED, 1), step(T.RETURNED, 2)],
        Stage.FILED,
        {QualityFlag.RETURN_UNFOUNDED},
    ),
    (
        "held twice",
        [step(T.REPORTED, 0), step(T.HELD, 1), step(T.HELD, 2)],
        Stage.REPORTED,
        {QualityFlag.HELD_TWICE},
    ),
    (
        "resumed without a hold",
        [step(T.REPORTED, 0), step(T.RESUMED, 1)],
        Stage.REPORTED,
        {QualityFlag.RESUMED_UNHELD},
    ),
    (
        "closed while held",
        [*whole_loop()[:5], step(T.HELD, 6.5), step(T.CLOSED, 7)],
        Stage.CLOSED,
        {QualityFlag.CLOSED_HELD},
    ),
    (
        "extended to nowhere",
        [step(T.REPORTED, 0), step(T.EXTENDED, 1)],
        Stage.REPORTED,
        {QualityFlag.EXTENSION_EMPTY},
    ),
    (
        "extended backwards",
        [step(T.REPORTED, 0, due_ms=START + HOUR), step(T.EXTENDED, 1, due_ms=START)],
        Stage.REPORTED,
        {QualityFlag.EXTENSION_BACKWARDS},
    ),
    (
        "the disposer verifies",
        [*whole_loop()[:4], step(T.VERIFIED, 6, actor="worker-1")],
        Stage.VERIFIED,
        {QualityFlag.SELF_VERIFIED},
    ),
    (
        "command verifies",
        [*whole_loop()[:4], step(T.VERIFIED, 6, role="command")],
        Stage.VERIFIED,
        {QualityFlag.WRONG_ROLE},
    ),
    (
        "nobody filed it",
        [step(T.REPORTED, 0), Step(START + HOUR, T.FILED)],
        Stage.FILED,
        {QualityFlag.MISSING_ACTOR},
    ),
    (
        "three hundred years old",
        [step(T.REPORTED, -300 * 365 * 24), step(T.FILED, 0)],
        Stage.FILED,
        {QualityFlag.IMPLAUSIBLE_TIME},
    ),
]


@pytest.mark.parametrize(
    ("steps", "stage", "flags"), [row[1:] for row in ILLEGAL], ids=[row[0] for row in ILLEGAL]
)
def test_an_illegal_step_is_flagged_and_moves_nothing(
    steps: list[Step], stage: Stage, flags: set[QualityFlag]
) -> None:
    state = follow(steps)
    assert (state.stage, set(state.flags)) == (stage, flags)


def test_a_remark_points_at_its_step() -> None:
    state = follow([*whole_loop(), step(T.CLOSED, 8)])
    assert state.quality_flags == ((6, QualityFlag.TWO_CLOSINGS),)
    assert state.closed_ms == START + 7 * HOUR  # the first counts


def test_what_a_city_never_records_is_not_missed() -> None:
    practice = Practice(steps=frozenset({T.REPORTED, T.FILED, T.CLOSED}), actors=False)
    steps = [Step(START, T.REPORTED), Step(START, T.FILED), Step(START + HOUR, T.CLOSED)]
    assert follow(steps, practice).flags == frozenset()


def test_a_late_beginning_mends_an_unknown_start() -> None:
    steps = whole_loop()
    assert follow(steps[3:]).flags >= {QualityFlag.UNKNOWN_START}
    assert follow([*steps[3:], *steps[:3]]) == follow(steps)


def test_nothing_is_known_of_nothing() -> None:
    state = follow([])
    assert (state.stage, state.flags, state.is_open) == (Stage.UNKNOWN, frozenset(), True)


def test_the_raw_place_of_an_event_makes_no_new_step() -> None:
    event = CaseEvent(case="1", type=T.FILED, ts_ms=START, category="", cell="1" * 15, offset=1)
    again = CaseEvent(case="1", type=T.FILED, ts_ms=START, category="", cell="1" * 15, offset=9)
    assert in_order([step_of(event), step_of(again)]) == [step_of(event)]


STEPS = st.builds(
    Step,
    st.integers(START, START + 5),  # few times, so that ties are common
    st.sampled_from(EventType),
    st.sampled_from(["", "a", "b"]),
    st.sampled_from(["", "supervision", "department"]),
    st.sampled_from(["", "water", "traffic"]),
    st.sampled_from(["", "E0101", "E0102"]),
    st.just("110101001001001"),
    st.just("patrol"),
    st.none() | st.integers(START, START + 9),
)


@given(st.lists(STEPS, max_size=8).flatmap(lambda s: st.tuples(st.just(s), st.permutations(s + s))))
def test_order_and_repetition_make_no_difference(pair: tuple[list[Step], list[Step]]) -> None:
    steps, shuffled = pair
    assert follow(shuffled) == follow(steps)


@given(st.lists(STEPS, max_size=8))
def test_a_timeline_survives_packing(steps: list[Step]) -> None:
    assert unpack(pack(steps)) == steps


@given(st.lists(STEPS, max_size=8))
def test_a_state_is_consistent_whatever_happened(steps: list[Step]) -> None:
    state = follow(steps)
    assert state.held == (bool(state.holds) and state.holds[-1][1] is None)
    assert all(spent >= 0 for _, _, spent in state.dwell)
    assert state.is_open or state.since_ms in {s.ts_ms for s in steps}
    assert (state.stage is Stage.CLOSED) <= (state.closed_ms is not None)
