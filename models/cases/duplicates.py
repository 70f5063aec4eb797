"""Is a new case the same as an open one? Offered to people with a score; nothing is merged.

Two cases may be one where they are of the same class, near each other, and the earlier was still
open and not older than such cases usually stay so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.cases.docket import Docket

NEAR_M: Final = 50.0
WITHIN_MS: Final = 7 * 86_400_000
_METRE_PER_DEGREE: Final = 111_195.0  # on a sphere of 6,371 km; over 50 m the difference is 0.2 m


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An open case that a new one may repeat.

    Attributes
    ----------
    case : str
    distance_m : float
    age_ms : int
        How much earlier it began.
    score : float
        1 at the same place and time, falling to 0 at the edge of either.
    """

    case: str
    distance_m: float
    age_ms: int
    score: float


def candidates(
    docket: Docket, case: str, near_m: float = NEAR_M, within_ms: int = WITHIN_MS
) -> list[Candidate]:
    """Find open cases that a case may repeat, the likeliest first.

    Parameters
    ----------
    docket : Docket
    case : str
        Number of the new case; it has to be in the docket.
    near_m : float
        Largest distance, metres.
    within_ms : int
        Longest time between the beginnings of both.

    Returns
    -------
    list of Candidate
        Empty where the case has no coordinates, or is not known.
    """
    index = docket.row_of(case)
    if index is None:
        return []
    rows, new = docket.rows, docket.rows[index]
    same = np.flatnonzero(rows["open"] & (rows["category"] == new["category"]))
    same = same[same != index]
    others = rows[same]
    north = (others["lat"] - new["lat"]) * _METRE_PER_DEGREE
    east = (others["lon"] - new["lon"]) * _METRE_PER_DEGREE * np.cos(np.radians(new["lat"]))
    distance = np.hypot(north, east)
    age = new["began"] - others["began"]
    near = (distance <= near_m) & (age >= 0) & (age <= within_ms)  # NaN is never near
    score = (1 - distance / near_m) * (1 - age / within_ms)
    found = [
        Candidate(
            case=docket.case_at(int(same[at])),
            distance_m=float(distance[at]),
            age_ms=int(age[at]),
            score=float(score[at]),
        )
        for at in np.flatnonzero(near)
    ]
    return sorted(found, key=lambda c: (-c.score, c.case))
