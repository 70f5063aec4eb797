"""Colours and sizes that figures share with the style sheet."""

from __future__ import annotations

from typing import Any, Final

from models.messages.warnings import Level

Figure = dict[str, Any]  # a plotly figure as plain data

BACKGROUND: Final = "rgba(0,0,0,0)"
GROUND: Final = "#3a4047"  # a cell without a value
LINE_STREET: Final = "#9aa4ae"
LINE_DISTRICT: Final = "#dde3e8"
TEXT: Final = "#c3cad1"
RULE: Final = "#343a41"
OBSERVED: Final = "#e6ebef"
EXPECTED: Final = "#8f9aa5"

FONT: Final = (
    '"Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", '
    '"WenQuanYi Zen Hei", sans-serif'
)

# cividis without its darkest tenth: even steps for all colour visions, apart from the ground.
SEQUENTIAL: Final = (
    (0.0, "#2b4a6f"),
    (0.25, "#575d6d"),
    (0.5, "#8a8678"),
    (0.75, "#c3b369"),
    (1.0, "#fee838"),
)
# Grey is normal; blue and orange stay apart for all colour visions.
RATIO: Final = (
    (0.0, "#3f9be0"),
    (0.3, "#5b7f9c"),
    (0.5, "#6b7178"),
    (0.7, "#b9813f"),
    (1.0, "#ff9d1e"),
)


LEVELS: Final = {
    Level.BLUE: "#4da3ff",
    Level.YELLOW: "#ffd83d",
    Level.ORANGE: "#ff9233",
    Level.RED: "#ff5a52",
}


def blank(rem_px: float) -> Figure:
    """Figure with nothing in it: plotly's own default is a white chart with numbers on it."""
    hidden = {"visible": False, "fixedrange": True}
    return {"data": [], "layout": layout(rem_px) | {"xaxis": hidden, "yaxis": hidden}}


def layout(rem_px: float) -> Figure:
    """Layout common to all figures; `rem_px` is the page's root font size, so figures grow with it.

    A constant `uirevision` keeps what a person has zoomed over all updates.
    """
    return {
        "paper_bgcolor": BACKGROUND,
        "plot_bgcolor": BACKGROUND,
        "font": {"family": FONT, "size": 1.25 * rem_px, "color": TEXT},
        "showlegend": False,
        "dragmode": False,
        "uirevision": "wall",
        "hoverlabel": {"font": {"family": FONT, "size": 1.25 * rem_px}},
        "separators": ".,",
    }
