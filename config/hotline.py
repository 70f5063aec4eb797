"""`hotline.yaml`: how the calls of citizens are judged."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from config.place import Strict

Share = Annotated[float, Field(ge=0, le=1)]


class HotlinePlan(Strict):
    """The weights and times by which streets and departments are scored each month."""

    source: Annotated[str, Field(min_length=3)]  # where weights and times come from
    response: Share  # weight of the response rate (响应率) in the score
    solved: Share  # weight of the share solved (解决率)
    satisfied: Share  # weight of the share satisfied (满意率)
    response_h: Annotated[float, Field(gt=0)] = 24  # a caller is to be answered within so long
    repeat_days: Annotated[int, Field(ge=1)] = 30  # the same matter again within so long repeats
    before_days: Annotated[int, Field(ge=1)] = 30  # patrol was there first within so long
    least: Annotated[int, Field(ge=1)] = 30  # a group of fewer calls is not ranked

    @model_validator(mode="after")
    def _whole(self) -> HotlinePlan:
        if abs(self.response + self.solved + self.satisfied - 1) > 1e-9:
            msg = "expected weights response, solved and satisfied that add up to 1"
            raise ValueError(msg)
        return self
