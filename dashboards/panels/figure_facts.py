"""One number in full: definition, numerator, denominator, target, and what was counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from config.errors import GridpulseError
from config.events import PhaseKind
from dashboards.common.messages import message, title_of
from dashboards.common.parts import PartRequest
from dashboards.common.wording import UNKNOWN, both, listed, local, measured, number, say
from dashboards.panels.counted_cases import WantedCases, counted_cases
from dashboards.panels.event_now import EXERCISE, TILES, closed_share, counted_now
from dashboards.panels.headlines import HEADLINES
from dashboards.panels.made_of import address_of_figure
from models.situation.event_parts import EventNow
from models.situation.snapshot import Headline, Snapshot
from models.timing.units import DAY_MS

SHARE: Final = "share"
_ELSEWHERE: Final = {
    "pm10_now": "/bureau#bureau-places",
    "open_warnings": "/operator",
    "sensors_online": "/operator/feeds",
}


@dataclass(frozen=True, kw_only=True)
class CountedFigure:
    """A number with what it is made of.

    Attributes
    ----------
    of, event : str
        Its name, for example `headline.open_cases`, and the event that it is of.
    value : str
        With its unit; a dash where it is not known.
    numerator, denominator : int or None
        None of a plain count or measurement.
    at_ms : int
        Event time it is about; 0 for none yet.
    feeds : list of str
        Feeds it is made from.
    cases : dict
        Fields of the question that finds its cases, as they stood at the snapshot's clock; empty:
        it counts none.
    phase : PhaseKind
        Of an event: cases of which phases count.
    """

    of: str
    event: str = ""
    title: Text
    value: str
    numerator: int | None = None
    denominator: int | None = None
    at_ms: int
    feeds: list[str] = field(default_factory=list)
    cases: dict[str, Any] = field(default_factory=dict)
    phase: PhaseKind = PhaseKind.LIVE

    @property
    def name(self) -> str:
        """Last piece of `of`."""
        return self.of.rpartition(".")[2]


def counted_of(of: str, event: str, snapshot: Snapshot) -> CountedFigure | None:
    """Find a number in a snapshot; None where there is none of that name."""
    family, _, name = of.partition(".")
    if family == "headline" and name in HEADLINES:
        known = {each.id: each for each in snapshot.headlines}
        return _headline(known.get(name, Headline(id=name, value=None)), snapshot)
    if family == "event" and name in (*TILES, SHARE):
        found = next((each for each in snapshot.events if each.event == event), None)
        return None if found is None else _of_event(name, found, snapshot)
    return None


def figure_facts(
    counted: CountedFigure, snapshot: Snapshot, request: PartRequest, *, is_past: bool
) -> list[Component]:
    """Show a number in full."""
    city = request.api.city
    stale = snapshot.stale_feeds().intersection(counted.feeds)
    then = f"{local(snapshot.clock_ms, city.zone):%Y-%m-%d %H:%M:%S}"
    return [
        html.H2(both(counted.title)),
        *([html.P(say("figure.past", time=then))] if is_past else []),
        html.P(html.Strong(counted.value), className="figure-value"),
        *([html.P(say("panel.blind"), className="abnormal")] if stale else []),
        html.Dl([part for pair in _facts(counted, request) for part in pair]),
        html.P(_link(counted, snapshot, request), className="tabs", id="figure-link"),
        *_listed(counted, request, is_past=is_past),
    ]


def _link(counted: CountedFigure, snapshot: Snapshot, request: PartRequest) -> Component:
    """Link to the newest number that was kept: not every one is, and a link has to stay true."""
    moments, zone = request.api.moments, request.api.city.zone
    try:
        kept = moments.at(snapshot.clock_ms) if moments else None
    except GridpulseError:
        kept = None
    if kept is None:
        return say("figure.no-link")
    at = local(kept.clock_ms, zone)
    address = address_of_figure(counted.of, counted.event, at.isoformat(timespec="milliseconds"))
    return html.A(say("figure.link", time=f"{at:%Y-%m-%d %H:%M:%S}"), href=address)


def _headline(one: Headline, snapshot: Snapshot) -> CountedFigure:
    now_ms = snapshot.clock_ms
    known = {"as_of_ms": now_ms}
    cases: dict[str, dict[str, Any]] = {
        "open_cases": known | {"is_open": True},
        "filed_today": known | {"since_ms": now_ms - DAY_MS},
        "closed_of_filed": known | {"since_ms": now_ms - 30 * DAY_MS},
    }
    return CountedFigure(
        of=f"headline.{one.id}",
        title=title_of("headline", one.id),
        value=measured(one.value, one.decimals, one.unit),
        numerator=one.numerator,
        denominator=one.denominator,
        at_ms=one.event_ms,
        feeds=one.feeds,
        cases=cases.get(one.id, {}),
    )


def _of_event(name: str, event: EventNow, snapshot: Snapshot) -> CountedFigure:
    figures = counted_now(event)
    is_share = name == SHARE
    states = {"open": True, "overdue": True, "closed": False}
    more: dict[str, Any] = {"is_open": states[name]} if name in states else {}
    if name == "overdue":
        more["oldest_first"] = True  # the overdue ones are old
    return CountedFigure(
        of=f"event.{name}",
        event=event.event,
        title=message(f"event.{name}"),
        value=closed_share(figures) if is_share else number(getattr(figures, name)),
        numerator=figures.closed if is_share else None,
        denominator=figures.filed if is_share else None,
        at_ms=snapshot.clock_ms,
        cases={"as_of_ms": snapshot.clock_ms, **more},
        phase=PhaseKind.REHEARSAL if event.phase == EXERCISE else PhaseKind.LIVE,
    )


def _facts(counted: CountedFigure, request: PartRequest) -> list[tuple[Component, Component]]:
    """Give pairs of a word and what it says of the number."""
    city = request.api.city
    at = f"{local(counted.at_ms, city.zone):%Y-%m-%d %H:%M:%S}" if counted.at_ms else UNKNOWN
    told: list[tuple[str, Any]] = [("figure.meaning", say(f"figure.{counted.of}"))]
    if counted.denominator is not None:
        told.append(("made.numerator", number(counted.numerator)))
        told.append(("made.denominator", number(counted.denominator)))
    told.append(("figure.at", at))
    feeds = [city.catalog.feeds[name] for name in counted.feeds if name in city.catalog.feeds]
    if feeds:
        told.append(("figure.feeds", both(listed([feed.title for feed in feeds]))))
        told.append(("column.owner", both(listed([feed.owner for feed in feeds]))))
    return [(html.Dt(say(key)), html.Dd(value)) for key, value in told]


def _listed(counted: CountedFigure, request: PartRequest, *, is_past: bool) -> list[Component]:
    """Show the cases that are counted, or lead to what is."""
    if not counted.cases:
        where = _ELSEWHERE.get(counted.name, "/operator")
        return [html.P(html.A(say("figure.elsewhere"), href=where))]
    wanted = WantedCases(
        fields=counted.cases,
        event=counted.event,
        phase=counted.phase,
        is_overdue=counted.name == "overdue",
    )
    behind = "figure.as-then" if is_past else "figure.behind"
    return counted_cases(wanted, request, behind)
