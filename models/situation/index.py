"""The situation index (总体态势) of an area on a day: how far it departs from its own past.

Each component is a number of the day beside those of the same kind of day (working day or weekend)
in the eight weeks before. Its score is 100 · Φ(z), with z the robust distance from their median:
50 is usual, 98 far above. The index is the mean of the scores that are known, by weight, so that
it is 50 plus the contributions of its components. Above 50 is worse than usual, whatever usual is:
the index compares an area with itself, never with others.

References
----------
Rousseeuw and Croux, Alternatives to the median absolute deviation, JASA 88 (1993), section 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, median
from typing import Final

LOOKED_DAYS: Final = 56
LEAST_PAST: Final = 8  # days that a component's past needs
USUAL: Final = 50.0
_MAD_TO_SD: Final = 1.4826
_LEVEL_SHARE: Final = 0.1  # a level is never thought steadier than a tenth of itself


@dataclass(frozen=True, kw_only=True)
class Component:
    """One part of the index.

    Attributes
    ----------
    weight : float
        Our own choice, for want of a published one.
    is_count : bool
        A count of the day; else a level, such as a concentration.
    """

    code: str
    weight: float
    title: Mapping[str, str]
    definition: str
    is_count: bool = True


COMPONENTS: Final = (
    Component(
        code="cases",
        weight=2.0,
        title={"zh": "新增案件", "en": "New cases"},
        definition="cases of the area that began on the day",
    ),
    Component(
        code="overdue",
        weight=2.0,
        title={"zh": "超期未结", "en": "Overdue cases"},
        definition="cases open at the end of the day and past their limit, held ones apart",
    ),
    Component(
        code="environment",
        weight=2.0,
        title={"zh": "环境", "en": "Environment"},
        definition="mean of the first metric that is a layer of the wall, over all readings",
        is_count=False,
    ),
    Component(
        code="hazards",
        weight=2.0,
        title={"zh": "风险源", "en": "Hazards"},
        definition="levels (1 blue to 4 red) of warnings of registers and absolute limits that "
        "stood at some time of the day, summed",
    ),
    Component(
        code="warnings",
        weight=1.0,
        title={"zh": "其他预警", "en": "Other warnings"},
        definition="levels of all other warnings that stood at some time of the day, summed",
    ),
    Component(
        code="silence",
        weight=1.0,
        title={"zh": "静默", "en": "Silence"},
        definition="levels of warnings of silence that stood at some time of the day, summed",
    ),
    Component(
        code="events",
        weight=1.0,
        title={"zh": "活动保障", "en": "Major events"},
        definition="cases that began on the day inside a major event in rehearsal or live",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What one component adds to an index.

    Attributes
    ----------
    value, usual : float or None
        Of the day, and the median of its past; None where it is not known.
    past : int
        Days of the past that were looked at.
    score : float or None
        0 to 100; None where day or past are not known.
    contribution : float
        What it moves the index by; 0 where the score is not known.
    """

    code: str
    value: float | None
    usual: float | None
    past: int
    score: float | None
    contribution: float = 0.0


@dataclass(frozen=True, kw_only=True)
class AreaIndex:
    """The index of an area on a day.

    Attributes
    ----------
    area : str
        Code: 6 digits a district, 9 a street, 12 a community.
    value : float or None
        None where less than half of the weight is known: then nothing is said.
    known : float
        Share of the weight that is known.
    parts : tuple of Part
        The one that moves it most first.
    """

    area: str
    value: float | None
    known: float
    parts: tuple[Contribution, ...]


@dataclass(frozen=True, kw_only=True)
class AreaSituation:
    """The index of an area, and what it was before; None where it is not known."""

    now: AreaIndex
    day_before: float | None
    week_before: float | None


def index_of(
    area: str, today: Mapping[str, float | None], past: Mapping[str, Sequence[float]]
) -> AreaIndex:
    """Compute the index of an area.

    Parameters
    ----------
    today : mapping of str to float or None
        Value of each component; None, or left out, where the day has no data of it.
    past : mapping of str to sequence of float
        Values of the same kind of days before.

    Examples
    --------
    >>> calm = {"cases": 10.0, "overdue": 2.0, "environment": 80.0, "hazards": 0.0}
    >>> found = index_of("110101", calm | {"cases": 30.0}, {c: [v] * 8 for c, v in calm.items()})
    >>> round(found.value), found.parts[0].code, round(found.parts[0].contribution, 1)
    (62, 'cases', 12.5)
    """
    parts = [_part(each, today.get(each.code), past.get(each.code, ())) for each in COMPONENTS]
    weights = {each.code: each.weight for each in COMPONENTS}
    scored = {part.code: part.score for part in parts if part.score is not None}
    whole, known = sum(weights.values()), sum(weights[code] for code in scored)
    moved = [
        Contribution(
            code=part.code,
            value=part.value,
            usual=part.usual,
            past=part.past,
            score=part.score,
            contribution=weights[part.code] * (part.score - USUAL) / known,
        )
        if part.score is not None
        else part
        for part in parts
    ]
    is_known = known >= whole / 2
    return AreaIndex(
        area=area,
        value=USUAL + sum(part.contribution for part in moved) if is_known else None,
        known=known / whole,
        parts=tuple(sorted(moved, key=lambda part: -abs(part.contribution))),
    )


def _part(component: Component, value: float | None, past: Sequence[float]) -> Contribution:
    usual = median(past) if past else None
    score = None
    if value is not None and usual is not None and len(past) >= LEAST_PAST:
        spread = _MAD_TO_SD * median(abs(each - usual) for each in past)
        # Counts vary by chance as Poisson's; that of a quiet place is not taken for steadiness.
        floor = sqrt(max(usual, 1.0)) if component.is_count else _LEVEL_SHARE * abs(usual)
        z = (value - usual) / max(spread, floor, 1e-9)
        score = 100 * NormalDist().cdf(z)
    return Contribution(code=component.code, value=value, usual=usual, past=len(past), score=score)
