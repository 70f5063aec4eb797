"""The switch of the operating mode: the command, its answer, and the change that came of it."""

from __future__ import annotations

from models.events.mode import Mode
from models.messages.bounds import Small, TimeMs
from models.messages.command_results import Refusal
from models.messages.commands import Actor, CommandId, Role, Words
from models.messages.envelope import Message


class ModeCommand(Message, frozen=True, kw_only=True):
    """A request to run the district in another mode.

    Attributes
    ----------
    id : str
        Given by the sender; a command that comes twice is carried out once and answered alike.
    mode : Mode
    revision : int
        The newest switch that the sender saw, 0 for none: another in between makes it stale.
    actor, role : str
        Who asks, and as what.
    text : str
        Why.
    sent_ms : int
        The sender's clock; the broker's counts where it is known.
    """

    TAG = "MODC"
    NAME = "mode command"
    ENCODING = "json"

    id: CommandId
    mode: Mode
    revision: Small
    actor: Actor
    role: Role
    text: Words
    sent_ms: TimeMs


class ModeChange(Message, frozen=True, kw_only=True):
    """The district is run in another mode, from `at_ms` (wall clock) on.

    `revision` counts the switches; `command`, `actor`, `role` and `text` are those of the command.
    """

    TAG = "MODE"
    NAME = "mode change"
    ENCODING = "json"

    mode: Mode
    before: Mode
    revision: Small
    at_ms: TimeMs
    actor: Actor
    role: Role
    text: Words
    command: CommandId


class ModeResult(Message, frozen=True, kw_only=True):
    """The answer to a mode command.

    Attributes
    ----------
    id : str
        Of the command.
    refusal : Refusal or None
        None where it was carried out.
    explanation : dict of str to str
        For people, in zh and en.
    mode, revision : Mode, int
        As it is after the command.
    decided_ms : int
        Wall clock.
    """

    TAG = "MODR"
    NAME = "mode result"
    ENCODING = "json"

    id: CommandId
    refusal: Refusal | None = None
    explanation: dict[str, str] = {}
    mode: Mode
    revision: Small
    decided_ms: TimeMs
