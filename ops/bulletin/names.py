"""Names beside codes, in both languages: places, rules, metrics, departments, classes."""

from __future__ import annotations

from datetime import date

from config.catalog import Catalog
from models.bulletin.figures import Text
from models.grid.codes import CELL_DIGITS, DISTRICT_DIGITS, STREET_DIGITS


class CodeNames:
    """The names of a city's codes on a day; a code that has none stands for itself."""

    def __init__(self, catalog: Catalog, day: date) -> None:
        self._catalog, self._day = catalog, day
        self._streets: dict[str, Text] = {each.code: each.name for each in catalog.streets}

    def place(self, code: str) -> Text:
        """Name a cell with its street, a street, or the district."""
        if len(code) == DISTRICT_DIGITS:
            return self._catalog.city.name
        street = self.street(code[:STREET_DIGITS])
        if len(code) == CELL_DIGITS:
            return {lang: f"{name} {code}" for lang, name in street.items()}
        return street

    def street(self, code: str) -> Text:
        """Name a street."""
        return self._streets.get(code, _itself(code))

    def department(self, code: str) -> Text:
        """Name a department."""
        found = self._catalog.registry.department(code, self._day)
        return _itself(code) if found is None else found.title

    def category(self, code: str) -> Text:
        """Name a class of case."""
        for feed in self._catalog.feeds_of("cases"):
            if code in feed.categories:
                return feed.categories[code].title
        return _itself(code)

    def rule(self, name: str) -> Text:
        """Name a rule."""
        found = self._catalog.rules.get(name)
        return _itself(name) if found is None else found.title

    def metric(self, feed: str, metric: str) -> tuple[Text, str]:
        """Name a metric, and give its unit."""
        found = self._catalog.feeds.get(feed)
        if found is None or metric not in found.metrics:
            return _itself(metric), ""
        return found.metrics[metric].title, found.metrics[metric].unit


def _itself(code: str) -> Text:
    return {"zh": code or "（未知）", "en": code or "(unknown)"}
