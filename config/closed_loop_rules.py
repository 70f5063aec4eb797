"""Rules over the closed loop: its indicators, and cases that stand where they should not."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from config.rules import Rule


class ClosedLoopRule(Rule):
    """What rules over the closed loop share: they are judged at the end of each pane of the feed.

    Their levels are values and need no history.
    """

    is_of_metric: ClassVar[bool] = False

    release: Annotated[float, Field(gt=0, le=1)] = 0.9  # deadband: a level ends at this share of it
    raise_after: Annotated[int, Field(ge=1)] = 2  # panes in a row at or past the level
    clear_after: Annotated[int, Field(ge=1)] = 2  # panes in a row under it


class IndicatorRule(ClosedLoopRule):
    """Kind `indicator`: an indicator of the closed loop that is too high or too low in a group.

    A rate is judged over whole days, the newest of them yesterday: of today nobody knows yet what
    will have been closed.
    """

    kind: Literal["indicator"]  # an indicator of the closed loop
    metric: str  # code of the indicator, as `gridpulse kpi` lists them, or `overdue_of_backlog`
    detector: Literal["indicator"] = "indicator"  # always the comparison with a level
    by: Literal["district", "street", "department"] = "street"  # groups that are judged apart
    # Whole local days before the one of the judgement; 0, and only so, for what is open now.
    window_d: Annotated[int, Field(ge=0, le=90)] = 7
    direction: Literal["above", "below"] = "above"  # the bad side
    # Least denominator that is judged: a rate of three cases says nothing. Plain counts have none.
    minimum: Annotated[float, Field(ge=1)] = 20

    @property
    def is_falling(self) -> bool:
        """Less is worse where the bad side is below."""
        return self.direction == "below"


class CaseStateRule(ClosedLoopRule):
    """Kind `case_state`: cases of a street that stand where they should not; levels count them."""

    kind: Literal["case_state"]  # open cases that need somebody to look
    # overdue 超期: past its limit, the clock running; idle 无进展: no step for so long, not held;
    # reopened 返工: sent back, or a step after its closing; event 活动: within a major event
    metric: Literal["overdue", "idle", "reopened", "event"]
    detector: Literal["case_state"] = "case_state"  # always the state
    # overdue: past the limit by so many hours; idle: without a step for so long; reopened: it
    # counts for so long; event: open for so long
    hours: Annotated[float, Field(ge=0, le=8760)] = 0
    categories: tuple[str, ...] = ()  # classes of cases that count; empty: all
    minimum: Annotated[float, Field(ge=1)] = 1  # cases
