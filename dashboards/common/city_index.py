"""The city's fixed facts for the wall: names from the catalog, and its grids by digest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from config.catalog import Catalog, Metric, Street, Text
from config.registry_entries import Department
from dashboards.common.grid_raster import GridRaster, lay_out
from dashboards.common.messages import same
from dashboards.common.wording import UNKNOWN, local
from models.grid.codes import STREET_DIVISOR
from models.grid.grid import Grid
from models.situation.snapshot import Snapshot


class CityIndex:
    """Names and places of one city.

    Parameters
    ----------
    catalog : Catalog
    grid_at : callable
        Grid of the city on a date. A replay of an earlier year has that year's streets.
    today : date
        The date whose grid is laid out at the start.
    departments : sequence of Department
        Of the city's registry; one may stand there several times, as it was called at the time.
    """

    def __init__(
        self,
        catalog: Catalog,
        grid_at: Callable[[date], Grid],
        today: date,
        departments: Sequence[Department] = (),
    ) -> None:
        self.catalog = catalog
        self.zone = ZoneInfo(catalog.city.timezone)
        self._grid_at = grid_at
        self._departments = departments
        self.current = lay_out(grid_at(today))
        self._known = {self.current.digest: self.current}
        self._refused: tuple[str, date] | None = None

    def raster_for(self, snapshot: Snapshot) -> GridRaster | None:
        """Raster that the arrays of a snapshot fit; None where the city has no such grid."""
        if snapshot.grid in self._known:
            return self._known[snapshot.grid]
        day = local(snapshot.clock_ms, self.zone).date()
        if self._refused == (snapshot.grid, day):
            return None
        found = lay_out(self._grid_at(day))
        self._known[found.digest] = found
        if found.digest == snapshot.grid:
            return found
        self._refused = (snapshot.grid, day)
        return None

    def area(self, code: str, now_ms: int) -> Text:
        """Name of a street or of the district; a code it does not know stands for itself."""
        if code == self.catalog.city.code:
            return self.catalog.city.name
        named = [street for street in self.catalog.streets if street.code == code]
        day = local(now_ms, self.zone).date()
        valid = [s for s in named if s.valid_from <= day and (not s.valid_to or day < s.valid_to)]
        return next((street.name for street in valid or named), same(code))

    def department(self, code: str, now_ms: int) -> Text:
        """Title of a department; a code it does not know stands for itself, none is unknown."""
        if not code:
            return same(UNKNOWN)
        named = [each for each in self._departments if each.code == code]
        day = local(now_ms, self.zone).date()
        valid = [each for each in named if each.holds(day)]
        return next((each.title for each in valid or named), same(code))

    def streets_now(self, now_ms: int) -> Sequence[Street]:
        """Streets in force at a moment."""
        return self.catalog.streets_at(local(now_ms, self.zone).date())

    def rules_of(self, departments: Collection[str]) -> frozenset[str]:
        """Names of the rules whose owner is, or belongs to, one of some departments.

        Departments are codes of the registry, or names as they stand in the owner of a rule.
        """
        titles = {each.title["zh"] for each in self._departments if each.code in departments}
        wanted = titles | set(departments)
        rules = self.catalog.rules.items()
        return frozenset(
            name for name, rule in rules if any(each in rule.owner["zh"] for each in wanted)
        )

    def street_of(self, cell: str, now_ms: int) -> Text:
        """Name of the street a cell lies in."""
        if not cell.isdigit():
            return same(cell)
        return self.area(str(int(cell) // STREET_DIVISOR), now_ms)

    def rule(self, name: str) -> Text:
        """Title of a rule."""
        rule = self.catalog.rules.get(name)
        return rule.title if rule else same(name)

    def metric(self, feed: str, name: str) -> Metric | None:
        """Metric of a feed; None where the catalog has no such feed or metric."""
        known = self.catalog.feeds.get(feed)
        return known.metrics.get(name) if known else None

    def category(self, code: str) -> Text:
        """Title of a case category."""
        titles = (
            feed.categories[code].title
            for feed in self.catalog.feeds.values()
            if code in feed.categories
        )
        return next(titles, same(code))
