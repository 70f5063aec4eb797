"""How a warning level looks: colour, shape and numeral, so that colour is never alone."""

from __future__ import annotations

from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.messages import message
from models.messages.warnings import Level

_UNHEARD: Final[dict[str, Any]] = {"aria-hidden": "true"}  # a screen reader has the words
# The Emergency Response Law counts from the gravest.
NUMERALS: Final = {Level.BLUE: "Ⅳ", Level.YELLOW: "Ⅲ", Level.ORANGE: "Ⅱ", Level.RED: "Ⅰ"}


def slug(level: Level | None) -> str:
    """Name of a level in class names and message keys; `normal` where there is none."""
    return level.name.lower() if level else "normal"


def mark(level: Level) -> Component:
    """Coloured shape with the numeral of the grade; its meaning stands beside it in words."""
    return html.Span(NUMERALS[level], className=f"mark mark-{slug(level)}", **_UNHEARD)


def name(level: Level) -> Text:
    """Name of a level."""
    return message(f"level.{slug(level)}")


def counted(open_by_level: dict[str, int]) -> dict[Level, int]:
    """Open warnings by level, the gravest first, levels without one left out."""
    by_name = {key.upper(): count for key, count in open_by_level.items()}
    found = {level: by_name.get(level.name, 0) for level in sorted(Level, reverse=True)}
    return {level: count for level, count in found.items() if count}
