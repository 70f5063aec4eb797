"""Names of the areas that warnings speak of."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from config.catalog import CasesRule, Catalog, Feed, Metric, Rule, SilenceRule, Text
from models.warn.grouping import scope_of
from models.warn.text import Scene

CASES: Final[Text] = {"zh": "案件数", "en": "number of cases"}
REPORTING: Final[Text] = {"zh": "数据上报", "en": "reporting"}


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
    names = {code: category.title for code, category in feed.categories.items()}
    if isinstance(rule, CasesRule):
        names |= {code: group.title for code, group in rule.groups.items()}
    return Scene(
        place=place_of(catalog, area),
        metric=_measured(feed, rule),
        timezone=ZoneInfo(catalog.city.timezone),
        names=names,
    )


def _measured(feed: Feed, rule: Rule) -> Metric:
    """Give what a rule measures: a metric of the feed, numbers of cases, or silence in hours."""
    if rule.metric in feed.metrics:
        return feed.metrics[rule.metric]
    is_silence = isinstance(rule, SilenceRule)
    return Metric(
        title=REPORTING if is_silence else CASES,
        unit="h" if is_silence else "",
        resolution=1,
        low=0,
        high=1_000_000,
    )
