"""Types of the one request that the wall sends each second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from msgspec import Meta

from dashboards.rooms.leadership.refresh import Seen

Count = Annotated[int, Meta(ge=0, le=2**53)]
Name = Annotated[str, Meta(max_length=200)]
RootFontPx = Annotated[float, Meta(ge=1, le=400)]

INPUTS: Final[Mapping[tuple[str, str], Any]] = {
    ("tick", "n_intervals"): Count | None,
    ("layer", "value"): Name | None,
    ("viewport", "data"): RootFontPx | None,
}
STATES: Final[Mapping[tuple[str, str], Any]] = {("seen", "data"): Seen | None}
