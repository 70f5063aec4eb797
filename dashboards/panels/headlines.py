"""Six headline numbers, each with what it was made of, its target, and what it was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Final, get_args

from dash import html
from dash.development.base_component import Component

from config.place import HeadlineName, HeadlineTarget
from dashboards.common.messages import message, title_of
from dashboards.common.wording import UNKNOWN, both, clock, number, say
from dashboards.panels import levels
from dashboards.panels.compared import NO_PAST, Compared, Past, compared_of, meets
from dashboards.panels.made_of import address_of_figure
from models.situation.snapshot import Headline, Snapshot

HEADLINES: Final = get_args(HeadlineName)
_ARROWS: Final = {True: "▲", False: "▼"}


def headlines(
    snapshot: Snapshot | None,
    zone: tzinfo,
    targets: Mapping[str, HeadlineTarget] = {},
    past: Past = NO_PAST,
) -> list[Component]:
    """Six tiles in fixed places; one the snapshot does not have is unknown, not left out.

    A tile that is made from a blind feed is marked as stale, and compared with nothing: what it
    shows is not the present. None: nothing is known yet.
    """
    if snapshot is None:
        return [
            _tile(Headline(id=key, value=None), [], [], "", is_blind=False) for key in HEADLINES
        ]
    by_id = {headline.id: headline for headline in snapshot.headlines}
    stale = snapshot.stale_feeds()
    return [
        _tile(
            one,
            beside(one, snapshot, targets.get(one.id)),
            [_compared(each) for each in compared_of(one, snapshot, past)],
            _at(one, snapshot, zone),
            is_blind=not stale.isdisjoint(one.feeds),
        )
        for one in (by_id.get(key, Headline(id=key, value=None)) for key in HEADLINES)
    ]


def beside(
    headline: Headline, snapshot: Snapshot, target: HeadlineTarget | None = None
) -> list[Component]:
    """Say beside a number what it is made of, and whether it is as it should be."""
    if headline.value is None:
        return []
    found = {"open_cases": _of_open_cases, "open_warnings": _of_warnings}.get(headline.id)
    lines = found(snapshot) if found else [_fraction(headline)]
    aimed = _aimed(headline, target) if target else None
    return [line for line in (*lines, aimed) if line]


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


def _aimed(headline: Headline, target: HeadlineTarget) -> Component:
    """Say the target, and by mark and word whether the number meets it."""
    is_met = meets(headline, target)
    sign, bound = ("≥", target.at_least) if target.at_most is None else ("≤", target.at_most)
    unit = " %" if target.percent or headline.unit == "%" else ""
    words = say("target.is", bound=f"{sign} {number(bound)}{unit}")
    if is_met is None:
        return html.Span(words, className="quiet")
    mark, key = ("✓", "target.met") if is_met else ("✗", "target.missed")
    told = html.Span(say(key), className="unseen")
    return html.Span([f"{mark} ", words, told], className="quiet" if is_met else "abnormal")


def _compared(compared: Compared) -> Component:
    """Say what a number is compared with, and whether that is better; grey where it is neither."""
    value = compared.value or message("compared.unknown")
    words = say(f"compared.{compared.with_what}", value=value)
    if not compared.value or compared.with_what == "week":
        return html.Span(words, className="quiet")
    if compared.is_higher is None:
        return html.Span([words, " ", say("compared.even")], className="compared quiet")
    arrow = _ARROWS[compared.is_higher]
    course = "compared.higher" if compared.is_higher else "compared.lower"
    key = {True: "compared.better", False: "compared.worse", None: course}[compared.is_better]
    told = html.Span([f"{arrow} ", say(key)], className=key.rpartition(".")[2])
    return html.Span([words, " ", told], className="compared")


def _at(headline: Headline, snapshot: Snapshot, zone: tzinfo) -> str | Component:
    """Say of which time a number is; warnings of a line behind may be of an unknown one."""
    is_unknown = headline.value is not None and not headline.event_ms
    if is_unknown and headline.id == "open_warnings" and snapshot.line.is_behind:
        return say("headline.undated")
    return clock(headline.event_ms, zone, snapshot.clock_ms)


def _opens(headline: Headline) -> Component:
    """Title of a number; it leads to what the number is made of."""
    title = both(title_of("headline", headline.id))
    return html.A(title, href=address_of_figure(f"headline.{headline.id}"))


def _tile(
    headline: Headline,
    beside_it: Sequence[Component],
    before: Sequence[Component],
    at: str | Component,
    *,
    is_blind: bool,
) -> Component:
    value = number(headline.value, headline.decimals)
    unit = headline.unit if value != UNKNOWN else ""
    told_at = html.Span(at or UNKNOWN)
    blind = html.Span(say("panel.blind"), className="blind-tag")
    time = html.Span([blind, told_at] if is_blind else told_at, className="tile-time")
    return html.Div(
        [
            html.Dt(
                [_opens(headline), html.Span(unit, className="unit")],
                className="tile-title",
            ),
            html.Dd(
                [
                    html.Span(value, className="numeral"),
                    html.Span([*beside_it, *([] if is_blind else [time])], className="tile-side"),
                ],
                className="tile-value",
            ),
            html.Dd(time if is_blind else list(before), className="tile-foot"),
        ],
        className="tile is-blind" if is_blind else "tile",
        id=f"headline-{headline.id}",
    )
