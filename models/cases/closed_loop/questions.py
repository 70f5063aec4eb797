"""What a rule asks of the closed loop at the end of each pane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from models.cases.indicators.backlog import BACKLOG, OVERDUE_SHARE
from models.cases.indicators.definitions import INDICATORS, Indicator

NOW: Final = {each.code: each for each in (BACKLOG, OVERDUE_SHARE)}  # of what is open now
CATALOGUE: Final[dict[str, Indicator]] = INDICATORS | NOW

By = Literal["district", "street", "department"]
State = Literal["overdue", "idle", "reopened", "event"]


@dataclass(frozen=True, kw_only=True)
class IndicatorQuestion:
    """How an indicator of `CATALOGUE` stands in each group.

    Attributes
    ----------
    window_d : int
        Whole local days before the one of the instant; 0 for what is open now.
    """

    rule: str
    feed: str
    code: str
    by: By
    window_d: int


@dataclass(frozen=True, kw_only=True)
class StateQuestion:
    """How many cases of each street are in a state, and which; `hours` as in `CaseStateRule`."""

    rule: str
    feed: str
    state: State
    hours: float
    categories: frozenset[str] = frozenset()


Question = IndicatorQuestion | StateQuestion
