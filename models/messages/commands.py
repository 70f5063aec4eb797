"""A command: what somebody asks for a warning; it comes back through Kafka like everything else."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from models.messages.bounds import Small, TimeMs
from models.messages.envelope import Message

CommandId = Annotated[str, Meta(min_length=1, max_length=64)]
WarningId = Annotated[str, Meta(min_length=1, max_length=200)]
Actor = Annotated[str, Meta(min_length=1, max_length=64)]
Words = Annotated[str, Meta(max_length=1000)]


class Role(StrEnum):
    """As what somebody acts."""

    VIEWER = "viewer"
    OPERATOR = "operator"  # 值班员
    BUREAU = "bureau"  # a department, for what is its own
    COMMANDER = "commander"  # 指挥长
    ADMIN = "admin"
    SYSTEM = "system"  # no person: a rule, or the end of a time


class CloseCause(StrEnum):
    """Why a warning was closed."""

    RESOLVED = "resolved"  # somebody dealt with it
    FALSE_ALARM = "false-alarm"  # there was nothing
    EXPECTED = "expected"  # a known activity, such as announced work
    DUPLICATE = "duplicate"  # another warning or case is about the same
    EQUIPMENT = "equipment"  # a device, a line or a clock was at fault
    NO_ACTION = "no-action"  # it passed by itself
    SUPERSEDED = "superseded"  # a newer warning took its place; no person gives this cause


class Action(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """Base of what can be asked; `do` says which."""


class Acknowledge(Action, frozen=True, tag="acknowledge"):
    """Somebody has seen it and answers it."""


class Unacknowledge(Action, frozen=True, tag="unacknowledge"):
    """Nobody answers it any more."""


class Assign(Action, frozen=True, kw_only=True, tag="assign"):
    """It is given to a role; which person or department stands in the command's text."""

    to: Role


class Comment(Action, frozen=True, tag="comment"):
    """The command's text is added to its history."""


class Accept(Action, frozen=True, tag="accept"):
    """The suggestion was followed; the text says with what outcome."""


class Reject(Action, frozen=True, tag="reject"):
    """The suggestion was not followed; the text says why."""


class Shelve(Action, frozen=True, kw_only=True, tag="shelve"):
    """Keep it from view for a while; the text says why."""

    minutes: Small = 0


class Suppress(Action, frozen=True, kw_only=True, tag="suppress"):
    """Keep it back because it follows from another warning, `by`."""

    by: Annotated[str, Meta(max_length=200)] = ""
    minutes: Small = 0


class OutOfService(Action, frozen=True, kw_only=True, tag="out-of-service"):
    """What watches there is being repaired or replaced; the text says by whom or why."""

    minutes: Small = 0


class Unshelve(Action, frozen=True, tag="unshelve"):
    """End what keeps it from view: shelved, suppressed by a person, or out of service."""


class Escalate(Action, frozen=True, tag="escalate"):
    """Hand it to the next level of duty, which has to acknowledge it."""


class Close(Action, frozen=True, kw_only=True, tag="close"):
    """It has returned to normal and has been dealt with."""

    cause: CloseCause


class Reopen(Action, frozen=True, tag="reopen"):
    """It was closed by mistake."""


AnyAction = (
    Acknowledge
    | Unacknowledge
    | Assign
    | Comment
    | Accept
    | Reject
    | Shelve
    | Suppress
    | OutOfService
    | Unshelve
    | Escalate
    | Close
    | Reopen
)


class Command(Message, frozen=True, kw_only=True):
    """A request of a person for one warning.

    Attributes
    ----------
    id : str
        Given by the sender; a command that comes twice is carried out once and answered alike.
    warning : str
        Id of the warning.
    revision : int
        The newest revision that the sender saw: one that is no longer the newest is refused.
    actor, role : str
        Who asks, and as what.
    text : str
        Reason, comment or outcome.
    sent_ms : int
        The sender's clock; the broker's counts where it is known.
    action : AnyAction
        What is asked.
    """

    TAG = "CMND"
    NAME = "command"
    ENCODING = "json"

    id: CommandId
    warning: WarningId
    revision: Small
    actor: Actor
    role: Role
    text: Words = ""
    sent_ms: TimeMs
    action: AnyAction
