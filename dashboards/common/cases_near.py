"""Cases on dust near places: those of the classes named for it, within a few hundred metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.catalog import Text
from config.errors import GridpulseError
from dashboards.access.callers import Caller
from dashboards.api.context import ApiContext
from dashboards.common.case_book import CaseNow, CaseQuestion
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message
from dashboards.common.places import grid_now
from dashboards.common.wording import number
from models.grid.codes import CELL_DIGITS
from models.grid.grid import Grid
from models.history.span import HistorySpan

NEAR_M: Final = 500.0
MOST: Final = 200
_READ: Final = 1_000  # that were near at any step, of which those near now are kept
AWAY: Final = "history.cases.away"
DUST: Final = "扬尘"  # a class of cases with this in its title is on dust


@dataclass(frozen=True, kw_only=True)
class CasesNear:
    """What is known of them.

    Attributes
    ----------
    cases : tuple of CaseNow
        The newest first, at most `MOST`.
    why : str
        Key of the message why there can be none; empty where they are known.
    is_cut : bool
        There are more, or may be more.
    """

    cases: tuple[CaseNow, ...] = ()
    why: str = ""
    is_cut: bool = False

    @property
    def doubt(self) -> Text | None:
        """Say what has to be known beside the cases; None where they are all."""
        if self.why:
            return message(self.why)
        if not self.is_cut:
            return None
        if not self.cases:
            return message("history.cases.unknown")
        return message("history.cases.more", n=number(len(self.cases)))


def dust_categories(city: CityIndex) -> frozenset[str]:
    """Codes of the classes of cases that are on dust."""
    categories = (each for feed in city.catalog.feeds.values() for each in feed.categories.values())
    return frozenset(each.code for each in categories if DUST in each.title["zh"])


def cases_near(
    api: ApiContext, caller: Caller, places: Sequence[str], span: HistorySpan
) -> CasesNear:
    """Find the cases of a time that a caller may see: near each cell, and within each area."""
    wanted = dust_categories(api.city)
    if api.cases is None or not wanted:
        return CasesNear(why=AWAY if wanted else "history.cases.no-class")
    grid = grid_now(api.snapshots, api.city)
    whole = tuple(place for place in places if len(place) != CELL_DIGITS)
    near = {cell for place in places if place not in whole for cell in cells_near(grid, place)}
    question = CaseQuestion(
        areas=frozenset([*whole, *near]),
        categories=wanted,
        since_ms=span.since_ms,
        until_ms=span.until_ms,
        within=caller.areas,
        own_departments=caller.departments,
        limit=_READ,
    )
    try:
        found, after = api.cases.find(question)
    except GridpulseError:
        return CasesNear(why=AWAY)
    cases = [case for case in found if case.cell in near or case.cell.startswith(whole)]
    is_cut = after is not None or len(cases) > MOST
    return CasesNear(cases=tuple(cases[:MOST]), is_cut=is_cut)


def cells_near(grid: Grid, cell: str) -> list[str]:
    """Give the cells whose centre lies within `NEAR_M` of that of a cell; unknown: itself."""
    at = int(grid.index_of(np.array([int(cell)]))[0])
    if at < 0:
        return [cell]
    away: NDArray[np.float64] = np.hypot(grid.x_m - grid.x_m[at], grid.y_m - grid.y_m[at])
    return [str(code) for code in grid.codes[away <= NEAR_M].tolist()]
