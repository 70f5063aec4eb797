"""Streaks of panes at or over the lowest level of a rule, one a cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from config.catalog import Rule
from models.messages.signals import Signal
from models.timing.units import HOUR_MS
from models.warnings.levels import rating

SILENCE_MS: Final = 6 * HOUR_MS  # after so long without a value the last one no longer counts


class CellStreak(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one subject of an area.

    Attributes
    ----------
    above_count : int
        Panes in a row at or over the lowest level.
    first_ms : int
        Start of the first of them, event time.
    reported_ms : int
        End of the newest pane with a value.
    reached, holds : int
        Levels of the newest value, as in `Rating`.
    in_warning : bool
        Part of the open warning.
    signal : Signal
        Newest evidence at or over the lowest level.
    """

    above_count: int
    first_ms: int
    reported_ms: int
    reached: int
    holds: int
    in_warning: bool
    signal: Signal


def advance_cells(
    before: Mapping[str, CellStreak],
    rule: Rule,
    signals: Sequence[Signal],
    tick_ms: int,
    silent: Collection[str],
) -> dict[str, CellStreak]:
    """Bring the streak of each cell up to this pane; forget those outside whose streak ended."""
    found = {signal.subject: signal for signal in signals}
    cells: dict[str, CellStreak] = {}
    for cell in sorted(before.keys() | found.keys()):
        streak = _advance(before.get(cell), found.get(cell), rule, tick_ms, cell in silent)
        if streak is not None and (streak.in_warning or streak.above_count):
            cells[cell] = streak
    return cells


def _advance(
    streak: CellStreak | None, signal: Signal | None, rule: Rule, tick_ms: int, is_silent: bool
) -> CellStreak | None:
    """Bring one cell up to this pane."""
    if signal is None:
        return None if streak is None else _unmentioned(streak, tick_ms, is_silent)
    rated = rating(rule, signal)
    if not rated.reached:
        return (
            None
            if streak is None
            else msgspec.structs.replace(
                streak, above_count=0, reported_ms=tick_ms, reached=0, holds=rated.holds
            )
        )
    continues = streak is not None and streak.above_count > 0
    return CellStreak(
        above_count=streak.above_count + 1 if streak and continues else 1,
        first_ms=streak.first_ms if streak and continues else signal.start_ms,
        reported_ms=tick_ms,
        reached=rated.reached,
        holds=rated.holds,
        in_warning=streak is not None and streak.in_warning,
        signal=signal,
    )


def _unmentioned(streak: CellStreak, tick_ms: int, is_silent: bool) -> CellStreak | None:
    """Bring a cell without a signal up to this pane.

    Whoever is flagged is mentioned in every pane it has a value in; unmentioned it is therefore
    silent while flagged, and normal after it returned to normal, unless it is named as silent.
    """
    if is_silent or streak.above_count or streak.holds:
        if tick_ms - streak.reported_ms < SILENCE_MS:
            return streak
        ended = msgspec.structs.replace(streak, above_count=0, reached=0, holds=0)
        return ended if streak.in_warning else None
    return msgspec.structs.replace(streak, reported_ms=tick_ms)


def with_members(
    cells: Mapping[str, CellStreak], joining: Collection[str]
) -> dict[str, CellStreak]:
    """Make some cells part of the warning."""
    return {
        cell: msgspec.structs.replace(each, in_warning=True) if cell in joining else each
        for cell, each in cells.items()
    }
