"""Commands: what they do, and each way in which one is refused."""

from __future__ import annotations

from typing import get_args

import pytest

from models.messages.bounds import LATEST_MS
from models.messages.command_results import Refusal
from models.messages.commands import (
    Accept,
    Acknowledge,
    AnyAction,
    Assign,
    Close,
    CloseCause,
    Comment,
    Escalate,
    OutOfService,
    Reject,
    Reopen,
    Role,
    Shelve,
    Suppress,
    Unacknowledge,
    Unshelve,
)
from models.messages.warnings import Level, LifeState, Suppression, Verdict, WarningChange
from models.timing.units import MINUTE_MS
from models.warnings.life.orders import (
    MOST_OUT_OF_SERVICE_MIN,
    MOST_SHELVED_MIN,
    MOST_TIER,
    ORDERS,
)
from models.warnings.life.record import WarningRecord
from models.warnings.life.step import Ask, step
from models.warnings.life.words import CAUSES, CHANGES, ROLES, STATES
from tests.models.warnings.life.life_things import NOW_MS, X, Y, after, asked, command, warning

RAISED = warning()
CLEARED = warning(WarningChange.CLEARED)
RED = warning(level=Level.RED)
RESOLVED = Close(cause=CloseCause.RESOLVED)
OPEN = after(RAISED)


def refused(record: WarningRecord, action: AnyAction, **more: object) -> Refusal:
    """Ask, and give why it was refused; nothing may have changed."""
    stepped = asked(record, action, **more)
    assert stepped.record is record
    assert stepped.changes == ()
    assert stepped.refused is not None
    assert stepped.refused.text.keys() == {"zh", "en"}
    assert all(stepped.refused.text.values())
    return stepped.refused.refusal


def test_every_command_can_be_followed_and_every_word_has_both_languages() -> None:
    assert ORDERS.keys() == set(get_args(AnyAction))
    for named, every in (
        (STATES, LifeState),
        (CHANGES, WarningChange),
        (ROLES, Role),
        (CAUSES, CloseCause),
    ):
        assert named.keys() == set(every)
        assert all(text.keys() == {"zh", "en"} for text in named.values())


@pytest.mark.parametrize(
    ("record", "action", "change"),
    [
        (OPEN, Acknowledge(), WarningChange.ACKNOWLEDGED),
        (after(RAISED, Acknowledge()), Unacknowledge(), WarningChange.UNACKNOWLEDGED),
        (OPEN, Assign(to=Role.BUREAU), WarningChange.ASSIGNED),
        (OPEN, Comment(), WarningChange.COMMENTED),
        (OPEN, Accept(), WarningChange.ACCEPTED),
        (OPEN, Reject(), WarningChange.REJECTED),
        (OPEN, Shelve(minutes=1), WarningChange.SHELVED),
        (OPEN, Shelve(minutes=MOST_SHELVED_MIN), WarningChange.SHELVED),
        (OPEN, OutOfService(minutes=MOST_OUT_OF_SERVICE_MIN), WarningChange.OUT_OF_SERVICE),
        (after(RAISED, Shelve(minutes=9)), Unshelve(), WarningChange.UNSHELVED),
        (OPEN, Escalate(), WarningChange.ESCALATED),
        (after(RAISED, CLEARED), RESOLVED, WarningChange.CLOSED),
        (after(RAISED, Shelve(minutes=9), CLEARED), RESOLVED, WarningChange.CLOSED),
        (after(RAISED, CLEARED, RESOLVED), Reopen(), WarningChange.REOPENED),
    ],
)
def test_a_command_makes_one_change_with_who_asked_and_why(
    record: WarningRecord, action: AnyAction, change: WarningChange
) -> None:
    stepped = asked(record, action)
    (made,) = stepped.changes
    assert made.warning.change is change
    assert made.warning.revision == record.warning.revision + 1
    entry = made.entry
    assert (entry.actor, entry.role, entry.text) == ("li", Role.OPERATOR, "seen on site")
    assert (entry.action, entry.command, entry.at_ms) == (action, "c0", NOW_MS)


