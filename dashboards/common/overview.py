"""What the archive says of whole areas and places; the archive that answers is handed in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, Protocol

from dashboards.access.callers import Caller
from models.cases.dossiers import Dossier
from models.grid.codes import is_within
from models.situation.index import AreaSituation

LEVELS: Final = ("district", "street", "community")
WITHIN_DAYS: Final = 14  # between two cases of one dossier


class Overview(Protocol):
    """Answers for the whole city; who asks sees a part of it."""

    def situation(self, level: str, day: date) -> list[AreaSituation]:
        """Give the situation index of all areas of a level, the highest first.

        Raises
        ------
        GridpulseError
            There is no archive, or it holds nothing of the day.
        """
        ...

    def dossiers(self, within_days: int) -> list[Dossier]:
        """Give places whose open cases several departments share; raises as `situation`."""
        ...


def areas_seen(found: Iterable[AreaSituation], caller: Caller) -> list[AreaSituation]:
    """Give the areas that lie within those of a caller."""
    return [one for one in found if _is_within(one.now.area, caller)]


def dossiers_seen(found: Iterable[Dossier], caller: Caller) -> list[Dossier]:
    """Give the dossiers of a caller's areas, and of each the shares of the caller's departments."""
    here = [one for one in found if _is_within(one.cell, caller)]
    if not caller.departments:
        return here
    mine = (one.seen_by(caller.departments) for one in here)
    return [one for one in mine if one is not None]


def _is_within(code: str, caller: Caller) -> bool:
    return not caller.areas or any(is_within(code, area) for area in caller.areas)
