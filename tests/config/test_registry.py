"""Registries: entries by day and by what was known, and mistakes told with their line."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from config.errors import ConfigError
from config.loader import load
from config.registry import Registry, in_force
from config.registry_entries import TimeLimit
from config.settings import Settings
from config.work_calendar import WorkCalendar

CITIES = ("dongcheng", "boston", "baltimore")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A copy of Dongcheng that a test may break."""
    shutil.copytree(Settings().config_dir / "city" / "dongcheng", tmp_path / "city" / "dongcheng")
    return Settings(config_dir=tmp_path)


def edit(settings: Settings, name: str, old: str, new: str) -> None:
    file = settings.config_dir / "city" / "dongcheng" / "registry" / f"{name}.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("city", CITIES)
def test_every_city_has_a_registry_and_every_entry_a_source(city: str) -> None:
    registry = load(Settings(city=city)).registry
    for entries in (registry.departments, registry.categories, registry.limits):
        assert all(entry.source for entry in entries)


def test_classes_are_those_of_the_feed_and_each_has_an_owner_and_a_limit() -> None:
    settings = Settings()
    registry, feed = load(settings).registry, load(settings).feeds["cases"]
    day = date(2024, 3, 1)
    assert {entry.code for entry in registry.categories} == set(feed.categories)
    for code in feed.categories:
        known = registry.category(code, day)
        assert known is not None
        assert code[0] == {"event": "E", "component": "C"}[known.kind]
        assert known.group + known.subclass == code[1:]
        owner = registry.owner(code, "110101001", day)
        assert owner is not None
        assert registry.department(owner.department, day) is not None
        assert registry.limit(code, "close", day) is not None


def test_a_case_of_2009_has_the_limit_of_2009() -> None:
    registry = load(Settings()).registry
    old, new = (registry.limit("E0102", "close", date(year, 6, 1)) for year in (2009, 2020))
    assert old is not None and (old.minutes, old.basis) == (1440, "working-days")
    assert new is not None and (new.minutes, new.basis) == (240, "working-hours")
    assert registry.limit("E0102", "close", date(1999, 1, 1)) is None


def test_a_correction_does_not_rewrite_what_was_decided_before_it() -> None:
    def entry(minutes: int, recorded: date | None) -> TimeLimit:
        return TimeLimit(
            category="*",
            step="close",
            minutes=minutes,
            basis="calendar",
            valid_from=date(2020, 1, 1),
            recorded=recorded,
            source="test",
        )

    entries = [entry(60, None), entry(90, date(2021, 5, 1))]
    day = date(2020, 6, 1)
    now, then = in_force(entries, day), in_force(entries, day, known=date(2021, 4, 30))
    assert now is not None and now.minutes == 90
    assert then is not None and then.minutes == 60
    assert in_force(entries, day, known=date(2019, 1, 1)) is None


def test_an_entry_of_a_street_goes_before_that_of_all(settings: Settings) -> None:
    edit(
        settings,
        "responsibilities",
        "entries:",
        "entries:\n  - {category: E0102, street: '110101001', department: water, "
        "valid_from: 2010-01-01, source: test}",
    )
    registry = load(settings).registry
    day = date(2024, 1, 1)
    owners = [registry.owner("E0102", street, day) for street in ("110101001", "110101002")]
    assert [owner.department for owner in owners if owner] == ["water", "sanitation"]


def test_components_are_optional_and_have_sixteen_digits(settings: Settings) -> None:
    file = settings.config_dir / "city" / "dongcheng" / "registry" / "components.yaml"
    file.write_text(
        "entries:\n  - {code: '1101010101000001', category: C0101, cell: '110101001001001', "
        "valid_from: 2010-01-01, source: test}\n"
    )
    found = load(settings).registry.component("1101010101000001", date(2024, 1, 1))
    assert found is not None and found.cell == "110101001001001"
    file.write_text("entries:\n  - {code: '77', category: C0101, cell: '1', source: test}\n")
    with pytest.raises(ConfigError, match=r"components.yaml:2: "):
        load(settings)


def test_a_city_without_registry_accepts_every_name(settings: Settings) -> None:
    shutil.rmtree(settings.config_dir / "city" / "dongcheng" / "registry")
    registry = load(settings).registry
    assert registry.calendar.open_departments
    assert registry.limit("E0102", "close", date(2024, 1, 1)) is None


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("departments", "axis: supervision", "axis: judge", "axis"),
        ("departments", "    valid_from: 2004-10-01", "    valid_form: 2004-10-01", "valid_form"),
        ("categories", 'group: "01"', 'group: "1"', "group"),
        ("limits", "minutes: 30", "minutes: 0", "greater than 0"),
        ("limits", "basis: working-hours", "basis: lunch", "basis"),
        ("limits", 'category: "*"', "category: X1", "no class"),
        ("limits", "valid_to: 2013-08-01", "valid_to: 2003-01-01", "after 2004-10-01"),
        ("limits", "step: dispatch", "step: file", "overlaps the entry of line"),
        ("responsibilities", "department: sanitation", "department: nobody", "no department"),
        ("calendar", "08:30-12:00", "12:00-08:30", "expected a shift"),
        ("calendar", "holidays: china", "holidays: mars", "holidays"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_field(
    settings: Settings, file: str, old: str, new: str, said: str
) -> None:
    edit(settings, file, old, new)
    with pytest.raises(ConfigError, match=rf"registry/{file}\.yaml:\d+: .*{said}"):
        load(settings)


def test_shifts_are_minutes_of_the_day() -> None:
    calendar = WorkCalendar(source="test", holidays="none", shifts=("08:30-12:00", "13:30-24:00"))
    assert calendar.shift_minutes == ((510, 720), (810, 1440))
    assert Registry(calendar=calendar).owner("x", "y", date(2024, 1, 1)) is None
