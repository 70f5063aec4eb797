"""What a register says of one object: facts with when they hold and when they became known."""

from __future__ import annotations

from typing import Final

import msgspec

MOST_FACTS: Final = 12  # of one object; the oldest that no longer say anything go first


class Fact(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """Something that holds of an object from a moment on.

    Attributes
    ----------
    valid_ms, known_ms : int
        Since when it holds in the city, and since when the register knows.
    order : tuple of int
        Of its record (`MatterRecord.order`).
    category, level, condition, unit : str
        Codes; empty where the fact does not say.
    is_there : bool
        False: the object is no more.
    """

    valid_ms: int
    known_ms: int
    order: tuple[int, int, int]
    category: str = ""
    level: str = ""
    condition: str = ""
    unit: str = ""
    is_there: bool = True


class Known(msgspec.Struct, gc=False, frozen=True):
    """How an object stands at a moment, as far as was known at another.

    Attributes
    ----------
    before : str
        The level that was in force before the present one; empty without one.
    since_ms : int
        Since when the present level holds.
    """

    category: str
    level: str
    condition: str
    unit: str
    before: str
    since_ms: int


class RegisteredObject(msgspec.Struct, array_like=True, gc=False):
    """One object; bitemporal.

    Attributes
    ----------
    cell : str
    found_ms : int
        When it was first known.
    inspected_ms : int
        When it was inspected last; when it was first known, before the first time.
    facts : list of Fact
        By the time since when they hold.
    """

    cell: str
    found_ms: int
    inspected_ms: int
    facts: list[Fact] = []

    def add(self, fact: Fact) -> None:
        """Take a fact in; the same record again changes nothing."""
        if any(known.order == fact.order for known in self.facts):
            return
        self.facts = sorted([*self.facts, fact], key=lambda one: (one.valid_ms, one.order))
        while len(self.facts) > MOST_FACTS:
            first, second = self.facts[:2]
            self.facts[:2] = [_merged(first, second)]

    def at(self, valid_ms: int, known_ms: int) -> Known | None:
        """Say how it stands at a moment, as far as was known at another; None: it is not there."""
        found = [f for f in self.facts if f.valid_ms <= valid_ms and f.known_ms <= known_ms]
        if not found or not found[-1].is_there:
            return None
        level, before, since_ms, now = "", "", 0, Fact(0, 0, (0, 0, 0))
        for fact in found:
            now = _merged(now, fact)
            if fact.level and fact.level != level:
                level, before, since_ms = fact.level, level, fact.valid_ms
        return Known(now.category, now.level, now.condition, now.unit, before, since_ms)


def _merged(first: Fact, second: Fact) -> Fact:
    """Let a fact stand over an earlier one."""
    return Fact(
        second.valid_ms,
        second.known_ms,
        second.order,
        second.category or first.category,
        second.level or first.level,
        second.condition or first.condition,
        second.unit or first.unit,
        second.is_there,
    )
