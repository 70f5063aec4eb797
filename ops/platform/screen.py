"""Days of the municipal platform, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from models.platform.outbox import DayOutbox, Reason, Sent
from models.platform.submission import Submission
from ops.platform.send import DayDone

_WORDS: Final = {
    Reason.FIRST: "sent for the first time",
    Reason.CORRECTION: "sent as a correction",
    Reason.REPLACED: "sent with figures that changed before any were taken",
    Reason.RETRY: "tried again",
    Reason.AGAIN: "sent again",
    Reason.EARLY: "nothing sent: its hour has not come",
    Reason.TAKEN: "nothing sent: the platform has these figures",
    Reason.WAITING: "nothing sent: waiting for the next try",
    Reason.REFUSED: "nothing sent: the platform refused these figures",
    Reason.WRITTEN: "a file only: platform.yaml names no url",
    Reason.OLD: "nothing sent: too long ago to be corrected",
}


def submission_lines(made: Submission) -> Iterator[str]:
    """Tell a day's figures: complete or not, each unit, and what looks odd."""
    yield f"{made.day}: {made.came} of {made.owed} units have reported (revision {made.revision})"
    for code, total in made.totals.items():
        yield f"  {code}: {total.value:,g} of {total.units} units"
    for unit in made.units:
        told = ", ".join(f"{k} {v:,g}" for k, v in (unit.figures or {}).items())
        odd = f" ! implausible: {', '.join(unit.implausible)}" if unit.implausible else ""
        yield f"  {unit.title['zh']} {unit.title['en']}: {unit.state} {told}{odd}".rstrip()


def outbox_line(outbox: DayOutbox, zone: ZoneInfo) -> str:
    """Tell what became of a day."""
    newest = outbox.newest
    if newest is None:
        return f"{outbox.day}: nothing sent"
    return f"{outbox.day}: revision {len(outbox.revisions) - 1}, {_standing(newest, zone)}"


def _standing(sent: Sent, zone: ZoneInfo) -> str:
    if sent.received_ms:
        return f"taken {_moment(sent.received_ms, zone)}, receipt {sent.receipt}"
    if not sent.tries:
        return "never posted"
    said = f"{sent.tries} tries in vain, last answer {sent.status or 'none'} {sent.detail}".rstrip()
    if sent.is_refused:
        return f"{said}; refused: correct the figures, or `gridpulse platform send --again`"
    return f"{said}; next try {_moment(sent.next_ms, zone)}"


def done_line(done: DayDone, zone: ZoneInfo) -> str:
    """Tell what was done with a day."""
    return f"{_WORDS[done.reason]}; {outbox_line(done.outbox, zone)}"


def done_values(done: DayDone) -> dict[str, Any]:
    """Give what was done with a day as plain values."""
    return {
        "day": done.outbox.day,
        "reason": done.reason.value,
        "taken": done.is_taken,
        "file": None if done.file is None else str(done.file),
        "submission": msgspec.to_builtins(done.submission),
        "revisions": msgspec.to_builtins(done.outbox.revisions),
    }


def _moment(ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).isoformat(timespec="minutes")
