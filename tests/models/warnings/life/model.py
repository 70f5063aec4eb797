"""All that can happen to the warning of one rule and place, breadth first, with what must hold.

A state is what is known of the warning, the wall clock, and whether the last word of the rule was
that its condition stands. From each state every event is tried: whatever the rule's signals may do
next, every command by several roles at the newest and at an older revision, with good and bad
parts, and time, which escalates what nobody acknowledged. After each one the state is saved and
loaded, as after a crash.

    python -m tests.models.warnings.life.model 8
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec

from config.roster import DUTY_LEVELS
from models.messages.audit import AuditEntry
from models.messages.commands import (
    Accept,
    Acknowledge,
    AnyAction,
    Assign,
    Close,
    CloseCause,
    Command,
    Comment,
    Escalate,
    OutOfService,
    Reject,
    Reopen,
    Role,
    Shelve,
    Suppress,
    Unacknowledge,
    Unshelve,
)
from models.messages.warnings import (
    CityWarning,
    Level,
    LifeState,
    Suppression,
    WarningChange,
)
from models.timing.units import MINUTE_MS
from models.warnings.escalation import TOP
from models.warnings.life.orders import MOST_OUT_OF_SERVICE_MIN, MOST_SHELVED_MIN
from models.warnings.life.record import Change, WarningRecord
from models.warnings.life.states import is_shown, state_of
from models.warnings.life.step import Ask, RuleCondition, Stepped, Timer, step
from tests.models.warnings.life.life_things import (
    DUTY,
    NOW_MS,
    ROSTER,
    X,
    Y,
    command,
    saved,
    warning,
)

Event = RuleCondition | Ask | Timer
LEADERS: Final = (Role.COMMANDER, Role.ADMIN)
SEEN: Final = (LifeState.UNACKNOWLEDGED, LifeState.ACKNOWLEDGED)
MOST_MIN: Final = {
    LifeState.SHELVED: MOST_SHELVED_MIN,
    LifeState.SUPPRESSED: MOST_SHELVED_MIN,
    LifeState.OUT_OF_SERVICE: MOST_OUT_OF_SERVICE_MIN,
}
ASKED: Final[tuple[tuple[AnyAction, Role, str], ...]] = (
    (Acknowledge(), Role.OPERATOR, "text"),
    (Acknowledge(), Role.COMMANDER, "text"),
    (Acknowledge(), Role.VIEWER, "text"),
    (Unacknowledge(), Role.OPERATOR, "text"),
    (Assign(to=Role.BUREAU), Role.OPERATOR, "text"),
    (Assign(to=Role.OPERATOR), Role.COMMANDER, "text"),
    (Assign(to=Role.COMMANDER), Role.OPERATOR, "text"),
    (Assign(to=Role.VIEWER), Role.OPERATOR, "text"),
    (Comment(), Role.BUREAU, "text"),
    (Comment(), Role.BUREAU, ""),
    (Accept(), Role.OPERATOR, "text"),
    (Reject(), Role.OPERATOR, "text"),
    (Shelve(minutes=30), Role.OPERATOR, "text"),
    (Shelve(minutes=60), Role.COMMANDER, "text"),
    (Shelve(), Role.OPERATOR, "text"),
    (Suppress(by="another", minutes=30), Role.COMMANDER, "text"),
    (Suppress(by="another", minutes=30), Role.OPERATOR, "text"),
    (OutOfService(minutes=60), Role.OPERATOR, "text"),
    (OutOfService(minutes=60), Role.COMMANDER, "text"),
    (OutOfService(minutes=1440), Role.COMMANDER, "text"),
    (Unshelve(), Role.OPERATOR, "text"),
    (Escalate(), Role.OPERATOR, "text"),
    (Close(cause=CloseCause.RESOLVED), Role.OPERATOR, "text"),
    (Close(cause=CloseCause.FALSE_ALARM), Role.BUREAU, "text"),
    (Close(cause=CloseCause.SUPERSEDED), Role.OPERATOR, "text"),
    (Reopen(), Role.OPERATOR, "text"),
)


@dataclass(frozen=True, slots=True)
class Node:
    """One state of the search."""

    record: WarningRecord | None
    now_ms: int

    @property
    def key(self) -> int:
        """The state without what follows from it or is only said; 64 bits of a hash."""
        return hash(_seen(self, with_revision=True))


def _seen(node: Node, *, with_revision: bool) -> object:
    """Give what is recorded of a warning, and how far the clock is from its ends."""
    if node.record is None:
        return None
    one = node.record.warning
    number = one.revision if with_revision else 0
    life = one.life
    left_ms = tuple(
        each.until_ms - node.now_ms if each and each.until_ms else each is None
        for each in (life.shelving, life.waits)
    )
    life = msgspec.structs.replace(life, waits=None)
    return (
        one.id, number, one.level, one.suppressed, bool(one.cleared_ms), one.latches, life, left_ms
    )  # fmt: skip


def events(node: Node) -> Iterator[Event]:
    """Give all that can happen next."""
    known = node.record.warning if node.record else None
    if known is None or known.cleared_ms:
        signalled = raised(known.id if known else "", latches=known is None or not known.latches)
    else:
        signalled = moved(known.id, known.level, known.suppressed, latches=known.latches)
    for each in signalled:
        yield RuleCondition(each.warning, node.now_ms)
    for minutes in (5, 30, 90):
        yield Timer(node.now_ms + minutes * MINUTE_MS)
    for asked in commands(known.id if known else X, known.revision if known else 0):
        yield Ask(asked, node.now_ms)


@cache
def commands(name: str, revision: int) -> tuple[Command, ...]:
    """Give every command at the newest revision, and some at others or for another warning."""
    asked = [
        command(action, revision, name=name, role=role, text=text) for action, role, text in ASKED
    ]
    asked += [
        command(Acknowledge(), other, name=name)
        for other in (revision - 1, revision + 1)
        if other >= 0
    ]
    return (*asked, command(Comment(), revision, name="another"))


@cache
def raised(known: str, *, latches: bool) -> tuple[RuleCondition, ...]:
    """Give what signals may raise where nothing stands: what ended not long ago, or a newer one.

    The place has the names X and Y: a newer warning has the one that the older has not.
    """
    new = Y if known == X else X
    return tuple(
        RuleCondition(each)
        for name in sorted({new, known or new})
        for each in _raised(name, latches=latches)
    )


@cache
def moved(
    name: str, known: Level, suppressed: Suppression, *, latches: bool
) -> tuple[RuleCondition, ...]:
    """Give what signals may do to a warning that stands, as the throttle lets it through."""
    stays: dict[str, Any] = {"name": name, "suppressed": suppressed, "latches": latches}
    made = [
        warning(WarningChange.CLEARED, known, **stays),
        warning(WarningChange.UPDATED, known, **stays),
    ]
    for level in Level:
        if level is Level.RED and suppressed is Suppression.THROTTLED:
            continue  # raised instead: see the last lines
        if level > known:
            made.append(warning(WarningChange.LEVEL_UP, level, **stays))
        elif level < known:
            made.append(warning(WarningChange.LEVEL_DOWN, level, **stays))
    if suppressed:
        released = sorted({known, Level.RED})
        made += [warning(level=level, name=name, latches=latches) for level in released]
    return tuple(map(RuleCondition, made))


def _raised(name: str, *, latches: bool) -> Iterator[CityWarning]:
    for level in Level:
        yield warning(level=level, name=name, latches=latches)
        yield warning(level=level, name=name, suppressed=Suppression.INHIBITED)
    yield warning(level=Level.YELLOW, name=name, suppressed=Suppression.THROTTLED)


def check(node: Node, event: Event, stepped: Stepped) -> None:
    """Make sure that what must hold holds after a step."""
    before = node.record.warning if node.record else None
    assert not (stepped.refused and stepped.changes)
    if not stepped.changes:
        assert stepped.record is node.record, "nothing is changed without a change"
    if stepped.record is None:
        assert before is None, "never lost"
        return
    after = stepped.record.warning
    _check_numbers(before, stepped.changes, after)
    _check_audit(event, stepped.changes)
    if not isinstance(event, RuleCondition):
        assert before is not None
        assert _condition(after) == _condition(before), "people and time move no condition"
    if isinstance(event, Ask) and (before is None or event.command.revision != before.revision):
        assert stepped.refused, "nobody acts on what they did not see"
    _check_state(after, event)
    _check_duty(before, after, event)


def _condition(one: CityWarning) -> tuple[object, ...]:
    return one.id, one.level, one.cleared_ms, one.suppressed, one.inhibited_by, one.latches


def _check_numbers(
    before: CityWarning | None, changes: tuple[Change, ...], after: CityWarning
) -> None:
    """Revisions grow by one; a newer warning leaves no older one open."""
    last = {before.id: before.revision} if before else {}
    for change in changes:
        assert change.warning.revision == last.get(change.warning.id, -1) + 1
        last[change.warning.id] = change.warning.revision
    if before is not None and before.id != after.id:
        closed = [each.warning for each in changes if each.warning.id == before.id]
        assert (closed[-1] if closed else before).state is LifeState.NORMAL, "never two open"
    if changes:
        assert changes[-1].warning is after


def _check_audit(event: Event, changes: tuple[Change, ...]) -> None:
    """Every change is in the audit, with who did it."""
    for change in changes:
        one, entry = change.warning, change.entry
        assert isinstance(entry, AuditEntry)
        assert (entry.warning, entry.revision) == (one.id, one.revision)
        assert (entry.change, entry.reason) == (one.change, one.reason)
        assert (entry.state, entry.level) == (one.state, one.level)
        assert entry.actor
        assert (entry.role is Role.SYSTEM) is not isinstance(event, Ask)
        assert bool(entry.command) is isinstance(event, Ask)


def _check_state(one: CityWarning, event: Event) -> None:
    """What stands is in view, above all red; whatever is kept from view ends."""
    shelving = one.life.shelving
    assert one.state is state_of(one)
    if not one.cleared_ms and not one.suppressed and shelving is None:
        assert one.state in SEEN, "never lost"
        assert is_shown(one)
    if one.level is Level.RED and not one.cleared_ms and one.state not in SEEN:
        is_by_leader = shelving is not None and shelving.role in LEADERS
        is_serviced = one.state is LifeState.OUT_OF_SERVICE and is_by_leader
        is_inhibited = one.suppressed is Suppression.INHIBITED
        assert is_serviced or is_inhibited, "never silent while red"
    if shelving is not None:
        assert shelving.until_ms - shelving.since_ms <= MOST_MIN[shelving.state] * MINUTE_MS
        assert one.level <= shelving.covers or one.cleared_ms
        assert not isinstance(event, Timer) or shelving.until_ms > event.now_ms
    if one.state is LifeState.NORMAL:
        assert one.cleared_ms, "what stands is not normal"


def _check_duty(before: CityWarning | None, one: CityWarning, event: Event) -> None:
    """What nobody acknowledged waits with somebody on duty, and goes higher when its time is up."""
    life, waits = one.life, one.life.waits
    assert (waits is not None) is (one.state is LifeState.UNACKNOWLEDGED), "somebody has it"
    assert life.tier <= TOP and life.round < ROSTER.rounds, "rounds are counted"
    if waits is not None:
        assert waits.duty == DUTY_LEVELS[life.tier]
        is_last = (life.tier, life.round) == (TOP, ROSTER.rounds - 1)
        assert waits.until_ms or is_last, "only the last has no end"
        most_ms = ROSTER.acknowledge_minutes["blue"] * MINUTE_MS
        assert waits.until_ms <= waits.since_ms + most_ms
        assert not isinstance(event, Timer) or not 0 < waits.until_ms <= event.now_ms
    if before is None or not isinstance(event, Timer):
        return
    waited = before.life.waits
    if waited is not None and 0 < waited.until_ms <= event.now_ms:
        assert one.change is WarningChange.ESCALATED
        assert (life.round, life.tier) > (before.life.round, before.life.tier)


@dataclass(kw_only=True)
class Visited:
    """What a search saw."""

    states: int = 0
    without_revision: int = 0
    transitions: int = 0
    by_state: Counter[LifeState]
    refusals: Counter[str]


def visit(depth: int) -> Visited:
    """Visit every state that so many events lead to, and check every event on the way.

    Raises
    ------
    AssertionError
        Something that must hold does not.
    """
    seen, plain = set[int](), set[int]()
    found = Visited(by_state=Counter(), refusals=Counter())
    frontier = [Node(None, NOW_MS)]
    for _ in range(depth):
        following: list[Node] = []
        for node in frontier:
            for event in events(node):
                stepped = step(node.record, event, DUTY)
                found.transitions += 1
                check(node, event, stepped)
                if stepped.refused:
                    found.refusals[stepped.refused.refusal] += 1
                    continue
                now_ms = event.now_ms if isinstance(event, Timer) else node.now_ms
                reached = Node(stepped.record, now_ms)
                key = reached.key
                if key not in seen:
                    seen.add(key)
                    plain.add(hash(_seen(reached, with_revision=False)))
                    following.append(reached)
                    if stepped.record:
                        assert saved(stepped.record) == stepped.record, "a crash changes nothing"
                        found.by_state[stepped.record.warning.state] += 1
        frontier = following
    found.states, found.without_revision = len(seen), len(plain)
    return found


def main() -> None:
    """Visit to the depth of the argument, and print what was seen."""
    depth, began_s = int(sys.argv[1]), time.process_time()
    found = visit(depth)
    print(f"depth {depth}: {found.states} states, {found.without_revision} without their revision,")
    print(f"{found.transitions} events, {time.process_time() - began_s:.0f} s of CPU")
    for counted in (found.by_state, found.refusals):
        print(", ".join(f"{name} {number}" for name, number in counted.most_common()))


if __name__ == "__main__":
    main()
