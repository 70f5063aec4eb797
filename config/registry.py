"""A city's registries: who does what, by when, and on which days; every entry with its dates.

```
city/<name>/registry/
  departments.yaml       who may own a case
  categories.yaml        classes of components (部件) and events (事件)
  responsibilities.yaml  which department owns which class where
  limits.yaml            how long a step may take, by class and date
  calendar.yaml          shifts, holidays, overrides, and what this city records
  components.yaml        single components by their 16-digit number (may be missing)
```

Entries are bitemporal. `valid_from` and `valid_to` say when an entry holds in the city; `recorded`
says since when the registry knows it, so that a correction does not rewrite what was decided
before it. Every entry names its source, or says that the city's own has to replace it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import TypeVar

from config.place import Strict
from config.registry_entries import (
    ANY,
    CaseClass,
    Component,
    Department,
    Entry,
    Responsibility,
    Step,
    TimeLimit,
)
from config.work_calendar import WorkCalendar

E = TypeVar("E", bound=Entry)


def in_force(entries: Iterable[E], day: date, known: date | None = None) -> E | None:
    """Of the entries about one thing the one that counts on a day; None where none holds."""
    holding = [entry for entry in entries if entry.holds(day, known)]
    return max(holding, key=lambda entry: entry.known_from, default=None)


def _by_key(entries: Iterable[E]) -> dict[tuple[str, ...], list[E]]:
    index: dict[tuple[str, ...], list[E]] = {}
    for entry in entries:
        index.setdefault(entry.key, []).append(entry)
    return index


_OPEN = WorkCalendar(
    source="no registry: weekends only, 09:00-17:00, every name accepted",
    holidays="none",
    shifts=("09:00-17:00",),
    actors=False,
    open_departments=True,
    open_categories=True,
)


class Registry(Strict):
    """All registries of a city; lookups by day, and as far as was known on another."""

    departments: tuple[Department, ...] = ()
    categories: tuple[CaseClass, ...] = ()
    responsibilities: tuple[Responsibility, ...] = ()
    limits: tuple[TimeLimit, ...] = ()
    components: tuple[Component, ...] = ()
    calendar: WorkCalendar = _OPEN

    @cached_property
    def _departments(self) -> dict[tuple[str, ...], list[Department]]:
        return _by_key(self.departments)

    @cached_property
    def _categories(self) -> dict[tuple[str, ...], list[CaseClass]]:
        return _by_key(self.categories)

    @cached_property
    def _owners(self) -> dict[tuple[str, ...], list[Responsibility]]:
        return _by_key(self.responsibilities)

    @cached_property
    def _limits(self) -> dict[tuple[str, ...], list[TimeLimit]]:
        return _by_key(self.limits)

    @cached_property
    def _components(self) -> dict[tuple[str, ...], list[Component]]:
        return _by_key(self.components)

    def department(self, code: str, day: date, known: date | None = None) -> Department | None:
        """Department of a code on a day."""
        return in_force(self._departments.get((code,), ()), day, known)

    def category(self, code: str, day: date, known: date | None = None) -> CaseClass | None:
        """Class of a code on a day."""
        return in_force(self._categories.get((code,), ()), day, known)

    def component(self, code: str, day: date, known: date | None = None) -> Component | None:
        """Component of a 16-digit number on a day."""
        return in_force(self._components.get((code,), ()), day, known)

    def owner(
        self, category: str, street: str, day: date, known: date | None = None
    ) -> Responsibility | None:
        """Who owns a class in a street on a day; the entry of the street before that of all."""
        return self._first(self._owners, [(category, street), (category, ANY)], day, known)

    def limit(
        self, category: str, step: Step, day: date, known: date | None = None
    ) -> TimeLimit | None:
        """Limit of a step on a day; the entry of the class before that of all classes."""
        return self._first(self._limits, [(category, step), (ANY, step)], day, known)

    @staticmethod
    def _first(
        index: dict[tuple[str, ...], list[E]],
        keys: Sequence[tuple[str, ...]],
        day: date,
        known: date | None,
    ) -> E | None:
        for key in keys:
            found = in_force(index.get(key, ()), day, known)
            if found is not None:
                return found
        return None
