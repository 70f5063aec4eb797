"""The page of campaigns, counts and reports."""

from __future__ import annotations

from typing import Final

from dashboards.common.pages import Page
from dashboards.rooms.operator.matter_page import matter_page

KINDS: Final = ("campaign", "counts", "reports")

PAGE: Final[Page] = matter_page(
    "campaigns", KINDS, title="operator.campaigns", nothing="campaigns.none", order=38
)
