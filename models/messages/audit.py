"""The audit: every change of a warning, who made it, as what, why and when; never altered."""

from __future__ import annotations

from models.messages.bounds import Small, TimeMs
from models.messages.commands import AnyAction, Role
from models.messages.envelope import Message
from models.messages.warnings import Level, LifeState, Reason, WarningChange


class AuditEntry(Message, frozen=True, kw_only=True):
    """One change of one warning.

    Attributes
    ----------
    warning : str
    revision : int
        The revision that the change made.
    change, reason : str
        As in the warning of that revision.
    state, level : LifeState, Level
        After the change.
    actor : str
        Who; for what no person did, the rule or `timer`.
    role : Role
    text : str
        The words of the command.
    command : str
        Id of the command; empty for what no person did.
    action : AnyAction or None
        What was asked.
    duty : str
        Post of the duty roster with which the warning waits after the change, if it does.
    at_ms : int
        Of a command or a timer the wall clock; of what signals did their event time.
    """

    TAG = "AUDT"
    NAME = "audit entry"
    ENCODING = "json"

    warning: str
    revision: Small
    change: WarningChange
    reason: Reason
    state: LifeState
    level: Level
    actor: str
    role: Role
    text: str = ""
    command: str = ""
    action: AnyAction | None = None
    duty: str = ""
    at_ms: TimeMs
