"""Which level of a rule a signal reaches, and which it still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from config.catalog import LevelName, Rule
from config.levels import LEAST_DAYS
from models.messages.evidence import LimitEvidence
from models.messages.signals import (
    ClusterSignal,
    CountSignal,
    LimitSignal,
    ReadingSignal,
    Signal,
    SilenceSignal,
)
from models.messages.warnings import Level

NO_LEVEL: Final = 0


@dataclass(frozen=True, slots=True)
class Rating:
    """Highest level whose start a signal reaches, and whose release it holds; 0 for none."""

    reached: int
    holds: int


NOTHING: Final = Rating(NO_LEVEL, NO_LEVEL)


def rating(rule: Rule, signal: Signal) -> Rating:
    """Rate a signal by a rule.

    The levels of a rule are on the recurrence in days; of silence on the share of the longest
    usual wait, and of a limit on the value. What chance brings more often than once in
    `LEAST_DAYS` reaches no level, unless it is an absolute limit or a configured interval.
    """
    if not signal.active:
        return NOTHING
    match signal:
        case ReadingSignal(severity=severity, evidence=seen):
            newest = max(severity, seen.newest_severity)
            return _by_days(rule, severity, newest)
        case CountSignal(severity=severity, evidence=cases, direction=direction):
            sign = 1 if direction == "above" else -1
            size = cases.observed if sign > 0 else cases.expected - cases.observed
            return _by_days(rule, severity, severity) if size >= rule.minimum else NOTHING
        case ClusterSignal(severity=severity, evidence=cluster):
            is_large = cluster.observed >= rule.minimum
            return _by_days(rule, severity, severity) if is_large else NOTHING
        case SilenceSignal(evidence=silence):
            is_rare = not silence.gaps or silence.is_rare
            reached = level_at(rule.levels, silence.excess) if is_rare else NO_LEVEL
            return Rating(reached, level_at(rule.levels, silence.excess, rule.release))
        case LimitSignal(evidence=limit):
            return _by_limit(rule, limit)
        case _:
            assert_never(signal)


def level_at(levels: Mapping[LevelName, float], value: float, release: float = 1.0) -> int:
    """Give the highest level whose start, times the release, a value reaches; 0 under all.

    Examples
    --------
    >>> levels = {"blue": 30.0, "red": 3650.0}
    >>> [int(level_at(levels, value)) for value in (29, 400)]
    [0, 1]
    >>> int(level_at(levels, 400, release=0.1))
    4
    """
    found = (Level[name.upper()] for name, begin in levels.items() if value >= begin * release)
    return max(found, default=NO_LEVEL)


def _by_days(rule: Rule, severity: float, newest: float) -> Rating:
    reached = level_at(rule.levels, severity) if severity >= LEAST_DAYS else NO_LEVEL
    return Rating(reached, level_at(rule.levels, newest, rule.release))


def _by_limit(rule: Rule, seen: LimitEvidence) -> Rating:
    """Join what the limit says and what was learned, as the rule asks."""
    if rule.rated_by == "limit":
        return Rating(seen.reached, seen.holds)
    newest = max(seen.learned_severity, seen.learned_newest)
    learned = _by_days(rule, seen.learned_severity, newest)
    join = max if rule.rated_by == "either" else min
    return Rating(join(seen.reached, learned.reached), join(seen.holds, learned.holds))