def test_two_at_once_the_second_is_told_what_the_first_did() -> None:
    first = asked(OPEN, Acknowledge())
    assert first.record is not None
    second = asked(first.record, Shelve(minutes=30), revision=0)
    assert second.refused is not None
    assert second.refused.refusal is Refusal.STALE
    assert "revision 1 acknowledged by li (operator)" in second.refused.text["en"]
    assert "li（值班员）确认" in second.refused.text["zh"]


def test_a_revision_that_never_was_is_refused() -> None:
    assert refused(OPEN, Acknowledge(), revision=7) is Refusal.STALE


def test_a_revision_long_past_is_refused_though_its_changes_are_forgotten() -> None:
    record = after(RAISED, *[Comment()] * 20)
    assert refused(record, Acknowledge(), revision=0) is Refusal.STALE


@pytest.mark.parametrize("name", [Y, "nonsense"])
def test_an_unknown_warning_is_refused(name: str) -> None:
    assert refused(OPEN, Acknowledge(), name=name) is Refusal.UNKNOWN
    stepped = step(None, Ask(command(Acknowledge(), 0, name=name), NOW_MS))
    assert stepped.refused is not None
    assert stepped.refused.refusal is Refusal.UNKNOWN


@pytest.mark.parametrize(
    ("action", "role"),
    [
        *((action, Role.VIEWER) for action in (Acknowledge(), Comment(), Shelve(minutes=5))),
        (Acknowledge(), Role.SYSTEM),
        (Suppress(by=Y, minutes=5), Role.OPERATOR),
        (Suppress(by=Y, minutes=5), Role.BUREAU),
    ],
)
def test_a_command_without_the_right_is_refused(action: AnyAction, role: Role) -> None:
    assert refused(OPEN, action, role=role) is Refusal.FORBIDDEN


@pytest.mark.parametrize(
    ("action", "most"),
    [(Shelve, MOST_SHELVED_MIN), (OutOfService, MOST_OUT_OF_SERVICE_MIN)],
)
def test_keeping_from_view_needs_an_end_within_its_maximum(
    action: type[Shelve | OutOfService], most: int
) -> None:
    assert refused(OPEN, action()) is Refusal.INVALID
    assert refused(OPEN, action(minutes=most + 1)) is Refusal.INVALID
    assert refused(OPEN, action(minutes=5), now_ms=LATEST_MS) is Refusal.INVALID


@pytest.mark.parametrize(
    "action", [Comment(), Reject(), Shelve(minutes=5), OutOfService(minutes=5)]
)
@pytest.mark.parametrize("text", ["", "  \n"])
def test_what_needs_a_reason_is_refused_without_words(action: AnyAction, text: str) -> None:
    assert refused(OPEN, action, text=text) is Refusal.INVALID


def test_a_condition_that_stands_cannot_be_closed() -> None:
    assert refused(OPEN, RESOLVED) is Refusal.IMPOSSIBLE
    hidden = after(warning(suppressed=Suppression.THROTTLED))
    over = warning(WarningChange.CLEARED, suppressed=Suppression.THROTTLED)
    assert refused(hidden, RESOLVED) is Refusal.IMPOSSIBLE
    assert refused(after(over, record=hidden), RESOLVED) is Refusal.IMPOSSIBLE


def test_a_closed_warning_is_only_reopened() -> None:
    closed = after(RAISED, CLEARED, RESOLVED)
    every: list[AnyAction] = [Acknowledge(), Comment(), Shelve(minutes=5), RESOLVED, Accept()]
    assert {refused(closed, action) for action in every} == {Refusal.IMPOSSIBLE}
    again = after(Reopen(), record=closed).warning
    assert (again.state, again.life.closed) == (LifeState.RETURNED, None)
    assert refused(after(RAISED, CLEARED, Acknowledge()), Reopen()) is Refusal.IMPOSSIBLE


