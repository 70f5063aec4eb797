"""A form that asks for a subscription: tried on the past before it is saved.

`assets/office-parts.js` sends what it says to `/api/v1/subscriptions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.messages import message, same
from dashboards.common.wording import say
from dashboards.panels import levels
from dashboards.panels.controls import Choice, choices, told_words, wild
from models.messages.warnings import Level

FIELDS: Final = ("id", "owner", "address", "until")
CHANNELS: Final = ("mail", "webhook", "chat", "cap")
LANGUAGES: Final[dict[str, Text]] = {"zh": same("中文"), "en": same("English")}
_COUNTED: Final = {"messages": "{messages}", "warnings": "{warnings}"}  # filled in by the browser
TOLD: Final = ("sent", "tried", "saved", "refused", "lost")


def subscription_form(streets: Sequence[Choice], rules: Sequence[Choice]) -> Component:
    """Make the form.

    Parameters
    ----------
    streets, rules : sequence of Choice
        What may be chosen; nothing chosen is all of it.
    """
    grades = [Choice(levels.slug(each), levels.name(each)) for each in sorted(Level)]
    ways = [Choice(each, message(f"subscribe.{each}")) for each in CHANNELS]
    spoken = [Choice(each, title) for each, title in LANGUAGES.items()]
    return html.Div(
        [
            html.H2(say("subscribe.title")),
            *map(_field, FIELDS),
            choices("areas", "filter.area", streets),
            choices("minimum", "subscribe.minimum", grades, levels.slug(min(Level)), one=True),
            choices("channel", "subscribe.channel", ways, CHANNELS[0], one=True),
            choices("language", "subscribe.language", spoken, next(iter(LANGUAGES)), one=True),
            html.Details(
                [html.Summary(say("column.rule")), choices("rules", "column.rule", rules)]
            ),
            html.Div([_button("try"), _button("save")], className="buttons"),
            html.P(role="status", className="told", **wild({"data-told": "1"})),
        ],
        className="commands",
        **wild({"data-subscription": "1", **told_words("subscribe", TOLD, **_COUNTED)}),
    )


def _field(name: str) -> Component:
    field = dcc.Input(id=f"subscribe-{name}", type="text", maxLength=500)
    label = html.Label(say(f"subscribe.{name}"), htmlFor=f"subscribe-{name}")
    told = {"data-field": name}
    return html.Div([label, field], className="choices", **wild(told))


def _button(what: str) -> Component:
    told = {"data-subscribe": what}
    return html.Button(say(f"subscribe.do-{what}"), type="button", **wild(told))
