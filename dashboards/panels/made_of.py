"""A number that opens what it is made of: in its place, or on the page of one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.wording import both, number, say

FIGURE: Final = "/figure"  # the page of one number


def address_of_figure(of: str, event: str = "", at: str = "") -> str:
    """Give the address of a number; with a time, of the number as it was then.

    Examples
    --------
    >>> address_of_figure("headline.open_cases"), address_of_figure("event.open", "games")
    ('/figure?of=headline.open_cases', '/figure?of=event.open&event=games')
    """
    given = {"of": of, "event": event, "at": at}
    return f"{FIGURE}?{urlencode({name: value for name, value in given.items() if value})}"


def made_of(
    shown: Text,
    definition: Text,
    numerator: float | None,
    denominator: float | None,
    more: Sequence[Component] = (),
) -> Component:
    """Show a number; a click tells what it is made of.

    Parameters
    ----------
    shown : Text
        The number with its unit.
    definition : Text
        One sentence; the English one as `gridpulse kpi` and `gridpulse feeds` give it.
    numerator, denominator : float or None
        None of a plain count.
    more : sequence of Component
        Links to what was counted.
    """
    counts = [
        html.Span([say(key), " ", number(value), " "])
        for key, value in (("made.numerator", numerator), ("made.denominator", denominator))
        if value is not None
    ]
    inside = [html.P(both(definition)), html.P(counts), *more]
    return html.Details([html.Summary(html.Strong(both(shown))), *inside], className="made-of")
