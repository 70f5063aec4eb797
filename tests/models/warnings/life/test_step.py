"""What signals and time do to a warning, by the states of ISA-18.2."""

from __future__ import annotations

import msgspec
import pytest

from models.messages.commands import (
    Acknowledge,
    AnyAction,
    Assign,
    Close,
    CloseCause,
    OutOfService,
    Role,
    Shelve,
)
from models.messages.warnings import (
    CityWarning,
    Level,
    LifeState,
    Reason,
    Suppression,
    WarningChange,
)
from models.timing.units import MINUTE_MS
from models.warnings.life.step import RuleCondition, Timer, step
from tests.models.warnings.life.life_things import NOW_MS, X, Y, after, saved, told, warning

RAISED = warning()
CLEARED = warning(WarningChange.CLEARED)
UP = warning(WarningChange.LEVEL_UP, Level.ORANGE)
DOWN = warning(WarningChange.LEVEL_DOWN, Level.BLUE)
GROWN = warning(WarningChange.UPDATED)
HIDDEN = warning(suppressed=Suppression.THROTTLED)
SHELVED = Shelve(minutes=30)
ENDED = Timer(NOW_MS + 30 * MINUTE_MS)
RESOLVED = Close(cause=CloseCause.RESOLVED)
LATCHING = warning(latches=True)
LATCHED = warning(WarningChange.CLEARED, latches=True)

Event = CityWarning | AnyAction | Timer


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((RAISED,), LifeState.UNACKNOWLEDGED),
        ((RAISED, Acknowledge()), LifeState.ACKNOWLEDGED),
        ((RAISED, Acknowledge(), GROWN), LifeState.ACKNOWLEDGED),
        ((RAISED, Acknowledge(), DOWN), LifeState.ACKNOWLEDGED),
        ((RAISED, Acknowledge(), UP), LifeState.UNACKNOWLEDGED),
        ((RAISED, Acknowledge(), CLEARED), LifeState.NORMAL),
        ((RAISED, CLEARED), LifeState.RETURNED),
        ((RAISED, CLEARED, RAISED), LifeState.UNACKNOWLEDGED),
        ((RAISED, CLEARED, Acknowledge()), LifeState.NORMAL),
        ((RAISED, CLEARED, RESOLVED), LifeState.NORMAL),
        ((RAISED, CLEARED, RESOLVED, RAISED), LifeState.UNACKNOWLEDGED),
        ((LATCHING, Acknowledge(), LATCHED), LifeState.LATCHED),
        ((LATCHING, LATCHED), LifeState.LATCHED),
        ((LATCHING, LATCHED, RESOLVED), LifeState.NORMAL),
        ((HIDDEN,), LifeState.SUPPRESSED),
        ((HIDDEN, RAISED), LifeState.UNACKNOWLEDGED),
        ((RAISED, SHELVED), LifeState.SHELVED),
        ((RAISED, SHELVED, DOWN), LifeState.SHELVED),
        ((RAISED, SHELVED, UP), LifeState.UNACKNOWLEDGED),
        ((RAISED, Acknowledge(), SHELVED, ENDED), LifeState.UNACKNOWLEDGED),
        ((RAISED, SHELVED, CLEARED), LifeState.SHELVED),
        ((RAISED, SHELVED, CLEARED, ENDED), LifeState.NORMAL),
        ((RAISED, SHELVED, CLEARED, RAISED), LifeState.SHELVED),
        ((RAISED, OutOfService(minutes=30)), LifeState.OUT_OF_SERVICE),
        ((RAISED, OutOfService(minutes=30), UP), LifeState.OUT_OF_SERVICE),
    ],
)
def test_each_event_leads_to_the_state_of_isa_18_2(
    events: tuple[Event, ...], state: LifeState
) -> None:
    record = after(*events)
    assert record.warning.state is state
    assert saved(record) == record


def test_what_was_never_shown_ends_without_anybody() -> None:
    over = warning(WarningChange.CLEARED, suppressed=Suppression.THROTTLED)
    assert after(HIDDEN, over).warning.state is LifeState.NORMAL


def test_every_change_has_a_number_and_a_line_in_the_audit() -> None:
    record = after(RAISED)
    first = step(None, RuleCondition(RAISED)).changes
    second = step(record, RuleCondition(UP)).changes
    assert told([*first, *second]) == [(X, 0, "raised"), (X, 1, "level-up")]
    (change,) = second
    assert (change.entry.warning, change.entry.revision) == (X, 1)
    assert (change.entry.actor, change.entry.role) == ("dust", Role.SYSTEM)
    assert (change.entry.change, change.entry.reason) == (UP.change, UP.reason)
    assert (change.entry.level, change.entry.state) == (Level.ORANGE, LifeState.UNACKNOWLEDGED)
    assert change.entry.at_ms == UP.updated_ms


