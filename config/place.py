"""Base of all configured values, and what a city's places are."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _two_languages(text: dict[str, str]) -> dict[str, str]:
    """Refuse a text that one of the two languages lacks."""
    if set(text) != {"zh", "en"} or not all(text.values()):
        msg = "expected a text under each of zh and en"
        raise ValueError(msg)
    return text


Text = Annotated[dict[str, str], AfterValidator(_two_languages)]  # keys `zh` and `en`
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Point = tuple[Longitude, Latitude]
Ring = Annotated[tuple[Point, ...], Field(min_length=3)]
DistrictCode = Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")]
StreetCode = Annotated[str, Field(pattern=r"^[1-9][0-9]{8}$")]
CellCodeText = Annotated[str, Field(pattern=r"^[1-9][0-9]{14}$")]


class Strict(BaseModel):
    """A value that never changes and knows no unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Street(Strict):
    """A street (街道); bitemporal: valid from `valid_from` until before `valid_to`."""

    code: StreetCode  # 9 digits: district and street (DB11/T 064)
    name: Text  # name on the wall
    valid_from: date  # first day it is in force
    valid_to: date | None = None  # last day it is in force; nothing: still
    area: str = ""  # the area of a synthetic grid it lies in
    centre: Point | None = None  # its cells gather around this point of a synthetic grid

    def in_force(self, day: date) -> bool:
        """Tell whether the street is valid on a day.

        Examples
        --------
        >>> street = Street(code="110101011", name={"zh": "前门街道", "en": "Qianmen"},
        ...                 valid_from=date(2010, 7, 1))
        >>> street.in_force(date(2010, 6, 30)), street.in_force(date(2010, 7, 1))
        (False, True)
        """
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class GridPlan(Strict):
    """Where the cells come from: a file of surveyed ones, or areas to fill with synthetic ones.

    Attributes
    ----------
    cells : str
        GeoJSON file beside `city.yaml`: a FeatureCollection of polygons with a property `code`.
    cell_m : float
        Side of a synthetic cell, metres.
    community_cells : int
        Synthetic cells of one community, roughly.
    areas : dict of str to tuple of Point
        Outlines, rings of [lon, lat], that synthetic cells fill; a street names its area.
    """

    cells: str | None = None
    cell_m: Annotated[float, Field(ge=10, le=2000)] = 100
    community_cells: Annotated[int, Field(ge=1, le=999)] = 25
    areas: dict[str, Annotated[tuple[Point, ...], Field(min_length=3)]] = Field(
        default_factory=dict
    )


class SurveyedCell(Strict):
    """A cell of a GeoJSON file: its code and its outer ring in degrees."""

    code: CellCodeText
    ring: tuple[Point, ...]


class Sensor(Strict):
    """Where a sensor stands, for readings that do not say it: a cell, or coordinates."""

    title: Text  # name on the wall and in warnings
    cell: CellCodeText | None = None  # cell code, instead of degrees
    lon: Longitude | None = None  # degrees east
    lat: Latitude | None = None  # degrees north


class AlarmBudget(Strict):
    """How many new warnings one owner is shown; EEMUA 191: about six an hour can be answered."""

    per_hour: Annotated[float, Field(gt=0)] = 6  # new warnings an hour, in the long run
    burst: Annotated[float, Field(ge=1)] = 10  # at once, after a quiet time


class SituationLimits(Strict):
    """From where on the wall does not call the city normal; `docs/stage.md` explains each.

    Attributes
    ----------
    late_after, stale_after : float
        Expected intervals without a record, from where on a feed is late, and stale.
    coverage : float
        Share of the places with sensors that must report.
    overdue, overdue_cases : float, int
        Share of the open cases past their limit, and the least number of them, that is too many.
    """

    late_after: Annotated[float, Field(ge=1)] = 1.5
    stale_after: Annotated[float, Field(ge=1)] = 3.0
    coverage: Annotated[float, Field(gt=0, le=1)] = 0.7
    overdue: Annotated[float, Field(gt=0, le=1)] = 0.5
    overdue_cases: Annotated[int, Field(ge=1)] = 10

    @model_validator(mode="after")
    def _late_before_stale(self) -> SituationLimits:
        if self.late_after > self.stale_after:
            msg = "expected late_after to be at most stale_after: a feed is late before it is stale"
            raise ValueError(msg)
        return self


HeadlineName = Literal[
    "open_cases",
    "filed_today",
    "closed_of_filed",
    "pm10_now",
    "open_warnings",
    "sensors_online",
]


class HeadlineTarget(Strict):
    """What a headline number of the wall should be: a least value, or a greatest one."""

    at_least: float | None = None  # the least value
    at_most: float | None = None  # instead: the greatest
    percent: bool = False  # of the denominator, instead of the number itself

    @model_validator(mode="after")
    def _one_bound(self) -> HeadlineTarget:
        if (self.at_least is None) == (self.at_most is None):
            msg = "expected one of at_least and at_most"
            raise ValueError(msg)
        return self


class City(Strict):
    """`city.yaml`."""

    code: DistrictCode  # district code, 6 digits (GB/T 2260)
    name: Text  # name of the district
    timezone: str  # IANA name; local days, hours and seasons follow it
    note: Text  # what must be said of the data, at the foot of the wall
    grid: GridPlan = GridPlan()  # where the cells come from
    alarms: AlarmBudget = AlarmBudget()  # how many warnings an owner is shown
    situation: SituationLimits = SituationLimits()  # from where on the city is not called normal
    targets: dict[HeadlineName, HeadlineTarget] = Field(
        default_factory=dict
    )  # of the wall's numbers
