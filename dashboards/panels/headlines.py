"""Six headline numbers, each with what it was made of and what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.messages import title_of
from dashboards.common.wording import UNKNOWN, both, clock, number, say
from dashboards.panels import levels
from dashboards.panels.compared import Compared, compared_of
from models.situation.snapshot import Headline, Snapshot

HEADLINES: Final = (
    "open_cases",
    "filed_today",
    "closed_of_filed",
    "pm10_now",
    "open_warnings",
    "sensors_online",
)
_ARROWS: Final = {True: "▲", False: "▼"}


def headlines(snapshot: Snapshot | None, zone: tzinfo) -> list[Component]:
    """Six tiles in fixed places; one the snapshot does not have is unknown, not left out.

    A tile that is made from a blind feed is marked as stale. None: nothing is known yet.
    """
    if snapshot is None:
        return [_tile(Headline(id=key, value=None), [], zone, 0) for key in HEADLINES]
    by_id = {headline.id: headline for headline in snapshot.headlines}
    stale = snapshot.stale_feeds()
    return [
        _tile(
            one,
            beside(one, snapshot),
            zone,
            snapshot.clock_ms,
            is_blind=not stale.isdisjoint(one.feeds),
        )
        for one in (by_id.get(key, Headline(id=key, value=None)) for key in HEADLINES)
    ]


def beside(headline: Headline, snapshot: Snapshot) -> list[Component]:
    """Say beside a number what it is made of, and what it is compared with."""
    if headline.value is None:
        return []
    found = {"open_cases": _of_open_cases, "open_warnings": _of_warnings}.get(headline.id)
    lines = found(snapshot) if found else [_fraction(headline)]
    return [line for line in (*lines, _compared(compared_of(headline, snapshot))) if line]


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


def _fraction(headline: Headline) -> Component | None:
    made = made_of(headline)
    return html.Span(made, className="fraction") if made else None


def _of_open_cases(snapshot: Snapshot) -> list[Component]:
    """How many of the open cases are past their limit, and how many may repeat another one."""
    if not snapshot.stages:
        return []
    late = sum(stage.overdue for stage in snapshot.stages.values())
    return [
        html.Span(say("headline.overdue", n=number(late)), className="abnormal" if late else ""),
        html.Span(say("headline.duplicates", n=number(snapshot.duplicates_open))),
    ]


def _of_warnings(snapshot: Snapshot) -> list[Component]:
    """How many of the open warnings have each level: two levels a line."""
    counts = list(levels.counted(snapshot.open_by_level).items())
    shown = [
        html.Span([levels.mark(level), f" {number(count)}"], className="level-count")
        for level, count in counts
    ]
    lines = range(0, len(shown), 2)
    return [html.Span(shown[at : at + 2], className="level-counts") for at in lines]


def _compared(compared: Compared | None) -> Component | None:
    """Say what a number is compared with, and whether that is better; grey where it is neither."""
    if compared is None:
        return None
    words = say(f"compared.{compared.with_what}", value=compared.value)
    if compared.is_higher is None:
        return html.Span(words, className="quiet")
    judged = {True: "better", False: "worse", None: "quiet"}[compared.is_better]
    arrow = html.Span(_ARROWS[compared.is_higher], className=judged)
    told = say(f"compared.{'higher' if compared.is_higher else 'lower'}")
    return html.Span([words, " ", arrow, html.Span(told, className="unseen")], className="compared")


def _time(at: str, *, is_blind: bool) -> list[Component]:
    """Time that a number is about, and that it is stale."""
    shown = html.Span(at)
    return [html.Span(say("panel.blind"), className="blind-tag"), shown] if is_blind else [shown]


def _tile(
    headline: Headline,
    beside_it: Sequence[Component],
    zone: tzinfo,
    now_ms: int,
    *,
    is_blind: bool = False,
) -> Component:
    value = number(headline.value, headline.decimals)
    unit = headline.unit if value != UNKNOWN else ""
    at = clock(headline.event_ms, zone, now_ms)
    return html.Div(
        [
            html.Dt(
                [both(title_of("headline", headline.id)), html.Span(unit, className="unit")],
                className="tile-title",
            ),
            html.Dd(
                [
                    html.Span(value, className="numeral"),
                    html.Span(
                        [
                            *beside_it,
                            html.Span(_time(at, is_blind=is_blind), className="tile-time"),
                        ],
                        className="tile-side",
                    ),
                ],
                className="tile-value",
            ),
        ],
        className="tile is-blind" if is_blind else "tile",
        id=f"headline-{headline.id}",
    )
