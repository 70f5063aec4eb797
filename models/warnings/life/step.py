"""One step in the life of the warning of a rule and place.

- What signals do (`RuleCondition`): it is raised, moves its level, clears, comes again. What rises
  is to be acknowledged anew; what clears unseen waits to be acknowledged.
- What people ask (`Ask`): see `models.warnings.life.orders`.
- What time does (`Timer`): whatever is kept from view comes back, and what nobody acknowledged
  goes to the next level of duty.

A newer warning of the same rule and place takes over: the older one, which has ended, is closed as
superseded, and what a person keeps from view there stays so until its end.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from models.messages.commands import CloseCause, Command, Role
from models.messages.warnings import (
    CityWarning,
    Life,
    LifeState,
    Mark,
    Reason,
    Shelving,
    WarningChange,
)
from models.warnings.escalation import DutyRoster, escalated
from models.warnings.life.orders import OrderRefused, obeyed
from models.warnings.life.record import Change, Doing, WarningRecord, back_in_view, changed, lived


@dataclass(frozen=True, slots=True)
class RuleCondition:
    """What the rule's signals did, as people are shown it; its revision and life are not read.

    `now_ms` is the wall clock at which the broker got the signals, 0 where it is not known.
    """

    warning: CityWarning
    now_ms: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """A command, and the wall clock at which the broker got it."""

    command: Command
    now_ms: int


@dataclass(frozen=True, slots=True)
class Timer:
    """The wall clock has reached a time."""

    now_ms: int


@dataclass(frozen=True, slots=True)
class Stepped:
    """The state after a step, the changes in their order, and why a command was refused."""

    record: WarningRecord | None
    changes: tuple[Change, ...] = ()
    refused: OrderRefused | None = None


def step(
    record: WarningRecord | None,
    event: RuleCondition | Ask | Timer,
    roster: DutyRoster | None = None,
) -> Stepped:
    """Take one event into the life of the warning of a rule and place.

    Parameters
    ----------
    record : WarningRecord or None
        None where no warning of the rule was ever raised there.
    event : Condition, Ask or Timer
    roster : DutyRoster or None
        Who is on duty; without one, nothing escalates by itself.
    """
    match event:
        case RuleCondition(warning=warning, now_ms=now_ms):
            doing = Doing(
                actor=warning.rule,
                role=Role.SYSTEM,
                at_ms=warning.updated_ms,
                roster=roster,
                now_ms=now_ms,
            )
            return _conditioned(record, warning, doing)
        case Ask(command=command, now_ms=now_ms):
            return _asked(record, command, now_ms, roster)
        case Timer(now_ms=now_ms):
            return _elapsed(record, now_ms, roster)


def due_ms(record: WarningRecord) -> int | None:
    """Give the wall clock at which a timer does something; None where none does."""
    life = record.warning.life
    if life.shelving:
        return life.shelving.until_ms
    return life.waits.until_ms or None if life.waits else None


def _conditioned(record: WarningRecord | None, warning: CityWarning, doing: Doing) -> Stepped:
    if record is not None and record.warning.id == warning.id:
        life = _life_after(record.warning.life, warning)
        after, change = changed(record, msgspec.structs.replace(warning, life=life), doing)
        return Stepped(after, (change,))
    ended = _superseded(record, doing)
    shelving = record.warning.life.shelving if record else None
    life = _life_after(Life(shelving=shelving), warning)
    after, change = changed(None, msgspec.structs.replace(warning, life=life), doing)
    return Stepped(after, (*ended, change))


def _life_after(life: Life, warning: CityWarning) -> Life:
    """Give what remains of what people did after a change of the condition."""
    if life.shelving and warning.level > life.shelving.covers:
        life = msgspec.structs.replace(life, shelving=None)
    if warning.change is WarningChange.RAISED:
        return msgspec.structs.replace(life, acknowledged=None, closed=None, tier=0, round=0)
    if warning.change is WarningChange.LEVEL_UP:
        return msgspec.structs.replace(life, acknowledged=None)
    if warning.change is WarningChange.CLEARED and life.shelving and not life.acknowledged:
        return msgspec.structs.replace(life, acknowledged=_known_to(life.shelving))
    return life


def _known_to(shelving: Shelving) -> Mark:
    """Say who knew of a warning that nobody acknowledged: whoever keeps it from view."""
    return Mark(role=shelving.role, since_ms=shelving.since_ms)


def _superseded(record: WarningRecord | None, doing: Doing) -> tuple[Change, ...]:
    """Close the older warning of the place, unless all is done with it."""
    if record is None or record.warning.state is LifeState.NORMAL:
        return ()
    closed = lived(
        record.warning,
        WarningChange.CLOSED,
        Reason.SUPERSEDED,
        shelving=None,
        closed=CloseCause.SUPERSEDED,
    )
    ended = msgspec.structs.replace(closed, cleared_ms=closed.cleared_ms or doing.at_ms)
    return (changed(record, ended, doing)[1],)


def _asked(
    record: WarningRecord | None, command: Command, now_ms: int, roster: DutyRoster | None
) -> Stepped:
    outcome = obeyed(record, command, now_ms)
    if isinstance(outcome, OrderRefused) or record is None:
        return Stepped(record, refused=outcome if isinstance(outcome, OrderRefused) else None)
    doing = Doing(
        actor=command.actor,
        role=command.role,
        at_ms=now_ms,
        command=command,
        roster=roster,
        now_ms=now_ms,
    )
    after, change = changed(record, outcome, doing)
    return Stepped(after, (change,))


def _elapsed(record: WarningRecord | None, now_ms: int, roster: DutyRoster | None) -> Stepped:
    """End what keeps a warning from view; whoever did it may be gone, so it is told anew.

    What waited too long is handed on, and its next time begins now: however late the clock was
    looked at, whoever has it next gets the whole of it.
    """
    until_ms = due_ms(record) if record else None
    if record is None or until_ms is None or now_ms < until_ms:
        return Stepped(record)
    is_kept = record.warning.life.shelving is not None
    doing = Doing(
        actor="timer",
        role=Role.SYSTEM,
        at_ms=until_ms if is_kept else now_ms,
        roster=roster,
        now_ms=now_ms,
    )
    before = record.warning
    after_time = back_in_view(before, Reason.EXPIRED) if is_kept else escalated(before)
    after, change = changed(record, after_time, doing)
    return Stepped(after, (change,))
