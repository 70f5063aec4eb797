"""Alarm flood control: people are shown as many new warnings of a rule as they can answer.

A warning that finds no room is published all the same, marked as suppressed: it is counted, shown
as a number, and raised as soon as there is room and it is the worst that waits. Red is never
suppressed.

Each rule has a token bucket and a clock of its own, the event time of its own signals, so that it
does not matter in which order the agents' batches arrive. The rules of one owner share what the
owner can answer in equal parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from config.place import AlarmBudget
from models.messages.rewinds import Rewind
from models.messages.warnings import CityWarning, Level, Reason, Suppression, WarningChange
from models.timing.units import HOUR_MS


class KeptBack(NamedTuple):
    """Why a warning is kept back, and by which other warning or window."""

    why: Suppression
    by: str = ""


_SHOWN: Final = KeptBack(Suppression.NONE)
_THROTTLED: Final = KeptBack(Suppression.THROTTLED)


class AlarmThrottle(msgspec.Struct, frozen=True, kw_only=True):
    """State of one rule.

    Attributes
    ----------
    now_ms : int
        Newest event time.
    tokens : float
        Warnings that may be shown now; negative before the first: the bucket is full.
    """

    now_ms: int = 0
    tokens: float = -1.0


def share_of(alarms: AlarmBudget, rules: int) -> AlarmBudget:
    """Give one of several rules its part of what their owner can answer.

    References
    ----------
    EEMUA Publication 191: about six alarms an hour can be answered, ten in ten minutes are a flood.

    Examples
    --------
    >>> share_of(AlarmBudget(per_hour=6, burst=10), 4)
    AlarmBudget(per_hour=1.5, burst=2.5)
    """
    return AlarmBudget(per_hour=alarms.per_hour / rules, burst=max(alarms.burst / rules, 1.0))


def throttle(
    state: AlarmThrottle,
    standing: Mapping[str, CityWarning],
    changes: Sequence[CityWarning],
    now_ms: int,
    budget: AlarmBudget,
    *,
    inhibited_by: str = "",
    kept: Mapping[str, KeptBack] | None = None,
) -> tuple[AlarmThrottle, list[CityWarning]]:
    """Decide which warnings of a rule people see.

    Parameters
    ----------
    state : AlarmThrottle
    standing : mapping of str to CityWarning
        Warnings of the rule whose condition stood until now, by id, as they were published last.
    changes : sequence of CityWarning
        As the life cycle gave them.
    now_ms : int
        Event time of the rule.
    budget : AlarmBudget
        Of the rule.
    inhibited_by : str
        Id of a warning from which all of this rule follow; what was not shown yet is not shown.
    kept : mapping of str to KeptBack, optional
        Single warnings that are kept back, by id: what was not shown yet is not shown.

    Returns
    -------
    AlarmThrottle
    list of CityWarning
        What is to be published: first the changes in their order, then what was released.
    """
    filled = _filled(state, now_ms, budget)
    unseen = _unseen(standing, changes)
    causes = dict(kept or {})
    if inhibited_by:
        causes = dict.fromkeys(unseen, KeptBack(Suppression.INHIBITED, inhibited_by))
    asking = {name: each for name, each in unseen.items() if name not in causes}
    admitted = _admitted(asking, filled.tokens)
    after = msgspec.structs.replace(filled, tokens=filled.tokens - sum(admitted.values()))
    suppressed = {
        each.id: causes.get(each.id, _THROTTLED)
        if each.id in unseen.keys() - admitted.keys()
        else _SHOWN
        for each in changes
    }
    changed = {change.id for change in changes}
    released = [
        _released(unseen[name], filled.now_ms) for name in sorted(admitted.keys() - changed)
    ]
    published = [
        _publish(
            standing.get(change.id),
            change,
            suppressed.get(change.id, _SHOWN),
        )
        for change in [*changes, *released]
    ]
    return after, published


def _unseen(
    standing: Mapping[str, CityWarning], changes: Sequence[CityWarning]
) -> dict[str, CityWarning]:
    """Give the open warnings that nobody was shown, by id."""
    newest = {**standing, **{change.id: change for change in changes}}
    return {
        name: each
        for name, each in newest.items()
        if each.change is not WarningChange.CLEARED
        and (name not in standing or standing[name].suppressed)
    }


def _admitted(unseen: Mapping[str, CityWarning], tokens: float) -> dict[str, int]:
    """Give what is shown now, by id, with the tokens it costs: red none, the worst others one."""
    red = {name: 0 for name, each in unseen.items() if each.level >= Level.RED}
    asking = [each for name, each in unseen.items() if name not in red]
    # By level, then by rarity; what chance has no part in first.
    asking.sort(key=lambda each: (-each.level, each.severity > 0, -each.severity, each.id))
    return red | {each.id: 1 for each in asking[: int(tokens + 1e-9)]}


def _released(warning: CityWarning, now_ms: int) -> CityWarning:
    """Raise a warning that waited for room."""
    return msgspec.structs.replace(
        warning, change=WarningChange.RAISED, reason=Reason.RELEASED, updated_ms=now_ms
    )


def rewind(state: AlarmThrottle, order: Rewind) -> AlarmThrottle:
    """Set the clock of a rule back where it is later than the rewind was asked for."""
    is_ahead = state.now_ms > order.asked_ms
    return msgspec.structs.replace(state, now_ms=order.watermark_ms) if is_ahead else state


def _filled(state: AlarmThrottle, now_ms: int, budget: AlarmBudget) -> AlarmThrottle:
    """Fill the bucket up to an event time; time that goes back adds nothing."""
    if state.tokens < 0:
        return msgspec.structs.replace(state, now_ms=now_ms, tokens=budget.burst)
    passed_ms = max(now_ms - state.now_ms, 0)
    tokens = min(state.tokens + passed_ms / HOUR_MS * budget.per_hour, budget.burst)
    return msgspec.structs.replace(state, now_ms=state.now_ms + passed_ms, tokens=tokens)


def _publish(before: CityWarning | None, change: CityWarning, kept: KeptBack) -> CityWarning:
    """Say of a change whether people see it."""
    suppressed, by = kept
    if change.change is WarningChange.CLEARED:  # as it was shown, or not, so it ends
        suppressed = before.suppressed if before else Suppression.NONE
        by = before.inhibited_by if before else ""
    is_first_sight = before is not None and bool(before.suppressed) and not suppressed
    return msgspec.structs.replace(
        change,
        suppressed=suppressed,
        inhibited_by=by if suppressed else "",
        change=WarningChange.RAISED if is_first_sight else change.change,
    )
