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
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, Field

from config.place import CellCodeText, Strict, Text

Step = Literal["file", "dispatch", "dispose", "verify", "close"]
BasisName = Literal["calendar", "working-hours", "working-days", "urgent-hours"]
ANY = "*"  # stands for every category


class Entry(Strict):
    """What all entries share: when they hold, since when they are known, and where from."""

    valid_from: date  # first day it is in force
    valid_to: date | None = None  # exclusive
    recorded: date | None = None  # None: as long as it is valid
    source: Annotated[str, Field(min_length=3)]  # standard, notice or house list

    KEY: ClassVar[tuple[str, ...]] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """What the entry is about; of several that hold, the one recorded last counts."""
        return tuple(getattr(self, name) for name in self.KEY)

    @property
    def known_from(self) -> date:
        """Day since which the registry knows the entry."""
        return self.recorded or self.valid_from

    def holds(self, day: date, known: date | None = None) -> bool:
        """Tell whether the entry holds on a day, as far as was known on another."""
        valid = self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
        return valid and (known is None or self.known_from <= known)


class Department(Entry):
    """A department; its axis tells supervision from command."""

    KEY = ("code",)

    code: str  # as it stands in events
    title: Text  # its name
    # supervision, command, or a department that disposes
    axis: Literal["supervision", "command", "department"] = "department"


class CaseClass(Entry):
    """A class of components or events (小类) in its group (大类)."""

    KEY = ("code",)

    code: str  # category code; with its group and subclass as the city's list has it
    kind: Literal["component", "event"]  # component (部件) or event (事件)
    group: Annotated[str, Field(pattern=r"^[0-9]{2}$")]  # code of the 大类 it belongs to
    subclass: Annotated[str, Field(pattern=r"^[0-9]{2}$")]  # code of the 小类
    group_title: Text  # name of the 大类
    title: Text  # name of the 小类
    urgent: bool = False  # its limits run by the urgent clock


class Responsibility(Entry):
    """A department owns cases of a class; in some streets (9 digits) or, by default, in all."""

    KEY = ("category", "street")

    category: str  # class, or * for all
    street: str = ANY  # street code, or * for all
    department: str  # code of the department that owns it


class TimeLimit(Entry):
    """How long a step may take: from report to filing, … or from filing to closing (`close`)."""

    KEY = ("category", "step")

    category: str  # class, or * for all
    step: Step  # the step that it limits
    minutes: Annotated[int, Field(gt=0)]  # length of the limit, in minutes of its basis
    basis: BasisName  # working time, calendar time, or working days


class Component(Entry):
    """One component: class (10 digits) and serial number (6)."""

    KEY = ("code",)

    # 16 digits: class and serial number (GB/T 30428.2)
    code: Annotated[str, Field(pattern=r"^[0-9]{16}$")]
    category: str  # class of the component
    cell: CellCodeText  # the cell it stands in, 15 digits


def _shift(text: str) -> str:
    """Check `HH:MM-HH:MM`."""
    start, end = _minutes(text)
    if not 0 <= start < end <= 1440:
        msg = f"expected a shift such as 08:30-12:00, found {text!r}"
        raise ValueError(msg)
    return text


def _minutes(text: str) -> tuple[int, int]:
    try:
        (h1, m1), (h2, m2) = (part.split(":") for part in text.split("-"))
        return int(h1) * 60 + int(m1), int(h2) * 60 + int(m2)
    except ValueError:
        return -1, -1


ShiftText = Annotated[str, AfterValidator(_shift)]


class WorkCalendar(Strict):
    """`calendar.yaml`: when people work, and which steps this city records.

    Attributes
    ----------
    holidays : {"china", "none"}
        Public holidays and 调休 of mainland China, or weekends only.
    overrides : dict of date to bool
        Days on which the city itself decided; true is worked.
    steps : tuple of str or None
        Steps that are recorded; None: all. What is never recorded is never missed.
    actors : bool
        Whether each step names who took it.
    open_departments, open_categories : bool
        Whether names that stand in no registry are accepted unflagged.
    ignores_case : bool
        Whether the names of departments compare without regard to case, besides Unicode NFC and
        blanks around them, which never make a difference.
    """

    source: Annotated[str, Field(min_length=3)]  # where the calendar comes from
    holidays: Literal["china", "none"]
    # working hours of a day, [from, to] each
    shifts: Annotated[tuple[ShiftText, ...], Field(min_length=1)]
    # working hours of the urgent clock
    urgent_shifts: Annotated[tuple[ShiftText, ...], Field(min_length=1)] = ("00:00-24:00",)
    overrides: dict[date, bool] = Field(default={})
    steps: tuple[str, ...] | None = None
    actors: bool = True
    open_departments: bool = False
    open_categories: bool = False
    ignores_case: bool = False

    @property
    def shift_minutes(self) -> tuple[tuple[int, int], ...]:
        """Shifts as minutes of the day."""
        return tuple(_minutes(text) for text in self.shifts)

    @property
    def urgent_minutes(self) -> tuple[tuple[int, int], ...]:
        """Shifts of urgent work as minutes of the day."""
        return tuple(_minutes(text) for text in self.urgent_shifts)


class DepartmentsFile(Strict):
    """`departments.yaml`."""

    entries: tuple[Department, ...]  # the departments, each with its dates


class CategoriesFile(Strict):
    """`categories.yaml`."""

    entries: tuple[CaseClass, ...]  # the classes, each with its dates


class ResponsibilitiesFile(Strict):
    """`responsibilities.yaml`."""

    entries: tuple[Responsibility, ...]  # who owns what, each with its dates


class LimitsFile(Strict):
    """`limits.yaml`."""

    entries: tuple[TimeLimit, ...]  # the limits, each with its dates


class ComponentsFile(Strict):
    """`components.yaml`."""

    entries: tuple[Component, ...]  # the components, each with its dates


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
