"""The life of a warning as a pure function: state and one pane's signals in, a decision out.

A cell is *above* in a pane whose signal reaches the rule's lowest level. The area of a warning is a
street, or the whole district where the region itself departs from its normal.

- raised: a cell was above for as many panes in a row as the rule asks (on-delay);
- level up: at once, when the signal of a cell in the warning reaches a higher level;
- level down: when every cell in the warning fell under the release of the level (deadband);
- updated: a further cell was above for long enough and joins, or a cluster has grown;
- cleared: every cell in the warning was under the lowest release for `clear_after` panes in a row
  (off-delay) and it was open for `min_open_min`, or none gave a value for `SILENCE_MS` of event
  time (no data: nobody knows that all is well);
- unsteady: what comes again within `flap_window_min` after it was cleared as normal is the same
  warning. It is raised once more, keeps its level, and ends when nothing was above for
  `settle_min`.

Panes in which a cell gave no value neither feed nor break its streak: an hourly station seen
through quarter-hour panes is judged by its own panes.

References
----------
ANSI/ISA-18.2-2016 and EEMUA 191: deadband, on-delay and off-delay against chattering alarms.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from config.catalog import Rule
from models.messages.rewinds import Rewind
from models.messages.signals import Signal
from models.messages.warnings import Level, Reason, WarningChange
from models.timing.units import MINUTE_MS
from models.warnings.streaks import SILENCE_MS, CellStreak, advance_cells, with_members


class AlarmState(msgspec.Struct, frozen=True, kw_only=True):
    """State of one rule in one area; `level` is None while no warning is open.

    Attributes
    ----------
    opened_ms : int
        Start of the first pane that was above, of the open warning.
    raised_ms : int
        End of the pane it was raised in.
    normal_count : int
        Panes in a row in which cells of the warning had values and all were under the lowest
        release.
    reported_ms, held_ms : int
        Newest pane in which a cell of the warning had a value, and in which one held a level.
    cleared_ms : int
        When a warning of the area last returned to normal; 0 where it never did.
    is_unsteady : bool
    """

    tick_ms: int = 0
    level: Level | None = None
    opened_ms: int = 0
    raised_ms: int = 0
    normal_count: int = 0
    reported_ms: int = 0
    held_ms: int = 0
    cleared_ms: int = 0
    is_unsteady: bool = False
    cells: dict[str, CellStreak] = {}

    def is_empty(self, rule: Rule) -> bool:
        """Tell whether the state is that of a new area."""
        return self.level is None and not self.cells and not self.may_flap(rule)

    def may_flap(self, rule: Rule) -> bool:
        """Tell whether what is raised now is the warning that was cleared not long ago."""
        window_ms = rule.flap_window_min * MINUTE_MS
        return self.cleared_ms > 0 and self.tick_ms - self.cleared_ms <= window_ms


@dataclass(frozen=True, slots=True)
class LifecycleDecision:
    """What becomes of the warning of an area in this pane, and why."""

    change: WarningChange
    reason: Reason
    level: Level


Decided = tuple[AlarmState, LifecycleDecision | None]


def decide(
    state: AlarmState,
    rule: Rule,
    signals: Sequence[Signal],
    tick_ms: int,
    silent: Collection[str] = (),
) -> Decided:
    """Take one judged pane into the life of a rule's warning in one area.

    Parameters
    ----------
    state : AlarmState
        What was known before.
    rule : Rule
        Levels, deadband and delays.
    signals : sequence of Signal
        Those of this pane, rule and area; inactive ones tell of a return to normal.
    tick_ms : int
        End of the pane, event time. A tick not newer than the state's is a repeat: no-op.
    silent : collection of str
        Cells without a value in this pane.

    Returns
    -------
    AlarmState
        The new state.
    LifecycleDecision or None
        None where nothing changed that people need to know.
    """
    if tick_ms <= state.tick_ms:
        return state, None
    cells = advance_cells(state.cells, rule, signals, tick_ms, silent)
    state = msgspec.structs.replace(state, tick_ms=tick_ms, cells=cells)
    if state.level is None:
        return _maybe_raise(state, rule)
    return _continue_open(state, state.level, rule)


def rewound(state: AlarmState, order: Rewind) -> AlarmState:
    """Give a state as if what it dates later than a rewind was asked for had been then."""
    last_ms = order.asked_ms
    cells = {
        cell: msgspec.structs.replace(
            each, first_ms=min(each.first_ms, last_ms), reported_ms=min(each.reported_ms, last_ms)
        )
        for cell, each in state.cells.items()
    }
    return msgspec.structs.replace(
        state,
        tick_ms=min(state.tick_ms, order.watermark_ms),
        opened_ms=min(state.opened_ms, last_ms),
        raised_ms=min(state.raised_ms, last_ms),
        reported_ms=min(state.reported_ms, last_ms),
        held_ms=min(state.held_ms, last_ms),
        cleared_ms=min(state.cleared_ms, last_ms),
        cells=cells,
    )


def _maybe_raise(state: AlarmState, rule: Rule) -> Decided:
    """Open a warning where a cell was above for long enough."""
    ready = {cell for cell, each in state.cells.items() if each.above_count >= rule.on_delay}
    if not ready:
        return state, None
    is_unsteady = state.may_flap(rule)
    cells = with_members(state.cells, ready)
    level = Level(max(cells[cell].reached for cell in ready))
    opened = AlarmState(
        tick_ms=state.tick_ms,
        level=level,
        opened_ms=min(cells[cell].first_ms for cell in ready),
        raised_ms=state.tick_ms,
        reported_ms=max(cells[cell].reported_ms for cell in ready),
        held_ms=state.tick_ms,
        is_unsteady=is_unsteady,
        cells=cells,
    )
    reason = Reason.UNSTEADY if is_unsteady else Reason.SUSTAINED
    return opened, LifecycleDecision(WarningChange.RAISED, reason, level)


def _continue_open(state: AlarmState, level: Level, rule: Rule) -> Decided:
    """Decide on an open warning: clear it, move its level, or let cells join."""
    state, joining = _joined(state, rule)
    members = [each for each in state.cells.values() if each.in_warning]
    holds = max(each.holds for each in members)
    reported_ms = max(state.reported_ms, *(each.reported_ms for each in members))
    state = msgspec.structs.replace(
        state,
        normal_count=_normal_count(state, holds, has_reported=reported_ms == state.tick_ms),
        reported_ms=reported_ms,
        held_ms=state.tick_ms if holds else state.held_ms,
    )
    if state.tick_ms - reported_ms >= SILENCE_MS:
        ended = AlarmState(tick_ms=state.tick_ms)
        return ended, LifecycleDecision(WarningChange.CLEARED, Reason.NO_DATA, level)
    if _is_over(state, rule):
        ended = AlarmState(tick_ms=state.tick_ms, cleared_ms=state.tick_ms)
        return ended, LifecycleDecision(WarningChange.CLEARED, Reason.NORMAL, level)
    has_joined = joining or any(_has_grown(each, state.tick_ms) for each in members)
    reached = max(each.reached for each in members)
    decision = _moved(state, level, reached, holds, has_joined=has_joined)
    if decision is not None:
        state = msgspec.structs.replace(state, level=decision.level)
    return state, decision


def _joined(state: AlarmState, rule: Rule) -> tuple[AlarmState, bool]:
    """Add further cells to the warning; return whether there were any."""
    joining = {
        cell
        for cell, each in state.cells.items()
        if not each.in_warning and each.above_count >= rule.on_delay
    }
    cells = with_members(state.cells, joining)
    return msgspec.structs.replace(state, cells=cells), bool(joining)


def _is_over(state: AlarmState, rule: Rule) -> bool:
    """Tell whether a warning has been normal for long enough to end."""
    if state.normal_count < rule.clear_after:
        return False
    if state.tick_ms - state.raised_ms < rule.min_open_min * MINUTE_MS:
        return False
    return not state.is_unsteady or state.tick_ms - state.held_ms >= rule.settle_min * MINUTE_MS


def _has_grown(streak: CellStreak, tick_ms: int) -> bool:
    """Tell whether a cell of the warning was found again with something new."""
    return streak.above_count > 0 and streak.reported_ms == tick_ms and streak.signal.grown


def _normal_count(state: AlarmState, holds: int, *, has_reported: bool) -> int:
    """Count panes in a row that had values and held no level."""
    if holds:
        return 0
    return state.normal_count + 1 if has_reported else state.normal_count


def _moved(
    state: AlarmState, level: Level, reached: int, holds: int, *, has_joined: bool
) -> LifecycleDecision | None:
    """Move the level of a warning that stays open; an unsteady one never falls."""
    if reached > level:
        return LifecycleDecision(WarningChange.LEVEL_UP, Reason.HIGHER, Level(reached))
    if 0 < holds < level and not state.is_unsteady:
        return LifecycleDecision(WarningChange.LEVEL_DOWN, Reason.LOWER, Level(holds))
    if has_joined:
        return LifecycleDecision(WarningChange.UPDATED, Reason.JOINED, level)
    return None
