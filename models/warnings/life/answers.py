"""Answers that were given: a command that comes twice is answered alike, and not carried out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from models.messages.command_results import CommandResult
from models.timing.units import DAY_MS

MOST: Final = 2000
KEPT_MS: Final = 7 * DAY_MS  # later repeats name a revision that is long past


class Answers:
    """The newest answers by the command's id, in the order they were given."""

    def __init__(self) -> None:
        self._given: dict[str, CommandResult] = {}
        self._changed: set[str] = set()

    def get(self, command: str) -> CommandResult | None:
        """Give the answer to a command that came before."""
        return self._given.get(command)

    def add(self, result: CommandResult) -> None:
        """Remember an answer, and forget the oldest."""
        self._given[result.id] = result
        self._changed.add(result.id)
        oldest_ms = result.decided_ms - KEPT_MS
        while self._first().decided_ms < oldest_ms or len(self._given) > MOST:
            first = self._first().id
            del self._given[first]
            self._changed.add(first)

    def changes(self) -> dict[bytes, bytes | None]:
        """Give the answers added and forgotten since the last call; None deletes one."""
        fields = {
            name.encode(): msgspec.msgpack.encode(self._given[name])
            if name in self._given
            else None
            for name in sorted(self._changed)
        }
        self._changed.clear()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load what `changes` gave."""
        results = [msgspec.msgpack.decode(data, type=CommandResult) for data in fields.values()]
        ordered = sorted(results, key=lambda each: (each.decided_ms, each.id))
        self._given = {each.id: each for each in ordered}

    def _first(self) -> CommandResult:
        return next(iter(self._given.values()))
