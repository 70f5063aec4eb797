"""Judges the answers to a rule over the closed loop: which groups are past a level."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from config.closed_loop_rules import ClosedLoopRule
from config.rules import LevelName
from models.grid.codes import STREET_DIGITS
from models.messages.closed_loop import LoopRow
from models.messages.evidence import Direction, LimitEvidence
from models.messages.signals import Area, LimitSignal, Scope, SignalBatch
from models.messages.warnings import Level
from models.monitors.flags import FlaggedPlace, Flags, not_after, remembered

NAMED: Final = 5  # cases, or other groups at fault
NOTHING: Final = 0


class Value(NamedTuple):
    """What a group is judged by: its value, what that rests on, and whether it is enough."""

    observed: float
    among: int
    is_enough: bool


class LoopConfig(NamedTuple):
    """How a rule judges.

    Attributes
    ----------
    value_of : callable
        Numerator, denominator → the value; None where there is none.
    direction : str
        The bad side.
    window_h : int
        For the text.
    """

    value_of: Callable[[float, int], Value | None]
    direction: Direction
    window_h: int = 0


class _State(msgspec.Struct, frozen=True, kw_only=True):
    total: int
    flags: Flags


class ClosedLoopMonitor:
    """One rule of kind `indicator` or `case_state`.

    A group is flagged while its value is past the lowest level, or after that past its release. One
    of which too little is known is neither: what stands there stays until more is known or
    `SILENCE_MS` have passed.

    Parameters
    ----------
    rule : ClosedLoopRule
    area : str
        Code of the district: where groups are that are no street.
    settings : LoopConfig
    """

    def __init__(self, rule: ClosedLoopRule, area: str, settings: LoopConfig) -> None:
        self._rule, self._area, self._settings = rule, area, settings
        self._flags: Flags = {}
        self._total = 0

    def judge(self, rows: Sequence[LoopRow], end_ms: int, width_s: int) -> SignalBatch:
        """Judge all groups; one without a row has no case, and returns to normal."""
        start_ms = end_ms - width_s * 1000
        signals, unknown = list[LimitSignal](), list[str]()
        merged = _merged(rows)
        for group in sorted(merged.keys() | self._flags.keys()):
            row = merged.get(group, LoopRow(self._rule.name, group, 0, 0))
            value = self._settings.value_of(row.numerator, row.denominator)
            if value is None or not value.is_enough:
                unknown += [group] * (group in self._flags)
            elif (found := self._signal(row, value, start_ms, width_s)) is not None:
                signals.append(found)
        self._flags = remembered(self._flags, start_ms)
        self._total += sum(each.active for each in signals)
        return SignalBatch(
            feed=self._rule.feed,
            rule=self._rule.name,
            tick_ms=end_ms,
            signals=list(_with_others(signals)),
            silent={self._rule.metric: unknown} if unknown else {},
            total=self._total,
        )

    def rewind(self, now_ms: int) -> None:
        """Forget that anything was judged later than a time."""
        self._flags = not_after(self._flags, now_ms)

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        return msgspec.msgpack.encode(_State(total=self._total, flags=self._flags))

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        state = msgspec.msgpack.decode(data, type=_State)
        self._total, self._flags = state.total, dict(state.flags)

    def _signal(
        self, row: LoopRow, value: Value, start_ms: int, width_s: int
    ) -> LimitSignal | None:
        """Write down a group that is flagged, or just was."""
        flag = self._flags.get(row.group)
        was = flag is not None and flag.active
        reached, holds = (
            self._level(value.observed, 1.0),
            self._level(value.observed, self._rule.release),
        )
        is_active = bool(reached) or (was and bool(holds))
        if not (is_active or was):
            return None
        since_ms = start_ms if is_active or flag is None else flag.since_ms
        self._flags[row.group] = FlaggedPlace(is_active, since_ms)
        is_street = row.group.isdigit() and len(row.group) == STREET_DIGITS
        return LimitSignal(
            id=f"{self._rule.kind}.{self._rule.name}.{row.group}.{start_ms}",
            feed=self._rule.feed,
            metric=self._rule.metric,
            area=Area.of(row.group if is_street else self._area),
            subject=row.group,
            scope=Scope.LOCAL if is_street else Scope.REGIONAL,
            start_ms=start_ms,
            width_s=width_s,
            severity=0.0,
            active=is_active,
            cells=[str(cell) for cell in row.cells],
            evidence=self._evidence(row, value, reached, holds),
        )

    def _level(self, observed: float, release: float) -> int:
        """Give the highest level whose begin, moved by a release, a value reaches."""
        is_above = self._settings.direction == "above"
        reached = (
            Level[name.upper()]
            for name, begin in self._rule.levels.items()
            if (observed >= begin * release if is_above else observed <= begin / release)
        )
        return max(reached, default=NOTHING)

    def _evidence(self, row: LoopRow, value: Value, reached: int, holds: int) -> LimitEvidence:
        levels = self._rule.levels
        lowest = levels[min(levels, key=_rank)]
        return LimitEvidence(
            observed=value.observed,
            limit=levels[_name(reached)] if reached else lowest,
            reached=reached,
            holds=holds,
            direction=self._settings.direction,
            statistic="value",
            window_h=self._settings.window_h,
            clears_at=(
                lowest * self._rule.release
                if self._settings.direction == "above"
                else lowest / self._rule.release
            ),
            among=value.among,
            named=row.named,
        )


def _rank(name: LevelName) -> Level:
    return Level[name.upper()]


def _name(level: int) -> LevelName:
    return Level(level).name.lower()  # type: ignore[return-value]


def _merged(rows: Iterable[LoopRow]) -> dict[str, LoopRow]:
    """Add the rows of a group up over the partitions."""
    found: dict[str, LoopRow] = {}
    for row in rows:
        known = found.get(row.group)
        found[row.group] = row if known is None else _sum(known, row)
    return found


def _sum(one: LoopRow, other: LoopRow) -> LoopRow:
    return LoopRow(
        one.rule,
        one.group,
        one.numerator + other.numerator,
        one.denominator + other.denominator,
        list(dict.fromkeys([*one.cells, *other.cells])),
        [*one.named, *other.named][:NAMED],
    )


def _with_others(signals: Sequence[LimitSignal]) -> Iterable[LimitSignal]:
    """Name beside each group of the district the others at fault, where no cases are named."""
    at_fault = [each.subject for each in signals if each.active and each.scope is Scope.REGIONAL]
    for each in signals:
        if each.scope is Scope.LOCAL or each.evidence.named:
            yield each
            continue
        others = [name for name in at_fault if name != each.subject]
        named = msgspec.structs.replace(each.evidence, named=others[:NAMED])
        yield msgspec.structs.replace(each, evidence=named)
