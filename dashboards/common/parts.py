"""Parts of a page that depend on who looks: rendered for one caller, asked for by the browser.

What a snapshot shows is the same for all and is pushed. What stands in the books of warnings is
bounded by the caller's areas and departments, and chosen by the page's filters: the browser asks
for it (`assets/office-parts.js`) at the address of the part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.access.callers import Caller
from dashboards.api.context import ApiContext
from dashboards.common.pages import Live, Page


@dataclass(frozen=True, kw_only=True)
class PartRequest:
    """One look at a part.

    Attributes
    ----------
    api : ApiContext
        The books, the snapshot and the city.
    caller : Caller
    query : mapping of str to sequence of str
        Of the page's address and its filters.
    language : {'zh', 'en'}
        Of the page; for what cannot hold both languages, such as a grid.
    """

    api: ApiContext
    caller: Caller
    query: Mapping[str, Sequence[str]]
    language: str

    def one(self, name: str) -> str:
        """Give the last value of a name; empty where there is none."""
        values = self.query.get(name, ())
        return values[-1].strip() if values else ""

    def many(self, name: str) -> list[str]:
        """Give all values of a name but empty ones."""
        return [value.strip() for value in self.query.get(name, ()) if value.strip()]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a page.

    Attributes
    ----------
    name : str
        Last piece of its address, `/part/<page>/<name>`.
    render : callable
        What it shows; raises `Problem` where the caller may not see it.
    """

    name: str
    render: Callable[[PartRequest], Live]


def address_of(page: Page, part: str) -> str:
    """Address at which a part is asked for."""
    return f"/part/{page.name}/{part}"


def place_of(
    address: str, children: Sequence[Component], form: str = "", every_s: int = 0
) -> Component:
    """Mark the place of a part: the browser keeps asking for it while the page is in view.

    Parameters
    ----------
    address : str
    children : sequence of Component
        What the part fills, before it has come.
    form : str
        Id of the form whose controls are its filters.
    every_s : int
        What is dear is asked for so often at most; what has another question at once.
    """
    told: dict[str, Any] = {"data-part": address, "data-form": form, "data-every": str(every_s)}
    return html.Section(list(children), className="part", **told)
