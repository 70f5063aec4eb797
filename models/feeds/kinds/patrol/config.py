"""What a feed of the kind `patrol` is configured by."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.catalog import Feed

ShiftText = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]


class PatrolFeed(Feed):
    """A feed of positions of supervisors, by the number of their post and never by name."""

    kind: Literal["patrol"]  # positions of those on patrol
    shifts: Annotated[tuple[ShiftText, ...], Field(min_length=1)]  # local, such as 07:00-14:00
    beats: str  # the second grid that says which cells a beat has
    staff: Annotated[int, Field(ge=1)]  # how many supervisors there are
    # minutes that a position is kept and shown; then it is forgotten
    keep_min: Annotated[int, Field(ge=1, le=24 * 60)] = 60
    silent_min: Annotated[int, Field(ge=1)] = 90  # minutes after which a beat is silent in a shift

    def shift_at(self, minute: int) -> tuple[int, int] | None:
        """Give the shift of a minute of the local day, as minutes of its begin and end."""
        for text in self.shifts:
            begin, end = (60 * int(t[:2]) + int(t[3:]) for t in text.split("-"))
            if begin <= minute < end:
                return begin, end
        return None
