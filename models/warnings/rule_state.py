"""All warnings of one rule: batches of signals in, changed warnings out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from config.catalog import Rule
from models.grid.codes import AreaKind
from models.messages.rewinds import Rewind
from models.messages.signals import LimitSignal, ReadingSignal, Signal, SignalBatch, SilenceSignal
from models.messages.warnings import CityWarning, Level, MatchedPlan, Reason, WarningChange
from models.rules.applicability import EVERYWHERE, RuleScope, covers, is_joined
from models.warnings.grouping import by_area, muted, scope_of
from models.warnings.identity import warning_id
from models.warnings.levels import rating
from models.warnings.lifecycle import AlarmState, LifecycleDecision, decide, rewound
from models.warnings.streaks import CellStreak
from models.warnings.text import TextContext, WarningFacts, explain, facts_text

EVIDENCE_KEPT = 5


class RuleState(msgspec.Struct, frozen=True, kw_only=True):
    """State of one rule.

    Attributes
    ----------
    tick_ms : int
        End of the newest pane applied, event time.
    areas : dict of str to AlarmState
        Areas in which something is remembered.
    """

    tick_ms: int = 0
    areas: dict[str, AlarmState] = {}


def advance(
    state: RuleState,
    rule: Rule,
    batch: SignalBatch,
    context_of: Callable[[str], TextContext],
    newest: Mapping[str, CityWarning],
    scope: RuleScope = EVERYWHERE,
) -> tuple[RuleState, list[CityWarning]]:
    """Apply one batch of the rule's feed.

    Parameters
    ----------
    state : RuleState
        What was known before.
    rule : Rule
    batch : SignalBatch
        One for another rule is passed over, as are readings of other metrics or detectors. A
        batch whose tick is not newer than the state's is a repeat and changes nothing.
    context_of : callable
        Area code → names for the text.
    newest : mapping of str to CityWarning
        By area, the newest change of its warning, open or ended.
    scope : RuleScope
        Where and when the rule applies, and its response plan.

    Returns
    -------
    RuleState
        The new state.
    list of CityWarning
        Changes, in the order of their areas; whoever keeps their life numbers them.
    """
    is_own = (batch.feed, batch.rule) == (rule.feed, rule.source)
    if is_own and batch.is_end:
        return _ended(state, rule, context_of, newest, Reason.ENDED)
    if not is_own or batch.tick_ms <= state.tick_ms:
        return state, []
    if not scope.in_time(rule, batch.tick_ms):
        now = msgspec.structs.replace(state, tick_ms=batch.tick_ms)
        ended = _ended(now, rule, context_of, newest, Reason.OUT_OF_FORCE)
        return RuleState(tick_ms=batch.tick_ms), ended[1]
    heard = (signal for signal in batch.signals if listens_to(rule, signal))
    own = by_area(signal if covers(rule, signal) else muted(signal) for signal in heard)
    for area in own:
        if not is_joined(rule, area, scope.stands):
            own[area] = [muted(signal) for signal in own[area]]
    silent = batch.silent.get(rule.metric, [])
    areas, changes = dict(state.areas), list[CityWarning]()
    for area in sorted(areas.keys() | own.keys()):
        before = areas.pop(area, AlarmState())
        after, decision = decide(before, rule, own.get(area, []), batch.tick_ms, silent)
        if decision is not None:
            cells = before.cells if decision.change is WarningChange.CLEARED else after.cells
            plan = scope.plan_of(rule, decision.level, batch.tick_ms)
            step = _Step(rule, area, context_of(area), decision, cells, after, plan)
            is_new = before.level is None and not after.is_unsteady
            changes.append(_compose(None if is_new else newest.get(area), step))
        if not after.is_empty(rule):
            areas[area] = after
    return RuleState(tick_ms=batch.tick_ms, areas=areas), changes


def _ended(
    state: RuleState,
    rule: Rule,
    context_of: Callable[[str], TextContext],
    newest: Mapping[str, CityWarning],
    reason: Reason,
) -> tuple[RuleState, list[CityWarning]]:
    """End all open warnings: with the replay that they came from, or with their rule."""
    changes = []
    for area, before in sorted(state.areas.items()):
        if before.level is not None:
            decision = LifecycleDecision(WarningChange.CLEARED, reason, before.level)
            after = AlarmState(tick_ms=state.tick_ms)
            step = _Step(rule, area, context_of(area), decision, before.cells, after)
            changes.append(_compose(newest.get(area), step))
    return (RuleState(tick_ms=state.tick_ms), changes) if changes else (state, [])


def rewind(state: RuleState, order: Rewind) -> RuleState:
    """Set the clock of a rule back; what is dated later than a rewind was asked for counts as then.

    Open warnings stay open: by the next signals, or for want of any, they end as others do.
    """
    if state.tick_ms <= order.asked_ms:
        return state
    areas = {area: rewound(each, order) for area, each in state.areas.items()}
    return msgspec.structs.replace(state, tick_ms=order.watermark_ms, areas=areas)


def listens_to(rule: Rule, signal: Signal) -> bool:
    """Tell whether a signal of a batch that a rule reads is for it."""
    if isinstance(signal, ReadingSignal):
        return (signal.metric, signal.detector) == (rule.metric, rule.detector)
    return True


@dataclass(frozen=True, slots=True)
class _Step:
    """What one revision of a warning is written from."""

    rule: Rule
    area: str
    context: TextContext
    decision: LifecycleDecision
    cells: dict[str, CellStreak]
    state: AlarmState
    plan: MatchedPlan | None = None


def _compose(previous: CityWarning | None, step: _Step) -> CityWarning:
    """Write what a warning says after a step of its condition."""
    rule, decision, now_ms = step.rule, step.decision, step.state.tick_ms
    members = {cell: each for cell, each in step.cells.items() if each.in_warning}
    worst = _worst(members, rule)
    named = sorted(_cells(members).union(previous.cells if previous else ()))
    is_over = decision.change is WarningChange.CLEARED
    facts = WarningFacts(
        rule=rule,
        context=step.context,
        worst=worst[0],
        n_cells=len(named),
        tick_ms=now_ms,
        is_unsteady=step.state.is_unsteady,
    )
    return CityWarning(
        id=previous.id if previous else warning_id(rule.name, step.area, step.state.opened_ms),
        revision=previous.revision if previous else 0,
        rule=rule.name,
        change=decision.change,
        reason=decision.reason,
        scope=scope_of(step.area),
        level=decision.level,
        feed=rule.feed,
        metric=rule.metric,
        area=step.area,
        cells=named,
        severity=severity_of(rule, worst[0]),
        is_least=is_least(rule, worst[0]),
        raised_ms=previous.raised_ms if previous else now_ms,
        updated_ms=now_ms,
        cleared_ms=now_ms if is_over else 0,
        is_unsteady=previous.is_unsteady if is_over and previous else step.state.is_unsteady,
        peak_level=_peak(previous, decision.level),
        explanation=explain(decision, facts),
        facts=facts_text(facts),
        latches=rule.latches,
        suggestion=rule.suggestion,
        owner=rule.owner,
        priority=rule.priority,
        cause=rule.cause,
        consequence=rule.consequence,
        response_minutes=rule.response_minutes,
        plan=step.plan or (previous.plan if is_over and previous else None),
        evidence=worst[:EVIDENCE_KEPT],
        ingested_ms=max(signal.ingested_ms for signal in worst),
    )


def severity_of(rule: Rule, signal: Signal) -> float:
    """Give the recurrence in days of what is reported; 0 where chance has no part in it."""
    if isinstance(signal, LimitSignal):
        seen = signal.evidence
        is_broken = seen.reached > 0 and rule.rated_by != "both"
        return 0.0 if is_broken else seen.learned_severity
    return signal.severity


def is_least(rule: Rule, signal: Signal) -> bool:
    """Tell whether that recurrence is only the most that the history supports."""
    if isinstance(signal, LimitSignal):
        return severity_of(rule, signal) > 0 and signal.evidence.learned_is_least
    return signal.is_least


def _cells(members: dict[str, CellStreak]) -> set[str]:
    """Give all cells that the members are about; a member that is a whole area adds no cell."""
    found: set[str] = set()
    for each in members.values():
        area = each.signal.area
        found.update(each.signal.cells or ([area.code] if area.kind is AreaKind.CELL else []))
    return found


def _worst(members: dict[str, CellStreak], rule: Rule) -> list[Signal]:
    """Sort the evidence of the members, the worst first."""
    return sorted(
        (each.signal for each in members.values()),
        key=lambda signal: (-rating(rule, signal).reached, -_size(signal), signal.subject),
    )


def _size(signal: Signal) -> float:
    """Rank signals of one level: by rarity, those that are not rated by how far they go."""
    if signal.severity:
        return signal.severity
    if isinstance(signal, SilenceSignal):
        return signal.evidence.hours
    sign = -1 if isinstance(signal, LimitSignal) and signal.evidence.direction == "below" else 1
    return sign * signal.evidence.observed


def _peak(previous: CityWarning | None, level: Level) -> Level:
    """Give the highest level that the warning ever had."""
    return max(previous.peak_level, level) if previous else level
