"""The page of registers, stocks and patrols."""

from __future__ import annotations

from typing import Final

from dashboards.common.pages import Page
from dashboards.rooms.operator.matter_page import matter_page

KINDS: Final = ("registry", "stock", "patrol")

PAGE: Final[Page] = matter_page(
    "hazards", KINDS, title="operator.hazards", nothing="hazards.none", order=39
)
