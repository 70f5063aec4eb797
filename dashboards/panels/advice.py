"""Beside a suggestion: was its rule right, what became of the last ones here, what is near."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.messages import same
from dashboards.common.wording import UNKNOWN, both, clock, listed, number, say
from dashboards.panels import levels
from dashboards.panels.case_tables import link
from dashboards.panels.tables import Cell, table
from models.messages.street_summaries import WatchedCase
from models.messages.warnings import CityWarning
from models.warnings.advice import Advice
from models.warnings.life.words import CAUSES, VERDICTS
from models.warnings.suggestions import Outcome, Precision

_WARNING = "/operator/warning"


def advice_section(
    advice: Advice, linked: Sequence[CityWarning], city: CityIndex, now_ms: int
) -> list[Component]:
    """Show what is known beside the suggestion of a warning.

    Parameters
    ----------
    advice : Advice
    linked : sequence of CityWarning
        Those that `advice.linked` names and that the looker may see.
    city : CityIndex
    now_ms : int
        Wall clock.
    """
    return [
        html.P(precision_line(advice.precision), className="life-precision"),
        table(
            ("life.at", "advice.verdict", "ask.cause", "life.words"),
            [_outcome(each, city, now_ms) for each in advice.past],
            "advice.past.none",
            "advice.past",
        ),
        table(
            ("column.level", "column.place", "column.rule", "column.since"),
            [_linked(each, city, now_ms) for each in linked],
            "advice.linked.none",
            "advice.linked",
        ),
        table(
            ("cases.number", "cases.category", "cases.due", "column.place"),
            [_case(each, city, now_ms) for each in advice.cases or ()],
            "advice.cases.none" if advice.cases is not None else "advice.cases.unknown",
            "advice.cases",
        ),
        *_sites(advice),
    ]


def precision_line(precision: Precision | None) -> Component:
    """Say how often a rule was right, with n and its interval."""
    if precision is None:
        return say("advice.precision.none")
    return say(
        "advice.precision",
        right=number(precision.right),
        n=number(precision.n),
        low=f"{precision.low:.0%}",
        high=f"{precision.high:.0%}",
    )


def precision_cell(precision: Precision | None) -> str:
    """Write it short, for a table: a dash where nobody judged.

    Examples
    --------
    >>> precision_cell(None), precision_cell(Precision(right=3, n=4, low=0.3, high=0.95))
    ('—', '3/4 (30%–95%)')
    """
    if precision is None:
        return UNKNOWN
    return f"{precision.right}/{precision.n} ({precision.low:.0%}–{precision.high:.0%})"


def _outcome(outcome: Outcome, city: CityIndex, now_ms: int) -> list[Cell]:
    at = clock(outcome.at_ms, city.zone, now_ms)
    cause = CAUSES[outcome.cause] if outcome.cause else same(UNKNOWN)
    return [
        html.A(at, href=f"{_WARNING}?{urlencode({'id': outcome.warning})}"),
        both(VERDICTS[outcome.verdict]),
        both(cause),
        both(same(outcome.text or UNKNOWN)),
    ]


def _linked(warning: CityWarning, city: CityIndex, now_ms: int) -> list[Cell]:
    href = f"{_WARNING}?{urlencode({'id': warning.id})}"
    return [
        html.A(both(levels.name(warning.level)), href=href),
        both(city.area(warning.area, now_ms)),
        both(city.rule(warning.rule)),
        clock(warning.raised_ms, city.zone, now_ms),
    ]


def _case(case: WatchedCase, city: CityIndex, now_ms: int) -> list[Cell]:
    return [
        link(case.case),
        both(city.category(case.category)),
        clock(case.due_ms, city.zone, now_ms),
        both(city.street_of(case.cell, now_ms)),
    ]


def _sites(advice: Advice) -> list[Component]:
    if not advice.sites:
        return []
    return [html.P(say("advice.sites", sites=listed(list(advice.sites.values()))))]
