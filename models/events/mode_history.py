"""Which mode held when, and which clocks it brought: a case keeps those of the mode it began in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping

import msgspec

from config.events import EventLimit
from config.modes import ModePlan
from models.events.mode import Mode


class ModeHistory(msgspec.Struct, frozen=True, array_like=True):
    """Switches by their revision, ascending: when (epoch milliseconds), and to which mode."""

    revisions: tuple[int, ...] = ()
    since_ms: tuple[int, ...] = ()
    modes: tuple[Mode, ...] = ()

    def with_switch(self, revision: int, at_ms: int, mode: Mode) -> ModeHistory:
        """Add a switch; one that is known already changes nothing.

        Examples
        --------
        >>> once = ModeHistory().with_switch(1, 50, Mode.EMERGENCY)
        >>> once.with_switch(1, 50, Mode.EMERGENCY) == once, once.mode_at(49), once.mode_at(50)
        (True, <Mode.NORMAL: 'normal'>, <Mode.EMERGENCY: 'emergency'>)
        """
        if revision in self.revisions:
            return self
        rows = sorted(
            [*zip(self.revisions, self.since_ms, self.modes, strict=True), (revision, at_ms, mode)]
        )
        return ModeHistory(*(tuple(column) for column in zip(*rows, strict=True)))

    def mode_at(self, at_ms: int) -> Mode:
        """Give the mode that held at an instant; normal before the first switch."""
        number = bisect_right(self.since_ms, at_ms)
        return self.modes[number - 1] if number else Mode.NORMAL


def mode_limits(
    plans: Mapping[str, ModePlan], mode: Mode, category: str, step: str
) -> Iterator[EventLimit]:
    """Give the clocks that a mode brings for a step of a class."""
    plan = plans.get(mode.value)
    for limit in () if plan is None else plan.limits:
        if limit.step == step and limit.category in ("*", category):
            yield limit
