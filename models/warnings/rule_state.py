"""All warnings of one rule: batches of anomalies in, changed warnings out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from config.catalog import Rule
from models.messages.anomalies import Anomaly, AnomalyBatch
from models.messages.warnings import CityWarning, Level, WarningChange
from models.warnings.grouping import by_area, scope_of
from models.warnings.identity import warning_id
from models.warnings.lifecycle import AlarmState, CellStreak, LifecycleDecision, decide
from models.warnings.text import TextContext, WarningFacts, explain, facts

EVIDENCE_KEPT = 5
CELL_DIGITS = 15


class RuleState(msgspec.Struct, frozen=True, kw_only=True):
    """State of one rule.

    Attributes
    ----------
    tick_ms : int
        End of the newest pane taken in, event time.
    areas : dict of str to Area
        Areas in which something is remembered.
    open : dict of str to CityWarning
        By area, the newest change of the open warning.
    """

    tick_ms: int = 0
    areas: dict[str, AlarmState] = {}
    open: dict[str, CityWarning] = {}


def advance(
    board: RuleState, rule: Rule, batch: AnomalyBatch, scene_of: Callable[[str], TextContext]
) -> tuple[RuleState, list[CityWarning]]:
    """Take one batch of the rule's feed in.

    Parameters
    ----------
    board : Board
        What was known before.
    batch : AnomalyBatch
        One of another source is passed over, as are anomalies of other metrics or detectors. A
        batch whose tick is not newer than the board's is a repeat and changes nothing.
    scene_of : callable
        Area code → names for the text.

    Returns
    -------
    Board
        The new state.
    list of CityWarning
        Changes, in the order of their areas.
    """
    is_own = (batch.feed, batch.source) == (rule.feed, rule.source)
    if not is_own or batch.tick_ms <= board.tick_ms:
        return board, []
    own = [a for a in batch.anomalies if (a.metric, a.detector) == (rule.metric, rule.detector)]
    told = by_area(own)
    silent = batch.silent.get(rule.metric, [])
    areas, standing, changes = dict(board.areas), dict(board.open), list[CityWarning]()
    for area in sorted(areas.keys() | told.keys()):
        before = areas.pop(area, AlarmState())
        after, verdict = decide(before, rule, told.get(area, []), batch.tick_ms, silent)
        if not after.is_empty:
            areas[area] = after
        if verdict is not None:
            cells = before.cells if verdict.change is WarningChange.CLEARED else after.cells
            step = _Step(rule, area, scene_of(area), verdict, cells, after)
            change = _compose(standing.pop(area, None), step)
            changes.append(change)
            if verdict.change is not WarningChange.CLEARED:
                standing[area] = change
    return RuleState(tick_ms=batch.tick_ms, areas=areas, open=standing), changes


@dataclass(frozen=True, slots=True)
class _Step:
    """What one revision of a warning is written from."""

    rule: Rule
    area: str
    scene: TextContext
    verdict: LifecycleDecision
    cells: dict[str, CellStreak]
    state: AlarmState


def _compose(previous: CityWarning | None, step: _Step) -> CityWarning:
    """Write the next revision of a warning."""
    rule, verdict, now_ms = step.rule, step.verdict, step.state.tick_ms
    members = {cell: run for cell, run in step.cells.items() if run.member}
    worst = _worst(members)
    named = sorted(_cells(members).union(previous.cells if previous else ()))
    case = WarningFacts(
        rule=rule, scene=step.scene, worst=worst[0], n_cells=len(named), tick_ms=now_ms
    )
    return CityWarning(
        id=previous.id if previous else warning_id(rule.name, step.area, step.state.opened_ms),
        revision=previous.revision + 1 if previous else 0,
        rule=rule.name,
        change=verdict.change,
        reason=verdict.reason,
        scope=scope_of(step.area),
        level=verdict.level,
        feed=rule.feed,
        metric=rule.metric,
        area=step.area,
        cells=named,
        raised_ms=previous.raised_ms if previous else now_ms,
        updated_ms=now_ms,
        cleared_ms=now_ms if verdict.change is WarningChange.CLEARED else 0,
        peak_level=_peak(previous, verdict.level),
        explanation=explain(verdict, case),
        facts=facts(case),
        suggestion=rule.suggestion,
        owner=rule.owner,
        evidence=worst[:EVIDENCE_KEPT],
        ingested_ms=max(anomaly.ingested_ms for anomaly in worst),
    )


def _cells(members: dict[str, CellStreak]) -> set[str]:
    """Give all cells that the members are about; an area alone is none."""
    found: set[str] = set()
    for run in members.values():
        found.update(run.anomaly.cells or [run.anomaly.cell])
    return {cell for cell in found if len(cell) == CELL_DIGITS}


def _worst(members: dict[str, CellStreak]) -> list[Anomaly]:
    """Sort the evidence of the members, the worst first."""
    return sorted((run.anomaly for run in members.values()), key=lambda a: (-a.score, a.subject))


def _peak(previous: CityWarning | None, level: Level) -> Level:
    """Give the highest level that the warning ever had."""
    return max(previous.peak_level, level) if previous else level