def test_the_cause_of_the_system_is_not_for_people() -> None:
    record = after(RAISED, CLEARED)
    assert refused(record, Close(cause=CloseCause.SUPERSEDED)) is Refusal.INVALID


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.COMMANDER])
def test_red_is_neither_shelved_nor_suppressed(role: Role) -> None:
    record = after(RED)
    assert refused(record, Shelve(minutes=5), role=role) is Refusal.IMPOSSIBLE
    if role is Role.COMMANDER:
        assert refused(record, Suppress(by=Y, minutes=5), role=role) is Refusal.IMPOSSIBLE


def test_red_is_out_of_service_only_by_a_commander() -> None:
    assert refused(after(RED), OutOfService(minutes=5)) is Refusal.IMPOSSIBLE
    by = asked(after(RED), OutOfService(minutes=5), role=Role.COMMANDER).record
    assert by is not None
    assert by.warning.state is LifeState.OUT_OF_SERVICE
    rising = asked(OPEN, OutOfService(minutes=5)).record
    assert rising is not None
    risen = after(warning(WarningChange.LEVEL_UP, Level.RED), record=rising)
    assert risen.warning.state is LifeState.UNACKNOWLEDGED


@pytest.mark.parametrize("by", ["", X])
def test_suppressing_needs_another_warning(by: str) -> None:
    action = Suppress(by=by, minutes=5)
    assert refused(OPEN, action, role=Role.COMMANDER) is Refusal.INVALID


def test_what_suppresses_is_named_with_its_end() -> None:
    shelving = after(RAISED, Suppress(by=Y, minutes=5)).warning.life.shelving
    assert shelving is not None
    assert (shelving.state, shelving.by) == (LifeState.SUPPRESSED, Y)
    assert (shelving.since_ms, shelving.until_ms) == (NOW_MS, NOW_MS + 5 * MINUTE_MS)


def test_what_the_system_keeps_back_is_not_unshelved() -> None:
    hidden = after(warning(suppressed=Suppression.INHIBITED))
    assert refused(hidden, Unshelve()) is Refusal.IMPOSSIBLE
    assert refused(hidden, Acknowledge()) is Refusal.IMPOSSIBLE
    assert refused(OPEN, Unshelve()) is Refusal.IMPOSSIBLE


def test_escalation_goes_to_the_top_and_each_level_has_to_acknowledge() -> None:
    record = OPEN
    for tier in range(1, MOST_TIER + 1):
        record = after(Acknowledge(), Escalate(), record=record)
        assert (record.warning.life.tier, record.warning.state) == (
            tier,
            LifeState.UNACKNOWLEDGED,
        )
    assert refused(record, Escalate()) is Refusal.IMPOSSIBLE


def test_it_is_assigned_to_who_deals_with_warnings() -> None:
    assert refused(OPEN, Assign(to=Role.VIEWER)) is Refusal.INVALID
    assert refused(OPEN, Assign(to=Role.SYSTEM)) is Refusal.INVALID


def test_the_outcome_of_a_suggestion_may_come_after_the_end_and_be_corrected() -> None:
    over = after(RAISED, Acknowledge(), CLEARED, Accept())
    assert over.warning.life.verdict is Verdict.ACCEPTED
    assert after(Reject(), record=over).warning.life.verdict is Verdict.REJECTED


def test_a_latched_warning_is_acknowledged_once_and_closed_by_a_person() -> None:
    latched = after(warning(latches=True), warning(WarningChange.CLEARED, latches=True))
    seen = after(Acknowledge(), record=latched)
    assert seen.warning.state is LifeState.LATCHED
    assert refused(seen, Acknowledge()) is Refusal.IMPOSSIBLE
    assert after(RESOLVED, record=seen).warning.state is LifeState.NORMAL
