"""What became of the notifications of warnings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.api.deliveries import shown_to
from dashboards.api.warnings import seen_by
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import same
from dashboards.common.parts import PartRequest
from dashboards.common.warning_book import WarningFilter
from dashboards.common.wording import both, clock, say
from dashboards.panels.tables import Cell, table
from models.messages.receipts import FailedTry, Receipt

OUTCOMES: Final = ("delivered", "failed", "gave-up")
_HEADS: Final = ("life.at", "life.channel", "life.receiver", "life.revision", "life.result")


def receipt_table(receipts: Sequence[Receipt], city: CityIndex, now_ms: int) -> Component:
    """Newest receipt of each change at each receiver, the newest first."""
    newest = sorted(receipts, key=lambda each: -each.answered_ms)
    rows = [_row(each, city, now_ms) for each in newest]
    return table(_HEADS, rows, "life.deliveries.none", "life.deliveries")


def outcome(receipt: Receipt) -> str:
    """Name of what became of it: `delivered`, `gave-up`, or `failed` with more tries to come."""
    if receipt.delivered:
        return "delivered"
    return "gave-up" if receipt.gave_up else "failed"


def visible_receipts(
    request: PartRequest, rules: frozenset[str] = frozenset()
) -> tuple[list[Receipt], str]:
    """Give receipts of warnings that the caller may see, and how far the book may be believed.

    Of all rules, or of some.
    """
    view = request.api.warnings.deliveries()
    bounds = WarningFilter(rules=rules, **seen_by(request.api, request.caller))
    known = request.api.warnings.known(bounds)
    kept = [each.value for each in view.entries.values() if each.value.warning in known]
    return [shown_to(each, request.caller) for each in kept], view.state.value


def _row(receipt: Receipt, city: CityIndex, now_ms: int) -> list[Cell]:
    result = say(f"delivery.{outcome(receipt)}", n=str(receipt.attempt))
    told: list[Any] = [
        result,
        " ",
        both(same(receipt.detail)),
        *_earlier(receipt.earlier, city, now_ms),
    ]
    return [
        clock(receipt.answered_ms, city.zone, now_ms),
        both(same(receipt.channel)),
        both(same(receipt.receiver)),
        str(receipt.revision),
        html.Div(told, className=f"is-{outcome(receipt)}"),
    ]


def _earlier(tries: Sequence[FailedTry], city: CityIndex, now_ms: int) -> list[Component]:
    """List the tries before the newest one, where there were some."""
    if not tries:
        return []
    each = [
        " ".join((f"{one.attempt}.", clock(one.answered_ms, city.zone, now_ms), _why(one)))
        for one in tries
    ]
    head = html.Summary(say("delivery.earlier", n=str(len(tries))))
    return [html.Details([head, html.Ul([html.Li(both(same(line))) for line in each])])]


def _why(one: FailedTry) -> str:
    return f"{one.status} {one.detail}" if one.status else one.detail
