"""The history that is shown and exported: one question, one answer, for the page and every file.

What a page shows and what a file holds come from the same value, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from config.catalog import Feed, Metric, Text
from dashboards.access.callers import Caller
from dashboards.api.context import ApiContext
from dashboards.api.newest import clock_of
from dashboards.common.case_book import CaseNow
from dashboards.common.cases_near import CasesNear, cases_near
from dashboards.common.city_index import CityIndex
from dashboards.common.history import History, HourRows
from dashboards.common.places import grid_now, stations, title_of_place
from models.detect.contract import Floats
from models.history.season import SeasonBand, season_band, season_days
from models.history.span import HistorySpan
from models.timing.calendar import EPOCH
from models.timing.units import HOUR_MS
from models.timing.zone import Times, Zone, zone_of

MOST_PLACES: Final = 4
MEASURED: Final = "pm10"  # whoever measures it, measures dust


@dataclass(frozen=True, kw_only=True)
class HistoryQuestion:
    """What is asked.

    Attributes
    ----------
    metric : str
        Of the feed that measures dust.
    places : tuple of str
        Codes of cells, or of areas with all cells in them; at most `MOST_PLACES`.
    span : HistorySpan
    """

    metric: str
    places: tuple[str, ...]
    span: HistorySpan


@dataclass(frozen=True, kw_only=True)
class PlaceHistory:
    """One place of it.

    Attributes
    ----------
    mean, most : ndarray, shape (n,), float64
        Of each hour; NaN where nothing was measured.
    readings : ndarray, shape (n,), int64
    band : SeasonBand
    """

    code: str
    title: Text
    mean: Floats
    most: Floats
    readings: NDArray[np.int64]
    band: SeasonBand

    @property
    def known(self) -> NDArray[np.int64]:
        """Places of the hours in which something was measured."""
        return np.flatnonzero(np.isfinite(self.mean))

    @property
    def average(self) -> float:
        """Mean over the hours; NaN where there is none."""
        return float(self.mean[self.known].mean()) if len(self.known) else float("nan")

    @property
    def usual(self) -> float:
        """Mean of the medians of earlier years over the hours that have both; NaN without any."""
        both = np.flatnonzero(np.isfinite(self.mean) & np.isfinite(self.band.median))
        return float(self.band.median[both].mean()) if len(both) else float("nan")

    @property
    def over_usual(self) -> float:
        """Mean over what was usual, over the hours that have both."""
        both = np.flatnonzero(np.isfinite(self.mean) & np.isfinite(self.band.median))
        usual = self.usual
        return float(self.mean[both].mean()) / usual if usual > 0 else float("nan")

    @property
    def hours_above(self) -> int:
        """Hours above all that was seen in earlier years."""
        return int(np.sum(self.mean > self.band.high))  # NaN is never above


@dataclass(frozen=True, kw_only=True)
class HistoryShown:
    """The answer.

    Attributes
    ----------
    feed, metric : Feed, Metric
    stations : mapping of str to Text
        Cells in which sensors of the feed stand, with their names.
    at_ms : ndarray, shape (n,), int64
        Beginnings of the hours of the time that was asked for.
    places : list of PlaceHistory
    near : CasesNear
        Cases on dust at the places and in the time.
    clock_ms : int
        Up to when anything can be known: of the newest snapshot.
    made_ms : int
        Wall clock.
    """

    question: HistoryQuestion
    city: CityIndex
    stations: Mapping[str, Text]
    feed: Feed
    metric: Metric
    at_ms: Times
    places: list[PlaceHistory]
    near: CasesNear = field(default_factory=CasesNear)
    clock_ms: int
    made_ms: int

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Hours that are over, and in which nothing was measured anywhere; shape (n,)."""
        found = np.zeros(len(self.at_ms), dtype=bool)
        for place in self.places:
            found |= np.isfinite(place.mean)
        return ~found & (self.at_ms + HOUR_MS <= self.clock_ms)

    @property
    def cases(self) -> Sequence[CaseNow]:
        """The cases, where they can be known."""
        return self.near.cases


def dust_feed(city: CityIndex) -> Feed | None:
    """Give the feed that measures dust; None where the city has none."""
    feeds = city.catalog.feeds.values()
    return next((feed for feed in feeds if MEASURED in feed.metrics), None)


def history_shown(
    api: ApiContext, caller: Caller, archive: History, question: HistoryQuestion
) -> HistoryShown | None:
    """Answer a question; None where the city has no such metric.

    Raises
    ------
    GridpulseError
        The archive cannot be read.
    """
    feed = dust_feed(api.city)
    if feed is None or question.metric not in feed.metrics:
        return None
    zone, span = zone_of(api.city.catalog.city.timezone), question.span
    at_ms = np.arange(span.since_ms, span.until_ms, HOUR_MS, dtype=np.int64)
    days = _days(span, zone)
    earlier = season_days(span.since_ms, span.until_ms, zone)
    known = stations(grid_now(api.snapshots, api.city), feed)
    now, before = (
        archive.hours(feed.name, question.metric, question.places, each) for each in (days, earlier)
    )
    places = [
        _place(
            code,
            title_of_place(api.city, known, code, span.until_ms),
            now[code],
            before[code],
            (at_ms, zone),
        )
        for code in question.places
    ]
    return HistoryShown(
        question=question,
        city=api.city,
        stations=known,
        feed=feed,
        metric=feed.metrics[question.metric],
        at_ms=at_ms,
        places=places,
        near=cases_near(api, caller, question.places, span),
        clock_ms=clock_of(api),
        made_ms=api.now_ms(),
    )


def _place(
    code: str, title: Text, now: HourRows, earlier: HourRows, when: tuple[Times, Zone]
) -> PlaceHistory:
    at_ms, zone = when
    return PlaceHistory(
        code=code,
        title=title,
        mean=_laid(now.at_ms, now.mean, at_ms),
        most=_laid(now.at_ms, now.most, at_ms),
        readings=np.nan_to_num(_laid(now.at_ms, now.readings, at_ms)).astype(np.int64),
        band=season_band(at_ms, earlier.at_ms, earlier.mean, zone),
    )


def _days(span: HistorySpan, zone: Zone) -> list[date]:
    first, last = zone.day_at(span.since_ms), zone.day_at(span.until_ms - 1)
    return [EPOCH + timedelta(days=day) for day in range(first, last + 1)]


def _laid(known_ms: Times, values: NDArray[Any], at_ms: Times) -> Floats:
    """Lay values over the hours of a time; NaN where there is none."""
    laid = np.full(len(at_ms), np.nan)
    place = (known_ms - at_ms[0]) // HOUR_MS if len(at_ms) else known_ms
    inside = (place >= 0) & (place < len(at_ms))
    laid[place[inside]] = values[inside]
    return laid