def test_people_keep_what_they_did_through_what_signals_do() -> None:
    record = after(RAISED, Assign(to=Role.BUREAU), Acknowledge(), GROWN, DOWN)
    assert record.warning.life.assigned is not None
    assert record.warning.life.assigned.role is Role.BUREAU
    assert record.warning.life.acknowledged is not None
    assert after(UP, record=record).warning.life.acknowledged is None


def test_a_newer_warning_of_the_place_closes_the_one_nobody_acknowledged() -> None:
    newer = warning(name=Y)
    changes = step(after(RAISED, CLEARED), RuleCondition(newer)).changes
    assert told(changes) == [(X, 2, "closed"), (Y, 0, "raised")]
    old = changes[0].warning
    assert (old.state, old.reason) == (LifeState.NORMAL, Reason.SUPERSEDED)
    assert old.life.closed is CloseCause.SUPERSEDED


def test_a_newer_warning_says_nothing_of_one_that_was_dealt_with() -> None:
    changes = step(after(RAISED, Acknowledge(), CLEARED), RuleCondition(warning(name=Y))).changes
    assert told(changes) == [(Y, 0, "raised")]


def test_what_is_shelved_stays_so_for_the_next_warning_of_the_place_up_to_its_level() -> None:
    before = after(RAISED, SHELVED, CLEARED)
    same = step(before, RuleCondition(warning(name=Y))).record
    higher = step(before, RuleCondition(warning(name=Y, level=Level.ORANGE))).record
    assert same is not None
    assert higher is not None
    assert same.warning.state is LifeState.SHELVED
    assert higher.warning.state is LifeState.UNACKNOWLEDGED
    assert after(ENDED, record=same).warning.state is LifeState.UNACKNOWLEDGED


def test_time_ends_what_is_kept_from_view_at_its_end_and_not_before() -> None:
    record = after(RAISED, SHELVED)
    assert step(record, Timer(ENDED.now_ms - 1)).changes == ()
    (change,) = step(record, Timer(ENDED.now_ms + 5000)).changes
    assert (change.warning.change, change.warning.reason) == (
        WarningChange.UNSHELVED,
        Reason.EXPIRED,
    )
    assert (change.entry.actor, change.entry.role) == ("timer", Role.SYSTEM)
    assert change.entry.at_ms == ENDED.now_ms  # however late the clock was looked at


def test_time_does_nothing_where_nothing_waits_for_it() -> None:
    assert step(None, Timer(NOW_MS)).changes == ()
    assert step(after(RAISED), Timer(NOW_MS)).changes == ()


def test_only_roles_leave_with_a_warning_and_no_person() -> None:
    record = after(RAISED, Acknowledge(), Assign(to=Role.BUREAU), SHELVED)
    assert b"li" not in msgspec.json.encode(record.warning.life)
    assert record.trail[-1].actor == "li"


# Alerta, alerta/models/alarms/isa_18_2.py: what its rules and ours both have.
_ALERTA = {
    "alarm occurs: A to B": ((RAISED,), LifeState.UNACKNOWLEDGED),
    "operator ack: B to C": ((RAISED, Acknowledge()), LifeState.ACKNOWLEDGED),
    "re-alarm: C to B": ((RAISED, Acknowledge(), UP), LifeState.UNACKNOWLEDGED),
    "clears: C to A": ((RAISED, Acknowledge(), CLEARED), LifeState.NORMAL),
    "clears: B to D": ((RAISED, CLEARED), LifeState.RETURNED),
    "operator ack: D to A": ((RAISED, CLEARED, Acknowledge()), LifeState.NORMAL),
    "re-alarm: D to B": ((RAISED, CLEARED, RAISED), LifeState.UNACKNOWLEDGED),
    "operator shelve: B to E": ((RAISED, SHELVED), LifeState.SHELVED),
    "operator shelve: C to E": ((RAISED, Acknowledge(), SHELVED), LifeState.SHELVED),
    "unshelve: E to A": ((RAISED, SHELVED, CLEARED, ENDED), LifeState.NORMAL),
    "unshelve: E to B": ((RAISED, SHELVED, ENDED), LifeState.UNACKNOWLEDGED),
    "return from suppressed: F to B": ((HIDDEN, RAISED), LifeState.UNACKNOWLEDGED),
    "return from service: G to A": (
        (RAISED, OutOfService(minutes=30), CLEARED, ENDED),
        LifeState.NORMAL,
    ),
    "return from service: G to B": (
        (RAISED, OutOfService(minutes=30), ENDED),
        LifeState.UNACKNOWLEDGED,
    ),
}


@pytest.mark.parametrize(("events", "state"), _ALERTA.values(), ids=_ALERTA)
def test_transitions_agree_with_those_of_alerta(
    events: tuple[Event, ...], state: LifeState
) -> None:
    assert after(*events).warning.state is state
