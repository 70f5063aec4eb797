"""The desk of those who answer warnings: each owner is shown as many new ones as can be answered.

A warning that finds no room is published all the same, marked as held: it is counted, shown as a
number, and raised as soon as there is room and it is the worst that waits. Red is never held.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from config.place import AlarmBudget
from models.messages.warnings import CityWarning, Level, WarningChange
from models.warnings.budget import AlarmRequest, Budget, TokenBucket


class OpenWarning(msgspec.Struct, frozen=True, kw_only=True):
    """An open warning as it was published last."""

    warning: CityWarning
    held: bool


class AlarmThrottle(msgspec.Struct, frozen=True, kw_only=True):
    """State of all owners' desks.

    Attributes
    ----------
    now_ms : int
        Newest event time.
    purses : dict of str to (tokens, event time)
        By owner.
    slips : dict of str to Slip
        Open warnings by id.
    """

    now_ms: int = 0
    purses: dict[str, tuple[float, int]] = {}
    slips: dict[str, OpenWarning] = {}


def throttle(
    desk: AlarmThrottle, changes: Sequence[CityWarning], now_ms: int, alarms: AlarmBudget
) -> tuple[AlarmThrottle, list[CityWarning]]:
    """Decide which warnings people see.

    Parameters
    ----------
    desk : Desk
    changes : sequence of CityWarning
        As the boards gave them; their revisions are numbered anew, since a release is one too.
    now_ms : int
        Event time.
    alarms : AlarmBudget
        Of each owner.

    Returns
    -------
    Desk
    list of CityWarning
        What is to be published: first the changes in their order, then what was released.
    """
    now_ms = max(desk.now_ms, now_ms)
    newest = {**{name: slip.warning for name, slip in desk.slips.items()}}
    newest.update({change.id: change for change in changes})
    asking = [
        warning
        for name, warning in sorted(newest.items())
        if warning.change is not WarningChange.CLEARED and _must_ask(desk.slips.get(name), warning)
    ]
    held, purses = _rule(desk, asking, now_ms, alarms)
    slips = dict(desk.slips)
    published = [_publish(slips, change, held) for change in changes]
    changed = {change.id for change in changes}
    for warning in asking:
        if warning.id not in changed and warning.id not in held:
            raised = msgspec.structs.replace(
                warning, change=WarningChange.RAISED, updated_ms=now_ms
            )
            published.append(_publish(slips, raised, held))
    return AlarmThrottle(now_ms=now_ms, purses=purses, slips=slips), published


def _must_ask(slip: OpenWarning | None, warning: CityWarning) -> bool:
    """Tell whether a warning has not been shown and may not show itself."""
    return (slip is None or slip.held) and warning.level < Level.RED


def _rule(
    desk: AlarmThrottle, asking: Sequence[CityWarning], now_ms: int, alarms: AlarmBudget
) -> tuple[set[str], dict[str, tuple[float, int]]]:
    """Let the worst pass; gives the ids of the others, and what is left in the purses."""
    if not asking:
        return set(), desk.purses
    budget = Budget(per_hour=alarms.per_hour, burst=alarms.burst)
    purses = {name: TokenBucket(tokens=n, at_ms=at) for name, (n, at) in desk.purses.items()}
    ruling, after = budget.rule([_candidate(warning) for warning in asking], purses, now_ms)
    left = {name: (purse.tokens, purse.at_ms) for name, purse in sorted(after.items())}
    return {candidate.id for candidate in ruling.held}, left


def _publish(slips: dict[str, OpenWarning], change: CityWarning, held: set[str]) -> CityWarning:
    """Give a change its number and remember it; one that is over leaves the desk."""
    before = slips.get(change.id)
    is_over = change.change is WarningChange.CLEARED
    is_held = before is not None and before.held if is_over else change.id in held
    is_first_sight = before is not None and before.held and not is_held and not is_over
    published = msgspec.structs.replace(
        change,
        revision=max(change.revision, before.warning.revision + 1 if before else 0),
        held=is_held,
        change=WarningChange.RAISED if is_first_sight else change.change,
    )
    if is_over:
        slips.pop(change.id, None)
    else:
        slips[change.id] = OpenWarning(warning=published, held=is_held)
    return published


def _candidate(warning: CityWarning) -> AlarmRequest:
    days = warning.evidence[0].evidence.once_in_days if warning.evidence else 1.0
    return AlarmRequest(
        id=warning.id,
        p_value=1 / max(float(days), 1e-9),
        operator=warning.owner.get("zh", ""),
        level=warning.level,
    )
