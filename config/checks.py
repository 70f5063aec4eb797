"""Checks that look beyond one field: references between files, dates that overlap, levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from config.catalog import Catalog, City, DatedLimits, Feed, Group, Rule, Sensor, Street
from config.documents import Document
from config.errors import ConfigError
from config.kinds import known_feed_kinds, may_watch
from config.levels import check_order
from config.mapping import Mapping as TableMapping
from models.grid.grid import Grid

_LARGEST = 2**31  # values travel as int32 multiples of the resolution


def check_city(city: City, file: Document) -> None:
    """Check `city.yaml`: its time zone, and that its grid comes from exactly one source."""
    _check_zone(city.timezone, file)
    if (city.grid.cells is None) == (not city.grid.areas):
        raise file.error(["grid"], "expected either cells or areas")


def check_streets(city: City, streets: Sequence[Street], file: Document) -> None:
    """Check `streets.yaml`: codes, dates, and what a synthetic grid needs to know of a street."""
    if not streets:
        raise file.error(["streets"], "expected at least one street")
    for index, street in enumerate(streets):
        at: tuple[str | int, ...] = ("streets", index)
        if not street.code.startswith(city.code):
            wrong = f"expected a code that starts with the district {city.code}"
            raise file.error([*at, "code"], f"{wrong}, found {street.code}")
        if street.valid_to is not None and street.valid_to <= street.valid_from:
            wrong = f"expected a date after valid_from {street.valid_from}, found {street.valid_to}"
            raise file.error([*at, "valid_to"], wrong)
        for other in streets[:index]:
            if other.code == street.code and overlap(other, street):
                wrong = f"street {street.code} is already valid then, from {other.valid_from}"
                raise file.error([*at, "valid_from"], wrong)
        if city.grid.areas and street.area not in city.grid.areas:
            wrong = f"expected one of {', '.join(city.grid.areas)}, found {street.area!r}"
            raise file.error([*at, "area"], wrong)
        if city.grid.areas and street.centre is None:
            raise file.error([*at, "centre"], "is required where the grid is made from areas")


def check_feed(feed: Feed, file: Document) -> None:
    """Check a feed of any kind: its values fit the integers they travel as, its groups can be."""
    for name, metric in feed.metrics.items():
        if metric.low >= metric.high:
            wrong = f"expected less than high {metric.high}, found {metric.low}"
            raise file.error(["metrics", name, "low"], wrong)
        if max(abs(metric.low), abs(metric.high)) / metric.resolution >= _LARGEST:
            wrong = f"{metric.resolution} is too fine: low and high must stay below 2^31 steps"
            raise file.error(["metrics", name, "resolution"], wrong)
    if feed.clock.future_s > feed.allowed_lateness_s / 2:
        wrong = f"expected at most half the allowed lateness of {feed.allowed_lateness_s} s"
        raise file.error(["clock", "future_s"], f"{wrong}, found {feed.clock.future_s}")
    if feed.registered and not feed.sensors:
        raise file.error(["registered"], "a feed of registered sensors needs a list of them")
    _check_groups(feed.groups, feed, file)
    if feed.other_category is not None and feed.other_category not in feed.categories:
        wrong = f"expected a code of categories, found {feed.other_category!r}"
        raise file.error(["other_category"], wrong)


def check_sensors(sensors: Mapping[str, Sensor], file: Document) -> None:
    """Check a file of sensors: each has either a cell or coordinates."""
    for name, sensor in sensors.items():
        if (sensor.cell is None) == (sensor.lon is None or sensor.lat is None):
            raise file.error(["sensors", name], "expected either cell, or lon and lat")


def check_rule(rule: Rule, feeds: Mapping[str, Feed], file: Document) -> None:
    """Check a rule of any kind: what it watches exists, and its levels rise from blue to red."""
    if rule.feed not in feeds:
        raise file.error(["feed"], f"expected one of {', '.join(feeds)}, found {rule.feed!r}")
    _check_watched(rule, feeds[rule.feed], file)
    check_order(rule.levels, ["levels"], file, falling=rule.is_falling)


def _check_watched(rule: Rule, feed: Feed, file: Document) -> None:
    """Check that the kind of the feed can be watched by such a rule, and has what it watches."""
    if not may_watch(rule.kind, feed.kind):
        fitting = [name for name in known_feed_kinds() if may_watch(rule.kind, name)]
        wrong = f"expected a feed of kind {' or '.join(fitting)}, found {feed.name!r}"
        raise file.error(["feed"], wrong)
    if rule.is_of_metric and rule.metric not in feed.metrics:
        known = ", ".join(feed.metrics) or "none"
        wrong = f"expected a metric of feed {rule.feed} ({known}), found {rule.metric!r}"
        raise file.error(["metric"], wrong)
    _check_groups(rule.grouped, feed, file)


def _check_groups(groups: Mapping[str, Group], feed: Feed, file: Document) -> None:
    """Check groups: their categories are of the feed, each of them in one group at the most."""
    seen: dict[str, str] = {}
    for name, group in groups.items():
        for number, category in enumerate(group.categories):
            at: tuple[str | int, ...] = ("groups", name, "categories", number)
            if category not in feed.categories:
                raise file.error(at, f"expected a category of {feed.name}, found {category!r}")
            if category in seen:
                raise file.error(at, f"category {category} is in group {seen[category]} already")
            seen[category] = name


def check_mapping(mapping: TableMapping, feeds: Mapping[str, Feed], file: Document) -> None:
    """Check a mapping: its feed exists, and it says what the kind of that feed needs."""
    if mapping.feed not in feeds:
        raise file.error(["feed"], f"expected one of {', '.join(feeds)}, found {mapping.feed!r}")
    feed = feeds[mapping.feed]
    for field in known_feed_kinds()[feed.kind].mapping_needs:
        if not getattr(mapping, field):
            raise file.error([field], f"is required for feed {feed.name} of kind {feed.kind}")
    for metric in mapping.metrics:
        if metric not in feed.metrics:
            wrong = f"feed {feed.name} has no such metric; it has {', '.join(feed.metrics)}"
            raise file.error(["metrics", metric], wrong)
    for name, code in (mapping.category.codes if mapping.category else {}).items():
        if code not in feed.categories:
            wrong = f"expected a category of feed {feed.name}, found {code!r}"
            raise file.error(["category", "codes", name], wrong)
    _check_zone(mapping.timezone, file)


def check_grid(catalog: Catalog, streets: Document) -> None:
    """Check that every set of streets ever in force gives a grid."""
    for day in sorted({street.valid_from for street in catalog.streets}):
        try:
            catalog.grid_at(day)
        except ConfigError as error:
            raise streets.error(["streets"], f"from {day}: {error}") from None


def check_places(catalog: Catalog, sensors: Mapping[str, Sensor], file: Document) -> None:
    """Check that each sensor stands on a cell that was ever in force."""
    days = sorted({street.valid_from for street in catalog.streets}, reverse=True)
    for name, sensor in sensors.items():
        if not any(_stands_on(catalog.grid_at(day), sensor) for day in days):
            raise file.error(["sensors", name], "stands outside all cells of the city")


def _stands_on(grid: Grid, sensor: Sensor) -> bool:
    """Tell whether a sensor stands on a cell of a grid."""
    if sensor.cell is not None:
        return bool(grid.index_of(np.array([int(sensor.cell)]))[0] >= 0)
    place = np.array([[sensor.lon], [sensor.lat]], dtype=np.float64)
    return bool(grid.locate(*place)[0] >= 0)


def _check_zone(zone: str, file: Document) -> None:
    """Check that the time zone database has a zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        wrong = f"expected an IANA time zone such as Asia/Shanghai, found {zone!r}"
        raise file.error(["timezone"], wrong) from None


def overlap(one: Street | DatedLimits, other: Street | DatedLimits) -> bool:
    """Tell whether two are in force on a common day."""
    return one.valid_from < (other.valid_to or date.max) and other.valid_from < (
        one.valid_to or date.max
    )
