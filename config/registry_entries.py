"""Entries of a city's registries, each with its dates, and the files that list them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

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
