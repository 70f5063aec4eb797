"""Which subscriptions a change of a warning goes to, and when. No clock is read here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from shapely.geometry import Polygon

from config.catalog import Catalog, Rule
from models.grid import codes
from models.messages.signals import ClusterSignal, CountSignal
from models.messages.subscriptions import DigestTime, Quiet, Subscription
from models.messages.warnings import CityWarning, Level

_DAY_MIN: Final = 1440


class Router:
    """Decides for each change who is told.

    Parameters
    ----------
    catalog : Catalog
        Its rules say what kind of warning a rule gives; its grids, which cells a polygon holds.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._rules = catalog.rules
        self._places: dict[str, tuple[object, _Places]] = {}  # by id: what was asked for, as codes
        self.zone = ZoneInfo(catalog.city.timezone)

    def receivers(
        self, subscriptions: Iterable[Subscription], change: CityWarning, published_ms: int
    ) -> Iterator[Subscription]:
        """Give the subscriptions that a change goes to.

        Parameters
        ----------
        published_ms : int
            Wall clock at which the change was published: a subscription has its time.
        """
        for each in subscriptions:
            if each.since_ms <= published_ms < each.until_ms and self.is_for(each, change):
                yield each

    def is_for(self, subscription: Subscription, change: CityWarning) -> bool:
        """Tell whether a subscription asks for such a change, whenever it was published."""
        return (
            max(change.level, change.peak_level) >= subscription.minimum
            and (not subscription.rules or change.rule in subscription.rules)
            and self._is_of_kind(subscription, change)
            and (not subscription.categories or self._is_of_category(subscription, change))
            and self._places_of(subscription).hold(change)
        )

    def selected_rules(self, subscription: Subscription) -> list[str]:
        """Name the rules whose warnings it can receive."""
        return [
            name
            for name, rule in self._rules.items()
            if (not subscription.rules or name in subscription.rules)
            and (not subscription.kinds or rule.kind in subscription.kinds)
            and (not subscription.categories or _classes(rule, subscription.categories))
        ]

    def cells_of(self, subscription: Subscription) -> frozenset[str]:
        """Give the cells whose middle lies in its polygon, of all dates."""
        ring = subscription.polygon
        return cells_within(self._catalog, ring) if ring else frozenset()

    def _is_of_kind(self, subscription: Subscription, change: CityWarning) -> bool:
        rule = self._rules.get(change.rule)
        return not subscription.kinds or (rule is not None and rule.kind in subscription.kinds)

    def _is_of_category(self, subscription: Subscription, change: CityWarning) -> bool:
        """Compare the classes of the evidence; without any, the rule decides."""
        groups = {
            each.group for each in change.evidence if isinstance(each, CountSignal | ClusterSignal)
        }
        rule = self._rules.get(change.rule)
        if rule is None:
            return False
        wanted = _classes(rule, subscription.categories)
        return bool(wanted & groups) if groups else bool(wanted)

    def _places_of(self, subscription: Subscription) -> _Places:
        known = self._places.get(subscription.id)
        asked = subscription.areas, subscription.polygon
        if known is None or known[0] != asked:
            places = _Places({*subscription.areas, *self.cells_of(subscription)})
            known = self._places[subscription.id] = asked, places
        return known[1]


class _Places:
    """Codes of areas of any kind; without any, everywhere."""

    def __init__(self, wanted: set[str]) -> None:
        self._wanted = wanted
        self._above = {above for code in wanted for above in _upward(code)}

    def hold(self, change: CityWarning) -> bool:
        """Tell whether a warning is about one of them: about a part of it, or all around it.

        A warning whose cells are not known may be about any place in its area.
        """
        if not self._wanted:
            return True
        places = change.cells or [change.area]
        return any(
            place in self._above or any(above in self._wanted for above in _upward(place))
            for place in places
        )


def _upward(code: str) -> tuple[str, ...]:
    """Give a code and those of the areas around it."""
    return (code, codes.community_code(code), codes.street_code(code), codes.district_code(code))


def _classes(rule: Rule, categories: Iterable[str]) -> set[str]:
    """Name the groups of a rule that are, or hold, one of some classes of cases."""
    if rule.is_of_metric:
        return set()
    wanted = set(categories)
    grouped = {
        name
        for name, group in rule.grouped.items()
        if name in wanted or wanted & set(group.categories)
    }
    return grouped or (wanted if not rule.grouped else set())


def cells_within(catalog: Catalog, ring: Iterable[tuple[float, float]]) -> frozenset[str]:
    """Give the codes of the cells whose middle lies in an outline, of the grids of all dates."""
    area = Polygon(list(ring))
    found: set[str] = set()
    for day in sorted({street.valid_from for street in catalog.streets}):
        grid = catalog.grid_at(day)
        inside = shapely.contains_xy(area, grid.lon, grid.lat)
        found.update(f"{code:0{codes.CELL_DIGITS}d}" for code in grid.codes[np.asarray(inside)])
    return frozenset(found)


def send_at_ms(subscription: Subscription, level: Level, at_ms: int, zone: tzinfo) -> int:
    """Tell when a change is sent that could be sent at `at_ms`; red is never kept back.

    What is kept back to one time goes out in one message.
    """
    if level is Level.RED or not (subscription.digest or subscription.quiet):
        return at_ms
    sent_ms = at_ms
    if subscription.digest is not None:
        sent_ms = _next_digest_ms(subscription.digest, sent_ms, zone)
    if subscription.quiet is not None:
        sent_ms = _after_quiet_ms(subscription.quiet, sent_ms, zone)
    return sent_ms


def _next_digest_ms(digest: DigestTime, at_ms: int, zone: tzinfo) -> int:
    """Give the first time after `at_ms` at which a digest goes out."""
    local = datetime.fromtimestamp(at_ms / 1000, zone)
    if digest.every == "hour":
        # By the clock of the world: an hour that the local clock repeats has a digest each time.
        due = local.replace(minute=digest.at % 60, second=0, microsecond=0).timestamp()
        return round((due if due * 1000 > at_ms else due + 3600) * 1000)
    for days in (0, 1, 2):
        due_ms = _local_ms(local, days, digest.at, zone)
        if due_ms > at_ms:
            return due_ms
    return due_ms


def _after_quiet_ms(quiet: Quiet, at_ms: int, zone: tzinfo) -> int:
    """Give the end of the quiet hours in which a moment lies, or the moment itself."""
    local = datetime.fromtimestamp(at_ms / 1000, zone)
    minute = local.hour * 60 + local.minute
    length = (quiet.end - quiet.begin) % _DAY_MIN
    if (minute - quiet.begin) % _DAY_MIN >= length:
        return at_ms
    return max(at_ms, _local_ms(local, int(minute >= quiet.end), quiet.end, zone))


def _local_ms(local: datetime, days: int, minute: int, zone: tzinfo) -> int:
    """Give a minute of a local day some days on; one that the clock leaves out is the next."""
    day = local.date() + timedelta(days=days)
    moment = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
    return round(moment.timestamp() * 1000)
