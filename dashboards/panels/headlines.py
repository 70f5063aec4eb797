"""Six headline numbers, each with what it was made of and the time it is about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.messages import title_of
from dashboards.common.wording import UNKNOWN, both, clock, number, say
from models.situation.snapshot import Headline, Snapshot

HEADLINES: Final = (
    "open_cases",
    "filed_today",
    "closed_of_filed",
    "pm10_now",
    "open_warnings",
    "sensors_online",
)


def headlines(
    found: Sequence[Headline],
    zone: tzinfo,
    now_ms: int,
    open_cases: Sequence[Component] = (),
    blind: Collection[str] = (),
) -> list[Component]:
    """Six tiles in fixed places; one the snapshot does not have is unknown, not left out.

    `open_cases` is what else is said of the open cases, beside their number; a tile that is made
    from a feed of `blind` is marked as stale.
    """
    by_id = {headline.id: headline for headline in found}
    notes, blind_set = {"open_cases": open_cases}, set(blind)
    return [
        _tile(
            one, zone, now_ms, notes.get(one.id, ()), is_blind=not blind_set.isdisjoint(one.feeds)
        )
        for one in (by_id.get(key, Headline(id=key, value=None)) for key in HEADLINES)
    ]


def of_open_cases(snapshot: Snapshot) -> list[Component]:
    """How many of the open cases are past their limit, and how many may repeat another one."""
    if not snapshot.stages:
        return []
    late = sum(stage.overdue for stage in snapshot.stages.values())
    return [
        html.Span(say("headline.overdue", n=number(late)), className="abnormal" if late else ""),
        html.Span(say("headline.duplicates", n=number(snapshot.duplicates_open))),
    ]


def _time(headline: Headline, zone: tzinfo, now_ms: int, *, is_blind: bool) -> list[Component]:
    """Time that a number is about, and that it is stale."""
    at = html.Span(clock(headline.event_ms, zone, now_ms))
    return [html.Span(say("panel.blind"), className="blind-tag"), at] if is_blind else [at]


def made_of(headline: Headline) -> str:
    """Numerator and denominator; empty for a plain count.

    Examples
    --------
    >>> made_of(Headline(id="closed_of_filed", value=97.2, numerator=3350, denominator=3447))
    '3,350/3,447'
    """
    if headline.denominator is None:
        return ""
    return f"{number(headline.numerator)}/{number(headline.denominator)}"


def _tile(
    headline: Headline,
    zone: tzinfo,
    now_ms: int,
    notes: Sequence[Component],
    *,
    is_blind: bool,
) -> Component:
    value = number(headline.value, headline.decimals)
    unit = headline.unit if value != UNKNOWN else ""
    made_up = [
        html.Span(unit, className="unit"),
        html.Span(made_of(headline), className="fraction"),
    ]
    return html.Div(
        [
            html.Dt(both(title_of("headline", headline.id)), className="tile-title"),
            html.Dd(_time(headline, zone, now_ms, is_blind=is_blind), className="tile-time"),
            html.Dd(
                [
                    html.Span(value, className="numeral"),
                    html.Span(list(notes) or made_up, className="tile-side"),
                ],
                className="tile-value",
            ),
        ],
        className="tile is-blind" if is_blind else "tile",
        id=f"headline-{headline.id}",
    )
