"""The files of a city's registry → Registry, or one sentence that says what to mend."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from config.documents import Document, read_document
from config.registry import Registry
from config.registry_entries import (
    ANY,
    CategoriesFile,
    Component,
    ComponentsFile,
    DepartmentsFile,
    Entry,
    LimitsFile,
    ResponsibilitiesFile,
)
from config.work_calendar import WorkCalendar


def read_registry(city: Path) -> Registry:
    """Read and check the registry of a city; `config.loader.load` has it in the catalog.

    A city without a folder `registry` has an open one: every department and class is accepted and
    only the limits that the events name themselves count.

    Raises
    ------
    ConfigError
        The first thing that is wrong: file, line, field, what was expected and what was found.
    """
    folder = city / "registry"
    if not folder.is_dir():
        return Registry()
    documents = {
        name: read_document(folder / f"{name}.yaml")
        for name in ("departments", "categories", "responsibilities", "limits", "calendar")
    }
    registry = Registry(
        departments=documents["departments"].parse(DepartmentsFile).entries,
        categories=documents["categories"].parse(CategoriesFile).entries,
        responsibilities=documents["responsibilities"].parse(ResponsibilitiesFile).entries,
        limits=documents["limits"].parse(LimitsFile).entries,
        components=_components(folder / "components.yaml"),
        calendar=documents["calendar"].parse(WorkCalendar),
    )
    for name in ("departments", "categories", "responsibilities", "limits"):
        _check_entries(getattr(registry, name), documents[name])
    _check_references(registry, documents)
    return registry


def _components(file: Path) -> tuple[Component, ...]:
    if not file.is_file():
        return ()
    document = read_document(file)
    entries = document.parse(ComponentsFile).entries
    _check_entries(entries, document)
    return entries


def _check_entries(entries: Sequence[Entry], document: Document) -> None:
    """Refuse dates the wrong way round, and two answers to one question."""
    seen: dict[tuple[str, ...], list[int]] = {}
    for index, entry in enumerate(entries):
        at = ("entries", index)
        if entry.valid_to is not None and entry.valid_to <= entry.valid_from:
            raise document.error((*at, "valid_to"), f"should be after {entry.valid_from}")
        for other in seen.setdefault(entry.key, []):
            if _contradict(entry, entries[other]):
                line = document.line(("entries", other))
                wrong = f"overlaps the entry of line {line} and is recorded on the same day"
                raise document.error(at, f"{' '.join(entry.key)} {wrong}")
        seen[entry.key].append(index)


def _contradict(one: Entry, other: Entry) -> bool:
    overlap = (one.valid_to is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from < other.valid_to
    )
    return overlap and one.known_from == other.known_from


def _check_references(registry: Registry, documents: dict[str, Document]) -> None:
    """Refuse an owner or a limit of something that stands nowhere."""
    departments = {entry.code for entry in registry.departments}
    classes = {entry.code for entry in registry.categories} | {ANY}
    for name in ("responsibilities", "limits"):
        for index, entry in enumerate(getattr(registry, name)):
            if entry.category not in classes and not registry.calendar.open_categories:
                wrong = f"{entry.category!r} is no class of categories.yaml"
                raise documents[name].error(("entries", index, "category"), wrong)
    for index, owner in enumerate(registry.responsibilities):
        if owner.department not in departments:
            wrong = f"{owner.department!r} is no department of departments.yaml"
            raise documents["responsibilities"].error(("entries", index, "department"), wrong)
