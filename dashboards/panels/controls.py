"""What people press on a page: choices that filter, and commands for warnings.

`assets/office-parts.js` reads them: a pressed choice becomes a value of the part's address, a
command goes to the API with the revision that its sender saw.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from dash import dcc, html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message
from dashboards.common.wording import both, duration, say
from models.messages.commands import CloseCause, Role
from models.warnings.life.words import CAUSES, ROLES

WORDS: Final = "ask-words"
MINUTES: Final = (30, 120, 480)  # of shelving; 8 hours are the most
TOLD: Final = ("none", "sent", "done", "refused", "lost")


class Choice(NamedTuple):
    """One value that can be chosen, and its words."""

    value: str
    title: Text


class Order(NamedTuple):
    """One command: its name, and the choices that go with it."""

    do: str
    parts: tuple[str, ...] = ()


class CommandRequest(NamedTuple):
    """One request: where it goes, its body, the words of its button, and its method."""

    address: str
    body: dict[str, Any]
    title: Text
    method: str = "POST"


def streets(city: CityIndex) -> list[Choice]:
    """Give the streets in force now as choices."""
    now_ms = time.time_ns() // 1_000_000
    return [Choice(street.code, street.name) for street in city.streets_now(now_ms)]


def choices(
    name: str,
    title: str,
    given: Sequence[Choice],
    pressed: str = "",
    *,
    one: bool = False,
    most: int = 0,
) -> Component:
    """Group of buttons of which some are pressed; only `one`, or at most `most`, where so said."""
    buttons = [
        html.Button(
            both(each.title),
            type="button",
            className="choice",
            **wild({"aria-pressed": str(each.value == pressed).lower(), "data-value": each.value}),
        )
        for each in given
    ]
    label = html.Span(say(title), className="choices-title")
    told = {"data-name": name, "data-most": "1" if one else str(most or ""), "aria-label": name}
    return html.Div([label, *buttons], className="choices", role="group", **wild(told))


def search(name: str, title: str) -> Component:
    """Field in which somebody types what is looked for."""
    field = dcc.Input(id=f"search-{name}", type="text", maxLength=200)
    label = html.Label(say(title), htmlFor=f"search-{name}", className="choices-title")
    return html.Div([label, field], className="choices", **wild({"data-name": name}))


def posts(
    buttons: Sequence[CommandRequest], *, words: str = "", label: str = "ask.words"
) -> Component:
    """Bar of buttons that send a body to an address of the API, and what came of it.

    Parameters
    ----------
    words : str
        Id of a field: the text that somebody types there goes along as `text`. Empty: no field.
    label : str
        Message key of what is asked for there.
    """
    told = told_words("ask", TOLD)
    typed = [
        html.Label(say(label), htmlFor=words),
        dcc.Textarea(id=words, className="words", maxLength=2000, rows=4),
    ]
    made = [
        html.Button(
            both(each.title),
            type="button",
            **wild(
                {
                    "data-post": each.address,
                    "data-body": json.dumps(each.body),
                    "data-method": each.method,
                }
            ),
        )
        for each in buttons
    ]
    return html.Div(
        [
            *(typed if words else ()),
            html.Div(made, className="buttons"),
            html.P(role="status", className="told", **wild({"data-told": "1"})),
        ],
        className="commands",
        **wild({"data-posts": "1", **told}),
    )


def commands(orders: Sequence[Order], *, grid: str = "", can_open: bool = False) -> Component:
    """Bar of commands for what is selected in a grid, or for the one warning of the page."""
    wanted = {part for order in orders for part in order.parts}
    told = told_words("ask", TOLD)
    opener = [
        html.Button(say("ask.open"), type="button", className="plain", **wild({"data-open": "1"}))
    ]
    return html.Div(
        [
            html.Label(say("ask.words"), htmlFor=WORDS),
            dcc.Textarea(id=WORDS, className="words", maxLength=1000, rows=2),
            *(_PARTS[part]() for part in _PARTS if part in wanted),
            html.Div([*(opener if can_open else ()), *map(_button, orders)], className="buttons"),
            html.P(role="status", className="told", **wild({"data-told": "1"})),
        ],
        className="commands",
        **wild({"data-commands": "1", "data-grid": grid, **told}),
    )


def told_words(family: str, keys: Sequence[str], **fields: str) -> dict[str, str]:
    """Give what a form says of what came of it, in each language, for `assets/office-parts.js`."""
    return {
        f"data-{key}-{language}": text
        for key in keys
        for language, text in message(f"{family}.{key}", **fields).items()
    }


def _button(order: Order) -> Component:
    told = {"data-command": order.do, "data-with": " ".join(order.parts)}
    return html.Button(say(f"do.{order.do}"), type="button", **wild(told))


def _roles() -> Component:
    roles = (Role.OPERATOR, Role.BUREAU, Role.COMMANDER)
    given = [Choice(role.value, ROLES[role]) for role in roles]
    return choices("to", "ask.to", given, Role.BUREAU.value, one=True)


def _minutes() -> Component:
    given = [Choice(str(n), duration(60 * n)) for n in MINUTES]
    return choices("minutes", "ask.minutes", given, str(MINUTES[0]), one=True)


def _causes() -> Component:
    causes = [cause for cause in CloseCause if cause is not CloseCause.SUPERSEDED]
    given = [Choice(cause.value, CAUSES[cause]) for cause in causes]
    return choices("cause", "ask.cause", given, CloseCause.RESOLVED.value, one=True)


def wild(told: Mapping[str, str]) -> dict[str, Any]:
    """Give `data-` and `aria-` attributes to Dash, which takes them by keyword alone."""
    return dict(told)


_PARTS: Final = {"to": _roles, "minutes": _minutes, "cause": _causes}
