"""One city's YAML files → Catalog, or one sentence that says what to mend, in which file and line.

```
city/<name>/
  city.yaml        district, names, time zone, where the cells come from
  streets.yaml     streets with the dates between which they are valid
  feeds/           one file a feed
  sensors/         where the sensors of a feed stand
  rules/           one file a rule
  mappings/        one file a table that can be replayed
  plans/           one file a response plan
  roster.yaml      who is on duty (may be missing)
  maintenance.yaml announced work (may be missing)
  subscriptions.yaml   who is told of which warnings; may be missing
  modes.yaml       what changes for an event or in an emergency (may be missing)
  hotline.yaml     how calls to the hotline are judged (may be missing)
  targets.yaml     what departments and streets are to reach (may be missing)
  platform.yaml    what the municipal platform is sent each day (may be missing)
  grids/           second grids over the cells
  registry/        departments, classes, owners, limits and the working calendar
  events/          one file a major event
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from config import checks
from config.catalog import Catalog, City, Feed, Rule, Sensor, Street
from config.documents import Document, read_document
from config.errors import ConfigError
from config.event_checks import check_event
from config.events import SpecialEvent
from config.geojson import read_cells
from config.hotline import HotlinePlan
from config.kinds import known_feed_kinds, known_rule_kinds
from config.maintenance import Maintenance
from config.mapping import Mapping as TableMapping
from config.mode_files import check_modes, read_modes
from config.place import Strict, SurveyedCell
from config.plans import Plan
from config.platform import read_platform
from config.registry_files import read_registry
from config.roster import Roster
from config.roster_checks import check_roster
from config.rule_checks import check_references
from config.second_grids import SecondGrid, check_second_grid
from config.settings import Settings
from config.subscriptions import SubscriptionEntry, SubscriptionsFile
from config.targets import read_targets

Kind = TypeVar("Kind")
UNNAMED_RULE_KIND: Final = "readings"  # what a rule's file is that names no kind


class StreetsFile(Strict):
    """`streets.yaml`."""

    source: str  # where the list comes from
    streets: tuple[Street, ...]  # all streets, also those of the past


class SensorsFile(Strict):
    """A file of `sensors/`."""

    source: str  # where the places come from
    sensors: dict[str, Sensor]  # by id, as it stands in readings


def load(settings: Settings) -> Catalog:
    """Read and check all files of the city that the settings name.

    Raises
    ------
    ConfigError
        The first thing that is wrong: file, line, field, what was expected and what was found.
    """
    folder = _city_folder(settings, settings.city)
    city_file, streets_file = (read_document(folder / f"{n}.yaml") for n in ("city", "streets"))
    city, streets = city_file.parse(City), streets_file.parse(StreetsFile).streets
    checks.check_city(city, city_file)
    checks.check_streets(city, streets, streets_file)
    sensors = dict(_documents(folder, "sensors"))
    placed = {name: _read_sensors(file) for name, file in sensors.items()}
    feeds = {name: _read_feed(name, file, placed) for name, file in _documents(folder, "feeds")}
    rules, events = (dict(_documents(folder, kind)) for kind in ("rules", "events"))
    modes, modes_file = read_modes(folder)
    catalog = Catalog(
        city=city,
        streets=streets,
        feeds=feeds,
        rules={name: _read_rule(name, file, feeds) for name, file in rules.items()},
        mappings={
            name: _read_mapping(name, file, feeds, city)
            for name, file in _documents(folder, "mappings")
        },
        grids={name: _read_grid(name, file) for name, file in _documents(folder, "grids")},
        cells=_read_cells(city, streets, folder, city_file),
        registry=read_registry(folder),
        events={name: _read_event(name, file) for name, file in events.items()},
        roster=_read_roster(folder),
        maintenance=_read_maintenance(folder, feeds),
        subscriptions=_read_subscriptions(folder / "subscriptions.yaml"),
        plans={name: file.parse(Plan, name=name) for name, file in _documents(folder, "plans")},
        modes=modes,
        hotline=_read_hotline(folder / "hotline.yaml"),
        platform=read_platform(folder, feeds),
        targets=read_targets(folder),
    )
    checks.check_grid(catalog, streets_file)
    for name, file in rules.items():
        check_references(catalog, catalog.rules[name], file)
    check_modes(catalog, modes_file)
    for name, event in catalog.events.items():
        check_event(event, catalog, events[name])
    for name, file in sensors.items():
        checks.check_places(catalog, placed[name], file)
    return catalog


def city_of_mapping(settings: Settings, name: str) -> str:
    """Name of the city that ships a mapping: the configured one if it does, else the first other.

    Raises
    ------
    ConfigError
        No city has a mapping of that name.
    """
    cities = [settings.city, *(city for city in cities_of(settings) if city != settings.city)]
    known: list[str] = []
    for city in cities:
        files = sorted((settings.config_dir / "city" / city / "mappings").glob("*.yaml"))
        if any(file.stem == name for file in files):
            return city
        known += [f"{file.stem} ({city})" for file in files]
    msg = f"no city has a mapping {name!r}; known are {', '.join(known) or 'none'}"
    raise ConfigError(msg)


def cities_of(settings: Settings) -> list[str]:
    """Names of all configured cities, sorted."""
    return sorted(file.parent.name for file in (settings.config_dir / "city").glob("*/city.yaml"))


def _city_folder(settings: Settings, city: str) -> Path:
    """Folder of a city's files."""
    if city not in cities_of(settings):
        where = settings.config_dir / "city"
        known = ", ".join(cities_of(settings)) or "none"
        msg = f"there is no city {city!r} in {where}; GRIDPULSE_CITY may be one of {known}"
        raise ConfigError(msg)
    return settings.config_dir / "city" / city


