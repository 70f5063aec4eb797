"""Cases of major events as counts: by event, phase and object, over the whole of the event.

Like the indicators these are sums that a changed case is taken out of and put into again; they
outlive the cases, which leave memory some days after their end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from models.cases.columns import NEVER, Limits
from models.cases.state import CaseState
from models.cases.table import OpenCaseTable
from models.events.tags import PRIORITIES, EventTag, priority_of
from models.messages.event_counts import EventCounts

WHOLE: Final = ""  # stands for all objects of an event together
_PARTS: Final = ("tagged", "filed", "closed", "closed_late", "open", "cancelled")

Key = tuple[str, str, str]  # event, phase, object


class EventTally:
    """Counts of the tagged cases of one feed at one street partition.

    Parameters
    ----------
    digest : str
        Of the events by which cases are tagged: sums made by other ones are made anew.
    """

    def __init__(self, digest: str = "") -> None:
        self._digest = digest
        self._sums: dict[Key, list[int]] = {}
        self.open: dict[str, tuple[EventTag, ...]] = {}  # tagged cases that are open

    def add(self, states: Iterable[CaseState], limits: Iterable[Limits], sign: int) -> None:
        """Put cases in (`sign` 1) or take them out as they were put in (-1)."""
        for state, limit in zip(states, limits, strict=True):
            if state.events:
                parts = parts_of(state, limit).values()
                for key in keys_of(state.events):
                    sums = self._sums.setdefault(key, [0] * len(_PARTS))
                    for at, part in enumerate(parts):
                        sums[at] += sign * part

    def enter(self, cases: Iterable[str], states: Iterable[CaseState]) -> None:
        """Remember which tagged cases are open."""
        for case, state in zip(cases, states, strict=True):
            if state.events and state.is_open:
                self.open[case] = state.events
            else:
                self.open.pop(case, None)

    def counts(self, table: OpenCaseTable, now_ms: int) -> list[EventCounts]:
        """Give all counts, with the open cases past their limit now."""
        overdue: dict[Key, int] = {}
        for case in self._overdue(table, now_ms):
            for key in keys_of(self.open[case]):
                overdue[key] = overdue.get(key, 0) + 1
        return [
            _counts(key, sums, overdue.get(key, 0))
            for key, sums in sorted(self._sums.items())
            if any(sums)
        ]

    def most_pressing(self, table: OpenCaseTable, most: int) -> list[int]:
        """Rows of the open tagged cases whose clock runs: by priority, then by their limit."""
        if not self.open:
            return []
        tags, due = self._rows(table), table.columns["due"]
        running = [row for row in tags if due[row] != NEVER and not table.columns["held"][row]]

        def rank(row: int) -> tuple[int, int, str]:
            return PRIORITIES.index(priority_of(tags[row])), int(due[row]), table.case_at(row)

        return sorted(running, key=rank)[:most]

    def open_by_cell(self, table: OpenCaseTable) -> dict[int, int]:
        """Open tagged cases of each cell."""
        found: dict[int, int] = {}
        for row in self._rows(table):
            cell = table.cell_at(row)
            if cell:
                found[int(cell)] = found.get(int(cell), 0) + 1
        return dict(sorted(found.items()))

    def _overdue(self, table: OpenCaseTable, now_ms: int) -> list[str]:
        if not self.open:
            return []
        is_overdue = table.overdue(now_ms)
        return [table.case_at(row) for row in self._rows(table) if is_overdue[row]]

    def _rows(self, table: OpenCaseTable) -> dict[int, tuple[EventTag, ...]]:
        rows = ((table.row_of(case), tags) for case, tags in self.open.items())
        return {row: tags for row, tags in rows if row is not None}

    def dump(self) -> bytes:
        """Pack the sums for a checkpoint; which cases are open is found from the cases."""
        return msgspec.msgpack.encode([self._digest, sorted(self._sums.items())])

    def restore(self, data: bytes | None) -> bool:
        """Load what `dump` gave; tells whether the sums are to be made anew instead."""
        digest, rows = ("", []) if data is None else msgspec.msgpack.decode(data)
        if digest != self._digest:
            return True
        self._sums = {(key[0], key[1], key[2]): list(sums) for key, sums in rows}
        return False


def _counts(key: Key, sums: Sequence[int], overdue: int) -> EventCounts:
    event, phase, name = key
    named = dict(zip(_PARTS, sums, strict=True))
    return EventCounts(event=event, phase=phase, object=name, **named, overdue=overdue)


def parts_of(state: CaseState, limit: Limits) -> dict[str, int]:
    """Count a case: each part is 0 or 1.

    Closed, open and cancelled are parts of filed: what was never filed is only tagged.
    """
    is_filed = state.filed_ms is not None
    is_closed = is_filed and state.closed_ms is not None
    is_late = is_closed and limit.close_ms is not None and (state.closed_ms or 0) > limit.close_ms
    return {
        "tagged": 1,
        "filed": int(is_filed),
        "closed": int(is_closed),
        "closed_late": int(is_late),
        "open": int(is_filed and state.is_open),
        "cancelled": int(is_filed and state.cancelled_ms is not None),
    }


def keys_of(tags: Iterable[EventTag]) -> Iterable[Key]:
    """Where a case counts: once for each of its events, and once for each object that holds it."""
    for tag in tags:
        for name in (WHOLE, *tag.objects):
            yield tag.event, tag.phase.value, name
