"""The answer to a command: carried out, or refused and why."""

from __future__ import annotations

from enum import StrEnum

from models.messages.audit import AuditEntry
from models.messages.bounds import Small, TimeMs
from models.messages.envelope import Message
from models.messages.warnings import LifeState


class Refusal(StrEnum):
    """Why a command was not carried out."""

    UNKNOWN = "unknown"  # there is no such warning
    STALE = "stale"  # it has changed since the revision that the sender saw
    FORBIDDEN = "forbidden"  # not with this role
    IMPOSSIBLE = "impossible"  # not in the state it is in
    INVALID = "invalid"  # a part of the command is missing or out of bounds


class CommandResult(Message, frozen=True, kw_only=True):
    """What became of one command.

    Attributes
    ----------
    id : str
        Of the command.
    warning : str
    refusal : Refusal or None
        None where it was carried out.
    explanation : dict of str to str
        A sentence a language, keys `zh` and `en`.
    revision, state : int, LifeState
        Of the warning after the command; 0 and `normal` where there is no such warning.
    since : list of AuditEntry
        What happened after the revision that the sender saw, where that is why it was refused.
    decided_ms : int
        Wall clock.
    """

    TAG = "CMDR"
    NAME = "command result"
    ENCODING = "json"

    id: str
    warning: str
    refusal: Refusal | None = None
    explanation: dict[str, str] = {}
    revision: Small = 0
    state: LifeState = LifeState.NORMAL
    since: list[AuditEntry] = []
    decided_ms: TimeMs
