"""The indicators of the district as a table whose numbers open what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.messages import meaning_of, message, same, title_of
from dashboards.common.wording import UNKNOWN, both, number, say
from dashboards.panels.made_of import made_of
from dashboards.panels.tables import Cell, table
from models.cases.indicators.definitions import INDICATORS, Indicator
from models.messages.street_summaries import IndicatorCount

WINDOWS: Final = ("today", "7d", "30d", "month", "year")
_CASES: Final = {"open": "open", "overdue": "overdue", "closed": "ended"}


def indicator_table(counts: Sequence[IndicatorCount]) -> Component:
    """Make the table: a row an indicator and window, of the whole district."""
    known = (one for one in counts if one.indicator in INDICATORS and one.window in WINDOWS)
    of_all = [one for one in known if one.by == "all"]
    ordered = sorted(of_all, key=lambda one: (WINDOWS.index(one.window), one.indicator))
    rows: list[list[Cell]] = [
        [
            both({"zh": INDICATORS[one.indicator].zh, "en": INDICATORS[one.indicator].en}),
            both(title_of("window", one.window)),
            _value(one, INDICATORS[one.indicator]),
        ]
        for one in ordered
    ]
    heads = ("matter.figure", "cases.window", "matter.value")
    return table(heads, rows, "cases.none", "cases.indicators")


def _value(one: IndicatorCount, indicator: Indicator) -> Component:
    value = indicator.value(one.numerator, one.denominator)
    is_share = one.denominator is not None and not indicator.is_duration
    if value is None:
        shown = same(UNKNOWN)
    elif is_share:
        shown = same(f"{number(100 * value, 1)} %")
    elif indicator.is_duration:
        shown = message("duration.h", n=number(value, 1))
    else:
        shown = same(number(value))
    wanted = _CASES.get(indicator.code, "all")
    link = html.A(say("made.cases"), href=f"/operator/cases?state={wanted}")
    meaning = meaning_of("indicator", indicator.code, indicator.definition)
    return made_of(shown, meaning, one.numerator, one.denominator, [link])
