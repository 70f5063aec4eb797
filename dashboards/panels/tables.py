"""A table with its heads in words, and a row that says why it is empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.common.messages import message
from dashboards.common.wording import say

Cell = Component | str


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    none: str,
    title: str = "",
    about: str = "",
    **more: Any,
) -> Component:
    """Make a table.

    Parameters
    ----------
    heads : sequence of str
        Message keys of the columns.
    rows : sequence of sequence
        Cells of each row; the first heads it.
    none : str
        Message key of what stands there without rows.
    title : str
        Message key of its caption.
    about : str
        What tells it apart, for those who hear the page, from other tables of that caption.
    """
    empty = [html.Tr(html.Td(say(none), colSpan=len(heads), className="nothing"))]
    caption = [html.Caption(say(title))] if title else []
    inside = html.Table(
        [
            *caption,
            html.Thead(html.Tr([html.Th(say(head), scope="col") for head in heads])),
            html.Tbody([_row(cells) for cells in rows] or empty),
        ],
        **more,
    )
    label = " ".join(filter(None, (about, *message(title or heads[0]).values())))
    scrolls: dict[str, Any] = {"tabIndex": 0, "role": "region", "aria-label": label}
    return html.Div(inside, className="scroll", **scrolls)


def _row(cells: Sequence[Cell]) -> Component:
    first, *rest = cells
    return html.Tr([html.Th(first, scope="row"), *(html.Td(cell) for cell in rest)])
