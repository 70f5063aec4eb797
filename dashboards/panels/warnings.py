"""The five worst warnings, and the announcement of new ones."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.city_index import CityIndex
from dashboards.common.fitting import titled
from dashboards.common.messages import message, same
from dashboards.common.wording import both, clock, duration, measured, number, say
from dashboards.panels import levels
from models.messages.signals import ReadingSignal
from models.messages.warnings import CityWarning, Mark
from models.situation.snapshot import Snapshot
from models.warnings.life.words import ROLES, TIERS
from models.warnings.wording import rarity

SHOWN: Final = 5


def warning_rows(snapshot: Snapshot, city_index: CityIndex) -> list[Component]:
    """Make the five worst warnings the items of a list, the worst first."""
    worst = snapshot.warnings[:SHOWN]
    rows = [
        _row(warning, city_index, snapshot.clock_ms, is_worst=place == 0)
        for place, warning in enumerate(worst)
    ]
    judged = {one.id: one.value for one in snapshot.headlines}.get("open_warnings") is not None
    none = say("warnings.none") if judged else say("warnings.unjudged")
    return rows or [html.Li(none, className="nothing")]


def more(snapshot: Snapshot) -> list[Component]:
    """How many open warnings the table has no room for, are held back, shelved, or just over."""
    hidden = sum(levels.counted(snapshot.open_by_level).values()) - len(snapshot.warnings[:SHOWN])
    held, kept, returned = (
        int(snapshot.figures.get(name, 0))
        for name in ("warnings_held", "warnings_kept", "warnings_returned")
    )
    counted = (
        (hidden, say("warnings.more", n=str(hidden))),
        (held, say("warnings.held", n=str(held))),
        (kept, say("warnings.kept", n=str(kept))),
        (returned, say("warnings.returned", n=str(returned))),
    )
    told: list[Component] = []
    for count, words in counted:
        if count > 0:
            told += [html.Span(" · "), words] if told else [words]
    return told


def why(warning: CityWarning, city_index: CityIndex) -> Text:
    """Facts of the worst evidence in one line; without any, the warning's own explanation.

    The explanation is a paragraph that repeats level, place and advice: the wall has those already.
    """
    if not warning.evidence:
        return warning.explanation
    worst, metric = warning.evidence[0], city_index.metric(warning.feed, warning.metric)
    if not isinstance(worst, ReadingSignal):  # said in words of their own
        return warning.facts or warning.explanation
    seen = worst.evidence
    unit, decimals = (metric.unit, metric.decimals) if metric else ("", 1)
    region = (
        ""
        if seen.region is None
        else message("warnings.region", value=number(seen.region, decimals))
    )
    return message(
        "warnings.facts",
        metric=metric.title if metric else same(warning.metric),
        observed=measured(seen.observed, decimals, unit),
        expected=number(seen.expected, decimals),
        high=number(seen.high, decimals),
        region=region,
        rarity={
            language: rarity(warning.severity, language, is_least=warning.is_least)
            for language in ("zh", "en")
        },
    )


def who(warning: CityWarning, city_index: CityIndex, now_ms: int) -> Component:
    """Say which role has a warning and since when; who it is stands in the audit, not on a wall."""
    return both(holder(warning, city_index, now_ms))


def holder(warning: CityWarning, city_index: CityIndex, now_ms: int) -> Text:
    """Give the role that has a warning and since when, in words."""
    life = warning.life
    if (life.tier or life.round) and not life.acknowledged:
        to = TIERS[min(life.tier, len(TIERS) - 1)]
        if life.round:
            return message("warnings.escalated-again", to=to, n=str(life.round + 1))
        return message("warnings.escalated", to=to)
    if life.assigned:
        return message("warnings.assigned", **_mark(life.assigned, city_index, now_ms))
    if life.acknowledged:
        return message("warnings.acknowledged", **_mark(life.acknowledged, city_index, now_ms))
    return message("warnings.nobody")


def _mark(mark: Mark, city_index: CityIndex, now_ms: int) -> dict[str, str | Text]:
    return {"role": ROLES[mark.role], "time": clock(mark.since_ms, city_index.zone, now_ms)}


def announcements(
    snapshot: Snapshot, seen: Collection[str] | None, city_index: CityIndex
) -> list[Component] | None:
    """Words for the live region: warnings not seen before; None where nothing is to be said.

    The first snapshot of a page announces nothing: all would be new.
    """
    if seen is None:
        return None
    new = [warning for warning in snapshot.warnings if warning.id not in seen]
    return [html.P(both(_announcement(w, city_index, snapshot.clock_ms))) for w in new] or None


def _announcement(warning: CityWarning, city_index: CityIndex, now_ms: int) -> Text:
    return message(
        "warnings.new",
        level=levels.name(warning.level),
        area=city_index.area(warning.area, now_ms),
        rule=city_index.rule(warning.rule),
    )


def _row(warning: CityWarning, city_index: CityIndex, now_ms: int, *, is_worst: bool) -> Component:
    place = "warning worst" if is_worst else "warning"
    return html.Li(
        [
            _head(warning, city_index, now_ms),
            html.Div(both(why(warning, city_index)), className="warning-why"),
            html.Div(both(warning.suggestion), className="warning-do"),
            html.Div(
                [
                    html.Span(both(warning.owner)),
                    html.Span(who(warning, city_index, now_ms), className="warning-who"),
                ],
                className="warning-whose",
            ),
        ],
        className=f"{place} level-{levels.slug(warning.level)}",
    )


def _head(warning: CityWarning, city_index: CityIndex, now_ms: int) -> Component:
    """Say what and where in one line, and since when."""
    since = clock(warning.raised_ms, city_index.zone, now_ms)
    age = duration((now_ms - warning.raised_ms) / 1000)
    return html.Div(
        [
            levels.mark(warning.level),
            html.Span(
                [
                    both(levels.name(warning.level), "level-name"),
                    html.Strong(both(city_index.area(warning.area, now_ms))),
                    both(city_index.rule(warning.rule), "warning-rule"),
                ],
                className="warning-what",
            ),
            html.Span(
                [html.Span(say("warnings.since", time=since), className="at"), both(age)],
                className="warning-since",
                title=titled(message("warnings.cells", n=number(len(warning.cells)))),
            ),
        ],
        className="warning-head",
    )
