"""The watchdog: when the silence of the whole line is told, reminded of, and taken back.

A pure decision for the process that listens from outside (`ops.processes.watchdog`). Two things
are asked, so that a wrong clock hides nothing: when a heartbeat was last heard, by the watchdog's
own clock, and how old it was, by the clock of ingest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from models.timing.units import MINUTE_MS

BEAT_MS: Final = MINUTE_MS  # between two heartbeats
REMIND_MS: Final = 30 * MINUTE_MS
BACKWARDS_MS: Final = 10 * MINUTE_MS  # a clock that was set back so far begins anew


class LineState(StrEnum):
    """What the watchdog tells of the line."""

    SILENT = "silent"  # no heartbeat for too long
    BEHIND = "behind"  # heartbeats come, and are too old
    BACK = "back"  # they come again as they should


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """What the watchdog knows.

    Attributes
    ----------
    heard_ms : int
        When a heartbeat came last, or the watch began; clock of the watchdog.
    age_ms : int
        How old that heartbeat was when it came; negative where the clock of ingest is ahead.
    state : LineState
        What was told last.
    told_ms : int
        When.
    """

    heard_ms: int
    age_ms: int = 0
    state: LineState = LineState.BACK
    told_ms: int = 0


def is_beat_due(last_ms: int, now_ms: int) -> bool:
    """Tell whether a clock has come to the minute of a new heartbeat.

    Examples
    --------
    >>> is_beat_due(119_000, 120_000), is_beat_due(120_000, 179_999), is_beat_due(9_000_000, 5)
    (True, False, True)
    """
    minutes = now_ms // BEAT_MS - last_ms // BEAT_MS
    return minutes > 0 or -minutes * BEAT_MS >= BACKWARDS_MS


def heard(watch: Watch, begun_ms: int, now_ms: int) -> Watch:
    """Take a heartbeat in."""
    return replace(watch, heard_ms=now_ms, age_ms=now_ms - begun_ms)


def judged(watch: Watch, now_ms: int, limit_ms: int) -> tuple[Watch, LineState | None]:
    """Decide what is to be told now; None where nothing is.

    Parameters
    ----------
    watch : Watch
    now_ms : int
        Clock of the watchdog.
    limit_ms : int
        The longest time without a heartbeat, and the greatest age of one.
    """
    if now_ms - watch.heard_ms >= limit_ms:
        state = LineState.SILENT
    elif watch.age_ms >= limit_ms:
        state = LineState.BEHIND
    else:
        state = LineState.BACK
    is_reminder = state is not LineState.BACK and now_ms - watch.told_ms >= REMIND_MS
    if state is watch.state and not is_reminder:
        return watch, None
    return replace(watch, state=state, told_ms=now_ms), state
