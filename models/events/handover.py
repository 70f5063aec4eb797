"""The hand-over of a major event from shift to shift: who writes, who signs, what is refused."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec

from models.messages.command_results import Refusal
from models.messages.commands import Role
from models.messages.handovers import HandoverCommand, HandoverNote, HandoverResult

MAY_HAND_OVER: Final = frozenset({Role.OPERATOR, Role.COMMANDER, Role.ADMIN})
MOST_NOTES: Final = 200  # the oldest go first, the signed ones before any that waits
MOST_ANSWERS: Final = 200  # a command that comes again after so many others is not known any more

Text = dict[str, str]


class HandoverState(msgspec.Struct, frozen=True, kw_only=True):
    """What is known; plain values, so that it can be saved as it is.

    Attributes
    ----------
    notes : tuple of HandoverNote
        Those that nobody has signed, and the newest others, in the order they were written.
    answers : tuple of HandoverResult
        The newest, to give again to a command that comes twice.
    """

    notes: tuple[HandoverNote, ...] = ()
    answers: tuple[HandoverResult, ...] = ()


Decided = tuple[HandoverState, HandoverResult, HandoverNote | None]


def handed_over(
    state: HandoverState, command: HandoverCommand, now_ms: int, events: Collection[str]
) -> Decided:
    """Carry out a command, or refuse it.

    Parameters
    ----------
    events : collection of str
        Names of the city's major events.

    Returns
    -------
    state : HandoverState
        As it stands after.
    result : HandoverResult
        The answer; of a command that came before, the answer it had. Another command under the
        same id is refused: its sender would take the answer for its own.
    note : HandoverNote or None
        The note as it was written or signed; None where nothing changed.
    """
    known = next((each for each in state.answers if each.id == command.id), None)
    if known is not None and known.asked == command.fingerprint:
        return state, known, None
    if known is not None:
        return state, _result(command, now_ms, _TAKEN), None
    named = {each.id: each for each in state.notes}
    old = named.get(command.note)
    if command.note:
        refused = _refused_sign(command, old)
    else:
        refused = _TAKEN if command.id in named else _refused_note(command, events)
    note = None if refused else _signed(old, command, now_ms) if old else _written(command, now_ms)
    result = _result(command, now_ms, refused, note)
    answers = (*state.answers, result)[-MOST_ANSWERS:]
    notes = state.notes if note is None else _with(state.notes, note)
    return HandoverState(notes=notes, answers=answers), result, note


def _with(notes: tuple[HandoverNote, ...], note: HandoverNote) -> tuple[HandoverNote, ...]:
    """Put a note in its place, and let one go where there are too many."""
    held = {each.id: each for each in notes} | {note.id: note}
    if len(held) > MOST_NOTES:
        del held[next((name for name, each in held.items() if each.signer), next(iter(held)))]
    return tuple(held.values())


def _result(
    command: HandoverCommand,
    now_ms: int,
    refused: tuple[Refusal, Text] | None,
    note: HandoverNote | None = None,
) -> HandoverResult:
    done = _SIGNED if command.note else _WRITTEN
    return HandoverResult(
        id=command.id,
        asked=command.fingerprint,
        refusal=refused[0] if refused else None,
        explanation=refused[1] if refused else done,
        note=note.id if note else "",
        decided_ms=now_ms,
    )


def _written(command: HandoverCommand, now_ms: int) -> HandoverNote:
    return HandoverNote(
        id=command.id,
        event=command.event,
        revision=0,
        text=command.text.strip(),
        writer=command.actor,
        writer_role=command.role,
        written_ms=now_ms,
    )


def _signed(old: HandoverNote, command: HandoverCommand, now_ms: int) -> HandoverNote:
    return msgspec.structs.replace(
        old,
        revision=1,
        signer=command.actor,
        signer_role=command.role,
        remark=command.text.strip(),
        signed_ms=max(now_ms, old.written_ms),  # a clock that was set back changes no order
    )


def _refused_note(command: HandoverCommand, events: Collection[str]) -> tuple[Refusal, Text] | None:
    """Give the first reason why nothing is written: no right, no such event, no words."""
    if command.role not in MAY_HAND_OVER:
        return _NO_RIGHT
    if command.event not in events:
        return Refusal.UNKNOWN, {
            "zh": f"没有名为“{command.event}”的重大活动。",
            "en": f"There is no major event {command.event!r}.",
        }
    if not command.text.strip():
        return Refusal.INVALID, {
            "zh": "交班记录不能为空：请写明未结事项和要注意的情况。",
            "en": "An empty note hands nothing over: say what is open and what to mind.",
        }
    return None


def _refused_sign(
    command: HandoverCommand, old: HandoverNote | None
) -> tuple[Refusal, Text] | None:
    """Give the first reason why nothing is signed: no right, no such note, signed, the writer."""
    if command.role not in MAY_HAND_OVER:
        return _NO_RIGHT
    if old is None:
        return Refusal.UNKNOWN, {
            "zh": "没有这条交班记录，或已太久。",
            "en": "There is no such note, or it is too old.",
        }
    if old.signer:
        return Refusal.STALE, {
            "zh": f"这条交班记录已由{old.signer}签收。",
            "en": f"{old.signer} has signed this note already.",
        }
    if old.writer == command.actor:
        return Refusal.FORBIDDEN, {
            "zh": "交班人与接班人须为两人：写记录者不能自己签收。",
            "en": "A hand-over takes two: who wrote the note cannot sign it.",
        }
    return None


_NO_RIGHT: Final = (
    Refusal.FORBIDDEN,
    {
        "zh": "只有值班员、指挥长或管理员可以交接班。",
        "en": "Only operators, commanders and admins hand over.",
    },
)
_TAKEN: Final = (
    Refusal.INVALID,
    {
        "zh": "这个编号已用于另一条命令或另一条交班记录，本次未写入也未签收；请换一个编号。",
        "en": "This id was used for another command or note: nothing is done; take a new id.",
    },
)
_WRITTEN: Final[Text] = {
    "zh": "交班记录已写入，等待接班人签收。",
    "en": "The note is written and waits for who takes over.",
}
_SIGNED: Final[Text] = {"zh": "已签收，交接班完成。", "en": "Signed: the hand-over is done."}
