"""Names of the areas that warnings speak of."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from config.catalog import Catalog, Rule, Text
from models.warn.grouping import scope_of
from models.warn.text import Scene


def place_of(catalog: Catalog, area: str) -> Text:
    """Name a street or the district; a code without a name stands for itself.

    Where a code had several names in its history the newest is given.
    """
    if scope_of(area) == "regional":
        return catalog.city.name
    named = [street for street in catalog.streets if street.code == area]
    if not named:
        return {"zh": area, "en": area}
    return max(named, key=lambda street: street.valid_from).name


def scene_of(catalog: Catalog, rule: Rule, area: str) -> Scene:
    """Collect the names that the text of a warning needs."""
    feed = catalog.feeds[rule.feed]
    return Scene(
        place=place_of(catalog, area),
        metric=feed.metrics[rule.metric],
        timezone=ZoneInfo(catalog.city.timezone),
    )
