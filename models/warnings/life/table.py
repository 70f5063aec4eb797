"""The warnings of one rule, one for each place: what is taken in, and what is still to be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from models.messages.command_results import CommandResult, Refusal
from models.messages.commands import Command
from models.messages.warnings import CityWarning
from models.warnings.escalation import DutyRoster
from models.warnings.life import words
from models.warnings.life.record import Change, WarningRecord
from models.warnings.life.step import Ask, RuleCondition, Stepped, Timer, due_ms, step


class WarningTable:
    """Warnings of one rule by area.

    Parameters
    ----------
    roster : DutyRoster, optional
        Who is on duty; without one, nothing escalates by itself.

    Attributes
    ----------
    changed : set of str
        Areas whose warning changed since it was last emptied.
    """

    def __init__(self, roster: DutyRoster | None = None) -> None:
        self._roster = roster
        self._records: dict[str, WarningRecord] = {}
        self._due_ms: dict[str, int] = {}  # by area, where a timer runs
        self.changed: set[str] = set()

    @property
    def newest(self) -> dict[str, CityWarning]:
        """The newest revision of each place's warning, ended or not, by area."""
        return {area: record.warning for area, record in self._records.items()}

    @property
    def standing(self) -> dict[str, CityWarning]:
        """Warnings whose condition stands, by id."""
        return {
            record.warning.id: record.warning
            for record in self._records.values()
            if not record.warning.cleared_ms
        }

    def get(self, area: str) -> WarningRecord | None:
        """Give the record of a place."""
        return self._records.get(area)

    def put(self, area: str, record: WarningRecord) -> None:
        """Load the record of a place."""
        self._records[area] = record
        self._due_ms.pop(area, None)
        if (at_ms := due_ms(record)) is not None:
            self._due_ms[area] = at_ms

    def signalled(self, published: Sequence[CityWarning], now_ms: int = 0) -> Iterator[Change]:
        """Take in what the rule's signals did; `now_ms` is the wall clock, 0 where not known."""
        for warning in published:
            yield from self._step(warning.area, RuleCondition(warning, now_ms)).changes

    def asked(
        self, area: str, command: Command, now_ms: int
    ) -> tuple[CommandResult, tuple[Change, ...]]:
        """Carry out a command on the warning of a place; gives its answer and its changes."""
        stepped = self._step(area, Ask(command, now_ms))
        return answer(stepped, command, now_ms), stepped.changes

    def elapsed(self, now_ms: int) -> Iterator[Change]:
        """End what is kept from view and whose time is over; hand on what nobody acknowledged."""
        for area in sorted(area for area, at_ms in self._due_ms.items() if at_ms <= now_ms):
            yield from self._step(area, Timer(now_ms)).changes

    def _step(self, area: str, event: RuleCondition | Ask | Timer) -> Stepped:
        stepped = step(self._records.get(area), event, self._roster)
        if stepped.changes and stepped.record is not None:
            self.put(area, stepped.record)
            self.changed.add(area)
        return stepped


def answer(stepped: Stepped, command: Command, now_ms: int) -> CommandResult:
    """Write what became of a command."""
    record, refused = stepped.record, stepped.refused
    if record is None or record.warning.id != command.warning:
        text = words.unknown(command.warning)
        return _answer(command, now_ms, refusal=Refusal.UNKNOWN, explanation=text)
    refusal = refused.refusal if refused else None
    return _answer(
        command,
        now_ms,
        refusal=refusal,
        explanation=refused.text if refused else words.done(record.warning),
        revision=record.warning.revision,
        state=record.warning.state,
        since=words.unseen(command.revision, record) if refusal is Refusal.STALE else [],
    )


def _answer(command: Command, now_ms: int, **parts: Any) -> CommandResult:
    return CommandResult(id=command.id, warning=command.warning, decided_ms=now_ms, **parts)