def _documents(folder: Path, kind: str) -> Iterator[tuple[str, Document]]:
    """All documents of one kind, with the names that their files give them."""
    for file in sorted((folder / kind).glob("*.y*ml")):
        if file.suffix != ".yaml":
            msg = f"{file}: expected a name that ends in .yaml"
            raise ConfigError(msg)
        yield file.stem, read_document(file)


def _read_subscriptions(path: Path) -> tuple[SubscriptionEntry, ...]:
    """Read who is told by the city's own choice; nobody where there is no such file.

    What they name is checked by `models.warnings.subscriptions`, as that of all others.
    """
    if not path.is_file():
        return ()
    file = read_document(path)
    entries = file.parse(SubscriptionsFile).subscriptions
    ids = [entry.id for entry in entries]
    for number, name in enumerate(ids):
        if name in ids[:number]:
            where: list[str | int] = ["subscriptions", number, "id"]
            raise file.error(where, f"{name!r} is the id of another subscription too")
    return entries


def _read_sensors(file: Document) -> dict[str, Sensor]:
    sensors = file.parse(SensorsFile).sensors
    checks.check_sensors(sensors, file)
    return sensors


def _read_event(name: str, file: Document) -> SpecialEvent:
    return file.parse(SpecialEvent, name=name)


def _read_feed(name: str, file: Document, placed: Mapping[str, dict[str, Sensor]]) -> Feed:
    """Read a feed; where it names a file of `sensors/`, with these sensors."""
    named = file.data.get("sensors")
    if named is not None and named not in placed:
        known = ", ".join(placed) or "none"
        wrong = f"expected the name of a file in sensors/ ({known}), found {named!r}"
        raise file.error(["sensors"], wrong)
    own = replace(file, data={key: v for key, v in file.data.items() if key != "sensors"})
    kind = _kind_of(known_feed_kinds(), file.data.get("kind"), file)
    feed = own.parse(kind.feed, name=name, sensors={} if named is None else placed[named])
    checks.check_feed(feed, file)
    kind.check_feed(feed, file)
    return feed


def _read_rule(name: str, file: Document, feeds: dict[str, Feed]) -> Rule:
    kind = _kind_of(known_rule_kinds(), file.data.get("kind", UNNAMED_RULE_KIND), file)
    rule = file.parse(kind.rule, name=name)
    checks.check_rule(rule, feeds, file)
    kind.check_rule(rule, feeds[rule.feed], file)
    return rule.with_groups(feeds[rule.feed].groups)


def _read_hotline(file: Path) -> HotlinePlan | None:
    return read_document(file).parse(HotlinePlan) if file.is_file() else None


def _read_maintenance(folder: Path, feeds: Mapping[str, Feed]) -> Maintenance:
    """Read the announced work where the city has any."""
    if not (folder / "maintenance.yaml").is_file():
        return Maintenance()
    file = read_document(folder / "maintenance.yaml")
    found = file.parse(Maintenance)
    rules = {name for name, _ in _documents(folder, "rules")}
    for name, window in found.windows.items():
        for field, given, known in (("feeds", window.feeds, feeds), ("rules", window.rules, rules)):
            unknown = [each for each in given if each not in known]
            if unknown:
                wrong = (
                    f"expected names of {field} ({', '.join(sorted(known))}), found {unknown[0]!r}"
                )
                raise file.error(["windows", name, field], wrong)
    return found


def _read_roster(folder: Path) -> Roster | None:
    """Read the duty roster where the city has one."""
    if not (folder / "roster.yaml").is_file():
        return None
    file = read_document(folder / "roster.yaml")
    roster = file.parse(Roster)
    check_roster(roster, file)
    return roster


def _kind_of(known: Mapping[str, Kind], kind: object, file: Document) -> Kind:
    """Give the kind that a file names."""
    if not isinstance(kind, str) or kind not in known:
        raise file.error(["kind"], f"expected one of {', '.join(known)}, found {kind!r}")
    return known[kind]


def _read_mapping(name: str, file: Document, feeds: dict[str, Feed], city: City) -> TableMapping:
    """Read a mapping; times are the city's where it names no zone."""
    zone = {} if "timezone" in file.data else {"timezone": city.timezone}
    mapping = file.parse(TableMapping, name=name, **zone)
    checks.check_mapping(mapping, feeds, file)
    return mapping


def _read_grid(name: str, file: Document) -> SecondGrid:
    """Read a second grid."""
    grid = file.parse(SecondGrid, name=name)
    check_second_grid(grid, file)
    return grid


def _read_cells(
    city: City, streets: tuple[Street, ...], folder: Path, file: Document
) -> tuple[SurveyedCell, ...]:
    """Read the surveyed cells where the city has a file of them."""
    if city.grid.cells is None:
        return ()
    geojson = folder / city.grid.cells
    if not geojson.is_file():
        raise file.error(["grid", "cells"], f"expected a GeoJSON file {geojson}, found none")
    return read_cells(geojson, {street.code for street in streets})
