"""The one switch of the operating mode: who may turn it, and which orders are refused."""

from __future__ import annotations

from typing import Final

import msgspec

from models.events.mode import MODE_NAMES, Mode
from models.messages.command_results import Refusal
from models.messages.commands import Role
from models.messages.modes import ModeChange, ModeCommand, ModeResult

MAY_SWITCH: Final = frozenset({Role.COMMANDER, Role.ADMIN})
MOST_ANSWERS: Final = 200  # a command that comes again after so many others is stale anyway

Text = dict[str, str]


class ModeSwitch(msgspec.Struct, frozen=True, kw_only=True):
    """How the switch stands; plain values, so that it can be saved as it is.

    Attributes
    ----------
    newest : ModeChange or None
        The newest switch; None where nobody ever switched, and the mode is normal.
    answers : tuple of ModeResult
        The newest answers, to give again to a command that comes twice.
    """

    newest: ModeChange | None = None
    answers: tuple[ModeResult, ...] = ()

    @property
    def mode(self) -> Mode:
        """The mode now."""
        return Mode.NORMAL if self.newest is None else self.newest.mode

    @property
    def revision(self) -> int:
        """How many switches there were."""
        return 0 if self.newest is None else self.newest.revision


def switched(
    switch: ModeSwitch, command: ModeCommand, now_ms: int
) -> tuple[ModeSwitch, ModeResult, ModeChange | None]:
    """Carry out a command, or refuse it.

    Of two commands that saw the same revision the one that comes first is carried out; the other is
    stale, whatever it asks for.

    Returns
    -------
    switch : ModeSwitch
        As it stands after.
    result : ModeResult
        The answer; of a command that came before, the answer it had.
    change : ModeChange or None
        None where nothing changed.
    """
    known = next((each for each in switch.answers if each.id == command.id), None)
    if known is not None:
        return switch, known, None
    refused = _refused(switch, command)
    change = None if refused else _change(switch, command, now_ms)
    newest = change or switch.newest
    mode = Mode.NORMAL if newest is None else newest.mode
    revision = 0 if newest is None else newest.revision
    result = ModeResult(
        id=command.id,
        refusal=refused[0] if refused else None,
        explanation=refused[1] if refused else _done(mode, revision),
        mode=mode,
        revision=revision,
        decided_ms=now_ms,
    )
    answers = (*switch.answers, result)[-MOST_ANSWERS:]
    return ModeSwitch(newest=newest, answers=answers), result, change


def _change(switch: ModeSwitch, command: ModeCommand, now_ms: int) -> ModeChange:
    at_ms = now_ms if switch.newest is None else max(now_ms, switch.newest.at_ms)
    return ModeChange(
        mode=command.mode,
        before=switch.mode,
        revision=switch.revision + 1,
        at_ms=at_ms,  # a clock that was set back changes no order of switches
        actor=command.actor,
        role=command.role,
        text=command.text,
        command=command.id,
    )


def _refused(switch: ModeSwitch, command: ModeCommand) -> tuple[Refusal, Text] | None:
    """Give the first reason why not: no right, not the newest, no words, nothing to change."""
    name = MODE_NAMES[switch.mode]
    if command.role not in MAY_SWITCH:
        return Refusal.FORBIDDEN, {
            "zh": "只有指挥长或管理员可以切换运行模式。",
            "en": "Only a commander or an admin may switch the mode.",
        }
    if command.revision != switch.revision:
        return Refusal.STALE, {
            "zh": f"运行模式已于第{switch.revision}次切换为{name['zh']}，"
            f"您看到的是第{command.revision}次；请重新查看。",
            "en": f"The mode is {name['en']} since switch {switch.revision}, and you saw "
            f"{command.revision}; look again.",
        }
    if not command.text.strip():
        return Refusal.INVALID, {
            "zh": "切换运行模式必须说明理由。",
            "en": "A switch of the mode needs a reason.",
        }
    if command.mode is switch.mode:
        return Refusal.IMPOSSIBLE, {
            "zh": f"现在已是{name['zh']}模式。",
            "en": f"The mode is {name['en']} already.",
        }
    return None


def _done(mode: Mode, revision: int) -> Text:
    name = MODE_NAMES[mode]
    return {
        "zh": f"已切换为{name['zh']}模式（第{revision}次切换）。",
        "en": f"The mode is {name['en']} now (switch {revision}).",
    }
