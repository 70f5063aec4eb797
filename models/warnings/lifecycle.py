"""The life of a warning as a pure function: state and one pane's anomalies in, a verdict out.

A rule watches one metric. A cell is *hot* in a pane whose score reaches the rule's lowest level
and whose value reaches its minimum. The area of a warning is a street, or the whole district where
the region itself departs from its normal.

- raised: a cell was hot for `raise_after` panes in a row;
- level up: at once, when a member's score reaches a higher level;
- level down: when every member fell under `release` times the beginning of the level;
- updated: a further cell was hot for `raise_after` panes and joins, or a cluster has grown;
- cleared: every member was under the lowest release for `clear_after` panes in a row (normal), or
  none was heard for `SILENCE_MS` of event time (no data: nobody knows that all is well).

Panes in which a cell gave no value neither feed nor break its runs: an hourly station seen through
quarter-hour panes is judged by its own panes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from config.catalog import DropRule, Rule
from models.messages.anomalies import Anomaly
from models.messages.warnings import Level, Reason, WarningChange

SILENCE_MS: Final = 6 * 3_600_000  # no value for so long: what was last known says nothing any more


class CellStreak(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one cell of an area.

    Attributes
    ----------
    hot : int
        Panes in a row at or over the lowest level.
    first_ms : int
        Start of the first of them, event time.
    heard_ms : int
        End of the newest pane with a value.
    score : float
        Newest score; 0 where it does not count (returned to normal, or under the minimum).
    member : bool
        Part of the open warning.
    anomaly : Anomaly
        Newest evidence at or over the lowest level.
    """

    hot: int
    first_ms: int
    heard_ms: int
    score: float
    member: bool
    anomaly: Anomaly


class AlarmState(msgspec.Struct, frozen=True, kw_only=True):
    """State of one rule in one area; `level` is None while no warning is open.

    `calm` counts panes in a row in which members were heard and all were under the lowest release.
    """

    tick_ms: int = 0
    level: Level | None = None
    opened_ms: int = 0  # start of the first hot pane of the open warning
    calm: int = 0
    heard_ms: int = 0  # newest pane in which a member was heard
    cells: dict[str, CellStreak] = {}

    @property
    def is_empty(self) -> bool:
        """Nothing is remembered that a new area would not know."""
        return self.level is None and not self.cells


@dataclass(frozen=True, slots=True)
class LifecycleDecision:
    """What becomes of the warning of an area in this pane, and why."""

    change: WarningChange
    reason: Reason
    level: Level


def thresholds(rule: Rule) -> list[tuple[Level, float]]:
    """Give the levels of a rule with the score at which each begins, lowest first."""
    return sorted((Level[name.upper()], score) for name, score in rule.levels.items())


def level_at(rule: Rule, score: float) -> Level | None:
    """Give the highest level that a score reaches; None under the lowest."""
    return max((level for level, begin in thresholds(rule) if score >= begin), default=None)


def level_held(rule: Rule, current: Level, score: float) -> Level | None:
    """Give the highest level, up to the current one, that a score still holds (hysteresis)."""
    held = (
        level
        for level, begin in thresholds(rule)
        if level <= current and score >= begin * rule.release
    )
    return max(held, default=None)


def decide(
    state: AlarmState,
    rule: Rule,
    anomalies: Sequence[Anomaly],
    tick_ms: int,
    silent: Collection[str] = (),
) -> tuple[AlarmState, LifecycleDecision | None]:
    """Take one judged pane into the life of a rule's warning in one area.

    Parameters
    ----------
    state : Area
        What was known before.
    rule : Rule
        Levels, hysteresis and patience.
    anomalies : sequence of Anomaly
        Those of this pane, rule and area; inactive ones tell of a return to normal.
    tick_ms : int
        End of the pane, event time. A tick not newer than the state's is a repeat: no-op.
    silent : collection of str
        Cells without a value in this pane.

    Returns
    -------
    Area
        The new state.
    Verdict or None
        None where nothing changed that people need to hear of.
    """
    if tick_ms <= state.tick_ms:
        return state, None
    cells = _advance_cells(state, rule, anomalies, tick_ms, silent)
    state = msgspec.structs.replace(state, tick_ms=tick_ms, cells=cells)
    if state.level is None:
        return _maybe_raise(state, rule)
    return _continue_open(state, state.level, rule)


def _advance_cells(
    state: AlarmState,
    rule: Rule,
    anomalies: Sequence[Anomaly],
    tick_ms: int,
    silent: Collection[str],
) -> dict[str, CellStreak]:
    """Bring the run of each cell up to this pane; forget non-members whose run ended."""
    told = {anomaly.subject: anomaly for anomaly in anomalies}
    cells: dict[str, CellStreak] = {}
    for cell in sorted(state.cells.keys() | told.keys()):
        run = _advance_cell(state.cells.get(cell), told.get(cell), rule, tick_ms, cell in silent)
        if run is not None and (run.member or run.hot):
            cells[cell] = run
    return cells


