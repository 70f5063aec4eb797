"""Six headline numbers, each with what it was made of and the time it speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.messages import title_of
from dashboards.wording import UNKNOWN, both, clock, number
from models.snapshot import Headline

HEADLINES: Final = (
    "open_cases",
    "filed_today",
    "closed_of_filed",
    "pm10_now",
    "open_warnings",
    "sensors_online",
)


def headlines(found: Sequence[Headline], zone: tzinfo, now_ms: int) -> list[Component]:
    """Six tiles in fixed places; one the snapshot does not have is unknown, not left out."""
    by_id = {headline.id: headline for headline in found}
    return [_tile(by_id.get(key, Headline(id=key, value=None)), zone, now_ms) for key in HEADLINES]


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


def _tile(headline: Headline, zone: tzinfo, now_ms: int) -> Component:
    value = number(headline.value, headline.decimals)
    unit = headline.unit if value != UNKNOWN else ""
    return html.Div(
        [
            html.Dt(both(title_of("headline", headline.id)), className="tile-title"),
            html.Dd(clock(headline.event_ms, zone, now_ms), className="tile-time"),
            html.Dd(
                [
                    html.Span(value, className="numeral"),
                    html.Span(
                        [
                            html.Span(unit, className="unit"),
                            html.Span(made_of(headline), className="fraction"),
                        ],
                        className="tile-side",
                    ),
                ],
                className="tile-value",
            ),
        ],
        className="tile",
        id=f"headline-{headline.id}",
    )
