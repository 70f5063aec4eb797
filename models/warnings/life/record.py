"""A warning as its table keeps it, and how a change of it is written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from models.messages.audit import AuditEntry
from models.messages.commands import Command, Role
from models.messages.warnings import CityWarning, Life, Reason, WarningChange
from models.warnings.escalation import DutyRoster, waiting
from models.warnings.life.states import state_of

TRAIL: Final = 8  # changes remembered, to tell somebody who saw an older revision


class WarningRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The newest revision of a warning, and its last changes, the newest last."""

    warning: CityWarning
    trail: tuple[AuditEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One change: the warning after it, and its line in the audit."""

    warning: CityWarning
    entry: AuditEntry


@dataclass(frozen=True, kw_only=True, slots=True)
class Doing:
    """Who or what makes a change, and when.

    Attributes
    ----------
    actor, role : str
    at_ms : int
        Wall clock of a command or a timer, event time of signals.
    command : Command or None
    roster : DutyRoster or None
    now_ms : int
        Wall clock; 0 where it is not known.
    """

    actor: str
    role: Role
    at_ms: int
    command: Command | None = None
    roster: DutyRoster | None = None
    now_ms: int = 0


def changed(
    record: WarningRecord | None, warning: CityWarning, doing: Doing
) -> tuple[WarningRecord, Change]:
    """Write the next revision of a warning and its line in the audit.

    Parameters
    ----------
    record : WarningRecord or None
        What was known of this warning; None where it is new.
    warning : CityWarning
        With its new change, reason and life; number and state are given here.
    doing : Doing
    """
    revision = record.warning.revision + 1 if record else 0
    warning = msgspec.structs.replace(warning, revision=revision, state=state_of(warning))
    waits = waiting(warning, doing.roster, doing.now_ms)
    life: Life = msgspec.structs.replace(warning.life, waits=waits)
    warning = msgspec.structs.replace(warning, life=life)
    entry = AuditEntry(
        warning=warning.id,
        revision=revision,
        change=warning.change,
        reason=warning.reason,
        state=warning.state,
        level=warning.level,
        actor=doing.actor,
        role=doing.role,
        text=doing.command.text if doing.command else "",
        command=doing.command.id if doing.command else "",
        action=doing.command.action if doing.command else None,
        duty=waits.duty if waits else "",
        at_ms=doing.at_ms,
    )
    trail = (*(record.trail if record else ()), entry)[-TRAIL:]
    return WarningRecord(warning=warning, trail=trail), Change(warning, entry)


def back_in_view(warning: CityWarning, reason: Reason) -> CityWarning:
    """End what kept a warning from view: what stands is to be acknowledged anew."""
    mark = warning.life.acknowledged if warning.cleared_ms else None
    return lived(warning, WarningChange.UNSHELVED, reason, shelving=None, acknowledged=mark)


def lived(warning: CityWarning, change: WarningChange, reason: Reason, **life: Any) -> CityWarning:
    """Give a warning whose life changed in some fields."""
    after: Life = msgspec.structs.replace(warning.life, **life)
    return msgspec.structs.replace(warning, change=change, reason=reason, life=after)
