"""What became of suggestions: precision with its interval, past outcomes, what lies near."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.messages.audit import AuditEntry
from models.messages.commands import Accept, AnyAction, Close, CloseCause, Comment, Reject, Role
from models.messages.warnings import CityWarning, Level, LifeState, Reason, Verdict, WarningChange
from models.warnings.identity import warning_id
from models.warnings.suggestions import lies_in, linked, outcomes, past_outcomes, precisions
from tests.models.warnings.life.life_things import NOW_MS, STREET, X, warning

CHANGES = {
    Accept: WarningChange.ACCEPTED,
    Reject: WarningChange.REJECTED,
    Close: WarningChange.CLOSED,
    Comment: WarningChange.COMMENTED,
}


def entry(name: str, revision: int, action: AnyAction, text: str = "") -> AuditEntry:
    return AuditEntry(
        warning=name,
        revision=revision,
        change=CHANGES[type(action)],
        reason=Reason.COMMAND,
        state=LifeState.ACKNOWLEDGED,
        level=Level.BLUE,
        actor="li",
        role=Role.OPERATOR,
        text=text,
        command=f"c{revision}",
        action=action,
        at_ms=NOW_MS + revision,
    )


def named(number: int, area: str = STREET) -> str:
    return warning_id("dust", area, NOW_MS + number * 60_000)


RESOLVED, FALSE = Close(cause=CloseCause.RESOLVED), Close(cause=CloseCause.FALSE_ALARM)


@pytest.mark.parametrize(
    ("actions", "verdict"),
    [
        ([Accept()], Verdict.ACCEPTED),
        ([Accept(), Reject()], Verdict.REJECTED),
        ([Reject(), FALSE], Verdict.REJECTED),
        ([Accept(), FALSE], Verdict.ACCEPTED),  # a verdict says more than a cause
        ([FALSE, Accept()], Verdict.ACCEPTED),
        ([RESOLVED], Verdict.ACCEPTED),
        ([FALSE], Verdict.REJECTED),
        ([Close(cause=CloseCause.NO_ACTION)], Verdict.NONE),
    ],
)
def test_the_newest_verdict_counts_and_without_one_a_cause_that_says_as_much(
    actions: list[AnyAction], verdict: Verdict
) -> None:
    entries = [entry(X, number, action) for number, action in enumerate(actions)]
    assert outcomes(entries)[X].verdict is verdict
    assert outcomes(reversed(entries))[X].verdict is verdict


def test_a_comment_and_a_close_by_the_system_judge_nothing() -> None:
    superseded = msgspec.structs.replace(entry(X, 1, FALSE), command="", action=None)
    assert outcomes([entry(X, 0, Comment()), superseded]) == {}
    assert precisions([superseded]) == {}


def test_precision_has_its_number_and_interval_of_wilson() -> None:
    """9 of 10: Brown, Cai & DasGupta (2001) and R's prop.test without correction give 0.596."""
    entries = [entry(named(n), 1, Reject() if n == 0 else Accept()) for n in range(10)]
    found = precisions(entries)["dust"]
    assert (found.right, found.n, found.share) == (9, 10, 0.9)
    assert found.low == pytest.approx(0.5958, abs=1e-4)
    assert found.high == pytest.approx(0.9821, abs=1e-4)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_the_interval_holds_the_share(verdicts: list[bool]) -> None:
    entries = [entry(named(n), 1, Accept() if v else Reject()) for n, v in enumerate(verdicts)]
    found = precisions(entries)["dust"]
    assert 0 <= found.low <= found.share + 1e-9
    assert found.share - 1e-9 <= found.high <= 1


def test_the_past_is_of_the_same_rule_and_place_the_newest_first() -> None:
    mine = warning(name=named(99))
    entries = [entry(named(n), n, Accept(), f"done {n}") for n in range(8)]
    entries += [entry(named(50, "110101002"), 60, Accept()), entry(mine.id, 70, Accept())]
    entries += [entry(warning_id("gas", STREET, NOW_MS), 80, Accept())]
    assert [each.text for each in past_outcomes(mine, entries)] == [
        f"done {n}" for n in (7, 6, 5, 4, 3)
    ]


def at(area: str, name: str, **more: int) -> CityWarning:
    return msgspec.structs.replace(warning(), id=name, area=area, **more)


def test_linked_is_what_stands_within_its_area_or_around_it() -> None:
    mine = at(STREET, "mine")
    others = {
        each.id: each
        for each in (
            mine,
            at(STREET, "same"),
            at(STREET[:6], "district", level=Level.RED),
            at("110101002", "elsewhere"),
            at(STREET, "over", cleared_ms=5),
        )
    }
    assert [each.id for each in linked(mine, others)] == ["district", "same"]
    assert not lies_in("1101", "110101001")
