"""A number that opens what it is made of: definition, numerator, denominator, and the cases."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboards.common.wording import number, say


def made_of(
    shown: str,
    definition: str,
    numerator: float | None,
    denominator: float | None,
    more: Sequence[Component] = (),
) -> Component:
    """Show a number; a click tells what it is made of.

    Parameters
    ----------
    shown : str
        The number with its unit.
    definition : str
        One sentence, as `gridpulse kpi` and `gridpulse feeds` give it.
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
    inside = [html.P(definition, lang="en"), html.P(counts), *more]
    return html.Details([html.Summary(html.Strong(shown)), *inside], className="made-of")
