"""Second grids over the base cells: school districts, catchments of health stations, beats."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from config.documents import Document
from config.place import Latitude, Longitude, StreetCode, Strict, Text

CommunityCode = Annotated[str, Field(pattern=r"^[1-9][0-9]{11}$")]
# Dimensions that the figures of matters and cases have already.
TAKEN: Final = ("all", "street", "community", "cell", "unit", "class", "state", "team", "day")


class GridPart(Strict):
    """One part of a second grid."""

    title: Text  # name on the wall
    streets: tuple[StreetCode, ...] = ()  # streets that it is made of
    communities: tuple[CommunityCode, ...] = ()  # communities beside them; they win over streets
    lon: Longitude | None = None  # where its station stands, degrees east
    lat: Latitude | None = None  # degrees north


class SecondGrid(Strict):
    """A second grid: one YAML file in `grids/`; every cell lies in one of its parts, or in none.

    By `rule` a cell belongs to the part that lists its community or street (`listed`), to the part
    whose station is nearest to its centre (`nearest`), or to the beat of so many cells of its
    community (`beats`).
    """

    name: str  # not written: the file's name, by which figures are asked
    title: Text  # name on the wall
    source: str  # where the division comes from
    rule: Literal["listed", "nearest", "beats"]  # how cells are assigned
    parts: dict[str, GridPart] = Field(default_factory=dict)  # by code; none for beats
    beat_cells: Annotated[int, Field(ge=1, le=500)] = 18  # cells of a beat
    # metres within which a station should be; the cells beyond it are a layer of the wall
    within_m: Annotated[float, Field(gt=0, le=10_000)] | None = None


def check_second_grid(grid: SecondGrid, file: Document) -> None:
    """Check what looks beyond one field; raises ConfigError."""
    if grid.name in TAKEN:
        raise file.error([], f"a second grid cannot be called {grid.name}: figures have that")
    if (grid.rule == "beats") == bool(grid.parts):
        raise file.error(["parts"], "expected parts, and none where the rule is beats")
    if grid.within_m is not None and grid.rule != "nearest":
        raise file.error(["within_m"], "expected the rule nearest, which knows stations")
    seen: dict[str, str] = {}
    for code, part in grid.parts.items():
        at = ["parts", code]
        if grid.rule == "nearest" and (part.lon is None or part.lat is None):
            raise file.error(at, "expected lon and lat of its station")
        if grid.rule == "listed" and not (part.streets or part.communities):
            raise file.error(at, "expected streets or communities")
        for area in (*part.streets, *part.communities):
            if area in seen:
                raise file.error(at, f"{area} is in part {seen[area]} already")
            seen[area] = code
