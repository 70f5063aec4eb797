"""The page of the environmental bureau."""

from __future__ import annotations

from typing import Final

from dash.development.base_component import Component

from dashboards.common.frame import office, office_live
from dashboards.common.pages import Page, PageContext
from dashboards.common.states import empty


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    return office(PAGE, context.city_index, [empty("bureau.empty")])


PAGE: Final = Page(path="/bureau", title="room.bureau", layout=layout, live=office_live, order=10)
