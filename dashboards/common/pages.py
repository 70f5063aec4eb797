"""What a page is: one value that its module hands to the server, which finds it by its place.

A page is a module `page` in a folder of `dashboards.rooms` with a `Page` named `PAGE`; nothing else
has to be told that it exists.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal

from dash import Dash
from dash.development.base_component import Component

from dashboards.api.context import ApiContext
from dashboards.common.city_index import CityIndex
from dashboards.common.moments import Moments
from dashboards.common.source import SnapshotSource
from models.situation.snapshot import Snapshot

if TYPE_CHECKING:
    from dashboards.common.parts import Part

Theme = Literal["wall", "office"]
Live = dict[str, Any]
"""What a snapshot shows on a page: `component.property` → value.

`name:what` hands a value to the page's own script, under `gridpulse.handlers.name`.
"""
ShowLive = Callable[[Snapshot, CityIndex], Live]
ShowPast = Callable[[Snapshot, CityIndex, Moments], Live]

_MODULE: Final = "page"


@dataclass(frozen=True, kw_only=True)
class PageContext:
    """What a page may read.

    Attributes
    ----------
    source : SnapshotSource
    city_index : CityIndex
    api : ApiContext or None
        The books that the API stands on; None where the server has only pages.
    """

    source: SnapshotSource
    city_index: CityIndex
    api: ApiContext | None = None


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of the server.

    Attributes
    ----------
    path : str
        Where it is asked for, for example `/bureau`.
    title : str
        Key of its title in the message catalogue.
    layout : callable
        Its components before anything is known.
    live : callable
        What a snapshot shows on it. Pure: it is called once a snapshot, for all browsers.
    starts : callable or None
        For a page that remembers earlier snapshots: makes its `live`, once a server.
    past : callable or None
        What a moment of the past shows on it; None: the page shows the present alone.
    theme : {'office', 'wall'}
        Which style sheets and scripts it loads: light and dense, or dark and read from afar.
    callbacks : callable or None
        Adds what the page asks the server for by itself.
    checked : mapping
        Types of the values that its callbacks take: (component, property) → type. A value that is
        not named here must be checked by the callback.
    parts : sequence of Part
        What on it depends on who looks.
    order : int
        Its place in the navigation.
    """

    path: str
    title: str
    layout: Callable[[PageContext], Component]
    live: ShowLive
    starts: Callable[[PageContext], ShowLive] | None = None
    past: ShowPast | None = None
    theme: Theme = "office"
    callbacks: Callable[[Dash, PageContext], None] | None = None
    checked: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    parts: Sequence[Part] = ()
    order: int = 50

    @property
    def name(self) -> str:
        """Name in addresses of the server: the path without its first slash."""
        return self.path.strip("/").replace("/", "-") or "wall"


def find_pages(rooms: ModuleType) -> list[Page]:
    """Import every module `page` below a package and give the pages, in their order.

    Raises
    ------
    ValueError
        A module has no `PAGE`, or two pages have one path.
    """
    found: dict[str, Page] = {}
    for module in pkgutil.walk_packages(rooms.__path__, f"{rooms.__name__}."):
        if module.name.rpartition(".")[2] != _MODULE:
            continue
        page = getattr(importlib.import_module(module.name), "PAGE", None)
        if not isinstance(page, Page):
            msg = f"{module.name} has no PAGE: expected a dashboards.common.pages.Page"
            raise ValueError(msg)
        if page.path in found:
            msg = f"{module.name}: another page has the path {page.path}"
            raise ValueError(msg)
        found[page.path] = page
    return sorted(found.values(), key=lambda page: (page.order, page.path))
