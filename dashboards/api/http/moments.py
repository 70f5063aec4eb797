"""Times and areas as they stand in questions."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from models.messages.bounds import LATEST_MS

Code = Annotated[str, Field(pattern="^[0-9]{6,15}$")]


def ms_of(moment: AwareDatetime | None) -> int:
    """Epoch milliseconds of a moment; 0 where none is given."""
    return 0 if moment is None else min(round(moment.timestamp() * 1000), LATEST_MS)
