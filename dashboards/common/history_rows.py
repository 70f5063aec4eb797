"""A history as rows: each says itself what was asked, when it was made, and from what."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np

from config.catalog import Text
from dashboards.common.asked_history import address_of_history
from dashboards.common.messages import message, pick
from dashboards.common.shown_history import HistoryShown, PlaceHistory
from dashboards.common.wording import local
from models.detect.contract import Floats

_KEPT: Final = 3  # decimals


class HistoryHour(msgspec.Struct, frozen=True, kw_only=True):
    """One hour of one place; null: nothing was measured, or too little is known of the season."""

    place: str
    name: str
    start: str
    start_ms: int
    mean: float | None
    max: float | None
    readings: int
    season_median: float | None
    season_low: float | None
    season_high: float | None
    season_values: int
    metric: str
    unit: str
    query: str
    source: str
    made: str


class HistoryCase(msgspec.Struct, frozen=True, kw_only=True):
    """One case on dust near the places; `is_cut`: there are, or may be, more than these."""

    case: str
    category: str
    stage: str
    is_open: bool
    is_overdue: bool
    opened: str
    opened_ms: int
    closed_ms: int | None
    due_ms: int | None
    cell: str
    department: str
    is_cut: bool
    query: str
    source: str
    made: str


class HistoryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and all that is shown of it.

    Attributes
    ----------
    query : str
        Address of the page that shows it.
    years : dict of str to list of int
        Of each place: the earlier years that its band is made of.
    cases_known : bool
        False: there may be cases that this server cannot know.
    cases_cut : bool
        There are, or may be, more cases than these, the newest.
    cases_why : str
        What has to be known beside the cases, in words; empty where they are all.
    """

    query: str
    source: str
    made: str
    metric: str
    unit: str
    years: dict[str, list[int]]
    items: list[HistoryHour]
    cases: list[HistoryCase]
    cases_known: bool
    cases_cut: bool
    cases_why: str


def source_words(shown: HistoryShown) -> Text:
    """Say from what a history is made."""
    return message("history.source", feed=shown.feed.title, owner=shown.feed.owner)


def made_at(shown: HistoryShown) -> str:
    """Give the time of making, local with its offset."""
    return local(shown.made_ms, shown.city.zone).isoformat(timespec="seconds")


def answer_of(shown: HistoryShown, language: str) -> HistoryAnswer:
    """Write a history as rows."""
    whence: dict[str, Any] = {
        "query": address_of_history(shown),
        "source": pick(source_words(shown), language),
        "made": made_at(shown),
    }
    what: dict[str, Any] = {"metric": shown.question.metric, "unit": shown.metric.unit}
    hours = [
        _hour(shown, place, at, pick(place.title, language), whence | what)
        for place in shown.places
        for at in range(len(shown.at_ms))
    ]
    names = set(HistoryCase.__struct_fields__) - {*whence, "opened", "is_cut"}
    cases = [
        HistoryCase(
            opened=local(case.opened_ms, shown.city.zone).isoformat(),
            is_cut=shown.near.is_cut,
            **{name: getattr(case, name) for name in names},
            **whence,
        )
        for case in shown.cases
    ]
    return HistoryAnswer(
        years={place.code: list(place.band.years) for place in shown.places},
        items=hours,
        cases=cases,
        cases_known=not shown.near.why,
        cases_cut=shown.near.is_cut,
        cases_why=pick(shown.near.doubt, language) if shown.near.doubt else "",
        **whence,
        **what,
    )


def _hour(
    shown: HistoryShown, place: PlaceHistory, at: int, name: str, more: dict[str, Any]
) -> HistoryHour:
    start_ms = int(shown.at_ms[at])
    return HistoryHour(
        place=place.code,
        name=name,
        start=local(start_ms, shown.city.zone).isoformat(),
        start_ms=start_ms,
        mean=_known(place.mean, at),
        max=_known(place.most, at),
        readings=int(place.readings[at]),
        season_median=_known(place.band.median, at),
        season_low=_known(place.band.low, at),
        season_high=_known(place.band.high, at),
        season_values=int(place.band.count[at]),
        **more,
    )


def _known(values: Floats, at: int) -> float | None:
    return round(float(values[at]), _KEPT) if np.isfinite(values[at]) else None
