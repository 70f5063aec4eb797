"""What a city's registry says of a case: its limits, and whether its names are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import Final, get_args

import msgspec
import numpy as np

from config.catalog import Catalog
from config.events import EventLimit
from config.modes import ModePlan
from config.registry import Registry
from config.registry_entries import Step as LimitStep
from models.cases.columns import Limits
from models.cases.lifecycle import follow
from models.cases.plausibility import LATEST_MS
from models.cases.quality import QualityFlag
from models.cases.state import CaseState, Practice
from models.cases.timeline import Step
from models.events.mode import Mode
from models.events.mode_history import ModeHistory, mode_limits
from models.events.tagging import EventTagger
from models.events.tags import URGENT, EventTag, priority_of
from models.feeds.tidy import NameIndex, tidy
from models.grid.codes import street_code
from models.messages.case_events import EventType
from models.timing.calendar import EPOCH, day_table
from models.timing.working_clock import Basis, WorkingClock
from models.timing.zone import zone_of

# From when the limit of each step runs; to close, from filing (else from the report).
_START: Final[dict[LimitStep, Callable[[CaseState], int | None]]] = {
    "file": lambda state: state.reported_ms,
    "dispatch": lambda state: state.filed_ms,
    "dispose": lambda state: state.dispatched_ms,
    "verify": lambda state: state.disposed_ms,
    "close": lambda state: state.reported_ms if state.filed_ms is None else state.filed_ms,
}
_NAMES: Final = ("department", "category", "source", "beat", "area")
_STEPS: Final[tuple[LimitStep, ...]] = get_args(LimitStep)
_REMEMBERED: Final = 65_536
_FIRST, _LAST = ((edge - EPOCH).days for edge in (date(1949, 1, 1), date(2099, 12, 31)))


@lru_cache(_REMEMBERED)
def _date(day: int) -> date:
    return EPOCH + timedelta(days=day)


class Rulebook:
    """The registry of a city, ready to be asked about cases.

    Parameters
    ----------
    registry : Registry
    timezone : str
        IANA name of the city's time zone.
    events : EventTagger, optional
        The city's major events; none by default.
    plans : mapping of str to ModePlan
        What the modes change.
    """

    def __init__(
        self,
        registry: Registry,
        timezone: str,
        events: EventTagger | None = None,
        plans: Mapping[str, ModePlan] | None = None,
    ) -> None:
        calendar = registry.calendar
        self.events = events if events is not None and events.fences else None
        self.plans, self.history = plans or {}, ModeHistory()
        self.registry = registry
        self.zone = zone_of(timezone)
        self.clock = WorkingClock(
            self.zone,
            day_table(calendar.holidays, calendar.overrides),
            calendar.shift_minutes,
            calendar.urgent_minutes,
        )
        steps = calendar.steps
        self.practice = Practice(
            steps=frozenset(EventType) if steps is None else frozenset(map(EventType, steps)),
            actors=calendar.actors,
        )
        # A day sees the same few questions again and again.
        self._limit = lru_cache(_REMEMBERED)(registry.limit)
        self._department = lru_cache(_REMEMBERED)(registry.department)
        self._category = lru_cache(_REMEMBERED)(registry.category)
        self._owner = lru_cache(_REMEMBERED)(registry.owner)
        spelled = NameIndex(
            {department.code: department.code for department in registry.departments},
            ignores_case=calendar.ignores_case,
        )
        self._spelling = lru_cache(_REMEMBERED)(lambda name: spelled.get(name, tidy(name)))
        self.files_cases = EventType.FILED in self.practice.steps

    def with_history(self, history: ModeHistory) -> Rulebook:
        """Give the same rules with other switches of the mode."""
        rules = copy(self)
        rules.history = history
        return rules

    def day_of(self, ts_ms: int) -> date:
        """Local day of an instant; a day that no calendar holds is taken as the nearest."""
        return _date(min(max(self.zone.day_at(ts_ms), _FIRST), _LAST))

    def limits(self, states: Sequence[CaseState]) -> list[Limits]:
        """Limits of cases: the one to close as the sender names it, else all by the registry.

        A limit by the registry stops while the case is held. A limit that the sender names stands
        as named: who names it also moves it. The clocks of major events stand beside those of the
        registry: of all that hold, the earliest limit counts.
        """
        found: list[dict[LimitStep, int]] = [
            {} if state.due_ms is None else {"close": state.due_ms} for state in states
        ]
        asked: dict[str, list[tuple[int, LimitStep, int, int]]] = {}
        for index, state in enumerate(states):
            for step, start, minutes, basis in self._asked(state):
                asked.setdefault(basis, []).append((index, step, start, minutes))
        for basis, rows in asked.items():
            starts = np.array([row[2] for row in rows], dtype=np.int64)
            lengths = np.array([row[3] for row in rows], dtype=np.int64)
            due = self.clock.deadline(starts, lengths, Basis(basis)).tolist()
            for (index, step, begin, length), plain in zip(rows, due, strict=True):
                holds = states[index].holds
                limit = self._held(begin, length, Basis(basis), holds) if holds else plain
                found[index][step] = min(limit, found[index].get(step, limit))
        return [Limits(*(one.get(step) for step in ("close", *_STEPS[:4]))) for one in found]

    def _asked(self, state: CaseState) -> list[tuple[LimitStep, int, int, str]]:
        """List the limits that registry and events give: step, start, minutes, basis."""
        is_normal = not state.events and state.mode is Mode.NORMAL
        if not self.registry.limits and is_normal:
            return []
        rows: list[tuple[LimitStep, int, int, str]] = []
        for step in _STEPS:
            start = _START[step](state)
            if start is None or (step == "close" and state.due_ms is not None):
                continue
            limit = self._limit(state.category, step, self.day_of(start))
            if limit is not None:
                rows.append((step, start, limit.minutes, limit.basis))
            if not is_normal:
                rows += [(step, start, own.minutes, own.basis) for own in self._own(state, step)]
        return rows

    def _held(
        self, start: int, minutes: int, basis: Basis, holds: Sequence[tuple[int, int | None]]
    ) -> int:
        """Deadline with the ended holds taken out; one that still lasts moves it when it ends."""
        ended = [(since, until) for since, until in holds if until is not None]
        return self.clock.deadline_held(start, minutes, basis, ended, start)

    def judged(
        self,
        steps: Iterable[Step],
        latest_ms: int = LATEST_MS,
        practice: Practice | None = None,
    ) -> CaseState:
        """Give the state of a case by this registry: the one judgement of stream and commands.

        What the city records decides what is missed, a department without a dispatch is the one
        that the responsibility list names, and names that stand in no registry are flagged.

        Parameters
        ----------
        steps : iterable of Step
        latest_ms : int
            As in `models.cases.lifecycle.follow`.
        practice : Practice, optional
            What is recorded, where it is less than the city records.
        """
        state = self._with_known_names(follow(steps, practice or self.practice, latest_ms))
        state = self._tagged(self.checked(state))
        owner = self.owner(state)
        if owner == state.department:
            return state
        return msgspec.structs.replace(state, department=owner)

    def _own(self, state: CaseState, step: LimitStep) -> Iterator[EventLimit]:
        """Give the clocks of the events and of the mode of a case."""
        if self.events is not None:
            yield from self.events.limits(state.events, state.category, step)
        yield from mode_limits(self.plans, state.mode, state.category, step)

    def _tagged(self, state: CaseState) -> CaseState:
        """Tag a case with the events in whose time and geometry it began, and with its mode."""
        began_ms = state.since_ms if state.began_ms is None else state.began_ms
        tags: tuple[EventTag, ...] = ()
        if self.events is not None:
            tags = self.events.tags(state.lon, state.lat, state.cell, began_ms)
        mode = self.history.mode_at(began_ms)
        if not tags and mode is Mode.NORMAL:
            return state
        return msgspec.structs.replace(state, events=tags, mode=mode)

    def priority(self, state: CaseState) -> str:
        """Give the priority of a case: the highest of its events and of its mode."""
        plan = self.plans.get(state.mode.value)
        if plan is not None and state.category in plan.urgent:
            return URGENT
        return priority_of(state.events)

    def _with_known_names(self, state: CaseState) -> CaseState:
        """Write names as they compare, and a department as the registry writes it."""
        changed: dict[str, str] = {}
        for name in _NAMES:
            given = getattr(state, name)
            text = self._spelling(given) if name == "department" else tidy(given)
            if text != given:
                changed[name] = text
        return msgspec.structs.replace(state, **changed) if changed else state

    def checked(self, state: CaseState) -> CaseState:
        """Flag names that stand in no registry on the day the case began."""
        calendar = self.registry.calendar
        began = [t for t in (state.reported_ms, state.filed_ms) if t is not None]
        day = self.day_of(min(began, default=state.since_ms))
        quality_flags = list(state.quality_flags)
        if (
            not calendar.open_departments
            and state.department
            and self._department(state.department, day) is None
        ):
            quality_flags.append((-1, QualityFlag.UNKNOWN_DEPARTMENT))
        is_listed = not state.unlisted and self._category(state.category, day) is not None
        if not calendar.open_categories and not is_listed:
            quality_flags.append((-1, QualityFlag.UNKNOWN_CATEGORY))
        if len(quality_flags) == len(state.quality_flags):
            return state
        return msgspec.structs.replace(state, quality_flags=tuple(quality_flags))

    def owner(self, state: CaseState) -> str:
        """Department that has the case: as dispatched, else as the responsibility list says."""
        if state.department:
            return state.department
        day = self.day_of(state.since_ms)
        entry = self._owner(state.category, street_code(state.cell), day)
        return "" if entry is None else entry.department

    def basis_of(self, state: CaseState) -> Basis:
        """Clock that a case's limit to close runs on; calendar time for a limit of the sender."""
        rows = [row for row in self._asked(state) if row[0] == "close"]
        if state.due_ms is not None or not rows:
            return Basis.CALENDAR
        return min((Basis(row[3]) for row in rows), key=partial(self._close_ms, rows))

    def _close_ms(self, rows: Sequence[tuple[LimitStep, int, int, str]], basis: Basis) -> int:
        """Give the earliest deadline that a clock sets."""
        of_basis = [row for row in rows if row[3] == basis]
        starts = np.array([row[1] for row in of_basis], dtype=np.int64)
        lengths = np.array([row[2] for row in of_basis], dtype=np.int64)
        return int(self.clock.deadline(starts, lengths, basis).min())


def rulebook_of(catalog: Catalog, timezone: str | None = None) -> Rulebook:
    """Make the rulebook of a city: its registry, its local time, its major events."""
    zone = timezone or catalog.city.timezone
    return Rulebook(catalog.registry, zone, EventTagger(catalog), catalog.modes)
