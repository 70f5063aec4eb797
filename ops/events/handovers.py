"""Hand-overs for the command line: the notes of the audit, and commands to write or sign one."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from config.errors import InputError
from config.settings import Settings
from models.messages.handovers import HandoverCommand, HandoverNote
from ops.warnings.actor import actor_of
from ops.warnings.asking import read_notes

_WORDS = {
    "zh": {"unsigned": "未签收", "none": "没有交班记录"},
    "en": {"unsigned": "not signed", "none": "no note"},
}


def notes_of(
    settings: Settings, event: str = "", *, unsigned_only: bool = False
) -> list[HandoverNote]:
    """Give the notes, those that nobody has signed first, then the newest.

    Raises
    ------
    ServerUnavailable
        Kafka did not answer, or has no such topic.
    """
    found = [
        each
        for each in read_notes(settings)
        if event in ("", each.event) and not (unsigned_only and each.signer)
    ]
    return sorted(found, key=lambda note: (bool(note.signer), -note.written_ms))


def as_text(notes: Sequence[HandoverNote], timezone: str, lang: str) -> str:
    """Give notes as lines: which, when, about what, by whom, signed by whom."""
    zone, words = ZoneInfo(timezone), _WORDS[lang]
    lines = []
    for each in notes:
        at = datetime.fromtimestamp(each.written_ms / 1000, zone)
        signer = f"{each.signer} ({each.signer_role})" if each.signer else words["unsigned"]
        who = f"{each.writer} ({each.writer_role}) → {signer}"
        lines.append(f"{each.id}  {at:%Y-%m-%d %H:%M}  {each.event}  {who}")
        lines += [f"  {text}" for text in (each.text, each.remark) if text]
    return "\n".join(lines) or words["none"]


def handover_command(parts: Mapping[str, str]) -> HandoverCommand:
    """Make a command of what was typed: `event` or `note`, `text`, `role`, `actor`, `id`.

    Raises
    ------
    InputError
        A part is not valid; the text says which.
    """
    made = {
        **parts,
        "id": parts["id"] or uuid.uuid4().hex,
        "actor": actor_of(parts["actor"]),
        "sent_ms": round(time.time() * 1000),
    }
    try:
        return msgspec.convert(made, type=HandoverCommand)
    except msgspec.ValidationError as error:
        msg = f"not a valid command: {error}"
        raise InputError(msg) from None