def _advance_cell(
    run: CellStreak | None, anomaly: Anomaly | None, rule: Rule, tick_ms: int, is_silent: bool
) -> CellStreak | None:
    """Bring one cell up to this pane."""
    if anomaly is None:
        return None if run is None else _unmentioned(run, tick_ms, is_silent)
    score = _counted_score(anomaly, rule)
    if level_at(rule, score) is not None:
        hot, first_ms = (run.hot + 1, run.first_ms) if run and run.hot else (1, anomaly.start_ms)
        member = run is not None and run.member
        return CellStreak(
            hot=hot,
            first_ms=first_ms,
            heard_ms=tick_ms,
            score=score,
            member=member,
            anomaly=anomaly,
        )
    if run is None:
        return None
    return msgspec.structs.replace(run, hot=0, heard_ms=tick_ms, score=score)


def _unmentioned(run: CellStreak, tick_ms: int, is_silent: bool) -> CellStreak | None:
    """Bring up to this pane a cell that no anomaly spoke of.

    Whoever is flagged is mentioned in every pane it has a value in; unmentioned it is therefore
    silent while flagged, and normal after it returned to normal, unless it is named as silent.
    """
    if is_silent or run.hot or run.score > 0:
        if tick_ms - run.heard_ms < SILENCE_MS:
            return run
        return msgspec.structs.replace(run, hot=0, score=0.0) if run.member else None
    return msgspec.structs.replace(run, heard_ms=tick_ms)


def _counted_score(anomaly: Anomaly, rule: Rule) -> float:
    """Give the score that counts for a warning: only from the minimum on, and of no reading a drop.

    Of a drop in counts the minimum is of the cases that are missing.
    """
    seen = anomaly.evidence
    size = seen.expected - seen.observed if isinstance(rule, DropRule) else seen.observed
    if not anomaly.active or size < rule.minimum:
        return 0.0
    share = rule.alone if anomaly.evidence.region is None else 1.0
    return max(anomaly.score, 0.0) / share


def _maybe_raise(state: AlarmState, rule: Rule) -> tuple[AlarmState, LifecycleDecision | None]:
    """Open a warning where a cell was hot for long enough."""
    ready = {cell for cell, run in state.cells.items() if run.hot >= rule.raise_after}
    if not ready:
        return state, None
    cells = _with_members(state.cells, ready)
    level = level_at(rule, max(cells[cell].score for cell in ready))
    if level is None:  # none of them was heard in this pane and their last word has expired
        return state, None
    opened = msgspec.structs.replace(
        state,
        level=level,
        opened_ms=min(cells[cell].first_ms for cell in ready),
        calm=0,
        heard_ms=max(cells[cell].heard_ms for cell in ready),
        cells=cells,
    )
    return opened, LifecycleDecision(WarningChange.RAISED, Reason.SUSTAINED, level)


def _continue_open(
    state: AlarmState, level: Level, rule: Rule
) -> tuple[AlarmState, LifecycleDecision | None]:
    """Decide on an open warning: clear it, move its level, or let cells join."""
    joining = {
        cell for cell, run in state.cells.items() if not run.member and run.hot >= rule.raise_after
    }
    cells = _with_members(state.cells, joining)
    members = [run for run in cells.values() if run.member]
    heard_ms = max(state.heard_ms, *(run.heard_ms for run in members))
    score = max(run.score for run in members)
    held = level_held(rule, level, score)
    calm = _calm(state, held, is_heard=heard_ms == state.tick_ms)
    state = msgspec.structs.replace(state, cells=cells, calm=calm, heard_ms=heard_ms)
    if state.tick_ms - heard_ms >= SILENCE_MS:
        return _cleared(state), LifecycleDecision(WarningChange.CLEARED, Reason.NO_DATA, level)
    if calm >= rule.clear_after:
        return _cleared(state), LifecycleDecision(WarningChange.CLEARED, Reason.NORMAL, level)
    has_joined = bool(joining) or any(_has_grown(run, state.tick_ms) for run in members)
    verdict = _moved(level, level_at(rule, score), held, has_joined=has_joined)
    if verdict is not None:
        state = msgspec.structs.replace(state, level=verdict.level)
    return state, verdict


def _has_grown(run: CellStreak, tick_ms: int) -> bool:
    """Tell whether a member was found again with something new."""
    return run.hot > 0 and run.heard_ms == tick_ms and run.anomaly.grown


def _calm(state: AlarmState, held: Level | None, *, is_heard: bool) -> int:
    """Count panes in a row that were heard and held no level."""
    if held is not None:
        return 0
    return state.calm + 1 if is_heard else state.calm


def _moved(
    level: Level, reached: Level | None, held: Level | None, *, has_joined: bool
) -> LifecycleDecision | None:
    """Move the level of a warning that stays open."""
    if reached is not None and reached > level:
        return LifecycleDecision(WarningChange.LEVEL_UP, Reason.HIGHER, reached)
    if held is not None and held < level:
        return LifecycleDecision(WarningChange.LEVEL_DOWN, Reason.LOWER, held)
    if has_joined:
        return LifecycleDecision(WarningChange.UPDATED, Reason.JOINED, level)
    return None


def _with_members(
    cells: Mapping[str, CellStreak], joining: Collection[str]
) -> dict[str, CellStreak]:
    """Make some cells members."""
    return {
        cell: msgspec.structs.replace(run, member=True) if cell in joining else run
        for cell, run in cells.items()
    }


def _cleared(state: AlarmState) -> AlarmState:
    """Close the warning; runs begin anew."""
    return AlarmState(tick_ms=state.tick_ms)
