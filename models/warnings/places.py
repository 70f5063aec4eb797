"""Names of the places and cases that warnings are about."""

from __future__ import annotations

from collections import ChainMap
from zoneinfo import ZoneInfo

import numpy as np

from config.catalog import Catalog, Feed, Metric, Rule, Text
from models.messages.signals import Scope
from models.rules.contract import kind_of
from models.warnings.grouping import scope_of
from models.warnings.text import TextContext


def place_of(catalog: Catalog, area: str) -> Text:
    """Name a street or the district; a code without a name stands for itself.

    Where a code had several names in its history the newest is given.
    """
    if scope_of(area) is Scope.REGIONAL:
        return catalog.city.name
    named = [street for street in catalog.streets if street.code == area]
    if not named:
        return {"zh": area, "en": area}
    return max(named, key=lambda street: street.valid_from).name


class Names:
    """What a city calls its streets, sensors and kinds of case.

    Parameters
    ----------
    catalog : Catalog
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._zone = ZoneInfo(catalog.city.timezone)
        streets = {street.code: place_of(catalog, street.code) for street in catalog.streets}
        departments = {one.code: one.title for one in catalog.registry.departments}
        self._places = {
            name: departments | streets | stations(catalog, feed)
            for name, feed in catalog.feeds.items()
        }

    def context_of(self, rule: Rule, area: str) -> TextContext:
        """Collect the names that the text of a warning needs."""
        feed = self._catalog.feeds[rule.feed]
        names = {code: category.title for code, category in feed.categories.items()}
        names |= {code: group.title for code, group in rule.grouped.items()}
        names |= counted_as(feed)
        return TextContext(
            place=place_of(self._catalog, area),
            metric=_measured(feed, rule),
            timezone=self._zone,
            names=ChainMap(names, self._places[rule.feed]),
        )


def counted_as(feed: Feed) -> dict[str, Text]:
    """Name what a feed counts that is not a case: all of it, and one of it."""
    counted: Text | None = getattr(feed, "counted", None)
    return {} if counted is None else {"all": feed.title, "one": counted}


def stations(catalog: Catalog, feed: Feed) -> dict[str, Text]:
    """Name the cells in which sensors of a feed stand, each after the first of its sensors."""
    sensors = list(feed.sensors.values())
    lon, lat = (
        np.array([np.nan if each is None else each for each in degrees], dtype=np.float64)
        for degrees in ([s.lon for s in sensors], [s.lat for s in sensors])
    )
    named: dict[str, Text] = {}
    days = {street.valid_from for street in catalog.streets} if sensors else set()
    for day in sorted(days):
        grid = catalog.grid_at(day)
        for sensor, at in zip(sensors, grid.locate(lon, lat).tolist(), strict=True):
            if sensor.cell is not None or at >= 0:
                named.setdefault(sensor.cell or f"{grid.codes[at]:015d}", sensor.title)
    return named


def _measured(feed: Feed, rule: Rule) -> Metric:
    """Give what a rule measures: a metric of the feed, or what its kind says."""
    return feed.metrics.get(rule.metric) or kind_of(rule).measures
